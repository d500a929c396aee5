"""Rehearsed replies: whatever is said, paused and stopped, only what a `Think` asked for is told, kept or written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.client_offer import Offer
from agents.turn import Clause, TurnDone, TurnEvent
from data.code_sounds import CodeSound
from edge_server.audio import RATE
from edge_server.engines.embedded import EmbeddedEngine
from edge_server.engines.reply import Reply, rest_of
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import EngineEvent
from sync.session import Line, SessionState
from tests.edge_server.engines.by_rote import WAIT, ByRote, Quiet


class Echo(ByRote):
    """A desk that answers with the customer's words in two clauses, and writes them down at the end of the turn."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.sounds: list[tuple[str, CodeSound] | None] = []
        self.begun = 0

    async def turn(
        self,
        state: SessionState,
        utterance: str,
        *,
        ended: asyncio.Event | None = None,
        offer: Offer | None = None,
        silences: int = 0,
    ) -> AsyncGenerator[TurnEvent, None]:
        self.begun += 1
        self.sounds.append(state.sounded)
        await asyncio.sleep(0)
        yield Clause(f"You said {utterance}.")
        if ended is not None:
            await ended.wait()
        self.written.append(utterance)
        await asyncio.sleep(0)
        yield Clause("It is done.")
        said = state.with_line(Line("customer", utterance), keep_lines=99)
        yield TurnDone(said.with_line(Line("agent", f"You said {utterance}. It is done."), keep_lines=99))


KILO = CodeSound(({"K": 0.0},))


class Session:
    """An engine at work, what it says, and what it was asked for."""

    def __init__(self) -> None:
        self.desk, self.speech, self.said = Echo(), Quiet(), list[EngineEvent]()
        self.engine = EmbeddedEngine(
            SessionState(key="k"), desk=self.desk, speech=self.speech, keep=lambda state: None, emit=self.said.append
        )
        self.asked: dict[int, str] = {}

    def pause(self, words: str) -> None:
        self.engine.do(fx.ThinkAhead(fx.Think(0, words, speak=True, remember=True, speed=1.0, voice="default")))

    def think(self, words: str) -> int:
        generation = len(self.asked) + 1
        self.asked[generation] = words
        self.engine.do(fx.Think(generation, words, speak=True, remember=True, speed=1.0, voice="default"))
        return generation

    def told(self, kind: type[fx.ReplyText] = fx.ReplyText) -> list[str]:
        return [event.text for event in self.said if isinstance(event, kind)]

    @property
    def heard(self) -> list[str]:
        return [line.text for line in self.engine.state.history if line.role == "customer"]


def in_session(talk: Callable[[Session], AsyncGenerator[None, None]]) -> Session:
    """Run `talk` in a session; at each `yield` the engine works until it has nothing to do."""

    async def run() -> Session:
        session = Session()
        async for _ in talk(session):
            for _ in range(40):
                await asyncio.sleep(0)
        await session.engine.close()
        return session

    return asyncio.run(run())


def test_a_rehearsal_knows_how_a_code_sounded_and_is_released_when_the_last_hearing_is_the_same() -> None:
    async def talk(session: Session) -> AsyncGenerator[None, None]:
        session.engine.sounded("Kilo", KILO)
        session.pause("Kilo")
        yield
        session.engine.sounded("Kilo", KILO)
        session.think("Kilo")
        yield

    session = in_session(talk)
    assert session.desk.sounds == [("Kilo", KILO)] and session.desk.begun == 1
    assert session.heard == ["Kilo"]


def test_a_rehearsal_is_silent_until_the_turn_has_ended_and_then_told_whole() -> None:
    async def talk(session: Session) -> AsyncGenerator[None, None]:
        session.pause("book it")
        yield
        assert session.said == []
        assert session.speech.spoken == ["You said book it."]
        session.think("Book it.")
        assert isinstance(session.said[0], fx.ReplyText), "the first clause goes out at once"
        assert isinstance(session.said[1], fx.ReplyAudio), "and its sound"
        yield

    session = in_session(talk)
    assert session.desk.begun == 1
    assert session.told() == ["You said book it.", "It is done."]
    assert isinstance(session.said[-1], fx.ReplyDone)
    assert session.heard == ["book it"]


