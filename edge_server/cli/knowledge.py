"""`lobby knowledge`: what the desk may tell, from the branch's own files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edge_server.cli.options import data_dir_option, load_settings

if TYPE_CHECKING:
    from data.knowledge import Hit, KnowledgeBase, Passage

_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
_AREA = "Area that the {what} about: flight, hotel or the name of another agent's."


@dataclass(frozen=True, slots=True)
class _Added:
    """What became of one file."""

    source: str
    passages: int
    changed: bool


@click.group()
def knowledge() -> None:
    """Add to what the desk may tell, try it, and take it away again."""


@knowledge.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--domain", help=_AREA.format(what="files are"))
@click.option("--entity", help="The one thing that the files are true of, such as a hotel's name.")
@click.option("--source", help="Name to keep one file's passages under; its file name if not given.")
@data_dir_option
@_json
def add(
    files: tuple[Path, ...],
    domain: str | None,
    entity: str | None,
    source: str | None,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Add FILES: Markdown, text, HTML, PDF, or CSV with the columns question and answer (entity, domain, id).

    Passages of a file that was added before are replaced; a file that has not changed is left alone. All files are
    read before anything is changed. A running server tells the new passages from the next question on.
    """
    from edge_server.cli import progress

    if source is not None and len(files) > 1:
        raise click.UsageError("--source names one file's passages: add the files one by one, or leave it out.")
    found = {(source or path.name): path for path in files}
    if len(found) < len(files):
        raise click.UsageError("Two files have the same name: add them one by one, each with its own --source.")
    read = _read(found, domain, entity)
    added: list[_Added] = []
    with _opened(data_dir, make=True) as base, progress.shown(quiet=as_json) as shown:
        for name, passages in read.items():
            shown(name, 0, len(passages))
            changed = base.put(name, passages, partial(shown, name))
            shown(name, len(passages), len(passages))
            added.append(_Added(name, len(passages), changed))
    if as_json:
        click.echo(json.dumps([asdict(one) for one in added], indent=2))
        return
    for one in added:
        amount = f"{one.passages} passage{'s' if one.passages != 1 else ''}"
        click.echo(f"{one.source}: {amount} added" if one.changed else f"{one.source}: {amount}, unchanged")


@knowledge.command()
@click.argument("question")
@click.option("--domain", help=_AREA.format(what="question is") + " All areas if not given.")
@click.option("--entity", help="What the conversation is about, such as a hotel's name.")
@click.option("--limit", type=click.IntRange(1, 50), default=3, show_default=True, help="Passages to show at most.")
@data_dir_option
@_json
def search(
    question: str, domain: str | None, entity: str | None, limit: int, data_dir: Path | None, as_json: bool
) -> None:
    """Show the passages nearest to QUESTION, and what the desk would say: one of them, or that it does not know."""
    with _opened(data_dir) as base:
        areas = [domain] if domain else base.domains()
        hits = [hit for area in areas for hit in base.search(question, domain=area, entity=entity, limit=limit)]
        hits = sorted(hits, key=lambda hit: -hit.score)[:limit] if len(areas) > 1 else hits
        spoken = hits[0] if hits and base.answers(hits[0]) else None
        related = hits[0] if hits and base.touches(hits[0]) else None
    if as_json:
        told = {
            "spoken": spoken.spoken if spoken else None,
            "with_reservation": related.spoken if related else None,
            "hits": [_shown(hit, hit is spoken) for hit in hits],
        }
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    for hit in hits:
        about = f" · {hit.passage.entity}" if hit.passage.entity else ""
        click.echo(f"{hit.score:5.0%}  {hit.passage.title}\n       {hit.passage.body}")
        click.echo(
            click.style(f"       {hit.passage.domain}{about} · {hit.passage.id} ({hit.passage.source})", dim=True)
        )
    doubtful = f"What I know of it: {related.spoken}" if related else "I don't know."
    click.echo(f"Would say: {spoken.spoken if spoken else doubtful}")


@knowledge.command()
@click.argument("source")
@data_dir_option
@_json
def remove(source: str, data_dir: Path | None, as_json: bool) -> None:
    """Forget every passage that came from SOURCE (`lobby knowledge list` shows them)."""
    with _opened(data_dir) as base:
        gone = base.remove(source)
    if not gone:
        raise click.ClickException(f"Nothing came from {source}: `lobby knowledge list` shows the sources.")
    click.echo(json.dumps({"source": source, "removed": gone}) if as_json else f"{source}: {gone} passages removed")


@knowledge.command("list")
@data_dir_option
@_json
def list_sources(data_dir: Path | None, as_json: bool) -> None:
    """Show where the passages come from, how many there are, and what they are about."""
    with _opened(data_dir) as base:
        sources = base.sources()
    if as_json:
        click.echo(json.dumps([asdict(one) for one in sources], indent=2, ensure_ascii=False))
        return
    width = max((len(one.name) for one in sources), default=0)
    for one in sources:
        entities = [name for name in one.entities if name]
        about = ", ".join(entities[:3]) + (" …" if len(entities) > 3 else "")
        click.echo(f"{one.name:{width}}  {one.passages:5}  {', '.join(one.domains)}{': ' if about else ''}{about}")


def _read(files: dict[str, Path], domain: str | None, entity: str | None) -> dict[str, tuple[Passage, ...]]:
    from data.knowledge import KnowledgeError, passages_in

    try:
        return {name: passages_in(path, domain=domain, entity=entity, source=name) for name, path in files.items()}
    except KnowledgeError as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def _opened(data_dir: Path | None, *, make: bool = False) -> Iterator[KnowledgeBase]:
    """The branch's knowledge base, open; one-line failures."""
    from data.embeddings import Embedder
    from data.knowledge import KnowledgeBase, KnowledgeError
    from data.model_files import ModelError
    from data.prepare import KNOWLEDGE_FILE

    settings = load_settings(data_dir=data_dir)
    path = settings.data_dir / KNOWLEDGE_FILE
    if not make and not path.exists():
        raise click.ClickException(
            f"There is no knowledge base in {settings.data_dir}: make it with `lobby data init`."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with KnowledgeBase.open(path, Embedder.load(settings.models_dir)) as base:
            yield base
    except OSError as error:
        raise click.ClickException(f"{settings.data_dir} cannot be written ({error.strerror}).") from None
    except (KnowledgeError, ModelError) as error:
        raise click.ClickException(str(error)) from None


def _shown(hit: Hit, is_spoken: bool) -> dict[str, str | float | bool]:
    found = hit.passage
    return {
        "id": found.id,
        "score": round(hit.score, 4),
        "domain": found.domain,
        "entity": found.entity,
        "title": found.title,
        "body": found.body,
        "source": found.source,
        "spoken": is_spoken,
    }
