"""Model files are found without importing, checked before use, and explained when they are missing."""

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.weights import keep
from data.model_files import ModelError, ModelFile, read_path, read_verified, verify


@pytest.fixture
def carrier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelFile:
    """A package on the path that carries a model, and that fails when it is imported."""
    package = tmp_path / "site" / "tiny_voice_model"
    (package / "weights").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')")
    (package / "weights" / "voice.onnx").write_bytes(b"voice weights")
    (package / "weights" / "a.bin").write_bytes(b"voice ")
    (package / "weights" / "b.bin").write_bytes(b"weights")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    digest = hashlib.sha256(b"voice weights").hexdigest()
    return ModelFile("voice.onnx", "tiny_voice_model", "weights/voice.onnx", digest, "voice")


def test_a_packaged_model_is_found_without_importing_its_package(carrier: ModelFile) -> None:
    assert read_path(carrier).read_bytes() == b"voice weights"
    assert "tiny_voice_model" not in sys.modules


def test_parts_are_joined_and_checked_as_one_file(carrier: ModelFile) -> None:
    split = replace(carrier, parts=(("tiny_voice_model", "weights/a.bin"), ("tiny_voice_model", "weights/b.bin")))
    assert read_verified(split) == b"voice weights"
    swapped = replace(split, parts=tuple(reversed(split.parts)))
    with pytest.raises(ModelError, match="damaged"):
        read_verified(swapped)


def test_a_damaged_model_is_refused_with_what_to_do(carrier: ModelFile) -> None:
    path = read_path(carrier)
    path.write_bytes(b"voice weightz")
    with pytest.raises(ModelError, match=r"voice is damaged.*pip install --force-reinstall"):
        read_path(carrier)


def test_a_missing_package_is_named_with_what_to_do() -> None:
    absent = ModelFile("voice.onnx", "no_such_voice_model", "voice.onnx", "0" * 64, "voice")
    with pytest.raises(ModelError, match=r"no-such-voice-model is not installed.*LOBBY_MODELS_DIR"):
        read_verified(absent)


def test_a_package_without_the_file_is_missing_too(carrier: ModelFile) -> None:
    with pytest.raises(ModelError, match=r"lacks weights/other\.onnx"):
        read_path(replace(carrier, path="weights/other.onnx"))


def test_the_operators_own_model_goes_first_and_is_logged(
    carrier: ModelFile, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = tmp_path / "models"
    own.mkdir()
    (own / "voice.onnx").write_bytes(b"a larger voice")
    found = verify(carrier, own)
    assert (found.read(), found.own) == (b"a larger voice", True)
    assert found.sha256 == hashlib.sha256(b"a larger voice").hexdigest()
    assert "using" in caplog.text
    assert not verify(carrier, tmp_path / "nowhere").own


def test_weights_that_are_kept_are_those_that_their_module_checks(tmp_path: Path) -> None:
    code = tmp_path / "voice.py"
    code.write_text('FILE = ModelFile(path="voice.npz", sha256="0ld")')
    keep(code, "voice.npz", {"layer": np.arange(3)})
    digest = hashlib.sha256((tmp_path / "voice.npz").read_bytes()).hexdigest()
    assert code.read_text() == f'FILE = ModelFile(path="voice.npz", sha256="{digest}")'
    with np.load(tmp_path / "voice.npz", allow_pickle=False) as kept:
        assert kept["layer"].tolist() == [0, 1, 2]


def test_weights_that_no_module_checks_are_not_kept(tmp_path: Path) -> None:
    code = tmp_path / "voice.py"
    code.write_text('FILE = "voice.npz"')
    with pytest.raises(ValueError, match="0 SHA-256"):
        keep(code, "voice.npz", {"layer": np.arange(3)})
    assert list(tmp_path.iterdir()) == [code]
