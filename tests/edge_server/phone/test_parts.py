"""Keys, caller keys, the allowance, the briefing, and what goes on of a session."""

import asyncio
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from edge_server.phone import texts
from edge_server.phone.allowance import Allowance
from edge_server.phone.briefing import briefing
from edge_server.phone.caller_keys import SALT_BYTES, salt, session_key
from edge_server.phone.client_events import code_in, listening
from edge_server.phone.comfort import EVERY_S, FIRST_S, Comfort
from edge_server.phone.follow_up import confirmation
from edge_server.phone.network_call import NetworkCall
from edge_server.phone.returning import returned
from edge_server.phone.turn_heard import WORD_MS, TurnHeard
from edge_server.realtime.events.session import ServerVad, SessionConfig
from sync.session import FlowState, Identity, Line, SessionState

# Keys before the question


def test_keys_answer_a_question_once_its_first_word_was_heard() -> None:
    before, after = object(), object()
    turn = TurnHeard(before)
    assert TurnHeard().question_heard(after, 0.0, speaking=False), "nothing was asked since"
    assert not turn.question_heard(before, 0.0, speaking=False), "the desk thinks"
    turn.sound("item", 500.0, before)  # "One moment"
    assert not turn.question_heard(before, 500.0, speaking=True)
    turn.sound("item", 2000.0, after)
    assert not turn.question_heard(after, 500.0 + WORD_MS - 1, speaking=True)
    assert turn.question_heard(after, 500.0 + WORD_MS, speaking=True)
    turn.over = True
    assert not turn.question_heard(after, 600.0, speaking=True)
    assert turn.question_heard(after, 600.0, speaking=False), "it was cut off, or is shorter than a word"


# The simulated network


async def test_who_speaks_into_a_dead_line_is_not_kept_waiting() -> None:
    call = NetworkCall("connection", "http://127.0.0.1:9", "ws://127.0.0.1:9", 16_000, ["+15550001111"])
    async with asyncio.timeout(5):
        await call.say(np.zeros(24_000, dtype=np.int16))


# Fixed words


def test_all_that_the_line_says_by_itself_is_spoken_ahead() -> None:
    said = [
        text for name, text in vars(texts).items() if name.isupper() and isinstance(text, str) and name != "CONFIRM"
    ]
    assert len(said) == 9
    ahead = texts.fixed_texts("The notice of this branch.")
    assert ahead[0] == "The notice of this branch." and set(ahead[1:]) == {*said, *texts.HINTS.values()}
    assert all(texts.fixed_texts("")), "a branch without a notice"


# Caller keys


