"""The terminal's arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

THEMES = ("lobby", "contrast-dark", "contrast-light")


def parser() -> argparse.ArgumentParser:
    """What `python -m kiosk_tui` takes; `lobby kiosk` hands the same on."""
    made = argparse.ArgumentParser(prog="kiosk_tui", description="A voice terminal for a Lobby desk.")
    made.add_argument("--url", help="the server's address, http://HOST:PORT; without it the desk remembered or found")
    made.add_argument("--near", help=argparse.SUPPRESS)
    made.add_argument(
        "--plain", action="store_true", help="lines instead of a screen (taken too where this is no terminal)"
    )
    made.add_argument("--text-only", action="store_true", help="leave microphone and loudspeaker alone")
    made.add_argument(
        "--push-to-talk", action="store_true", help="the microphone is open only between two presses of F8"
    )
    made.add_argument("--kiosk", action="store_true", help="cannot be left without the operator's code")
    made.add_argument("--set-operator-code", action="store_true", help="ask for the operator's code and keep its hash")
    made.add_argument("--theme", choices=THEMES, default="lobby", help="colours")
    made.add_argument("--large-type", action="store_true", help="the last reply in large letters")
    made.add_argument("--reduced-motion", action="store_true", help="nothing moves by itself")
    made.add_argument("--words-a-minute", type=int, default=150, help="how fast people here read")
    made.add_argument(
        "--idle-seconds", type=float, default=60.0, help="until a customer is asked whether they are there"
    )
    made.add_argument("--warning-seconds", type=float, default=20.0, help="and then until everything is wiped")
    made.add_argument("--record-svg", type=Path, metavar="DIR", help="save a picture of every screen")
    made.add_argument("--hands", type=int, nargs=2, help=argparse.SUPPRESS)
    made.add_argument(
        "--check-sound", action="store_true", help="play a sound and say whether the desk can be talked over here"
    )
    made.add_argument("--json", action="store_true", help="with --check-sound: its figures as one JSON object")
    made.add_argument("--session", metavar="KEY", help="go on with the conversation of this session key")
    return made
