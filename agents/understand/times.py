"""Times of day in an utterance: "7:15 PM", "seven fifteen", "six o'clock", "at 9 in the evening"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.understand.words import Token, number_at, tokens

_HALF = re.compile(r"^\W*(?:(?P<half>[ap])\.?\s?m\b|in the (?P<part>morning|afternoon|evening))", re.IGNORECASE)
_PAST = re.compile(
    r"\b(?P<minutes>half|(?:a )?quarter|five|ten|twenty(?:[ -]five)?|5|10|20|25) past (?P<hour>\w+)\b", re.IGNORECASE
)
_TO = re.compile(
    r"\b(?:(?:at|by|the|about|around|till|until|for|before|after|than)\s+"
    r"(?P<minutes>five|ten|twenty(?:[ -]five)?|5|10|20|25)|"
    r"(?P<quarter>(?:a )?quarter)) to (?P<hour>\w+)\b(?! (?:nights?|people|persons|days|weeks|bags|of)\b)",
    re.IGNORECASE,
)
"""Minutes to an hour; without a word that leads to a time, two numbers are a span ("five to six people")."""
_MINUTES = {"half": 30, "quarter": 15, "a quarter": 15}
_NOON = re.compile(r"\b(?:(?:twelve|12)(?: o'?clock)? )?noon\b", re.IGNORECASE)
_BARE_HOUR = re.compile(
    r"\b(?:by|before|after|until|till|at|around|past) (?P<hour>one|two|three|four|five|six|seven|eight|nine|ten|eleven|"
    r"twelve|1[0-2]|[1-9])(?=\W*$|[,;?!]|\s+(?:on|tomorrow|today|tonight|please|then|if|from|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b)",
    re.IGNORECASE,
)
"""An hour alone behind a word that leads to a time ("before eleven"), where nothing follows that it could count."""
_LEADS = frozenset({"the", "at", "by", "around", "about", "for", "until", "before", "after"})
"""Words before an hour whose minutes may be "oh" and a digit; without one they are a number ("flight two oh four")."""
_DIGITS = re.compile(r"\b(\d{1,2}):(\d{2})\b")


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time of day at characters `start` to `end`. `readings` are what it may be, as "HH:MM" of 24 hours: one when
    the words say morning or evening, else two."""

    readings: tuple[str, ...]
    start: int
    end: int


def times(text: str) -> tuple[ClockTime, ...]:
    """Every time of day that `text` names, in order. A bare number is none: it needs minutes, "o'clock", AM or PM, or
    a word that leads to a time and nothing behind it."""
    found = [_clock(text, int(m[1]), int(m[2]), m.start(), m.end()) for m in _DIGITS.finditer(text)]
    found += [_from_hour(text, match, 1) for match in _PAST.finditer(text)]
    found += [_from_hour(text, match, -1) for match in _TO.finditer(text)]
    found += [ClockTime(("12:00",), match.start(), match.end()) for match in _NOON.finditer(text)]
    for match in _BARE_HOUR.finditer(text):
        if any(one is not None and one.start < match.end("hour") <= one.end for one in found):
            continue  # the six of "half past six"
        found.append(_clock(text, _number_of(match["hour"]), 0, match.start("hour"), match.end("hour")))
    words = tokens(text)
    at = 0
    while at < len(words):
        said = _spoken(text, words, at)
        if said is not None and not any(one is not None and one.start <= said[0].start < one.end for one in found):
            found.append(said[0])
            at = said[1]
        else:
            at += 1
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.start))


def _from_hour(text: str, match: re.Match[str], way: int) -> ClockTime | None:
    """The time of "half past six" (`way` 1), "ten to four" (-1)."""
    said = (match["minutes"] or match["quarter"] if way < 0 else match["minutes"]).lower()
    hour, minutes = number_at(tokens(match["hour"]), 0), _MINUTES.get(said) or _number_of(said)
    if hour is None or not 1 <= hour[0] <= 12 or not minutes:
        return None
    start = match.start("quarter") if way < 0 and match["quarter"] else match.start("minutes")
    at = hour[0] % 12 * 60 + way * minutes
    return _clock(text, (at // 60) % 12 or 12, at % 60, start, match.end())


def _number_of(words: str) -> int:
    """The number that `words` say; 0 for none."""
    number = number_at(tokens(words), 0)
    return 0 if number is None else number[0]


def _spoken(text: str, words: tuple[Token, ...], at: int) -> tuple[ClockTime, int] | None:
    hour = number_at(words, at)
    if hour is None or not 1 <= hour[0] <= 12:
        return None
    after = at + hour[1]
    end = words[after - 1].end
    if after < len(words) and words[after].lower in ("o'clock", "oclock"):
        clock = _clock(text, hour[0], 0, words[at].start, words[after].end)
        return None if clock is None else (clock, after + 1)
    oh = _after_oh(words, after) if at and words[at - 1].lower in _LEADS else None
    if oh is not None and (clock := _clock(text, hour[0], oh, words[at].start, words[after + 1].end)) is not None:
        return clock, after + 2
    minutes = number_at(words, after) if after < len(words) and words[after].start - end <= 1 else None
    if minutes is not None and 10 <= minutes[0] < 60 and not (words[at].text.isdigit() and words[after].text.isdigit()):
        clock = _clock(text, hour[0], minutes[0], words[at].start, words[after + minutes[1] - 1].end)
        return None if clock is None else (clock, after + minutes[1])
    half = _HALF.match(text[end:])
    if half is None or (
        half["part"] and words[at].lower == "one" and not (at and words[at - 1].lower in _LEADS - {"the"})
    ):
        return None  # "is there one in the evening"
    clock = _clock(text, hour[0], 0, words[at].start, end)
    return None if clock is None else (clock, after)


def _after_oh(words: tuple[Token, ...], at: int) -> int | None:
    """The minutes of "seven oh five", of which "oh" is the word at `at`; None where it is said otherwise, or more
    digits follow."""
    if at + 1 >= len(words) or words[at].lower not in ("oh", "o"):
        return None
    minutes = number_at(words, at + 1)
    alone = at + 2 >= len(words) or number_at(words, at + 2) is None
    return minutes[0] if minutes is not None and minutes[1] == 1 and minutes[0] < 10 and alone else None


def _clock(text: str, hour: int, minute: int, start: int, end: int) -> ClockTime | None:
    if hour > 23 or minute > 59:
        return None
    half = _HALF.match(text[end:])
    if half is not None and hour <= 12:
        late = (half["half"] or "").lower() == "p" or (half["part"] or "").lower() in ("afternoon", "evening")
        return ClockTime((f"{hour % 12 + (12 if late else 0):02d}:{minute:02d}",), start, end + half.end())
    if hour > 12 or hour == 0:
        return ClockTime((f"{hour:02d}:{minute:02d}",), start, end)
    return ClockTime((f"{hour % 12:02d}:{minute:02d}", f"{hour % 12 + 12:02d}:{minute:02d}"), start, end)
