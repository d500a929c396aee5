"""One `response.create` at the provider, and what came of it; and what a reply needs to ask for one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Protocol
from uuid import uuid4

from agents.relayed import RelayedTurn
from agents.turn import Asked, TurnDone
from edge_server.engines import failures
from edge_server.engines.cloud.speaking import Speaking
from edge_server.engines.cloud.upstream import Body, UpstreamError
from edge_server.realtime import effects as fx
from sync.session import SessionState


class Line(Protocol):
    """What a reply needs of the engine: the session at the provider."""

    async def ready(self) -> None:
        """Return when the session is open and no response runs in it."""
        ...

    def prepare(self, turn: RelayedTurn, think: fx.Think) -> list[Body]:
        """Tell the provider of the turn's persona and tools, and of words that it has not heard itself.

        Gives the items that a response outside the conversation answers.
        """
        ...

    def send(self, event: Body) -> None:
        """Send a client event."""
        ...

    def asked(self, state: SessionState) -> Asked:
        """What the desk waits for in this state."""
        ...

    def answered(self, turn: TurnDone) -> None:
        """The turn is over with this state."""
        ...

    def finished(self) -> None:
        """The reply has ended."""
        ...

    def lost(self, error: UpstreamError) -> None:
        """The provider cannot answer this turn."""
        ...


@dataclass(slots=True)
class Message:
    """A message of the model: its item at the provider, and where its audio begins in the reply (ms)."""

    item_id: str
    starts_ms: float
    speaking: Speaking

    def cut(self, audio_ms: float) -> Body | None:
        """The event that makes the provider's item hold what was heard: the first `audio_ms` of the whole reply."""
        heard = audio_ms - self.starts_ms
        where: Body = {"item_id": self.item_id}
        if heard <= 0:
            return {"type": "conversation.item.delete", **where}
        if heard < self.speaking.sent_ms or not self.speaking.flowing:
            end = min(round(heard), round(self.speaking.sent_ms))
            return {"type": "conversation.item.truncate", **where, "content_index": 0, "audio_end_ms": end}
        return None


@dataclass(slots=True)
class Round:
    """A response that was asked for. `ended` is done when it has ended, or fails with UpstreamError.

    Something must come within `first_audio_s`. Made inside a running event loop.
    """

    first_audio_s: float
    event_id: str = field(default_factory=lambda: f"event_{uuid4().hex[:20]}")
    response_id: str | None = None
    calls: list[Body] = field(default_factory=list)
    ended: asyncio.Future[None] = field(init=False)
    _timer: asyncio.TimerHandle | None = field(init=False)

    def __post_init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.ended = loop.create_future()
        self._timer = loop.call_later(self.first_audio_s, self._too_slow)

    def is_mine(self, event: Body) -> bool:
        """Whether an event of the provider's is about this response; its `response.created` names it."""
        if event["type"] == "response.created":
            self.response_id = self.response_id or str(body(event["response"])["id"])
            return False
        of = body(event["response"])["id"] if event["type"] == "response.done" else event.get("response_id")
        return of == self.response_id

    def arrived(self) -> None:
        """Something has come, or nothing is awaited any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def fail(self, error: UpstreamError) -> bool:
        """The provider will not answer. Tells whether that was still open."""
        self.arrived()
        if self.ended.done():
            return False
        self.ended.set_exception(error)
        return True

    def over(self) -> bool:
        """It has ended. Tells whether that was still open."""
        self.arrived()
        if self.ended.done():
            return False
        self.ended.set_result(None)
        return True

    def done(self, response: Body) -> None:
        """The provider says `response.done`."""
        if response["status"] != "failed":
            self.over()
            return
        error = body(body(response.get("status_details") or {}).get("error") or {})
        message = str(error.get("message") or "the response failed")
        self.fail(UpstreamError(message, failures.reason_in(error)))

    def _too_slow(self) -> None:
        self.fail(UpstreamError("the provider did not answer in time", failures.SLOW))


def body(value: object) -> Body:
    """A JSON object of the provider's. Raises UpstreamError for anything else."""
    if not isinstance(value, dict):
        raise UpstreamError("the provider sent what is no event", failures.SERVER)
    return value
