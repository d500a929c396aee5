"""Vectors outlive the process, never their model, and never a damaged file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from data.embeddings import Embedder, Vectors
from data.kept_vectors import KeptVectors

TEXTS = ["when does the plane leave", "is breakfast included"]


class CountingEmbedder(Embedder):
    """The real embedder, counting the texts that it computes."""

    computed = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.computed += len(texts)
        return super().embed(texts)


@pytest.fixture(scope="module")
def real() -> CountingEmbedder:
    return CountingEmbedder.load()


@pytest.fixture
def embedder(real: CountingEmbedder) -> CountingEmbedder:
    real.computed = 0
    return real


def test_the_second_start_computes_nothing_and_gives_the_same(embedder: CountingEmbedder, tmp_path: Path) -> None:
    path = tmp_path / "vectors.npz"
    first = KeptVectors(path, embedder).embed(TEXTS)
    assert embedder.computed == 2
    second = KeptVectors(path, embedder).embed([*reversed(TEXTS), TEXTS[0]])
    assert embedder.computed == 2
    np.testing.assert_array_equal(second, first[[1, 0, 0]])


def test_only_new_texts_are_computed_and_old_ones_are_dropped(embedder: CountingEmbedder, tmp_path: Path) -> None:
    path = tmp_path / "vectors.npz"
    KeptVectors(path, embedder).embed(TEXTS)
    KeptVectors(path, embedder).embed([TEXTS[0], "where is the pool"])
    assert embedder.computed == 3
    KeptVectors(path, embedder).embed(TEXTS)
    assert embedder.computed == 4


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_a_damaged_file_is_made_anew(embedder: CountingEmbedder, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vectors.npz"
    path.write_bytes(content)
    KeptVectors(path, embedder).embed(TEXTS)
    KeptVectors(path, embedder).embed(TEXTS)
    assert embedder.computed == 2


def test_vectors_of_another_model_are_not_used(embedder: CountingEmbedder, tmp_path: Path) -> None:
    path = tmp_path / "vectors.npz"
    np.savez(path, fingerprint="another", texts=np.array(TEXTS), vectors=np.ones((2, 384), np.float32))
    assert not np.allclose(KeptVectors(path, embedder).embed(TEXTS), 1.0)


def test_a_folder_that_cannot_be_written_costs_time_only(embedder: CountingEmbedder, tmp_path: Path) -> None:
    assert KeptVectors(tmp_path / "gone" / "vectors.npz", embedder).embed(TEXTS).shape == (2, 384)
