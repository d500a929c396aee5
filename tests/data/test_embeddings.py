"""Embeddings put what means the same close together, whatever it is batched with."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from data.embeddings import DIMENSIONS, Embedder
from data.model_files import ModelError

SENTENCES = [
    "Is there a gym?",
    "Do you have a fitness centre?",
    "How much is parking a night, and where is it?",
]


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load()


def test_vectors_have_unit_length_and_the_right_shape(embedder: Embedder) -> None:
    vectors = embedder.embed(SENTENCES)
    assert vectors.shape == (3, DIMENSIONS)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedder.embed([]).shape == (0, DIMENSIONS)


def test_a_rewording_is_closer_than_another_question(embedder: Embedder) -> None:
    gym, fitness, parking = embedder.embed(SENTENCES)
    assert gym @ fitness > 0.6 > 0.35 > gym @ parking


def test_a_vector_does_not_depend_on_its_batch() -> None:
    together = Embedder.load().embed(SENTENCES)
    fresh = Embedder.load()
    alone = np.concatenate([fresh.embed([sentence]) for sentence in SENTENCES])
    assert np.allclose(together, alone, atol=2e-3)


def test_tokens_come_with_their_place_in_the_text(embedder: Embedder) -> None:
    text = "Late check-out"
    (entry,) = embedder.embed_tokens([text])
    assert [text[start:end] for start, end in entry.spans] == ["Late", "check", "-", "out"]
    assert entry.tokens.shape == (4, DIMENSIONS)


def test_threads_get_the_same_vectors(embedder: Embedder) -> None:
    texts = [f"Is gate {number} open?" for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda text: embedder.embed([text])[0], texts))
    assert np.allclose(np.stack(answers), embedder.embed(texts), atol=2e-3)


def test_a_model_of_another_shape_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "minilm-l6-v2").mkdir()
    (tmp_path / "minilm-l6-v2" / "tokenizer.json").write_text("not a tokenizer")
    with pytest.raises(ModelError, match="tokenizer"):
        Embedder.load(tmp_path)
