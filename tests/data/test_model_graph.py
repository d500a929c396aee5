"""The embedding model computes with its 8-bit weights, and still says what it said."""

import numpy as np
import onnxruntime as ort
import pytest
from numpy.typing import NDArray

from data.embeddings import MINILM
from data.model_files import verify
from data.model_graph import computing_in_8_bits


@pytest.fixture(scope="module")
def model() -> bytes:
    return verify(MINILM, None).read()


def last_states(model: bytes, ids: list[int]) -> NDArray[np.float32]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    words = np.array([ids], dtype=np.int64)
    inputs = {"input_ids": words, "attention_mask": np.ones_like(words), "token_type_ids": np.zeros_like(words)}
    return np.asarray(session.run(None, inputs)[0][0], dtype=np.float32)


def test_every_token_keeps_its_direction(model: bytes) -> None:
    rewritten = computing_in_8_bits(model)
    assert rewritten.count(b"MatMulNBits") == 36
    ids = [101, 2003, 2045, 1037, 4770, 2012, 1996, 3309, 1029, 102]  # Is there a pool at the hotel?
    before, after = last_states(model, ids), last_states(rewritten, ids)
    cosine = (before * after).sum(axis=1) / np.linalg.norm(before, axis=1) / np.linalg.norm(after, axis=1)
    assert cosine.min() > 0.99


def test_a_model_is_rewritten_once(model: bytes) -> None:
    rewritten = computing_in_8_bits(model)
    assert computing_in_8_bits(rewritten) == rewritten


@pytest.mark.parametrize("spoilt", [b"", b"no model at all", b"\xff" * 40])
def test_what_is_no_such_model_is_left_as_it_is(spoilt: bytes) -> None:
    assert computing_in_8_bits(spoilt) == spoilt


def test_a_model_with_a_field_of_fixed_width_is_left_as_it_is(model: bytes) -> None:
    strange = model + b"\x9d\x064444"
    assert computing_in_8_bits(strange) is strange


def test_a_model_cut_short_is_left_as_it_is(model: bytes) -> None:
    assert computing_in_8_bits(model[:-1000]) == model[:-1000]
