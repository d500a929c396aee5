"""The knowledge base of the sample branch, built from the Markdown files in `data/sample/knowledge`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from data.embeddings import Embedder
from data.knowledge.base import KnowledgeBase
from data.knowledge.kept import changes_in
from data.knowledge.passage import KnowledgeError, Passage, read_passages
from data.knowledge.store import SCHEMA_VERSION, Store

_SAMPLE = "sample texts"


def sample_passages(folder: Traversable | None = None) -> tuple[Passage, ...]:
    """Every passage of the sample branch (or of the Markdown files in `folder`), file by file.

    Raises `KnowledgeError` when a file is malformed.
    """
    return tuple(passage for name, text in _texts(folder) for passage in read_passages(name, text))


def prepare(
    path: Path,
    embedder: Embedder,
    progress: Callable[[str, int, int], None],
    *,
    folder: Traversable | None = None,
) -> None:
    """Make sure that `path` holds the sample knowledge base, built with this embedding model from today's texts.

    An up-to-date file is left as it is. A new one is built beside it, with what the branch added to the old one and
    without the sources that it removed, and takes its place in one step, so an interrupted start leaves the old one or
    none. `progress` gets (what is being done, passages done, passages in all). `folder` holds other Markdown files than
    the sample's. Raises `KnowledgeError` when the place is not writable or a file is malformed.
    """
    texts = hashlib.sha256(repr((SCHEMA_VERSION, _texts(folder))).encode()).hexdigest()
    if _is_current(path, embedder.fingerprint, texts):
        return
    what = "knowledge base"
    kept = changes_in(path)
    passages = [
        one for one in sample_passages(folder) if one.source not in kept.removed and one.source not in kept.added
    ]
    progress(what, 0, len(passages))
    unfinished = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _delete(unfinished)
        with KnowledgeBase.open(unfinished, embedder) as base:
            base.add(passages, lambda done, in_all: progress(what, done, in_all))
            for source, added in kept.added.items():
                base.put(source, added)
            for source in kept.removed - set(kept.added):
                base.remove(source)
            base.note(_SAMPLE, texts)
        _delete(path, keep_file=True)
        unfinished.replace(path)
    except OSError as error:
        raise KnowledgeError(f"the knowledge base cannot be written to {path.parent} ({error})") from error


def _is_current(path: Path, fingerprint: str, texts: str) -> bool:
    if not path.is_file():
        return False
    try:
        store = Store.open(path, fingerprint)
    except KnowledgeError:
        return False
    try:
        return store.noted(_SAMPLE) == texts
    finally:
        store.close()


def _texts(folder: Traversable | None) -> list[tuple[str, str]]:
    """Name (without its ending) and text of each file."""
    folder = folder or files("data").joinpath("sample", "knowledge")
    found = [(file.name.removesuffix(".md"), file) for file in folder.iterdir() if file.name.endswith(".md")]
    return [(name, file.read_text("utf-8")) for name, file in sorted(found, key=lambda pair: pair[0])]


def _delete(path: Path, *, keep_file: bool = False) -> None:
    """Delete a SQLite file and the journals beside it (or the journals only: a new file must not meet old ones)."""
    for ending in ("-wal", "-shm") if keep_file else ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
