"""The protocol page names every event that there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from edge_server.realtime.client_events import AnyClientEvent
from edge_server.realtime.events import error, extension, input_audio, items, response, session
from edge_server.realtime.events.base import ServerEvent

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "protocol.md").read_text("utf-8")


def part(heading: str) -> str:
    return PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]


def named(text: str) -> set[str]:
    return set(re.findall(r"`([a-z_]+(?:\.[a-z_]+)+)`", text)) | set(re.findall(r"`(error)`", text))


def server_events() -> set[str]:
    modules = (error, extension, input_audio, items, response, session)
    kinds = [kind for module in modules for kind in vars(module).values() if isinstance(kind, type)]
    return {kind.type for kind in kinds if issubclass(kind, ServerEvent) and "type" in vars(kind)}


def test_every_client_event_is_on_the_page() -> None:
    known = {get_args(kind.model_fields["type"].annotation)[0] for kind in get_args(AnyClientEvent)}
    assert len(known) == 11
    assert known <= named(part("Client events"))


def test_every_server_event_is_on_the_page_and_none_that_is_not_there() -> None:
    sent = {kind for kind in server_events() if not kind.startswith("extension.")}
    page = part("Server events").split("\n\n", 1)[0]
    assert sent == named(page)


def test_every_extension_event_is_on_the_page() -> None:
    assert {kind for kind in server_events() if kind.startswith("extension.")} <= named(part("Extension events"))
