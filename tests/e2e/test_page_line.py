"""What the page in Chromium makes of a line that is lost in mid-sentence, and of a server with another page."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser_tools import Visitor, visiting
from tests.server_tools import ROOT, Server, clean_environment, start_server, stop_server

pytestmark = pytest.mark.slow
SCRIPT = "() => document.querySelector('script[type=module]').getAttribute('src')"


def _checkout_with_another_page(folder: Path) -> Path:
    """The program as it is here, but with a page whose scripts have other names: what an update brings."""
    folder.mkdir()
    for part in ROOT.iterdir():
        if part.name != "web" and not part.name.startswith("."):
            (folder / part.name).symlink_to(part)
    ignored = shutil.ignore_patterns("*.br", "*.gz")
    built = Path(shutil.copytree(ROOT / "web" / "dist", folder / "web" / "dist", ignore=ignored))
    scripts = {path.name: path.name.replace("index-", "index-another-") for path in built.rglob("index-*.js")}
    for path in [*built.rglob("*.js"), built / "index.html"]:
        words = path.read_text("utf-8")
        for old, new in scripts.items():
            words = words.replace(old, new)
        path.with_name(scripts.get(path.name, path.name)).write_text(words, "utf-8")
        if path.name in scripts:
            path.unlink()
    return folder


async def _open_and_keep(visitor: Visitor, server: Server) -> None:
    """Open the page, and wait until the browser has it for the time that the server is away."""
    await visitor.open(server.url)
    await visitor.page.evaluate("() => navigator.serviceWorker.ready.then(() => null)")


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


async def test_a_server_killed_in_mid_sentence_is_missed_at_once_and_comes_back(branch: Path, tmp_path: Path) -> None:
    server = start_server(branch)
    try:
        async with visiting(tmp_path, installed=True) as visitor:
            page = visitor.page
            await _open_and_keep(visitor, server)
            await visitor.press("I would like to book a hotel room")
            await expect(page.locator(".status.speaking")).to_have_count(1)
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
            await expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
            await expect(page.get_by_role("button", name="Stop speaking")).to_have_count(0)
            server = start_server(branch, "--port", server.port)
            await visitor.reads("The desk is back")
            await visitor.write("K7M2QX")
            await expect(page.locator(".pin")).to_be_visible()
            assert visitor.faults == []
    finally:
        stop_server(server)


async def test_a_server_that_comes_back_with_another_page_gets_it_shown_with_the_next_conversation(
    tmp_path: Path, branch: Path
) -> None:
    server = start_server(branch)
    try:
        async with visiting(tmp_path, installed=True) as visitor:
            page = visitor.page
            updated = _checkout_with_another_page(tmp_path / "updated")
            await _open_and_keep(visitor, server)
            running = await page.evaluate(SCRIPT)
            await visitor.press("What is the status of flight LB204?")
            await visitor.reads("35 minutes")
            await visitor.hears_the_end()

            assert stop_server(server) == 0
            await expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
            env = clean_environment(PYTHONPATH=str(updated))
            server = start_server(branch, "--port", server.port, env=env, cwd=updated)
            await visitor.write("How much is a second checked bag?")
            await visitor.reads("$45")
            await visitor.reads("35 minutes")
            assert await page.evaluate(SCRIPT) == running, "nobody's conversation is cut for an update"

            await visitor.press("Finish")
            await visitor.press("New conversation")
            await page.wait_for_function(f"() => ({SCRIPT})().includes('another')")
            await visitor.press("What is the status of flight LB204?")
            await visitor.reads("35 minutes")
            assert visitor.faults == []
    finally:
        stop_server(server)
