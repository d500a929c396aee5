"""One value of a table as the text of a CSV cell, and back.

An empty cell is NULL where the column may be NULL, and an empty text where not. Times are ISO 8601 without a zone,
bytes are hex digits, truth is `true` or `false`.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, LargeBinary, String

Value = str | int | bool | bytes | date | datetime | None

_WHOLE = re.compile(r"-?[0-9]{1,19}")


def written(value: Value) -> str:
    """The text of a cell."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case bytes():
            return value.hex()
        case date():
            return value.isoformat()
        case _:
            return str(value)


def read(text: str, column: Column[object]) -> Value:
    """The value of a cell. Raises ValueError with what is wrong with it, in words for whoever made the file."""
    kind = column.type
    if text == "":
        if column.nullable:
            return None
        if isinstance(kind, String):
            return ""
        raise ValueError("must not be empty")
    match kind:
        case Boolean():
            if text.lower() not in ("true", "false"):
                raise ValueError("must be true or false")
            return text.lower() == "true"
        case Integer():
            limit = 2**63 if isinstance(kind, BigInteger) else 2**31
            if not _WHOLE.fullmatch(text) or not -limit <= int(text) < limit:
                raise ValueError(f"must be a whole number between {-limit} and {limit - 1}")
            return int(text)
        case DateTime():
            return _time(text)
        case Date():
            return _day(text)
        case LargeBinary():
            return _bytes(text)
        case _:
            length = getattr(kind, "length", None)
            if length is not None and len(text) > length:
                raise ValueError(f"must have at most {length} characters, and has {len(text)}")
            if "\0" in text:
                raise ValueError("must not contain the character NUL")
            return text


def _time(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a time such as 2026-11-22T18:40:00") from None
    if moment.tzinfo is not None:
        raise ValueError("must be a time without a zone: UTC, or for flights the airport's own")
    return moment


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a day such as 2026-11-22") from None


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ValueError("must be hex digits, two for each byte") from None
