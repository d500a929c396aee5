"""The simulated cloud with every frame checked, both ways, against the models of the `openai` package."""

from __future__ import annotations

from typing import Any

from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import TypeAdapter

from edge_server.simulated_cloud.responses import Event
from edge_server.simulated_cloud.script import Call, Reply, Rule, Script
from edge_server.simulated_cloud.server import SimulatedCloud

__all__ = ["Call", "CheckedCloud", "Reply", "Rule", "Script", "SimulatedCloud", "texts"]

_CLIENT: TypeAdapter[Any] = TypeAdapter(RealtimeClientEvent)
_SERVER: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)


class CheckedCloud(SimulatedCloud):
    """A simulated cloud on which a frame of the wrong shape, sent or received, fails the test in `wrong`."""

    def __init__(self, script: Script | None = None, *, api_key: str | None = "sk-test", port: int = 0) -> None:
        super().__init__(script, api_key=api_key, port=port)
        self.wrong: list[str] = []

    def note(self, event: Event) -> None:
        """A client event has arrived."""
        self._try(_CLIENT, event)
        super().note(event)

    def check(self, event: Event) -> None:
        """A server event is about to be sent."""
        self._try(_SERVER, event)

    def _try(self, shape: TypeAdapter[Any], event: Event) -> None:
        try:
            shape.validate_python(event)
        except ValueError as error:
            self.wrong.append(f"{event.get('type')}: {error}")


def texts(event: Event) -> list[str]:
    """The texts of an item's content in `conversation.item.create`."""
    item = event["item"]
    assert isinstance(item, dict)
    content = item.get("content") or []
    assert isinstance(content, list)
    return [str(part.get("text")) for part in content if isinstance(part, dict)]
