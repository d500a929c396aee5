"""What the provider knows of a session, so that it is told the rest and nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.relayed import RelayedTurn
from edge_server.engines.cloud import session
from edge_server.engines.cloud.upstream import Body
from edge_server.realtime import effects as fx
from edge_server.realtime.events.session import TurnDetection
from sync.session import Line


@dataclass(slots=True)
class Briefing:
    """The session at the provider as far as it was told. `voice`, `transcriber`: models of the provider's."""

    voice: str
    transcriber: str
    _part: Body = field(default_factory=dict)
    _speed: float = 1.0
    _known: list[str] = field(default_factory=list)

    def anew(self, detection: TurnDetection | None, history: Sequence[Line]) -> list[Body]:
        """A new session, which knows nothing: how to hear and speak, and what was said."""
        self._part, self._known = {}, []
        audio = session.audio(detection, transcriber=self.transcriber, voice=self.voice, speed=self._speed)
        events: list[Body] = [{"type": "session.update", "session": {"type": "realtime", "audio": audio}}]
        events += [{"type": "conversation.item.create", "item": session.as_item(line)} for line in history]
        return events

    def of_turn(self, turn: RelayedTurn, think: fx.Think) -> tuple[list[Body], list[Body]]:
        """The turn's persona and tools, and words that the provider has not heard itself.

        Gives the events that tell so, and the items that a response outside the conversation answers.
        """
        offer, events = think.offer, list[Body]()
        part = session.part(turn, think.instructions, offer.tools if offer.choice != "none" else (), offer.choice)
        if part != self._part:
            self._part = part
            events.append({"type": "session.update", "session": {"type": "realtime", **part}})
        if think.speed != self._speed:
            self._speed = think.speed
            speed: Body = {"output": {"speed": think.speed}}
            events.append({"type": "session.update", "session": {"type": "realtime", "audio": speed}})
        outputs = [f"The terminal's tool {one.name} answered: {one.output}" for one in offer.outputs]
        if not think.remember:
            return events, [session.said_by_customer(text) for text in (turn.words, *outputs) if text]
        for text in (*self._unheard(turn, think.utterance), *outputs):
            events.append({"type": "conversation.item.create", "item": session.said_by_customer(text)})
        return events, []

    def knows(self, words: str) -> None:
        """The provider has these words of the open turn: it heard them, or was told."""
        self._known.append(words)

    def answered(self) -> None:
        """The open turn is over."""
        self._known.clear()

    def _unheard(self, turn: RelayedTurn, utterance: str) -> list[str]:
        """The part of the utterance that did not come from the provider's own transcripts."""
        rest = utterance
        for words in self._known:
            rest = rest.replace(words, "", 1)
        rest = " ".join(rest.split())
        if not rest:
            return []
        self._known.append(rest)
        return [turn.words if rest == " ".join(utterance.split()) else rest]


def new_lines(known: tuple[Line, ...], lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The end of `lines` that `known` does not have; both may have lost their oldest lines."""
    for overlap in range(min(len(known), len(lines)), 0, -1):
        if known[len(known) - overlap :] == lines[:overlap]:
            return lines[overlap:]
    return lines
