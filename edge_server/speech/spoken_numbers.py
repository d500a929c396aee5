"""Numbers as words, the way a clerk in the United States says them; on `num2words2`."""

from __future__ import annotations

import unicodedata

LONGEST_NUMBER = 12
"""A whole number with more digits than this is said digit by digit."""

_OH = "oh"


def cardinal(number: int) -> str:
    """ "one hundred five" for 105. Raises nothing; numbers of more than `LONGEST_NUMBER` digits are spelled."""
    if len(str(abs(number))) > LONGEST_NUMBER:
        return digits(str(abs(number)))
    return _words(number)


def ordinal(number: int) -> str:
    """ "twenty-second" for 22."""
    if len(str(number)) > LONGEST_NUMBER:
        return digits(str(number))
    return _words(number, "ordinal")


def year(number: int) -> str:
    """ "twenty twenty-six" for 2026, "two thousand five" for 2005."""
    if not 1100 <= number <= 2099 or 2000 <= number <= 2009:
        return cardinal(number)
    return _words(number, "year")


def digits(number: str) -> str:
    """Each digit of `number` by itself, "zero" for 0; whatever is not a digit is left out."""
    return " ".join(cardinal(unicodedata.digit(sign)) for sign in number if sign.isdigit())


def flight_digits(number: str) -> str:
    """Each digit by itself, "oh" for 0: "two oh four"."""
    return digits(number).replace("zero", _OH)


def room_number(number: str) -> str:
    """ "four twelve" for 412, "four oh five" for 405, "twelve fourteen" for 1214, "four hundred" for 400."""
    first, last = int(number[:-2]), int(number[-2:])
    if number.startswith("0"):
        return digits(number)
    if not last:
        return cardinal(int(number))
    return f"{cardinal(first)} {f'{_OH} ' if last < 10 else ''}{cardinal(last)}"


def decimal(number: str) -> str:
    """A written number without commas: "three point five", "one thousand", digits one by one after a leading 0."""
    whole, _, fraction = number.partition(".")
    spoken = digits(whole) if len(whole) > 1 and whole.startswith("0") else cardinal(int(whole))
    return f"{spoken} point {digits(fraction)}" if fraction else spoken


def money(amount: str, unit: str) -> str:
    """ "forty-five dollars and fifty cents" for 45.50 and "dollar"."""
    whole, _, fraction = amount.partition(".")
    units = int(whole)
    spoken = f"{cardinal(units)} {unit}{'' if units == 1 else 's'}"
    if len(fraction) > 2:
        return f"{decimal(amount)} {unit}s"
    cents = int(fraction.ljust(2, "0")) if fraction else 0
    if not cents:
        return spoken
    spoken_cents = f"{cardinal(cents)} cent{'' if cents == 1 else 's'}"
    return f"{spoken} and {spoken_cents}" if units else spoken_cents


def clock_time(hour: int, minute: int, half: str | None) -> str:
    """ "seven fifteen P M" for 7:15 and half "p" (or "P"); "nineteen oh five" for 19:05; "seven o'clock" for 7:00."""
    minutes = "" if not minute else f"{_OH} {cardinal(minute)}" if minute < 10 else cardinal(minute)
    if half is not None:
        return " ".join(part for part in (cardinal(hour), minutes, half.upper(), "M") if part)
    if minute:
        return f"{cardinal(hour)} {minutes}"
    return f"{cardinal(hour)} o'clock" if 0 < hour <= 12 else f"{cardinal(hour)} hundred hours"


def _words(number: int, to: str = "cardinal") -> str:
    from num2words2 import num2words

    return str(num2words(number, to=to)).replace(" and ", " ").replace(",", "")  # type: ignore[no-untyped-call]
