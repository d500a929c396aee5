"""Protocol-buffer messages, taken apart and put together field by field, without their definitions.

A message is a row of fields: a key (the field's number and its wire type in the lowest three bits), then a number of
seven bits a byte, or so many bytes as a number says, or four or eight bytes. Nothing is copied that is read.
The protobuf library would want the definitions of ONNX's messages, which no installed package has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

_NUMBER, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5
"""Wire types."""
_WIDTHS = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}
_MOST_BITS = 64


class MessageError(ValueError):
    """These bytes are no protocol-buffer message."""


class Field(NamedTuple):
    """A field as it was read: `value` is its number, or its bytes (text, a message, packed numbers); `raw` are all of
    its bytes, key included. `fixed`: its value is four or eight bytes that no length stands before."""

    number: int
    value: int | memoryview
    raw: memoryview
    fixed: bool = False


def fields(message: bytes | memoryview) -> Iterator[Field]:
    """The fields of `message`, in order. Raises MessageError where it is none, or is cut short."""
    whole, at = memoryview(message), 0
    while at < len(whole):
        begins = at
        key, at = _number(whole, at)
        number, kind = key >> 3, key & 7
        if kind == _NUMBER:
            told, at = _number(whole, at)
            yield Field(number, told, whole[begins:at])
            continue
        if kind == _LENGTH:
            length, at = _number(whole, at)
        elif kind in _WIDTHS:
            length = _WIDTHS[kind]
        else:
            raise MessageError(f"no field has the wire type {kind}")
        if at + length > len(whole):
            raise MessageError("a field is longer than its message")
        at += length
        yield Field(number, whole[at - length : at], whole[begins:at], fixed=kind in _WIDTHS)


def written(message: Iterable[tuple[int, int | bytes | memoryview]]) -> bytes:
    """The bytes of a message of these fields: the number of each, and its value, a number of 0 or more or bytes."""
    parts: list[bytes | memoryview] = []
    for number, value in message:
        if isinstance(value, int):
            parts += (_written_number(number << 3 | _NUMBER), _written_number(value))
        else:
            parts += (_written_number(number << 3 | _LENGTH), _written_number(len(value)), value)
    return b"".join(parts)


def _number(message: memoryview, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and the place behind it."""
    number = 0
    for shift in range(0, _MOST_BITS, 7):
        if at >= len(message):
            raise MessageError("a message is cut short")
        byte = message[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
    raise MessageError(f"a number has more than {_MOST_BITS} bits")


def _written_number(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