def test_what_is_spoken_later_is_due_when_all_before_it_has_been_heard() -> None:
    class Slow(Quiet):
        due: ClassVar[list[float]] = []

        async def speak(
            self, text: str, *, voice: str = "joe", speed: float = 1.0, due_in_s: float = 0.0
        ) -> AsyncGenerator[bytes]:
            self.due.append(due_in_s)
            yield bytes(2 * RATE * 30)
            yield bytes(2 * RATE * 30)

    async def talk(session: Session) -> AsyncGenerator[None, None]:
        session.engine._speech = Slow()
        session.pause("book it")
        yield
        assert Slow.due == [0.0], "what is rehearsed may be needed at any moment"
        session.think("book it")
        yield

    in_session(talk)
    first, second = Slow.due
    assert first == 0.0 and 30.0 < second <= 60.0, "the first phrase lasts a minute"


def test_nothing_is_written_before_the_turn_has_ended() -> None:
    async def talk(session: Session) -> AsyncGenerator[None, None]:
        session.pause("cancel it")
        yield
        assert session.desk.written == []
        session.think("cancel it")
        yield

    assert in_session(talk).desk.written == ["cancel it"]


def test_who_speaks_on_is_answered_on_all_they_said_and_the_rehearsal_never_was() -> None:
    async def talk(session: Session) -> AsyncGenerator[None, None]:
        session.pause("cancel it")
        yield
        session.engine._from_ear(fx.SpokeOn())
        yield
        session.think("cancel it on Friday")
        yield

    session = in_session(talk)
    assert session.told()[0] == "You said cancel it on Friday."
    assert session.desk.written == ["cancel it on Friday"]
    assert session.heard == ["cancel it on Friday"]


def test_a_rehearsal_for_an_older_state_of_the_session_is_not_taken() -> None:
    async def talk(session: Session) -> AsyncGenerator[None, None]:
        first = session.think("one")
        yield
        session.pause("two")
        yield
        session.engine.do(fx.KeepHeard(first, "You said"))
        session.think("two")
        yield

    session = in_session(talk)
    assert [line.text for line in session.engine.state.history] == [
        "one",
        "You said",
        "two",
        "You said two. It is done.",
    ]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pause"), st.sampled_from(["a", "b", "B!"])),
        st.tuples(st.just("think"), st.sampled_from(["a", "b"])),
        st.tuples(st.sampled_from(["speak on", "stop", "work"]), st.just("")),
    ),
    max_size=30,
)


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_no_order_of_pauses_and_answers_tells_keeps_or_writes_what_was_not_asked_for(
    steps: list[tuple[str, str]],
) -> None:
    async def talk(session: Session) -> AsyncGenerator[None, None]:
        for step, words in steps:
            match step:
                case "pause":
                    session.pause(words)
                case "think":
                    session.think(words)
                case "speak on":
                    session.engine._from_ear(fx.SpokeOn())
                case "stop":
                    session.engine.do(fx.StopThinking(len(session.asked)))
                case _:
                    yield
        yield

    session = in_session(talk)
    asked = list(session.asked.values())
    newest = 0
    for event in session.said:
        assert isinstance(event, fx.ReplyText | fx.ReplyAudio | fx.ReplyDone)
        assert event.generation >= newest, "an older reply spoke after a newer one"
        newest = event.generation
        if isinstance(event, fx.ReplyText) and event.text.startswith("You said"):
            assert event.text.lower().replace("!", "") == f"you said {session.asked[newest]}.", (
                "the words of another turn"
            )
    ends = [event.generation for event in session.said if isinstance(event, fx.ReplyDone)]
    assert len(ends) == len(set(ends)), "a reply ended twice"
    kept = [words.lower() for words in session.heard]
    assert _in_order(kept, asked), "the history has a turn that nobody took"
    assert _in_order([words.lower() for words in session.desk.written], asked), "something was written for no turn"


