"""Written text to the words to be spoken.

"Flight LB204 leaves at 7:15 PM from gate B12 and costs $45" becomes "Flight L B two oh four leaves at seven
fifteen P M from gate B twelve and costs forty-five dollars". What comes out holds letters, spaces and the
punctuation that a voice pauses at; no digit and no symbol. A single capital letter is the name of that letter;
the article is always "a".

The rules run in order, each on what those before left; none of them writes digits. English as spoken in the
United States.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from edge_server.speech.spoken_numbers import (
    cardinal,
    clock_time,
    decimal,
    digits,
    flight_digits,
    money,
    ordinal,
    room_number,
    year,
)

Match = re.Match[str]

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_MONTH = "|".join([*_MONTHS, *(month[:3] for month in _MONTHS), "Sept"])
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAYS = {day[:3]: day for day in _DAYS}

_SPOKEN_CAPITALS = frozenset((
    "A", "AN", "AND", "ARE", "AS", "AT", "BE", "BY", "DO", "FOR", "FROM", "GATE", "GO", "HAS", "HE", "HOW",
    "IF", "IN", "IS", "IT", "ME", "MY", "NATO", "NO", "NOT", "OF", "OFF", "OK", "ON", "ONE", "OR", "OUR",
    "OUT", "PIN", "SEAT", "SHE", "SIM", "SO", "THE", "THIS", "TO", "TWO", "UP", "WAS", "WE", "WHO", "WHY",
    "YES", "YET", "YOU",
))  # fmt: skip
"""Words in capitals that are said as words; other words of two to four capitals are spelled ("BOS", "ID")."""

_UNITS = {
    "lb": "pound", "lbs": "pound", "kg": "kilogram", "kgs": "kilogram", "km": "kilometer", "cm": "centimeter",
    "mi": "mile", "min": "minute", "mins": "minute", "hr": "hour", "hrs": "hour", "oz": "ounce", "ft": "foot",
    "sec": "second", "secs": "second", "gb": "gigabyte", "mbps": "megabit per second",
}  # fmt: skip
_PLURALS = {"foot": "feet", "megabit per second": "megabits per second"}

_SYMBOLS = {"&": " and ", "+": " plus ", "=": " equals ", "@": " at ", "°": " degrees ", "€": " euros ",
            "£": " pounds ", "$": " dollars ", "%": " percent ", "/": " or ", "#": " number ", "(": ", ", ")": ", ",
            "[": ", ", "]": ", "}  # fmt: skip
_KEPT = frozenset(" .,;:?!'-")


def normalise(text: str) -> str:
    """The words to be spoken for `text`, in one line; "" when nothing in it can be spoken."""
    text = unicodedata.normalize("NFKC", text).translate(_PLAIN)
    for pattern, say in _RULES:
        text = pattern.sub(say, text)
    text = "".join(map(_speakable, text))
    text = re.sub(r"\s+([.,;:?!])", r"\1", re.sub(r"\s+", " ", text)).strip(" ,;:-")
    text = re.sub(r"([,;:])[\s,;:]+", r"\1 ", text)
    text = re.sub(r"\.{2,}", ".", text)
    return text if any(map(str.isalnum, text)) else ""


_PLAIN = str.maketrans({
    "\u2018": "'", "\u2019": "'", "\u201c": "", "\u201d": "", '"': "", "*": "", "`": "",
    "\u2013": "-", "\u2212": "-", "\u2014": ", ", "\u2044": " over ", "\n": " ",
})  # fmt: skip
"""Typographic signs in plain ones: quotes, dashes, the minus, the fraction slash."""


def _speakable(letter: str) -> str:
    if letter in _KEPT or letter.isalpha() or unicodedata.combining(letter):
        return letter
    if letter.isdigit():
        return f" {digits(letter)} "
    return _SYMBOLS.get(letter, " ")


def _code(match: Match) -> str:
    """A booking code: characters one by one, with a short pause between them."""
    code = match[0]
    return ", ".join(cardinal(int(sign)) if sign.isdigit() else sign for sign in code.replace("-", ""))


def _flight(match: Match) -> str:
    airline = " ".join(digits(sign) if sign.isdigit() else sign for sign in match[1])
    return f"{airline} {flight_digits(match[2])}"


def _place(match: Match) -> str:
    """A gate ("B12") or a seat ("14C"): the number as a number."""
    letter, number = (match[1], match[2]) if match[1] else (match[4], match[3])
    spoken = cardinal(int(number))
    return f"{letter} {spoken}" if match[1] else f"{spoken} {letter}"


def _iso_date(match: Match) -> str:
    return _date(int(match[1]), int(match[2]), int(match[3])) or f"{digits(match[0])}"


def _slash_date(match: Match) -> str:
    return _date(int(match[3]), int(match[1]), int(match[2])) or f"{digits(match[0])}"


def _date(of_year: int, month: int, day: int) -> str | None:
    try:
        date(of_year, month, day)
    except ValueError:
        return None
    return f"{_MONTHS[month - 1]} {ordinal(day)}, {year(of_year)}"


def _month_day(match: Match) -> str:
    spoken_year = f", {year(int(match[3]))}" if match[3] else ""
    return f"{_month(match[1])} {ordinal(int(match[2]))}{spoken_year}"


def _day_month(match: Match) -> str:
    spoken_year = f", {year(int(match[3]))}" if match[3] else ""
    return f"{_month(match[2])} {ordinal(int(match[1]))}{spoken_year}"


def _month(name: str) -> str:
    return next(month for month in _MONTHS if month.startswith(name[:3].capitalize()))


def _time(match: Match) -> str:
    return clock_time(int(match[1]), int(match[2]), match[3])


def _hour(match: Match) -> str:
    return f"{cardinal(int(match[1]))} {match[2][0].upper()} M"


def _unit(match: Match) -> str:
    unit = _UNITS[match[2].lower()]
    number = match[1].replace(",", "")
    return f"{decimal(number)} {unit if number == '1' else _PLURALS.get(unit, unit + 's')}"


def _phone(match: Match) -> str:
    groups = [digits(group) for group in re.findall(r"\d+", match[0])]
    return ("plus " if match[0].startswith("+") else "") + ", ".join(groups)


def _email(match: Match) -> str:
    return f"{match[1]} at {match[2]}".replace(".", " dot ").replace("_", " underscore ").replace("-", " dash ")


def _capitals(match: Match) -> str:
    return match[0] if match[0] in _SPOKEN_CAPITALS else " ".join(match[0])


def _number(match: Match) -> str:
    return decimal(match[0].replace(",", ""))


_HOUR = r"(?:[01]?\d|2[0-3])"
_AM_PM = r"([AaPp])\.?\s?[Mm](?:\.(?=\s+[a-z])|\b)"

_RULES: tuple[tuple[re.Pattern[str], Callable[[Match], str]], ...] = (
    (re.compile(r"(?:^|(?<=[.!?:] ))A(?= [a-z])"), lambda m: "a"),
    (re.compile(r"(?<![\w.])([A-Za-z][\w.+-]*)@([\w-]+(?:\.[\w-]+)+)"), _email),
    (
        re.compile(r"(?<![\w.])\+?\(?\d+\)?(?:[ .-]+\(?\d+\)?){2,}(?!\w)"),
        lambda m: _phone(m) if _is_phone(m) else m[0],
    ),
    (re.compile(rf"\b({'|'.join(_WEEKDAYS)})\b\.?(?=,? (?:{_MONTH}|\d))"), lambda m: _WEEKDAYS[m[1]]),
    (re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b"), _iso_date),
    (re.compile(r"\b(\d\d?)/(\d\d?)/(\d{4})\b"), _slash_date),
    (re.compile(rf"\b({_MONTH})\.? (\d\d?)(?:st|nd|rd|th)?\b(?:,? (\d{{4}})\b)?(?!:)"), _month_day),
    (re.compile(rf"\b(\d\d?)(?:st|nd|rd|th)? ({_MONTH})\b\.?(?:,? (\d{{4}})\b)?"), _day_month),
    (re.compile(rf"(?<=\d)\s?-\s?(?={_HOUR}(?::\d\d)?\s?[AaPp]\.?[Mm])"), lambda m: " to "),
    (re.compile(rf"\b({_HOUR}):([0-5]\d)(?::[0-5]\d)?(?:\s?{_AM_PM})?(?!\d)"), _time),
    (re.compile(rf"\b(1[0-2]|0?[1-9])\s?{_AM_PM}"), _hour),
    (re.compile(r"(?:(?<=\s)-|^-)?([$€£])\s?(\d[\d,]*(?:\.\d+)?)(?:\s?/\s?(?=[a-z]))?"), lambda m: _money(m)),
    (re.compile(r"\b(?=[A-Z0-9]*[A-Z])(?=[A-Z0-9]*\d)(?![A-Z]{2}\d{1,4}\b)[A-Z0-9]{5,10}\b"), _code),
    (re.compile(r"\b([A-Z]{2}|[A-Z]\d(?=\s?\d{3})|\d[A-Z](?=\s?\d{3}))[\s-]?(\d{2,4})\b"), _flight),
    (re.compile(r"\b(?:([A-Z])-?(\d{1,3})|(\d{1,3})-?([A-Z]))\b"), _place),
    (re.compile(r"(?i)\b((?:room|suite)s?(?: number| no\.?)?) #?(\d{3,4})\b"), lambda m: f"{m[1]} {room_number(m[2])}"),
    (
        re.compile(
            r"(?i)\b((?:id|pin|ids|pins|number|code|ticket|reference|customer|extension|ending in) (?:is )?)"
            r"#?(\d{3,})\b"
        ),
        lambda m: f"{m[1]}{digits(m[2])}",
    ),
    (re.compile(r"(?i)\b((?:in|since|until|year|of) )((?:19|20)\d\d)\b(?![,.]?\d)"), lambda m: m[1] + year(int(m[2]))),
    (re.compile(r"\b24/7\b"), lambda m: "twenty-four seven"),
    (re.compile(r"(?<=\d)\s?-\s?(?=\d)"), lambda m: " to "),
    (re.compile(rf"(?i)\b(\d[\d,]*(?:\.\d+)?)[\s-]?({'|'.join(_UNITS)})\b(?:\.(?=\s+[a-z]))?"), _unit),
    (re.compile(r"°\s?([CF])\b"), lambda m: " degrees " + {"C": "Celsius", "F": "Fahrenheit"}[m[1]]),
    (re.compile(r"(?i)\b(\d[\d,]*)(?:st|nd|rd|th)\b"), lambda m: ordinal(int(m[1].replace(",", "")))),
    (re.compile(r"(?<!\w)-(?=\d)"), lambda m: "minus "),
    (re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?"), _number),
    (re.compile(r"\b[A-Z]{2,4}\b(?!')"), _capitals),
    (re.compile(r"(?<=\w)_(?=\w)"), lambda m: " "),
)


def _is_phone(match: Match) -> bool:
    return 10 <= sum(map(str.isdigit, match[0])) <= 15


def _money(match: Match) -> str:
    amount = money(match[2].replace(",", ""), {"$": "dollar", "€": "euro", "£": "pound"}[match[1]])
    sign = "minus " if match[0].startswith("-") else ""
    return f"{sign}{amount} a " if match[0].endswith("/") else f"{sign}{amount}"
