"""The branch's own names, and finding them in what a recogniser made of them.

Tools give the names (`Names`): airports, hotels, flight numbers, stations. Matching is fuzzy but never free: a
written "Front Ranch in" becomes Front Range Inn because the branch has that hotel and nothing nearer.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from rapidfuzz import fuzz

from agents.understand.words import SOUNDS, Spelled, Token

_MIN_RATIO = 86.0
"""Lowest similarity (0 to 100, rapidfuzz `ratio` without spaces) that counts as the same name."""
_MIN_RATIO_LONG = 79.0
_LONG = 9
"""Names of this many letters and more are told apart with less: `_MIN_RATIO_LONG`."""
_FEWEST_DIGITS = 3
"""Fewer bare digits are no number of a thing that nobody knows ("the late one, eight something")."""
_LONGEST_NUMBERED = 7
"""Letters and digits in a row that may be one numbered name; more are a code."""
_MIN_RATIO_WORD = 55.0
"""The same for each word of a name that is said in as many words."""
_TINY = 3
"""Words of up to this many letters count only with the others."""
_SHORT = 5
"""Names of up to this many letters must be written exactly."""
_ARTICLES = frozenset({"the", "at"})
_FROM = frozenset({"from"})
"""What makes a name of a short one that stands behind it; the latter are no part of it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing with a name. `value` goes into a slot, `names` are ways to say it, `codes` are written in capitals
    (IATA codes) and must match exactly. `short` are single words that say it where such a thing was asked for, or a
    word before them makes a name of them ("the Magnolia", "from here")."""

    value: str
    names: tuple[str, ...]
    codes: tuple[str, ...] = ()
    short: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """All things of one slot type.

    `telling`: whether such a name by itself says which agent is meant (a flight number does, a city does not).
    `noun` is what such a thing is called in general ("hotel").
    With a `prefix` the values are the prefix followed by digits ("LB204"); `cues` are words that may stand in
    for the prefix ("flight two oh four").
    """

    type: str
    entries: tuple[Entry, ...]
    prefix: str = ""
    cues: tuple[str, ...] = ()
    telling: bool = True
    noun: str = ""


@dataclass(frozen=True, slots=True)
class NameHit:
    """A name in an utterance, from `start` to `end`. `known`: whether the branch has such a thing. `bare`: it is said
    in digits alone, and taken for a name only because one was asked for."""

    type: str
    value: str
    start: int
    end: int
    score: float
    known: bool = True
    bare: bool = False


@dataclass(frozen=True, slots=True)
class _Spoken:
    letters: str
    words: int
    value: str
    parts: tuple[str, ...]


class Lexicon:
    """All names of all tools. Immutable after making; safe to share between threads."""

    def __init__(self, names: Sequence[Names]) -> None:
        self._names = tuple(names)
        self._spoken = {
            group.type: tuple(
                _Spoken(_letters(name), len(name.split()), entry.value, tuple(_letters(part) for part in name.split()))
                for entry in group.entries
                for name in entry.names
            )
            for group in names
            if not group.prefix
        }
        self._longest = {type_: max((one.words for one in spoken), default=0) for type_, spoken in self._spoken.items()}
        self._codes = {
            group.type: {code: entry.value for entry in group.entries for code in entry.codes} for group in names
        }
        self._numbered = {
            group.type: frozenset(entry.value for entry in group.entries) for group in names if group.prefix
        }

    def noun(self, type_: str) -> str:
        """What things of a type are called in general; the type itself where nobody says."""
        return next((group.noun for group in self._names if group.type == type_ and group.noun), type_)

    @property
    def types(self) -> frozenset[str]:
        """The slot types that have names."""
        return frozenset(group.type for group in self._names)

    @property
    def spoken_types(self) -> frozenset[str]:
        """The slot types whose names are words, not numbers."""
        return frozenset(group.type for group in self._names if not group.prefix)

    def names(self, type_: str) -> tuple[str, ...]:
        """The first name of each thing of a type, for prompts and lists."""
        return tuple(entry.names[0] for group in self._names if group.type == type_ for entry in group.entries)

    def find(
        self, words: Sequence[Token], runs: Sequence[tuple[Spelled, ...]], *, asking: str | None = None
    ) -> tuple[NameHit, ...]:
        """The names in an utterance, by place. `asking` is the type the last question asked for: bare digits then
        count as a number of that type."""
        hits: list[NameHit] = []
        for group in self._names:
            if group.prefix:
                hits += self._find_numbered(group, words, runs, asking == group.type)
            else:
                hits += self._find_named(group, words, asking == group.type)
        return tuple(sorted(hits, key=lambda hit: (hit.start, -hit.score)))

    def _find_named(self, group: Names, words: Sequence[Token], asked: bool) -> list[NameHit]:
        type_ = group.type
        hits = list(_said_short(group, words, asked))
        codes = self._codes[type_]
        for word in words:
            if word.text in codes:
                hits.append(NameHit(type_, codes[word.text], word.start, word.end, 100.0))
        lowered = [_letters(word.text) for word in words]
        windows = _windows(lowered, self._longest[type_])
        for spoken in self._spoken[type_]:
            for size in {max(1, spoken.words - 1), spoken.words, spoken.words + 1}:
                for first, window in windows.get((size, spoken.letters[:1]), ()):
                    score = _likeness(window, lowered[first : first + size], spoken)
                    if score:
                        hits.append(
                            NameHit(type_, spoken.value, words[first].start, words[first + size - 1].end, score)
                        )
        return _without_overlap(hits)

    def _find_numbered(
        self, group: Names, words: Sequence[Token], runs: Sequence[tuple[Spelled, ...]], asked: bool
    ) -> list[NameHit]:
        known = self._numbered[group.type]
        hits: list[NameHit] = []
        for run in runs:
            for first in range(len(run)):
                hit = self._numbered_at(group, known, words, run, first, asked)
                if hit is not None:
                    hits.append(hit)
        return _without_overlap(hits)

    def _numbered_at(
        self,
        group: Names,
        known: frozenset[str],
        words: Sequence[Token],
        run: tuple[Spelled, ...],
        first: int,
        asked: bool,
    ) -> NameHit | None:
        chars = "".join(part.chars for part in run[first:])
        match = re.match(r"([A-Z]{0,3})(\d{1,5})(?![A-Z0-9])", chars)
        if match is None or (len(chars) > _LONGEST_NUMBERED and not asked):
            return None
        letters, number = match[1], _number_meant(group.prefix, match[2], known)
        before = _word_before(words, run[first].start)
        start = run[first].start
        if not letters and before is not None and _sounds_like(group.prefix, before.text):
            letters, start = group.prefix, before.start
        value = group.prefix + number
        cued = before is not None and before.lower in (*group.cues, "number")
        end = run[first].end
        length = 0
        for part in run[first:]:
            length += len(part.chars)
            end = part.end
            if length >= match.end():
                break
        if letters == group.prefix:
            return NameHit(group.type, value, start, end, 100.0, known=value in known)
        near = bool(letters) and bool(set(letters) & set(group.prefix))
        if value in known and (near or cued or (asked and not letters)):
            return NameHit(group.type, value, start, end, 90.0, bare=not (near or cued))
        if cued and not letters and before is not None and before.lower in group.cues and len(number) >= 2:
            return NameHit(group.type, value, start, end, 80.0, known=value in known)
        if asked and not letters and len(number) >= _FEWEST_DIGITS:
            return NameHit(group.type, value, start, end, 70.0, known=value in known, bare=True)
        return None


def _said_short(group: Names, words: Sequence[Token], asked: bool) -> Iterator[NameHit]:
    """The things that `words` name by a short name, which a recogniser may have written as two words."""
    for entry in group.entries:
        for name in map(_letters, entry.short):
            for first, size in product(range(len(words)), (1, 2)):
                said, before = words[first : first + size], words[first - 1] if first else None
                named = asked or (before is not None and before.lower in _ARTICLES | _FROM)
                if not named or len(said) < size or said[0].lower in _ARTICLES:
                    continue
                floor = _MIN_RATIO if len(name) >= _SHORT else 100.0
                score = fuzz.ratio("".join(_letters(word.text) for word in said), name, score_cutoff=floor)
                if score:
                    led = said[0] if before is None or before.lower not in _ARTICLES else before
                    yield NameHit(group.type, entry.value, led.start, said[-1].end, score)


def _number_meant(prefix: str, written: str, known: frozenset[str]) -> str:
    """The number of a known thing behind what a recogniser wrote for it: "two hundred four" becomes "2004"."""
    hundreds = re.fullmatch(r"([1-9])00([1-9]\d?)", written)
    if prefix + written in known or hundreds is None:
        return written
    meant = hundreds[1] + hundreds[2].zfill(2)
    return meant if prefix + meant in known else written


def _windows(lowered: Sequence[str], most: int) -> Mapping[tuple[int, str], Sequence[tuple[int, str]]]:
    """Each run of up to `most` + 1 words, put together, with its first word's place: by how many words it has and by
    its first letter."""
    windows = defaultdict[tuple[int, str], list[tuple[int, str]]](list)
    for size in range(1, most + 2):
        for first in range(len(lowered) - size + 1):
            window = "".join(lowered[first : first + size])
            windows[size, window[:1]].append((first, window))
    return windows


def _likeness(window: str, said: Sequence[str], spoken: _Spoken) -> float:
    """How like the name the words `said`, put together in `window`, are: 0 to 100; 0 when they are another."""
    if len(spoken.letters) <= _SHORT:
        return 100.0 if window == spoken.letters else 0.0
    floor = _MIN_RATIO_LONG if len(spoken.letters) >= _LONG else _MIN_RATIO
    score = fuzz.ratio(window, spoken.letters, score_cutoff=floor)
    return score if score and _alike(said, spoken.parts) else 0.0


def _alike(said: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether each word said is like its word of the name: "Pear Street" is not "Pine Street" misheard."""
    if len(said) != len(parts) or len(parts) == 1:
        return True
    return all(
        len(one) <= _TINY or fuzz.ratio(one, part) >= _MIN_RATIO_WORD for one, part in zip(said, parts, strict=True)
    )


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _sounds_like(prefix: str, word: str) -> bool:
    """Whether a recogniser may write the spelled `prefix` as the one word `word` ("Elbi" for LB)."""
    pattern = "".join(
        "(?:" + "|".join(map(re.escape, SOUNDS.get(letter, (letter.lower(),)))) + ")" for letter in prefix
    )
    return re.fullmatch(pattern, word.lower()) is not None


def _word_before(words: Sequence[Token], start: int) -> Token | None:
    earlier = [word for word in words if word.end <= start]
    return earlier[-1] if earlier else None


def _without_overlap(hits: list[NameHit]) -> list[NameHit]:
    kept: list[NameHit] = []
    for hit in sorted(hits, key=lambda hit: (-hit.score, -(hit.end - hit.start), hit.start)):
        if all(hit.end <= other.start or other.end <= hit.start for other in kept):
            kept.append(hit)
    return kept
