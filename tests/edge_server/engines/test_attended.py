"""A person in the agents' place, and announcements, on the real engine with a desk that answers by rote."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from agents.client_offer import Offer
from agents.desk import AgentDesk
from agents.person import PERSON
from agents.turn import Asked, Clause, TurnDone, TurnEvent
from edge_server.engines.announced import Announced
from edge_server.engines.attended import Attended, Emit, SeatError
from edge_server.engines.embedded import EmbeddedEngine
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import EngineEvent
from sync.session import Identity, Line, SessionState
from tests.edge_server.engines.by_rote import ByRote, Quiet


class Rote(ByRote):
    """A desk that answers with the customer's words; after "pin" it waits for one."""

    def __init__(self) -> None:
        self.answered: list[str] = []

    async def turn(
        self,
        state: SessionState,
        utterance: str,
        *,
        ended: asyncio.Event | None = None,
        offer: Offer | None = None,
        silences: int = 0,
    ) -> AsyncGenerator[TurnEvent, None]:
        await asyncio.sleep(0)
        self.answered.append(utterance)
        yield Clause(f"You said {utterance}.")
        said = state.with_line(Line("customer", utterance)).with_line(Line("agent", f"You said {utterance}."))
        yield TurnDone(replace(said, topic={"asked": "pin" if "pin" in utterance else ""}))

    def hear(self, state: SessionState, utterance: str) -> SimpleNamespace:
        return SimpleNamespace(words=utterance)

    def asked(self, state: SessionState) -> Asked:
        return Asked(secret=state.topic.get("asked") == "pin")


class Session:
    """An attended engine at work, and what it says."""

    def __init__(self, patience_s: float = 60.0) -> None:
        self.rote, self.said, self.kept = Rote(), list[EngineEvent](), list[SessionState]()
        desk, speech = cast(AgentDesk, self.rote), Quiet()
        state = SessionState(key="k", identity=Identity(1, "Maria", 0.0, time.time() + 600))

        def attended(emit: Emit) -> Attended:
            return Attended(
                lambda told: EmbeddedEngine(state, desk=desk, speech=speech, keep=self.kept.append, emit=told),
                desk=desk,
                speech=speech,
                keep=self.kept.append,
                emit=emit,
                patience_s=patience_s,
            )

        self.engine = Announced(attended, desk=desk, speech=speech, emit=self.said.append)
        self.person = self.engine.attended
        self.generation = 0

    async def think(self, words: str) -> str:
        """The conversation asks for an answer; gives what is said."""
        self.generation += 1
        self.engine.do(fx.Think(self.generation, words, speak=True, remember=True, speed=1.0, voice="default"))
        await self.works()
        return self.reply(self.generation)

    async def works(self) -> None:
        for _ in range(60):
            await asyncio.sleep(0)

    def reply(self, generation: int) -> str:
        return " ".join(e.text for e in self.said if isinstance(e, fx.ReplyText) and e.generation == generation)

    def done(self, generation: int) -> bool:
        return any(isinstance(event, fx.ReplyDone) and event.generation == generation for event in self.said)

    @property
    def history(self) -> list[tuple[str, str]]:
        return [(line.agent or line.role, line.text) for line in self.engine.state.history]


async def test_while_a_person_is_there_the_agents_are_silent_and_the_persons_words_are_said() -> None:
    session = Session()
    assert await session.think("hello") == "You said hello."
    session.person.take_over("Ann")
    assert session.said[-1:] == [fx.PersonAtDesk(True, "Ann")]
    assert await session.think("is anybody there") == ""
    assert session.done(2) and session.rote.answered == ["hello"]
    session.person.say("Yes. I am Ann, how can I help?")
    assert session.said[-1:] == [fx.SpeaksUp()]
    assert await session.think("") == "Yes. I am Ann, how can I help?"
    assert sum(len(event.pcm) for event in session.said if isinstance(event, fx.ReplyAudio)) > 0
    assert session.history[2:] == [("customer", "is anybody there"), (PERSON, "Yes. I am Ann, how can I help?")]
    assert session.person.by_person(3) and not session.person.by_person(1)
    await session.engine.close()
    assert session.kept[-1].history == session.engine.state.history


