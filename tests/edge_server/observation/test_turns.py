"""What an observer makes of the events of a session."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agents.turn import ToolCalled
from edge_server.audio import BYTES_PER_MS
from edge_server.observation.turns import BargeIn, Observed, TurnObserver, TurnRecord
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import Command, EngineEvent
from edge_server.realtime.events.session import ServerVad


def think(generation: int = 1) -> fx.Think:
    return fx.Think(generation, "words", speak=True, remember=True, speed=1.0, voice="joe")


def hear(ms: int) -> fx.Hear:
    return fx.Hear(bytes(ms * BYTES_PER_MS))


def tool(ms: float) -> fx.ReplyNotice:
    return fx.ReplyNotice(1, ToolCalled("call", "flight", "flight_status", {"code": "K7M2QX"}, {}, ms))


def observed(*happened: tuple[float, EngineEvent | Command]) -> list[Observed]:
    told: list[Observed] = []
    observer = TurnObserver(told.append)
    for now, one in happened:
        if isinstance(one, EngineEvent):
            observer.heard(one, now)
        else:
            observer.did(one, now)
    return told


def test_a_spoken_turn_is_counted_from_the_decision_that_it_had_ended() -> None:
    [record] = observed(
        (0.0, hear(2_000)),
        (2.0, fx.SpeechStarted(300)),
        (5.0, fx.SpeechStopped(1_980, 400)),
        (5.1, fx.Transcribed("item", "is it late", 1.5)),
        (5.1, think()),
        (5.2, fx.ReplyText(1, "No.")),
        (5.3, fx.ReplyAudio(1, b"")),
        (5.35, tool(20.0)),
        (5.4, fx.ReplyDone(1, "flight", True, {"route": 6.0, "plan": 12.0, "synthesis": 80.0, "first_audio": 9.0}, 1)),
    )
    assert record == TurnRecord(
        status="completed",
        by_voice=True,
        agent="flight",
        answered=True,
        took_ms=400.0,
        stages_ms={
            "end_pointing": 420.0,
            "transcript": 100.0,
            "first_clause": 200.0,
            "first_audio": 300.0,
            "route": 6.0,
            "plan": 12.0,
            "synthesis": 80.0,
            "tools": 20.0,
        },
        tools=record.tools if isinstance(record, TurnRecord) else (),
        ungrounded=1,
    )
    assert record.voice_to_voice_ms == 720.0


def test_a_written_turn_is_counted_from_its_beginning_and_has_no_end_pointing() -> None:
    [record] = observed((1.0, think()), (1.2, fx.ReplyText(1, "Hello.")), (1.5, fx.ReplyDone(1, "concierge", True, {})))
    assert isinstance(record, TurnRecord)
    assert (record.by_voice, record.took_ms, record.stages_ms) == (False, 500.0, {"first_clause": 200.0})
    assert record.voice_to_voice_ms is None


def test_a_turn_that_was_stopped_or_broke_is_told_as_such() -> None:
    [stopped] = observed((1.0, think()), (1.2, fx.StopThinking(1)), (1.3, fx.ReplyDone(1, "flight", True, {})))
    [broken] = observed((1.0, think()), (1.2, fx.ReplyBroke(1, "no")))
    assert isinstance(stopped, TurnRecord) and stopped.status == "cancelled"
    assert isinstance(broken, TurnRecord) and broken.status == "failed"


def test_what_belongs_to_an_older_reply_is_passed_over() -> None:
    told = observed((1.0, think(2)), (1.1, fx.ReplyText(1, "old")), (1.2, fx.ReplyDone(1, "flight", True, {})))
    assert told == []


def test_a_barge_in_is_counted_in_the_customers_audio_from_its_onset() -> None:
    told = observed(
        (0.0, fx.Listen(ServerVad(prefix_padding_ms=300))),
        (0.0, hear(10_000)),
        (0.1, fx.SpeechStarted(9_500)),
        (0.1, fx.KeepHeard(1, "half of")),
    )
    assert told == [BargeIn(200.0)]


def test_the_turn_that_stopped_a_reply_says_how_long_that_took_and_the_next_one_does_not() -> None:
    _, first, second = observed(
        (0.0, hear(10_000)),
        (0.1, fx.SpeechStarted(9_800)),
        (0.1, fx.KeepHeard(1, "half of")),
        (1.0, fx.SpeechStopped(9_900, 300)),
        (1.1, think(2)),
        (1.2, fx.ReplyDone(2, "hotel", True, {})),
        (2.0, think(3)),
        (2.2, fx.ReplyDone(3, "hotel", True, {})),
    )
    assert isinstance(first, TurnRecord) and first.stages_ms["barge_in"] == 200.0
    assert isinstance(second, TurnRecord) and "barge_in" not in second.stages_ms


def test_a_reply_cut_by_the_client_is_no_barge_in() -> None:
    told = observed((0.0, fx.SpeechStarted(100)), (0.2, fx.HeardSoFar("and")), (0.3, fx.KeepHeard(1, "half of")))
    assert told == []


HAPPENINGS = st.sampled_from(
    [
        hear(500),
        fx.SpeechStarted(100),
        fx.SpeechStopped(900, 400),
        fx.Transcribed("item", "words", 1.0),
        think(1),
        think(2),
        fx.ReplyText(1, "one"),
        fx.ReplyAudio(2, b""),
        fx.StopThinking(1),
        fx.KeepHeard(1, ""),
        fx.ReplyDone(1, "flight", True, {"desk": 3.0}),
        fx.ReplyDone(2, "hotel", False, {}),
        fx.ReplyBroke(2, "no"),
    ]
)


@given(st.lists(HAPPENINGS, max_size=40))
def test_in_any_order_a_turn_is_told_at_most_once_and_never_took_less_than_nothing(
    happened: list[EngineEvent | Command],
) -> None:
    told = observed(*((float(now), one) for now, one in enumerate(happened)))
    records = [one for one in told if isinstance(one, TurnRecord)]
    assert len(records) <= sum(isinstance(one, fx.Think) for one in happened)
    for record in records:
        assert record.took_ms >= 0
        assert all(ms >= 0 for stage, ms in record.stages_ms.items() if stage != "end_pointing")
