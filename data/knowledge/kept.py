"""What a branch made of its knowledge base, to be carried over when that is built again: of whatever version it is."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path

import pysqlite3

from data.knowledge.passage import Passage
from data.knowledge.store import REMOVED_FACT, SOURCE_FACT, passage_of


@dataclass(frozen=True, slots=True)
class Changes:
    """`added` has the passages of each source that was added, `removed` the names of the sources taken away."""

    added: dict[str, list[Passage]] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)


def changes_in(path: Path) -> Changes:
    """What was added to the knowledge base at `path` and removed from it. Nothing when it is not there or cannot be
    read."""
    changes = Changes()
    if not path.is_file():
        return changes
    with contextlib.closing(pysqlite3.connect(str(path))) as connection, contextlib.suppress(pysqlite3.Error):
        names = [str(name) for (name,) in connection.execute("SELECT name FROM about")]
        changes.removed.update(name.removeprefix(REMOVED_FACT) for name in names if name.startswith(REMOVED_FACT))
        for source in (name.removeprefix(SOURCE_FACT) for name in names if name.startswith(SOURCE_FACT)):
            rows = connection.execute(
                "SELECT id, domain, entity, title, body, source, asked FROM passage WHERE source = ? ORDER BY row",
                (source,),
            )
            changes.added[source] = [passage_of(columns) for columns in rows]
    return changes
