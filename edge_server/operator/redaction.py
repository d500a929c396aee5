"""Words and tools' answers as people who look after the desk may see them, and as they may be kept.

PINs are masked before (`agents.understand`). What is taken out here: card numbers, phone numbers, e-mail addresses and
numbers of documents, as digits and as spoken words. Booking codes, flight numbers, dates, times and amounts stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import JsonValue

_DIGIT = "zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple"
_PATTERNS = (
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"\b[\w.+-]+ at [\w-]+ dot (?:com|org|net|edu|example|[a-z]{2})\b", re.I), "[e-mail]"),
    (re.compile(r"(?<![\w-])(?:\d[ -]?){12,18}\d(?![\w-])"), "[card]"),
    (re.compile(r"(?<![\w-])\+\d[\d ().-]{6,}\d(?![\w-])"), "[phone]"),
    (re.compile(r"(?<![\w-])(?:1[ .-])?\(?\d{3}\)?[ .-]\d{3}[ .-]?\d{4}(?![\w-])"), "[phone]"),
    (re.compile(r"(?<![\w-])\d{3}[ .-]\d{4}(?![\w-])"), "[phone]"),
    (re.compile(r"(?<![\w.,-])\d{7,11}(?![\w-])"), "[number]"),
    (re.compile(r"\b[A-Z]{1,2} ?\d{6,9}\b"), "[document]"),
    (re.compile(rf"\b(?:{_DIGIT})(?:[ ,-]+(?:{_DIGIT})){{6,}}\b", re.I), "[number]"),
)


def redacted(text: str) -> str:
    """`text` without what names or charges a person."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def redacted_json(value: JsonValue) -> JsonValue:
    """The same for every text in a JSON value."""
    match value:
        case str():
            return redacted(value)
        case list():
            return [redacted_json(one) for one in value]
        case dict():
            return {name: redacted_json(one) for name, one in value.items()}
    return value


def redacted_fields(fields: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The same for each field."""
    return {name: redacted_json(value) for name, value in fields.items()}
