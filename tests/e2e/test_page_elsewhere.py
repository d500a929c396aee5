"""A conversation at two windows or devices, from the page in Chromium, against the real server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import expect
from websockets.asyncio.client import connect

from tests.browser_tools import PHONE, Visitor, violations, visiting
from tests.server_tools import Server, clean_environment, copy_branch, start_server, stop_server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def strict(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose codes live for twelve seconds, and where a second window may only listen."""
    env = clean_environment(LOBBY_RESUME_MINUTES="0.2", LOBBY_SECOND_SOCKET="listens")
    server = start_server(copy_branch(prepared, tmp_path_factory.mktemp("strict") / "branch"), env=env)
    yield server
    assert stop_server(server) == 0


def _profile(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    return folder


async def _asked_for_a_code(visitor: Visitor, url: str) -> str:
    """The visitor asks for a room, is asked who they are, and wants to go on at their phone; the code."""
    await visitor.open(url)
    await visitor.press("I would like to book a hotel room")
    await visitor.reads("booking code")
    await visitor.press("Continue on your phone")
    return (await visitor.page.locator(".big-code").inner_text()).replace(" ", "")


async def _entered(visitor: Visitor, code: str) -> None:
    await visitor.page.get_by_label("Code", exact=True).fill(code)
    await visitor.press("Continue")


async def test_a_code_leads_to_another_browser_and_frees_the_first(server: Server, tmp_path: Path) -> None:
    async with (
        visiting(_profile(tmp_path, "tablet")) as tablet,
        visiting(_profile(tmp_path, "phone"), PHONE) as phone,
    ):
        code = await _asked_for_a_code(tablet, server.url)
        await expect(tablet.page.locator(".dialog .qr")).to_have_count(0)  # no phone reaches this machine's own address
        await phone.open(server.url)
        await phone.press("Continue with a code")
        await _entered(phone, f"{(int(code) + 1) % 1_000_000:06}")
        await expect(phone.page.get_by_role("alert")).to_contain_text("That code does not work")
        await _entered(phone, code)
        await phone.reads("You go on where you were")
        await phone.reads("booking code")
        await expect(phone.page.locator(".agent-pill")).to_have_text("Hotels")
        await expect(tablet.page.get_by_role("heading", name="Your conversation has moved")).to_be_visible()
        assert await violations(tablet.page) == []
        kept = await tablet.page.evaluate("() => JSON.stringify({...sessionStorage})")
        assert kept == "{}", "who comes to the tablet next finds nothing"
        await tablet.press("New conversation")
        await tablet.press("Continue with a code")
        await _entered(tablet, code)
        await expect(tablet.page.get_by_role("alert")).to_contain_text("That code does not work")
        await phone.write("K7M2QX")
        await expect(phone.page.locator(".pin")).to_be_visible()
        assert (tablet.faults, phone.faults) == ([], [])


async def test_a_code_leads_to_a_program_and_back_to_a_page(server: Server, tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor, httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
        code = await _asked_for_a_code(visitor, server.url)
        taken = await http.post("/v1/realtime/resume", json={"code": code})
        key = taken.json()["session_state_key"]
        async with connect(f"ws://{server.address}/realtime?session_state_key={key}", proxy=None, max_size=None) as ws:
            written = {"type": "realtime", "output_modalities": ["text"]}
            await ws.send(json.dumps({"type": "session.update", "session": written}))
            await ws.send(json.dumps({"type": "response.create"}))
            said = ""
            while not said:
                event = json.loads(await ws.recv())
                said = event["text"] if event["type"] == "response.output_text.done" else ""
            assert "booking code" in said, "asked again where it was left"
        await expect(visitor.page.get_by_role("heading", name="Your conversation has moved")).to_be_visible()
        given = await http.post("/v1/realtime/resume_codes", params={"session_state_key": key})
        # the page is open: an address with a code is as good as the form
        await visitor.page.evaluate("(code) => { location.hash = `resume=${code}` }", given.json()["code"])
        await visitor.press("Continue")
        await visitor.reads("booking code")
        assert "resume" not in visitor.page.url
        assert visitor.faults == []


async def test_a_code_that_is_too_old_is_said_to_be_and_another_is_given(strict: Server, tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        page = visitor.page
        code = await _asked_for_a_code(visitor, strict.url)
        await expect(page.get_by_role("alert")).to_contain_text("The time of that code is over")
        # from another address, so that the page is not taken for one that guesses
        elsewhere = httpx.AsyncHTTPTransport(local_address="127.0.0.2")
        async with httpx.AsyncClient(base_url=strict.url, trust_env=False, transport=elsewhere) as http:
            assert (await http.post("/v1/realtime/resume", json={"code": code})).status_code == 404
        await visitor.press("New code")
        await expect(page.locator(".big-code")).to_be_visible()
        assert (await page.locator(".big-code").inner_text()).replace(" ", "") != code


async def test_whoever_guesses_is_told_to_wait(strict: Server, tmp_path: Path) -> None:
    async with visiting(tmp_path, PHONE) as visitor:
        await visitor.open(strict.url)
        await visitor.press("Continue with a code")
        async with httpx.AsyncClient(base_url=strict.url, trust_env=False) as http:
            guesses = [await http.post("/v1/realtime/resume", json={"code": f"{guess:06}"}) for guess in range(10)]
        assert {guess.status_code for guess in guesses} == {404}
        await _entered(visitor, "111111")
        await expect(visitor.page.get_by_role("alert")).to_contain_text("Too many wrong codes. Please wait")
        assert await violations(visitor.page) == []


async def test_a_second_window_that_may_only_listen_says_so_and_goes_on_when_the_first_is_closed(
    strict: Server, tmp_path: Path
) -> None:
    async with visiting(tmp_path) as visitor:
        page = visitor.page
        await visitor.open(strict.url)
        await visitor.press("What is the status of flight LB204?")
        await visitor.reads("35 minutes")
        other = await page.context.new_page()
        kept = await page.evaluate("() => sessionStorage.getItem('lobby.conversation')")
        await other.goto(strict.url)
        await other.evaluate("(kept) => sessionStorage.setItem('lobby.conversation', kept)", kept)
        await other.reload()
        await expect(other.locator("#log")).to_contain_text("35 minutes")
        await other.get_by_role("button", name="Turn the microphone on").click()
        bar = other.get_by_role("alert")
        await expect(bar).to_contain_text("Another window or device holds this conversation")
        await expect(other.get_by_role("button", name="Turn the microphone on")).to_be_visible()
        await visitor.write("How much is a second checked bag?")
        await expect(other.locator("#log")).to_contain_text("$45")
        assert await violations(other) == []
        await page.close()
        await other.fill("#message", "When can I check in at Front Range Inn?")
        await other.keyboard.press("Enter")
        await expect(other.locator("#log")).to_contain_text("3 PM")
        await expect(bar).to_have_count(0)
