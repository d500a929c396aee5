"""`python -m kiosk_tui --url http://HOST:PORT`: open the terminal."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


def main() -> int:
    """Run the terminal that the arguments ask for; the exit code."""
    arguments = _parser().parse_args()
    if arguments.check_sound:
        return _check_sound(as_json=arguments.json)
    if arguments.url is None:
        _parser().error("--url: give the server's address, such as http://127.0.0.1:8484")
    if not _is_address(arguments.url):
        _parser().error(f"--url {arguments.url}: give an address such as http://127.0.0.1:8484")
    # The desk is on this machine or beside it: it is reached directly, whatever proxy the environment names.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"
    if arguments.plain or not (sys.stdin.isatty() and sys.stdout.isatty()):
        from kiosk_tui import plain

        return plain.run(arguments.url, arguments.session)
    return asyncio.run(_screen(arguments.url, arguments.session, text_only=arguments.text_only))


def _check_sound(*, as_json: bool) -> int:
    """Play a sound, say whether the desk can be talked over here; 1 when it cannot."""
    from kiosk_tui.audio_check import check_sound

    with native_libraries_silenced():
        verdict = asyncio.run(check_sound())
    print(json.dumps(verdict.as_dict()) if as_json else verdict.line)  # noqa: T201, its output
    return 0 if verdict.hands_free else 1


async def _screen(url: str, session_key: str | None, *, text_only: bool) -> int:
    with native_libraries_silenced():
        from kiosk_tui.app import KioskApp

        app = KioskApp(url, session_key=session_key, text_only=text_only)
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, app.exit)
        await app.run_async()
        return app.return_code or 0


@contextmanager
def native_libraries_silenced() -> Iterator[None]:
    """Keep what sound libraries write to file descriptor 2 off the screen.

    Python's own standard error, which the screen is painted on, goes to the terminal by another descriptor.
    """
    saved = os.dup(2)
    before, before_original = sys.stderr, sys.__stderr__
    nothing = os.open(os.devnull, os.O_WRONLY)
    with os.fdopen(os.dup(2), "w", encoding="utf-8", errors="replace") as terminal:
        os.dup2(nothing, 2)
        os.close(nothing)
        sys.stderr = sys.__stderr__ = terminal  # type: ignore[misc]
        try:
            yield
        finally:
            sys.stderr, sys.__stderr__ = before, before_original  # type: ignore[misc]
            os.dup2(saved, 2)
            os.close(saved)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kiosk_tui", description="A voice terminal for a Lobby desk.")
    parser.add_argument("--url", help="the server's address, http://HOST:PORT")
    parser.add_argument(
        "--plain", action="store_true", help="lines instead of a screen (taken too where this is no terminal)"
    )
    parser.add_argument("--text-only", action="store_true", help="leave microphone and loudspeaker alone")
    parser.add_argument(
        "--check-sound", action="store_true", help="play a sound and say whether the desk can be talked over here"
    )
    parser.add_argument("--json", action="store_true", help="with --check-sound: its figures as one JSON object")
    parser.add_argument("--session", metavar="KEY", help="go on with the conversation of this session key")
    return parser


if __name__ == "__main__":
    sys.exit(main())
