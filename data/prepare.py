"""Makes a branch's data before the first start: the database with the sample branch, and the knowledge base."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from data.embeddings import Embedder
from data.errors import DataError
from data.knowledge import KnowledgeError
from data.knowledge import prepare as prepare_passages
from data.postgres import PostgresUrl
from data.replace import has_records, own_folder
from data.sample.prepare import prepare_records, reset_records
from data.sample.world import Progress

KNOWLEDGE_FILE = "knowledge.sqlite"


def is_prepared(data_dir: Path, server: PostgresUrl | None = None) -> bool:
    """Whether `data_dir` holds a whole knowledge base, and it or the `server` a whole database.

    Raises DataError when the server cannot be reached.
    """
    return has_records(server or data_dir) and (data_dir / KNOWLEDGE_FILE).exists()


def prepare(
    data_dir: Path,
    *,
    server: PostgresUrl | None = None,
    today: date | None = None,
    progress: Progress,
    embedder: Embedder | None = None,
) -> None:
    """Make what is missing: records on `server` (None: in `data_dir`), knowledge base in `data_dir`. Records that exist
    are kept as they are: `Branch.open` updates their schema.

    `today` is the day the sample is made for, and the branch's calendar then stays on it; None takes the machine's
    day and lets the calendar run. `embedder` None loads the one that comes with Lobby. `progress` gets what is being
    done, how many steps of it are done and how many there are, in the calling thread. Takes some seconds the first
    time: call it in a thread. Raises DataError when the folder cannot be written, another process owns it or the server
    cannot be reached, ModelError when the embedding model is missing.
    """
    prepare_records(server or data_dir, today=today, progress=progress)
    prepare_knowledge(data_dir, progress, embedder)


def reset(
    data_dir: Path,
    *,
    server: PostgresUrl | None = None,
    today: date | None = None,
    progress: Progress,
    embedder: Embedder | None = None,
) -> None:
    """Replace the records by a new sample branch, and the knowledge base too. Arguments and errors as for `prepare`.

    The old records stay until the new ones are whole. Refused while another process uses them.
    """
    reset_records(server or data_dir, today=today, progress=progress)
    with own_folder(data_dir):
        (data_dir / KNOWLEDGE_FILE).unlink(missing_ok=True)
    prepare_knowledge(data_dir, progress, embedder)


def prepare_knowledge(data_dir: Path, progress: Progress, embedder: Embedder | None = None) -> None:
    """Make the knowledge base in `data_dir` where there is none. Arguments and errors as for `prepare`."""
    with own_folder(data_dir):
        try:
            prepare_passages(data_dir / KNOWLEDGE_FILE, embedder or Embedder.load(), progress)
        except KnowledgeError as e:
            raise DataError(str(e)) from e
