"""What a session keeps of a turn that was cut off."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.session import Identity, Line, SessionState, from_json, to_json

BEFORE = SessionState(
    "key", agent="flight", history=(Line("customer", "Hello"), Line("agent", "Good morning.", "flight"))
)
AFTER = BEFORE.with_line(Line("customer", "My PIN is ****")).with_line(Line("agent", "One two three.", "flight"))


def test_a_reply_that_was_cut_keeps_what_was_heard() -> None:
    assert AFTER.with_reply_heard("One").history[-1] == Line("agent", "One", "flight")


def test_a_turn_that_nobody_heard_never_was_but_failed_proofs_still_count() -> None:
    identity = Identity(1001, "Maria Lopez", 0.0, 1200.0)
    after = replace(AFTER, failed_proofs=2, locked_until=900.0, identity=identity)
    unsaid = after.unsaid(BEFORE)
    assert unsaid.history == BEFORE.history
    assert (unsaid.failed_proofs, unsaid.locked_until, unsaid.identity) == (2, 900.0, identity)


def test_only_the_newest_lines_are_kept() -> None:
    state = BEFORE
    for number in range(30):
        state = state.with_line(Line("customer", str(number)), keep_lines=6)
    assert [line.text for line in state.history] == ["24", "25", "26", "27", "28", "29"]


def test_a_state_is_the_same_after_writing_and_reading() -> None:
    assert from_json(to_json(AFTER)) == AFTER


def test_a_state_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 99"):
        from_json(to_json(replace(AFTER, version=99)))
