"""Write down what scripted customers began with, by the flow that does it (`agents/first_sentences.yaml`).

    python bench/first_sentences.py [--without seventh_round ...]

The desk learns from these sentences, beside the personas' own examples, which flow words are for that begin something.
`--without` leaves files of customers out, to measure the desk on those it has not learned from. Customers whose file is
frozen and not yet worked with stay out by default. A persona that brings no customers needs none: its flows are learned
by their examples.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import yaml

from agents.sounding import FIRST_SENTENCES
from edge_server.evaluation.dialogues.script import read_scripts

FROZEN = ("seventh_round",)
"""Files whose customers measure the desk, and teach it nothing."""
FLOWS: Mapping[str, tuple[str, str]] = {
    "change flight": ("flight", "change_flight"),
    "cancel flight": ("flight", "cancel_flight"),
    "seat": ("flight", "choose_seat"),
    "bag": ("flight", "add_bag"),
    "check-in": ("flight", "check_in"),
    "check in": ("flight", "check_in"),
    "load bookings": ("flight", "my_bookings"),
    "my bookings": ("flight", "my_bookings"),
    "flight status": ("flight", "flight_status"),
    "find flights": ("flight", "find_flights"),
    "flight knowledge": ("flight", "policy"),
    "airline knowledge": ("flight", "policy"),
    "change stay": ("hotel", "change_stay"),
    "cancel stay": ("hotel", "cancel_stay"),
    "breakfast": ("hotel", "add_breakfast"),
    "late check-out": ("hotel", "late_check_out"),
    "book room": ("hotel", "book_room"),
    "find rooms": ("hotel", "find_rooms"),
    "find hotels": ("hotel", "our_hotels"),
    "load reservations": ("hotel", "my_reservations"),
    "hotel knowledge": ("hotel", "policy"),
    "person": ("flight", "person"),
    "hand-off": ("flight", "person"),
}
"""What customers come for, and the persona and flow that do it; other customers begin with anything."""


def main() -> None:
    """Read the customers, write the sentences."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--without", nargs="*", default=(), help="names of further files to leave out")
    left_out = {*FROZEN, *options.parse_args().without}
    told: dict[str, dict[str, list[str]]] = {}
    own = Path(str(files("edge_server.evaluation") / "own" / "dialogues"))
    for path in sorted(own.glob("*.yaml")):
        for script in read_scripts(path) if path.stem not in left_out else ():
            if (flow := FLOWS.get(script.tool)) is not None:
                sentence = script.opening.format(**{name: str(value) for name, value in script.knows.items()})
                told.setdefault(flow[0], {}).setdefault(flow[1], []).append(sentence)
    head = "# Made by bench/first_sentences.py: what customers began with, by persona and flow.\n"
    text = yaml.safe_dump(told, allow_unicode=True, width=1000, sort_keys=True)
    FIRST_SENTENCES.write_text(head + text, encoding="utf-8")
    print({name: {flow: len(texts) for flow, texts in flows.items()} for name, flows in told.items()})


if __name__ == "__main__":
    main()