def _in_order(some: list[str], all_of: list[str]) -> bool:
    rest = iter(all_of)
    return all(one.strip("!") in rest for one in some)


def test_a_reply_cut_off_for_nothing_goes_on_and_the_history_has_it_whole() -> None:
    async def talk(session: Session) -> AsyncGenerator[None, None]:
        session.think("tell me")
        yield
        session.engine.do(fx.StopThinking(1))
        session.engine.do(fx.KeepHeard(1, "You said tell me."))
        how = fx.Think(2, "", speak=True, remember=True, speed=1.0, voice="default")
        session.engine.do(fx.Resume(2, 1, how))
        yield
        assert session.told()[-1] == "It is done."
        assert session.engine.state.history[-1].text == "You said tell me. It is done."
        session.engine.do(fx.KeepHeard(2, "It"))

    session = in_session(talk)
    assert session.engine.state.history[-1].text == "You said tell me. It"
    assert session.desk.begun == 1, "nothing is thought anew"


def test_what_the_client_says_was_heard_takes_the_place_of_what_the_server_reckoned() -> None:
    async def talk(session: Session) -> AsyncGenerator[None, None]:
        session.think("tell me")
        yield
        session.engine.do(fx.StopThinking(1))
        session.engine.do(fx.KeepHeard(1, "You said tell"))
        session.engine.do(fx.KeepHeard(1, "You said"))

    assert in_session(talk).engine.state.history[-1].text == "You said"


def test_what_is_left_of_a_reply_begins_with_the_clause_that_was_cut_or_in_its_midst_if_that_was_long() -> None:
    reply = "It is on time. It leaves at 7:15 PM. " + " ".join(f"Word{n}" for n in range(12)) + "."
    long = " ".join(reply.split()[9:])
    assert rest_of(reply, "It is on time.") == ("It leaves at 7:15 PM.", long)
    assert rest_of(reply, "It is on time. It leaves") == ("It leaves at 7:15 PM.", long)
    assert rest_of(reply, " ".join(reply.split()[:17])) == (" ".join(reply.split()[17:]),)
    assert rest_of(reply, reply) == ()


class Slow(Echo):
    """A desk whose tool has not answered yet."""

    def __init__(self) -> None:
        super().__init__()
        self.answered = asyncio.Event()

    async def turn(
        self,
        state: SessionState,
        utterance: str,
        *,
        ended: asyncio.Event | None = None,
        offer: Offer | None = None,
        silences: int = 0,
    ) -> AsyncGenerator[TurnEvent, None]:
        await self.answered.wait()
        yield Clause("Here it is.")
        yield TurnDone(state)


def test_a_slow_tool_is_spoken_over_once_and_only_after_the_turn_has_ended() -> None:
    async def talk() -> list[str]:
        said: list[str] = []
        desk = Slow()
        think = fx.Think(1, "look it up", speak=True, remember=True, speed=1.0, voice="default")
        reply = Reply(
            SessionState(key="k"),
            think,
            desk=desk,
            speech=Quiet(),
            tell=lambda told: said.append(told.text) if isinstance(told, Clause) else None,
            filler_after_s=0.0,
        )
        for _ in range(20):
            await asyncio.sleep(0)
        assert said == []
        reply.release()
        for _ in range(20):
            await asyncio.sleep(0)
        assert said == [WAIT]
        desk.answered.set()
        await reply.finished()
        return said

    assert asyncio.run(talk()) == [WAIT, "Here it is."]


def test_a_desk_that_answers_at_once_needs_no_filler() -> None:
    async def talk(session: Session) -> AsyncGenerator[None, None]:
        session.think("tell me")
        yield

    assert WAIT not in in_session(talk).told()
