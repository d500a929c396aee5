"""The page in Chromium, by keyboard and touch, against the real server."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from playwright.async_api import Response, expect

from tests.browser_tools import DESKTOP, PHONE, TABLET, violations, visiting
from tests.server_tools import Server, clean_environment, start_server, stop_server

KEY = "a key that the branch keeps"
FIRST_LOAD = 200_000
"""Bytes on the wire that the page may take until a customer can begin."""


@pytest.mark.slow
@pytest.mark.parametrize(("size", "dark"), [(PHONE, False), (TABLET, True), (DESKTOP, False)])
async def test_every_screen_of_a_booking_is_accessible_and_fits(
    server: Server, tmp_path: Path, size: tuple[int, int], dark: bool
) -> None:
    async with visiting(tmp_path, size, dark=dark) as visitor:
        page = visitor.page

        async def is_well(screen: str) -> None:
            assert await violations(page) == [], screen
            wide = await page.evaluate("() => document.documentElement.scrollWidth")
            assert wide <= size[0], f"{screen} is wider than the screen"
            pictures = os.environ.get("LOBBY_SCREENSHOTS")
            if pictures:
                await page.screenshot(path=f"{pictures}/{size[0]}-{'dark' if dark else 'light'}-{screen}.png")

        await visitor.open(server.url)
        await is_well("welcome")
        await visitor.press("What is the status of flight LB204?")
        await expect(page.locator(".card.flight")).to_be_visible()
        await page.locator(".source summary").first.click()
        await is_well("flight")
        await visitor.press("Settings")
        await is_well("settings")
        await page.get_by_label("Speak replies aloud").uncheck()
        await visitor.press("Done")
        await visitor.write("I would like to book a hotel room in Denver for next Friday, two nights")
        await visitor.reads("Hotels will help you now")
        await visitor.reads("booking code")
        await visitor.write("K7M2QX")
        await expect(page.locator(".pin")).to_be_visible()
        await is_well("pin")
        for digit in "4071":
            await page.keyboard.press(digit)
        await visitor.press("Send PIN")
        await expect(page.get_by_role("button", name="3 Twin")).to_be_visible()
        await is_well("choices")
        await page.get_by_role("button", name="3 Twin").click()
        await expect(page.locator(".card.quote")).to_be_visible()
        await expect(page.get_by_role("button", name="Yes, confirm")).to_be_visible()
        await is_well("quote")
        await visitor.press("No")
        await expect(page.get_by_role("button", name="Yes, confirm")).to_have_count(0)
        await visitor.press("Finish")
        await is_well("receipt")
        assert "4071" not in str(visitor.wire.of_type("extension.tool_call"))
        assert visitor.faults == []


async def test_a_hand_over_shows_the_agent_and_the_passages_that_it_answers_from(
    server: Server, tmp_path: Path
) -> None:
    async with visiting(tmp_path) as visitor:
        await visitor.open(server.url)
        await visitor.press("Type instead")
        await visitor.reads("What can I do for you?")
        await visitor.write("How much is a second checked bag?")
        await visitor.reads("$45")
        await expect(visitor.page.locator(".agent-pill")).to_have_text("Flights")
        await visitor.hears_the_end()
        await visitor.write("When can I check in at Front Range Inn?")
        await visitor.reads("Hotels will help you now")
        await visitor.reads("3 PM")
        await expect(visitor.page.locator(".agent-pill")).to_have_text("Hotels")
        source = visitor.page.locator(".source").last
        await expect(source.locator("blockquote")).to_be_hidden()
        await source.locator("summary").press("Enter")
        await expect(source.locator("blockquote")).to_contain_text("3 PM")


async def test_all_of_a_conversation_can_be_held_with_the_keyboard(server: Server, tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        page = visitor.page
        await visitor.open(server.url)
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("button", name="Type instead")).to_be_focused()
        await page.keyboard.press("Enter")
        await visitor.reads("What can I do for you?")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the conversation")).to_be_focused()
        await page.keyboard.press("Enter")
        for _ in range(2):
            await page.keyboard.press("Tab")
        await expect(page.get_by_label("Your message").last).to_be_focused()
        await page.keyboard.type("How much is a second checked bag?")
        await page.keyboard.press("Enter")
        await visitor.reads("$45")


async def test_a_second_page_takes_the_conversation_over_and_the_first_says_so(server: Server, tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        await visitor.open(server.url)
        await visitor.press("What is the status of flight LB204?")
        await visitor.reads("35 minutes")
        other = await visitor.page.context.new_page()
        kept = await visitor.page.evaluate("() => sessionStorage.getItem('lobby.conversation')")
        await other.goto(server.url)
        await other.evaluate("(kept) => sessionStorage.setItem('lobby.conversation', kept)", kept)
        await other.reload()
        await expect(other.locator("#log")).to_contain_text("35 minutes")
        await expect(visitor.page.get_by_role("alert")).to_contain_text("goes on in another window")
        await visitor.press("Continue here")
        await expect(other.get_by_role("alert")).to_contain_text("goes on in another window")
        await visitor.write("And how much is a second checked bag?")
        await visitor.reads("$45")


async def test_the_first_load_is_small_and_runs_under_the_strict_policy(server: Server, tmp_path: Path) -> None:
    async with visiting(tmp_path, PHONE) as visitor:
        sizes: dict[str, int] = {}

        async def weigh(answer: Response) -> None:
            sizes[answer.url] = int((await answer.all_headers()).get("content-length", "0"))

        visitor.page.on("response", weigh)
        await visitor.open(server.url)
        await visitor.page.wait_for_load_state("networkidle")
        assert any("index" in url and url.endswith(".js") for url in sizes)
        assert sum(sizes.values()) < FIRST_LOAD, sizes
        assert visitor.faults == []


@pytest.mark.slow
async def test_a_wrong_key_a_right_one_and_a_server_that_goes_and_comes_back(branch: Path, tmp_path: Path) -> None:
    env = clean_environment(LOBBY_API_KEY=KEY)
    server = start_server(branch, env=env)
    try:
        async with visiting(tmp_path, installed=True) as visitor:
            page = visitor.page
            await visitor.open(server.url)
            await visitor.press("Use an access key instead")
            await page.get_by_label("Access key").fill("a key that somebody guessed")
            await visitor.press("Open")
            await expect(page.get_by_role("alert")).to_contain_text("did not accept that key")
            await page.get_by_label("Access key").fill(KEY)
            await visitor.press("Open")
            await visitor.press("What is the status of flight LB204?")
            await visitor.reads("35 minutes")
            assert all(KEY not in str(event) for event in visitor.wire.sent)
            await page.evaluate("() => navigator.serviceWorker.ready.then(() => null)")

            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
            await expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
            await visitor.write("And how much is a second checked bag?")
            await page.reload()  # the page itself opens without its server
            await expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
            await visitor.write("And how much is a second checked bag?")

            server = start_server(branch, "--port", server.port, env=env)
            await visitor.reads("$45")
            await visitor.reads("35 minutes")
            assert visitor.faults == []
    finally:
        stop_server(server)
