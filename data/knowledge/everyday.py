"""Everyday words in a question, put into the words that rules are written in (`everyday.yaml`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml


def in_written_words(question: str) -> str:
    """`question` with everyday words ("pushchair", "set me back") replaced by those of passages ("stroller", "cost").

    Words that stand in no list stay as they are.
    """
    pattern, written = _table()
    return pattern.sub(lambda match: written[_key(match[0])], question)


def _key(words: str) -> str:
    return re.sub(r"[\s-]+", " ", words.lower().replace("\u2019", "'"))


@cache
def _table() -> tuple[re.Pattern[str], Mapping[str, str]]:
    """What finds any of the everyday words, longest first, and the written words for each. Raises ValueError when a
    word stands in two lists."""
    stored: Mapping[str, list[str]] = yaml.safe_load(files(__package__).joinpath("everyday.yaml").read_text("utf-8"))
    written: dict[str, str] = {}
    for word, everyday in stored.items():
        for one in everyday:
            if one in written:
                raise ValueError(f"everyday.yaml: {one!r} stands for {written[one]!r} and for {word!r}: choose one")
            written[one] = word
    longest = sorted(written, key=len, reverse=True)
    spaced = (re.escape(one).replace(r"\ ", r"[\s-]+").replace("'", "['\u2019]?") for one in longest)
    return re.compile(rf"\b(?:{'|'.join(spaced)})\b", re.IGNORECASE), written
