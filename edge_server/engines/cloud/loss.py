"""What is open when the cloud is gone, for whoever goes on."""

from __future__ import annotations

from dataclasses import dataclass

from edge_server.engines.cloud.reply import CloudReply
from edge_server.engines.cloud.upstream import UpstreamError
from edge_server.realtime import effects as fx
from sync.session import SessionState


@dataclass(frozen=True, slots=True)
class Loss:
    """The cloud is gone, and what it leaves open.

    `think` is the turn that it did not answer (`told`: not to its end), `said` the words of it in the open response,
    `wrote` the kinds of changes that were written in it, `awaited` the items without words, `state` the session for
    whoever goes on.
    """

    error: UpstreamError
    state: SessionState
    think: fx.Think | None = None
    told: bool = False
    said: str = ""
    wrote: frozenset[str] = frozenset()
    awaited: tuple[str, ...] = ()
    speaking: bool = False

    @classmethod
    def of(
        cls,
        error: UpstreamError,
        state: SessionState,
        reply: CloudReply | None,
        awaited: tuple[str, ...],
        *,
        speaking: bool,
    ) -> Loss:
        """What is lost with `reply` (None: none was open) in the session `state`."""
        opening = reply.opening if reply is not None else None
        if reply is None or opening is None:
            think = reply.think if reply is not None else None
            return cls(error, state, think, awaited=awaited, speaking=speaking)
        wrote = frozenset(call.wrote for call in opening.turn.scope.calls if call.wrote is not None)
        told = reply.told or bool(opening.earlier)
        return cls(error, opening.turn.undone(), reply.question, told, reply.text, wrote, awaited, speaking)
