"""What counts as a turn that was cut, an interruption that was obeyed, and a back-channel that was not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from edge_server.audio import RATE, write_wav
from edge_server.bench.caller import Received, Said
from edge_server.cli.main import cli
from edge_server.client import AskError
from edge_server.evaluation.files import CaseKind, EvaluationError, TurnCase, read_turn_cases
from edge_server.evaluation.sound import Spoken
from edge_server.evaluation.turns import Case, Outcome, evaluate_turns, figures_of, over_outcome, turn_outcome
from tests.speech_tools import speak_with_other_voice

SAID = Said(begins=10.0, ends=13.0)
NOTHING = Spoken(np.zeros(0, dtype=np.int16), 0, 0)
REPLY = ["i", "can", "help", "with", "flights", "and", "hotels", "what", "would", "you", "like"]


def case(kind: CaseKind) -> Case:
    return Case("somebody", kind, "words", "clean", (), NOTHING)


def event(at: float, type_: str, **fields: str) -> Received:
    return Received(at, {"type": type_, **fields})


def stopped(at: float) -> Received:
    return event(at, "input_audio_buffer.speech_stopped")


def started(at: float) -> Received:
    return event(at, "input_audio_buffer.speech_started")


def says(at: float, words: str) -> Received:
    return event(at, "response.output_audio_transcript.delta", delta=words, item_id=f"item at {at}")


def done(at: float, status: str = "completed") -> Received:
    return Received(at, {"type": "response.done", "response": {"status": status}})


def test_a_turn_that_is_ended_after_its_last_word_has_its_delay() -> None:
    outcome = turn_outcome(case("turn"), SAID, [started(10.2), stopped(13.45)])
    assert (outcome.cut, outcome.delay_ms, outcome.right) == (False, 450.0, True)


def test_a_turn_that_is_ended_in_a_pause_was_cut() -> None:
    sound = event(12.0, "response.output_audio.delta", delta="")
    outcome = turn_outcome(case("turn"), SAID, [stopped(11.5), sound, stopped(13.4)])
    assert (outcome.cut, outcome.answered_early, outcome.delay_ms, outcome.right) == (True, True, None, False)


def test_a_turn_that_is_never_ended_is_not_right() -> None:
    outcome = turn_outcome(case("turn"), SAID, [started(10.2)])
    assert (outcome.cut, outcome.right) == (False, False)
    assert figures_of([outcome]).never_ended == 1


@pytest.mark.parametrize(
    "stop",
    [
        started(10.18),
        event(10.18, "conversation.item.truncated"),
        done(10.18, "cancelled"),
    ],
)
def test_an_interruption_that_stops_the_reply_is_obeyed(stop: Received) -> None:
    outcome = over_outcome(case("interruption"), SAID, REPLY, [stop, says(13.9, "What can I do for you?"), done(14.0)])
    assert (outcome.stopped_ms, outcome.went_on, outcome.right) == (180.0, False, True)


def test_an_interruption_after_which_the_reply_comes_back_is_not_obeyed() -> None:
    log = [started(10.2), says(11.5, "and hotels. What would you like?"), done(11.6)]
    assert not over_outcome(case("interruption"), SAID, REPLY, log).right


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, I can't do that. What would you like?",
        "I can help with flights and hotels. What would you like? Shall I call our staff?",
    ],
)
def test_an_answer_to_an_interruption_may_end_or_begin_as_the_reply_before(answer: str) -> None:
    log = [started(10.2), says(11.5, answer), done(11.6)]
    assert over_outcome(case("interruption"), SAID, REPLY, log).right


def test_a_back_channel_is_ignored_when_the_reply_is_heard_to_its_end() -> None:
    undisturbed = over_outcome(case("backchannel"), SAID, REPLY, [])
    rest, other = [says(11.5, "What would you like?"), done(11.6)], [says(11.5, "I did not get that."), done(11.6)]
    gone_on = over_outcome(case("backchannel"), SAID, REPLY, [started(10.2), *rest])
    lost = over_outcome(case("noise"), SAID, REPLY, [started(10.2), *other])
    assert [one.right for one in (undisturbed, gone_on, lost)] == [True, True, False]
    figures = figures_of([undisturbed, gone_on, lost])
    assert (figures.backchannels_ignored, figures.interrupted_for_nothing) == (0.6667, 0.6667)


def test_a_response_that_is_done_and_was_not_cancelled_stops_nothing() -> None:
    assert over_outcome(case("interruption"), SAID, REPLY, [done(10.3)]).stopped_ms is None


def test_figures_are_shares_of_their_own_kind() -> None:
    outcomes = [
        Outcome(case("turn"), delay_ms=300.0),
        Outcome(case("turn"), delay_ms=500.0),
        Outcome(case("turn"), cut=True),
        Outcome(case("interruption"), stopped_ms=150.0),
        Outcome(case("interruption")),
    ]
    figures = figures_of(outcomes)
    assert (figures.false_cutoff_rate, figures.endpoint_delay_ms_p50) == (0.3333, 300.0)
    assert (figures.interruptions_obeyed, figures.barge_in_ms_p50) == (0.5, 150.0)
    assert figures.backchannels_ignored is None
    assert [one.what for one in figures.worst] == ["cut", "the reply went on"]


def test_a_case_that_could_not_be_played_counts_in_no_share_but_is_told() -> None:
    broken = Outcome(case("turn"), broken="the server closed the connection")
    figures = figures_of([Outcome(case("turn"), delay_ms=300.0), broken])
    assert (figures.turns, figures.broken, figures.false_cutoff_rate) == (1, 1, 0.0)
    assert [one.what for one in figures.worst] == ["the server closed the connection"]


async def test_a_server_that_is_not_there_ends_it() -> None:
    with pytest.raises(AskError, match="no Lobby server answers"):
        await evaluate_turns(
            "http://127.0.0.1:9", [case("turn")] * 3, at_once=2, api_key=None, progress=lambda *_: None
        )


def test_marks_say_where_the_speech_of_a_recording_lies() -> None:
    pcm = np.full(RATE * 2, 5_000, dtype=np.int16)
    marked = Case.of(TurnCase(file="a.wav", kind="turn", begins_ms=250, ends_ms=1_500), pcm)
    assert (marked.spoken.begins, marked.spoken.ends) == (RATE // 4, RATE * 3 // 2)
    assert Case.of(TurnCase(file="a.wav", kind="turn"), pcm).spoken.ends == len(pcm)


def test_a_manifest_with_an_unknown_kind_is_refused_with_its_line(tmp_path: Path) -> None:
    manifest = tmp_path / "turns.jsonl"
    manifest.write_text('{"file": "a.wav", "kind": "song"}\n', "utf-8")
    with pytest.raises(EvaluationError, match="line 1: 'kind'"):
        read_turn_cases(manifest)


@pytest.mark.slow
def test_the_command_plays_a_manifest_to_a_server_of_its_own(tmp_path: Path) -> None:
    write_wav(tmp_path / "q.wav", speak_with_other_voice("When does the flight to Denver leave?"))
    write_wav(tmp_path / "stop.wav", speak_with_other_voice("No, stop, I want something else."))
    lines = [{"file": "q.wav", "kind": "turn"}, {"file": "stop.wav", "kind": "interruption"}]
    (tmp_path / "m.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    result = CliRunner().invoke(cli, ["eval", "turns", "--file", str(tmp_path / "m.jsonl"), "--json"])
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert (figures["turns"], figures["interruptions"]) == (1, 1)
    assert figures["false_cutoff_rate"] == 0.0
    assert 0 < figures["endpoint_delay_ms_p50"] < 3_000
    assert figures["interruptions_obeyed"] == 1.0
    assert figures["backchannels_ignored"] is None