async def test_who_gets_the_session_back_answers_what_waits_and_knows_both_sides() -> None:
    session = Session()
    session.person.take_over()
    session.person.say("One moment please.")
    await session.think("")
    await session.think("and my bag")
    session.person.give_back()
    assert session.said[-2:] == [fx.PersonAtDesk(False), fx.SpeaksUp()]
    assert await session.think("") == "You said and my bag."
    assert session.history == [
        (PERSON, "One moment please."),
        ("customer", "and my bag"),
        ("agent", "You said and my bag."),
    ]
    assert await session.think("thanks") == "You said thanks."
    await session.engine.close()


async def test_a_rehearsal_from_before_is_not_heard_of_again() -> None:
    session = Session()
    session.engine.do(fx.ThinkAhead(fx.Think(0, "book it", speak=True, remember=True, speed=1.0, voice="default")))
    await session.works()
    session.person.take_over()
    assert await session.think("book it") == ""
    session.person.say("Not yet.")
    assert await session.think("") == "Not yet."
    assert session.history == [("customer", "book it"), (PERSON, "Not yet.")]
    await session.engine.close()


async def test_a_persons_reply_that_is_cut_keeps_what_was_heard_and_is_resumed_after_a_false_alarm() -> None:
    session = Session()
    session.person.take_over()
    session.person.say("We have two rooms. One has a balcony over the lake.")
    await session.think("do you have rooms")
    session.engine.do(fx.StopThinking(1))
    session.engine.do(fx.KeepHeard(1, "We have two rooms.", 400))
    assert session.history[-1] == (PERSON, "We have two rooms.")
    again = fx.Think(2, "", speak=True, remember=True, speed=1.0, voice="default")
    session.engine.do(fx.Resume(2, 1, again))
    await session.works()
    assert session.reply(2) == "One has a balcony over the lake."
    session.engine.do(fx.KeepHeard(2, "", 0))
    assert session.history[-1] == (PERSON, "We have two rooms.")
    await session.engine.close()


async def test_a_customer_whom_the_person_forgets_gets_the_agents_back() -> None:
    session = Session(patience_s=0.0)
    session.person.take_over()
    await session.think("hello")
    await asyncio.sleep(0)
    assert not session.person.taken_over
    assert fx.PersonAtDesk(False) in session.said
    assert await session.think("") == "You said hello."
    await session.engine.close()


async def test_a_person_can_do_only_what_fits() -> None:
    session = Session()
    with pytest.raises(SeatError):
        session.person.say("hello")
    with pytest.raises(SeatError):
        session.person.give_back()
    session.person.take_over()
    with pytest.raises(SeatError):
        session.person.take_over()
    session.person.forget_customer()
    assert session.engine.state.identity is None
    await session.engine.close()


async def test_numbers_are_hidden_where_a_secret_was_asked_for_by_agent_or_person() -> None:
    session = Session()
    assert session.person.masked("four oh seven one") == "four oh seven one"
    await session.think("pin")
    assert session.person.secret_asked
    assert session.person.masked("it is four oh seven one I think, or 4 071") == "it is **** I think, or ****"
    session.person.take_over()
    session.person.say("What is your PIN please?")
    await session.think("")
    assert session.person.masked("forty seventy one") == "****"
    await session.engine.close()


async def test_an_announcement_comes_before_the_first_reply_and_only_once() -> None:
    session = Session()
    session.engine.announce("This is recorded.")
    assert await session.think("hello") == "This is recorded. You said hello."
    kinds = [type(event) for event in session.said if not isinstance(event, fx.ReplyNotice)]
    assert kinds == [fx.ReplyText, fx.ReplyAudio, fx.ReplyText, fx.ReplyAudio, fx.ReplyDone]
    session.engine.do(fx.KeepHeard(1, "This is recorded. You said", 900))
    assert session.history[-1] == ("agent", "You said")
    assert await session.think("more") == "You said more."
    await session.engine.close()


async def test_an_announcement_that_was_not_heard_to_its_end_is_made_again() -> None:
    session = Session()
    session.engine.announce("This is recorded.")
    await session.think("hello")
    session.engine.do(fx.StopThinking(1))
    session.engine.do(fx.KeepHeard(1, "This is", 100))
    assert session.history == []
    assert await session.think("hello") == "This is recorded. You said hello."
    session.engine.announce("And filmed.")
    session.engine.do(fx.Think(3, "stop", speak=True, remember=True, speed=1.0, voice="default"))
    session.engine.do(fx.StopThinking(3))
    session.generation = 3
    await session.works()
    assert session.reply(3) == ""
    assert await session.think("go on") == "And filmed. You said go on."
    await session.engine.close()
