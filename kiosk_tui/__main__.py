"""`python -m kiosk_tui --url http://HOST:PORT`: open the terminal."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kiosk_tui.arguments import parser

if TYPE_CHECKING:
    from kiosk_tui.options import Options
    from kiosk_tui.remembered import Remembered

RESTARTS = 5
"""A terminal in kiosk mode that has a fault begins anew so often by itself; then whoever watches it has to."""


def main() -> int:
    """Run the terminal that the arguments ask for; the exit code."""
    from kiosk_tui.remembered import ConfigError, config_path, load

    arguments = parser().parse_args()
    if arguments.check_sound:
        return _check_sound(as_json=arguments.json)
    if arguments.url is not None and not _is_address(arguments.url):
        parser().error(f"--url {arguments.url}: give an address such as http://127.0.0.1:8484")
    config = config_path()
    try:
        kept = load(config)
        if arguments.set_operator_code:
            return _set_operator_code(config, kept)
    except ConfigError as error:
        return _failed(str(error))
    if arguments.kiosk and kept.operator_code is None:
        return _failed("--kiosk needs an operator's code, or nobody could leave: lobby kiosk --set-operator-code", 2)
    if arguments.kiosk and arguments.record_svg is not None:
        return _failed("--record-svg takes pictures of what customers see: not with --kiosk", 2)
    # The desk is on this machine or beside it: it is reached directly, whatever proxy the environment names.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"
    options = _options(arguments, kept, config)
    if arguments.plain or not (sys.stdin.isatty() and sys.stdout.isatty()):
        from kiosk_tui import plain

        desk = options.desk or options.near
        if desk is None:
            return _failed("no desk is known: give its address with --url, such as http://127.0.0.1:8484", 2)
        return plain.run(desk, arguments.session)
    return _screens(options, kept)


def _options(arguments: argparse.Namespace, kept: Remembered, config: Path) -> Options:
    from kiosk_tui.client import KEY_VARIABLE
    from kiosk_tui.options import Options, Reading
    from kiosk_tui.remembered import Desk

    desk = kept.desk
    api_key = os.environ.get(KEY_VARIABLE) or None
    if arguments.url is not None and (desk is None or desk.url != arguments.url):
        desk = Desk(arguments.url)
    return Options(
        desk=None if desk is None else replace(desk, api_key=api_key),
        near=Desk(arguments.near, api_key=api_key) if arguments.near else None,
        session_key=arguments.session,
        text_only=arguments.text_only,
        kiosk=arguments.kiosk,
        theme=arguments.theme,
        large=True if arguments.large_type else None,
        reduced_motion=arguments.reduced_motion,
        reading=Reading(arguments.words_a_minute),
        idle_s=arguments.idle_seconds,
        warning_s=arguments.warning_seconds,
        by_hand=arguments.push_to_talk,
        record=arguments.record_svg,
        hands=tuple(arguments.hands) if arguments.hands else None,
        config=config,
        operator_key=os.environ.get("LOBBY_OPERATOR_KEY") or None,
    )


def _screens(options: Options, kept: Remembered) -> int:
    """Run the screens; in kiosk mode again after a fault."""
    code, fault = asyncio.run(_screen(options, kept))
    for _ in range(RESTARTS if options.kiosk else 0):
        if fault is None:
            break
        code, fault = asyncio.run(_screen(options, kept))
    return code if fault is None else _failed(f"this terminal had a fault and was closed: {fault!r}", code)


async def _screen(options: Options, kept: Remembered) -> tuple[int, BaseException | None]:
    with native_libraries_silenced():
        from kiosk_tui.app import KioskApp

        app = KioskApp(options, kept)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, app.exit)
        if options.kiosk:
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
                signal.signal(number, signal.SIG_IGN)
        await app.run_async()
        return app.return_code or 0, app.fault


def _set_operator_code(config: Path, kept: Remembered) -> int:
    """Ask for the operator's code twice, or read it from a pipe, and keep its hash."""
    from kiosk_tui.remembered import save, with_code

    if sys.stdin.isatty():
        code = getpass.getpass("Operator's code (4 to 12 digits): ")
        if getpass.getpass("Once more: ") != code:
            return _failed("the two codes differ")
    else:
        code = sys.stdin.readline().strip()
    try:
        save(config, with_code(kept, code))
    except ValueError as error:
        return _failed(str(error), 2)
    print(f"The operator's code is set ({config}).")  # noqa: T201, its output
    return 0


def _check_sound(*, as_json: bool) -> int:
    """Play a sound, say whether the desk can be talked over here; 1 when it cannot."""
    from kiosk_tui.audio_check import check_sound

    with native_libraries_silenced():
        verdict = asyncio.run(check_sound())
    print(json.dumps(verdict.as_dict()) if as_json else verdict.line)  # noqa: T201, its output
    return 0 if verdict.hands_free else 1


def _failed(message: str, code: int = 1) -> int:
    sys.stderr.write(f"kiosk: {message}\n")
    return code


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


if __name__ == "__main__":
    sys.exit(main())
