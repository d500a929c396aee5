"""Which models this server can run, by their files' SHA-256. Of the voices one or more are loaded."""

from __future__ import annotations

from pathlib import Path

from pydantic import JsonValue

from data.embeddings import MINILM
from data.model_files import ModelError, ModelFile, verify
from edge_server.speech.kokoro_voice import NETWORK
from edge_server.speech.piper_voice import JOE
from edge_server.speech.vad import SILERO
from edge_server.speech.whisper_files import WHISPER_BASE

ROLES: tuple[tuple[str, ModelFile], ...] = (
    ("recognition", WHISPER_BASE.model),
    ("synthesis", JOE.model),
    ("synthesis", NETWORK),
    ("voice activity", SILERO),
    ("embeddings", MINILM),
)


def models_known(models_dir: Path | None) -> list[JsonValue]:
    """`name`, `role`, `sha256` of each (null for one that is missing). Reads 300 MB: for a worker thread, once."""
    found: list[JsonValue] = []
    for role, file in ROLES:
        try:
            sha256: str | None = verify(file, models_dir).sha256
        except ModelError:
            sha256 = None
        found.append({"name": file.name, "role": role, "sha256": sha256})
    return found
