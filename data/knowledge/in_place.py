"""A question that was asked, once more for the thing that a few words name: "is the wifi free", "and parking"."""

from __future__ import annotations

import re

import numpy as np

from data.embeddings import Embedder
from data.knowledge.concepts import concepts
from data.knowledge.words import content_words, plain, stem_places

_PLACED = re.compile(
    r"\W*(?:(?:and|but|or|so|then|what about|how about)\W+)*(?:in|on|at|for|with|without|by|to)\b", re.I
)
"""How words begin that add where or for whom, and take nothing's place."""


def things_in(words: str) -> dict[str, str]:
    """The words that name what is asked about, not how it is asked: stem to first form met."""
    known = concepts()
    other = known.judging | known.asking | known.framing
    return {stem: word for stem, word in content_words(words).items() if stem not in other and not word.isdigit()}


def things_by_name(words: str) -> tuple[str, ...]:
    """The things that `words` call by the very name that `concepts.yaml` has for them ("pool", no "swim"), in order."""
    known, said = concepts(), content_words(words)
    names = (known.of[stem] for stem, word in said.items() if stem in known.things and word.startswith(known.of[stem]))
    return tuple(name for name in names if re.search(rf"\b{name}", words, re.IGNORECASE) is not None)


def put_in_place(before: str, words: str, embedder: Embedder) -> str | None:
    """The question `before` with what `words` name in the place of the thing that is most like it, or with it added
    where they say where or for whom ("on Sundays"); None where either names nothing. May embed words."""
    new, old = things_in(words), things_in(before)
    if not new or not old:
        return None
    phrase = _span(words, set(new))
    same = [stem for stem in old if stem in new]
    if _PLACED.match(words) is not None and not same:
        return f"{before} {words}"
    taken = same[-1] if same else _most_alike(new, old, embedder)
    text = before if taken in {stem for stem, _, _ in stem_places(before)} else plain(before)
    places = [(start, end) for stem, start, end in stem_places(text) if stem == taken]
    if not places:
        return None
    start, end = places[-1]
    return f"{text[:start]}{phrase}{text[end:]}"


def _most_alike(new: dict[str, str], old: dict[str, str], embedder: Embedder) -> str:
    """Which of the stems `old` is most like one of `new`."""
    if len(old) == 1:
        return next(iter(old))
    vectors = embedder.embed([*new.values(), *old.values()])
    alike = vectors[: len(new)] @ vectors[len(new) :].T
    return [*old][int(np.argmax(alike.max(axis=0)))]


def _span(words: str, stems: set[str]) -> str:
    """The part of `words` from the first to the last that names a thing."""
    places = [(start, end) for stem, start, end in stem_places(words) if stem in stems]
    return words[places[0][0] : places[-1][1]] if places else words
