"""What is embedded of a passage: its title and each listed way to ask for it, the whole, each sentence of its body.

All without the entity's name, which every passage about it shares.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from data.embeddings import Embedder, Vectors
from data.knowledge.passage import Passage
from data.knowledge.store import View, ViewKind
from data.knowledge.words import content_words, sentences, without_name


def views_of(passages: Sequence[Passage], embedder: Embedder) -> list[list[View]]:
    """The views of each passage, in order."""
    texts: list[tuple[int, ViewKind, str]] = []
    for index, passage in enumerate(passages):
        title = without_name(passage.title, passage.entity)
        body = without_name(passage.body, passage.entity)
        texts.append((index, "title", title))
        texts += [(index, "title", without_name(way, passage.entity)) for way in passage.asked]
        texts.append((index, "whole", f"{title} {body}"))
        texts += [(index, "sentence", sentence) for sentence in sentences(body)]
    vectors = embedder.embed([text for _, _, text in texts])
    views: list[list[View]] = [[] for _ in passages]
    for (index, kind, _), vector in zip(texts, vectors, strict=True):
        views[index].append((kind, vector))
    return views


def stems_of(passage: Passage) -> dict[str, str]:
    """The words of a passage, its entity's name included: stem to form."""
    return content_words(" ".join((passage.title, *passage.asked, passage.body)))


def stems_told(passage: Passage) -> tuple[str, ...]:
    """The stems of what a passage tells, without its entity's name."""
    told = " ".join((passage.title, *passage.asked, passage.body))
    return tuple(content_words(without_name(told, passage.entity)))


def new_words(
    passages: Sequence[Passage], known: Container[str], met: Mapping[str, tuple[str, Vectors]], embedder: Embedder
) -> dict[str, tuple[str, Vectors]]:
    """The words of the passages that neither `known` nor `met` has: stem to form and vector."""
    forms: dict[str, str] = {}
    for passage in passages:
        forms = stems_of(passage) | forms
    unseen = [(stem, form) for stem, form in forms.items() if stem not in known and stem not in met]
    vectors = embedder.embed([form for _, form in unseen])
    return {stem: (form, vector) for (stem, form), vector in zip(unseen, vectors, strict=True)}
