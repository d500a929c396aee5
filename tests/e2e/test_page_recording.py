"""A person in the agents' place and a recording, with the customer's page and the supervisor's at once, in Chromium."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser_tools import DESKTOP, PHONE, Visitor, violations, visiting
from tests.server_tools import Server, clean_environment, start_server, stop_server

pytestmark = pytest.mark.slow
KEY = "the operator's key"


@pytest.fixture
def recorded(branch: Path) -> Iterator[Server]:
    """A server that records words and sound."""
    env = clean_environment(LOBBY_OPERATOR_KEY=KEY, LOBBY_RECORDING="audio")
    server = start_server(branch, env=env)
    yield server
    assert stop_server(server) == 0


async def _kept(visitor: Visitor, name: str) -> None:
    assert await violations(visitor.page) == [], name
    if pictures := os.environ.get("LOBBY_SCREENSHOTS"):
        await visitor.page.screenshot(path=f"{pictures}/{name}.png")


async def test_a_person_answers_and_the_recording_is_read_heard_and_deleted(recorded: Server, tmp_path: Path) -> None:
    for name in ("customer", "desk"):
        (tmp_path / name).mkdir()
    async with visiting(tmp_path / "customer", PHONE) as customer, visiting(tmp_path / "desk") as desk:
        page = desk.page
        await desk.open(f"{recorded.url}/desk")
        await page.get_by_label("Operator key").fill(KEY)
        await desk.press("Open")
        await customer.open(recorded.url)
        customer.microphone.holds("What is the status of flight LB204?")
        await customer.press("Start talking")
        await customer.reads("This conversation is recorded.")
        await customer.reads("35 minutes")
        await customer.hears_the_end()
        await page.locator(".session-row").first.click()
        await desk.press("Take over")
        await customer.reads("A colleague answers you now")
        await customer.write("Is anybody there?")
        await expect(page.locator(".transcript")).to_contain_text("Is anybody there?")
        await page.get_by_label("What to say to the customer").fill("Hello, this is Ann.")
        await desk.press("Say")
        await customer.reads("Hello, this is Ann.")
        await customer.hears_the_end()
        await _kept(customer, "person-answers")
        await desk.press("Give back")
        await customer.reads("The desk answers again")
        await customer.press("Finish")

        await desk.press("Recordings")
        await page.locator(".session-row").first.click()
        transcript = page.locator(".transcript")
        await expect(transcript).to_contain_text("Hello, this is Ann.")
        await expect(page.locator(".session-row").first).not_to_contain_text("still running")
        assert await transcript.locator("li").evaluate_all("all => all.every((one) => one.innerText.length > 12)")
        asked = transcript.locator("li", has_text="35 minutes").get_by_role("button")
        start = (await asked.inner_text()).removeprefix("\N{BLACK RIGHT-POINTING TRIANGLE} ")
        await asked.click()
        place = "() => document.querySelector('audio').currentTime"
        minutes, seconds = start.split(":")
        await page.wait_for_function(f"() => ({place})() > {int(minutes) * 60 + int(seconds)}")
        for size in (PHONE, DESKTOP):
            await page.set_viewport_size({"width": size[0], "height": size[1]})
            await _kept(desk, f"desk-recording-{size[0]}")
        await desk.press("Delete this recording")
        await desk.press("Keep it")
        await desk.press("Delete this recording")
        await desk.press("Delete")
        await expect(page.locator(".session-row")).to_have_count(0)
        assert list((recorded.data_dir / "recordings").glob("*.*")) == []
        assert (customer.faults, desk.faults) == ([], [])
