"""What the page in Chromium makes of a line that is lost in mid-sentence, and of a server with another page."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser_tools import visiting
from tests.server_tools import Server, start_server, stop_server

pytestmark = pytest.mark.slow


async def test_a_reload_in_mid_sentence_says_what_was_lost_and_goes_on(server: Server, tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        page = visitor.page
        await visitor.open(server.url)
        await visitor.press("What is the status of flight LB204?")
        await expect(page.locator(".status.speaking")).to_have_count(1)
        await page.reload()
        await visitor.reads("What is the status of flight LB204?")
        await expect(page.locator(".said.open")).to_have_count(0)
        await visitor.write("How much is a second checked bag?")
        await visitor.reads("$45")
        assert visitor.faults == []


async def test_a_server_killed_in_mid_sentence_is_missed_at_once_and_comes_back(tmp_path: Path) -> None:
    server = start_server(tmp_path / "branch")
    try:
        async with visiting(tmp_path, installed=True) as visitor:
            page = visitor.page
            await visitor.open(server.url)
            await page.evaluate("() => navigator.serviceWorker.ready.then(() => null)")
            await visitor.press("I would like to book a hotel room")
            await expect(page.locator(".status.speaking")).to_have_count(1)
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
            await expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
            await expect(page.get_by_role("button", name="Stop speaking")).to_have_count(0)
            port = server.address.rsplit(":", 1)[1]
            server = start_server(tmp_path / "branch", "--port", port)
            await visitor.reads("The desk is back")
            await visitor.write("K7M2QX")
            await expect(page.locator(".pin")).to_be_visible()
            assert visitor.faults == []
    finally:
        stop_server(server)
