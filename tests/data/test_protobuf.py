"""Protocol-buffer messages are read as they were written, and what is none is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.protobuf import MessageError, fields, written

NUMBERS = st.integers(1, 2**29 - 1)
MESSAGES = st.lists(st.tuples(NUMBERS, st.integers(0, 2**64 - 1) | st.binary()))


@given(MESSAGES)
def test_what_was_written_is_read(message: list[tuple[int, int | bytes]]) -> None:
    read = list(fields(written(message)))
    assert [(one.number, one.value) for one in read] == message
    assert b"".join(one.raw for one in read) == written(message)


def test_bytes_are_those_of_the_formats_definition() -> None:
    assert written([(1, 150), (2, b"testing")]) == bytes.fromhex("089601") + b"\x12\x07testing"


def test_fields_of_fixed_width_are_told_and_their_neighbours_read() -> None:
    message = b"\x09" + b"8" * 8 + b"\x15" + b"4" * 4 + b"\x08\x01"
    assert [(one.number, one.value, one.fixed) for one in fields(message)] == [
        (1, b"8" * 8, True),
        (2, b"4" * 4, True),
        (1, 1, False),
    ]


@pytest.mark.parametrize(
    "broken", [b"\x0a\x05four", b"\x09seven..", b"\x0b", b"\x08", b"\x08" + b"\xff" * 9, b"\x08" + b"\xff" * 10 + b"\1"]
)
def test_what_is_cut_short_or_no_message_is_refused(broken: bytes) -> None:
    with pytest.raises(MessageError):
        list(fields(broken))