def test_a_caller_has_one_key_that_does_not_tell_the_number(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "salt"
    secret = salt(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert salt(file) == secret
    key = session_key("+15551234567", secret)
    assert key == session_key("+15551234567", secret) and "555" not in key
    assert key != session_key("+15551234567", salt(tmp_path / "other"))
    assert session_key(None, secret) != session_key(None, secret)


def test_a_salt_that_was_cut_short_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "salt").write_bytes(b"short")
    with pytest.raises(ValueError, match="delete it"):
        salt(tmp_path / "salt")


# Allowance


def test_calls_at_once_and_the_cost_of_a_day_are_limited(tmp_path: Path) -> None:
    now = 1_800_000_000.0
    allowance = Allowance(tmp_path / "cost.json", 2, 0.6, 1.0, lambda: now)
    allowance.begin("a")
    assert allowance.refusal() is None
    allowance.begin("b")
    assert allowance.refusal() == "busy"
    now += 60
    allowance.end("b")
    assert allowance.refusal() == "too_costly", "a running call counts as it runs"
    allowance.end("a")
    allowance.end("a")
    again = Allowance(tmp_path / "cost.json", 2, 0.6, 1.0, lambda: now)
    assert abs(again.cost() - 1.2) < 1e-6, "a restart does not begin the day anew"
    again.begin("a's clerk", beside=True)
    now += 60
    assert abs(again.cost() - 1.8) < 1e-6 and again.running == 0, "a call to the staff costs, and takes no place"
    again.end("a's clerk")
    now += 24 * 3600
    assert again.refusal() is None


def test_a_damaged_cost_file_does_not_stop_the_phone(tmp_path: Path) -> None:
    (tmp_path / "cost.json").write_text("{")
    assert Allowance(tmp_path / "cost.json", 1, 1.0, 1.0, lambda: 0.0).refusal() is None


# What goes on of a session

FLOW = FlowState("flights", "change_flight", {"booking_code": "K7M2QX"}, asking="date", task="your flight change")
STATE = SessionState(
    "call-1",
    agent="flights",
    flow=FLOW,
    identity=Identity(1, "Ann Lee", 900.0, 2000.0),
    failed_proofs=2,
    topic={"ticket": 101, "flight_number": "LB204"},
    history=(Line("customer", "change my flight"), Line("agent", "To which day?", "flights")),
    updated_at=1000.0,
)


def test_a_caller_who_comes_back_finds_what_was_under_way_but_no_proof() -> None:
    state = returned(STATE, 1600.0, 3600.0)
    assert state.flow is None and state.parked[-1].task == "your flight change" and state.parked[-1].asking is None
    assert state.identity is None and state.pending is None
    assert state.failed_proofs == 2
    assert state.topic == {"flight_number": "LB204"}


def test_a_caller_who_comes_back_late_begins_anew() -> None:
    state = returned(STATE, 9000.0, 3600.0)
    assert not state.history and not state.parked and state.failed_proofs == 2


def test_the_clerk_is_told_in_two_sentences_and_no_secret() -> None:
    text = briefing(replace(STATE, failed_proofs=0), 1600.0)
    assert text == (
        "Ann Lee, who has proved who they are, asks for a person about their flight change. "
        "Nothing was done for them yet, after 1 turn."
    )
    unknown = briefing(replace(STATE, identity=None), 1600.0)
    assert unknown.startswith("A caller who has not proved who they are asks") and "PIN did not match" in unknown
    for told in (text, unknown):
        assert "K7M2QX" not in told and told.count(". ") == 1


def test_a_text_message_holds_plain_facts_only() -> None:
    text = confirmation(
        {"outcome": "done", "code": "K7M2QX", "date": "2026-12-01", "paid_cents": 4500, "customer_id": 7}
    )
    assert text == "Your booking is changed: code K7M2QX, date 2026-12-01, paid 45.00."


def test_a_tone_comes_when_the_desk_takes_long() -> None:
    comfort = Comfort()
    comfort.thinking(0.0)
    assert not comfort.due(FIRST_S - 0.1) and comfort.due(FIRST_S) and not comfort.due(FIRST_S + 0.1)
    assert comfort.due(FIRST_S + EVERY_S)
    comfort.heard_something()
    assert not comfort.due(99.0)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("482913", "482913"),
        ("My code is 482 913.", "482913"),
        ("4 8 2 9 1 3", "482913"),
        ("I pay 482913 dollars", None),
        ("48291", None),
        ("Hello", None),
    ],
)
def test_a_resume_code_is_known_by_itself(words: str, code: str | None) -> None:
    assert code_in(words) == code


def test_the_desk_may_stop_listening_and_listen_again() -> None:
    silent = SessionConfig().updated(listening(None).session)
    assert silent.audio.input.turn_detection is None
    again = silent.updated(listening(ServerVad(idle_timeout_ms=8000)).session).audio.input.turn_detection
    assert isinstance(again, ServerVad) and again.idle_timeout_ms == 8000
    assert "silence_duration_ms" not in again.model_fields_set, "the desk goes on deciding by what was said"


def test_callers_who_ring_together_find_one_salt(tmp_path: Path) -> None:
    path = tmp_path / "branch" / "phone-salt"
    together = Barrier(16)

    def one() -> bytes:
        together.wait()
        return salt(path)

    with ThreadPoolExecutor(16) as pool:
        found = {made.result() for made in [pool.submit(one) for _ in range(16)]}
    assert found == {path.read_bytes()} and len(path.read_bytes()) == SALT_BYTES
    assert [one.name for one in path.parent.iterdir()] == ["phone-salt"]
