"""The page in Chromium where there is no microphone, or no sound: it says what to do, and goes on in writing."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser_tools import PHONE, violations, visiting
from tests.server_tools import Server

pytestmark = pytest.mark.slow

REFUSED = """
navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", window.refusal));
"""
INSECURE = """
Object.defineProperty(window, "isSecureContext", { value: false });
Object.defineProperty(navigator, "mediaDevices", { value: undefined });
delete BaseAudioContext.prototype.audioWorklet;
"""
"""What browsers take from a page that came over plain HTTP from another machine."""
HELD = """
AudioContext.prototype.resume = () => new Promise(() => undefined);
Object.defineProperty(BaseAudioContext.prototype, "state", { get: () => "suspended" });
"""


async def test_a_microphone_that_is_refused_or_missing_is_explained_and_tried_again(
    server: Server, tmp_path: Path
) -> None:
    async with visiting(tmp_path, PHONE) as visitor:
        page = visitor.page
        await page.add_init_script(REFUSED)
        await visitor.open(server.url)
        await page.evaluate("() => { window.refusal = 'NotAllowedError' }")
        await visitor.press("Start talking")
        bar = page.get_by_role("alert")
        await expect(bar).to_contain_text("The browser may not use the microphone. Allow it in the address bar")
        assert await violations(page) == []
        await page.evaluate("() => { window.refusal = 'NotFoundError' }")
        await visitor.press("Try now")
        await expect(bar).to_contain_text("No microphone was found. You can type below.")
        await visitor.write("How much is a second checked bag?")
        await visitor.reads("$45")


async def test_an_insecure_page_says_so_and_goes_on_in_writing(server: Server, tmp_path: Path) -> None:
    async with visiting(tmp_path, PHONE) as visitor:
        page = visitor.page
        await page.add_init_script(INSECURE)
        await visitor.open(server.url)
        await visitor.press("Start talking")
        await expect(page.get_by_role("alert")).to_contain_text("Browsers allow the microphone on secure pages only")
        await visitor.write("How much is a second checked bag?")
        await visitor.reads("$45")
        assert visitor.wire.of_type("response.output_audio.delta") == []
        assert visitor.faults == []


async def test_sound_that_the_browser_holds_back_is_said_to_be(server: Server, tmp_path: Path) -> None:
    async with visiting(tmp_path, PHONE) as visitor:
        page = visitor.page
        await page.add_init_script(HELD)
        await visitor.open(server.url)
        await visitor.press("Type instead")
        await expect(page.get_by_role("alert")).to_contain_text("holds the sound back until you touch the page")
        await expect(page.get_by_role("button", name="Turn sound on")).to_be_visible()
        assert await violations(page) == []
        await visitor.write("How much is a second checked bag?")
        await visitor.reads("$45")
