"""`lobby eval`: how well the desk does on files of labelled examples."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from edge_server.cli.evaluate_voice import speech, turns
from edge_server.cli.figures import json_option, percent, print_json
from edge_server.cli.options import load_settings

if TYPE_CHECKING:
    from data.embeddings import Embedder
    from edge_server.cli.progress import Progress
    from edge_server.evaluation.dialogues.figures import DialogueFigures
    from edge_server.evaluation.knowledge import KnowledgeFigures
    from edge_server.evaluation.routing import RoutingFigures
    from edge_server.evaluation.switching import SwitchingFigures

F = TypeVar("F", bound=Callable[..., object])
Figures = TypeVar("Figures", "RoutingFigures", "SwitchingFigures", "KnowledgeFigures", "DialogueFigures")
_SHOWN = 8


def _file(what: str) -> Callable[[F], F]:
    kind = click.Path(path_type=Path, exists=True, dir_okay=False)
    return click.option("--file", type=kind, help=f"{what}, one JSON object a line; a small one of our own without it.")


@click.group(name="eval")
def evaluate() -> None:
    """Measure the desk on labelled examples, never on the branch's own data.

    What the files hold and what the figures mean: docs/quality.md.
    """


evaluate.add_command(speech)
evaluate.add_command(turns)


@evaluate.command()
@_file("Utterances with text and label (flight, hotel, other)")
@json_option
def routing(file: Path | None, as_json: bool) -> None:
    """How often the first utterance of a conversation goes to the right agent."""

    async def work(embedder: Embedder, shown: Progress) -> RoutingFigures:
        from edge_server.evaluation.files import read_utterances
        from edge_server.evaluation.listener import Listener
        from edge_server.evaluation.routing import evaluate_routing

        utterances = read_utterances(file)
        return await evaluate_routing(utterances, await Listener.open(embedder, shown), shown)

    figures = _measured(work, as_json)
    if as_json:
        return
    click.echo(f"Routed rightly: {percent(figures.accuracy)} of {figures.utterances} utterances.")
    click.echo(f"{'':8} " + " ".join(f"{f'to {label}':>10}" for label in figures.confusion))
    for label, went in figures.confusion.items():
        click.echo(f"{label:8} " + " ".join(f"{count:10}" for count in went.values()))
    for error in figures.worst[:_SHOWN]:
        click.echo(f"  {error.label} went to {error.went_to} ({error.confidence:.2f}, {error.reason}): {error.text}")
    _speed(figures.p50_ms, figures.p95_ms)


@evaluate.command()
@_file("Dialogues: turns with user, gold and system_before")
@json_option
def switching(file: Path | None, as_json: bool) -> None:
    """How well conversations are followed: stay with a subject, and leave it when the customer does."""

    async def work(embedder: Embedder, shown: Progress) -> SwitchingFigures:
        from edge_server.evaluation.files import read_dialogues
        from edge_server.evaluation.listener import Listener
        from edge_server.evaluation.switching import evaluate_switching

        dialogues = read_dialogues(file)
        return await evaluate_switching(dialogues, await Listener.open(embedder, shown), shown)

    figures = _measured(work, as_json)
    if as_json:
        return
    click.echo(
        f"At the right agent: {percent(figures.accuracy)} of {figures.turns} turns in {figures.dialogues} dialogues "
        f"({figures.weak_gold} unsure ones left out)."
    )
    click.echo(
        f"False switches: {percent(figures.false_switch_rate)} of the {figures.staying_turns} turns that stay with "
        f"their subject. Changes of subject followed at once: {percent(figures.switches_caught)} of "
        f"{figures.switches}."
    )
    for error in figures.worst[:_SHOWN]:
        came = f", from {error.before}" if error.before else ""
        click.echo(f"  {error.gold} went to {error.went_to}{came} ({error.dialogue}, turn {error.turn}): {error.text}")
    _speed(figures.p50_ms, figures.p95_ms)


@evaluate.command()
@_file("Questions with query or query_with_entity, domain, gold_ids and answerable")
@click.option(
    "--docs",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The documents that --file asks about (id, domain, entity, title, body); the sample branch's without it.",
)
@json_option
def knowledge(file: Path | None, docs: Path | None, as_json: bool) -> None:
    """Whether questions find their passage, and are refused when no passage answers them.

    The documents go into a temporary knowledge base; the branch's own is not touched.
    """
    if docs is not None and file is None:
        raise click.UsageError("--docs needs the --file with the questions to those documents.")

    async def work(embedder: Embedder, shown: Progress) -> KnowledgeFigures:
        from edge_server.evaluation.files import read_documents, read_questions
        from edge_server.evaluation.knowledge import evaluate_knowledge, passages_of

        documents = read_documents(docs) if docs is not None else None
        questions = read_questions(file)
        passages = passages_of(documents, docs.stem if docs is not None else "sample")
        return await asyncio.to_thread(evaluate_knowledge, passages, questions, embedder, shown)

    figures = _measured(work, as_json)
    if as_json:
        return
    click.echo(
        f"Right passage among the first three: {percent(figures.hit_at_3)} of {figures.answerable} questions that "
        f"the {figures.documents} documents answer; {percent(figures.answered_right)} were answered from it, "
        f"{percent(figures.refused_answerable)} refused."
    )
    click.echo(f"Refused rightly: {percent(figures.refused_unanswerable)} of {figures.unanswerable} without an answer.")
    click.echo(
        f"Of the refused, told what there is on the subject: {percent(figures.reserved_answerable)} of the answerable "
        f"questions ({percent(figures.reserved_right)} from a right passage), {percent(figures.reserved_unanswerable)} "
        "of the others."
    )
    for miss in figures.worst[:_SHOWN]:
        click.echo(f"  {miss.what.replace('_', ' ')} ({miss.score:.2f}): {miss.question}")
    _speed(figures.p50_ms, figures.p95_ms)


@evaluate.command()
@click.option(
    "--file",
    type=click.Path(path_type=Path, exists=True),
    help="Scripted customers: a YAML file, or a folder of them (docs/dialogues.md); our own without it.",
)
@click.option("--held-out", is_flag=True, help="Our own customers that the desk was not worked on with.")
@click.option("--only", metavar="WORD", help="Only customers with this in their id.")
@click.option(
    "--transcripts",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write every conversation into this folder, with what was wrong.",
)
@click.option("--url", help="Talk to a running server (ws://127.0.0.1:8484); then only what is said is judged.")
@json_option
def dialogues(
    file: Path | None,
    held_out: bool,
    only: str | None,
    transcripts: Path | None,
    url: str | None,
    as_json: bool,
) -> None:
    """How often scripted customers are served as they should be, by the database and by what was said.

    Each finds the sample branch as new, in a temporary folder, on the day that it was made for. A server's branch
    (--url) is shared by all of them: give it a data folder of its own.
    """
    if file is not None and held_out:
        raise click.UsageError("--held-out means customers of our own: leave --file out.")
    settings = load_settings()

    async def work(embedder: Embedder, shown: Progress) -> DialogueFigures:
        from edge_server.evaluation.dialogues.desk import evaluate_at_own_desk
        from edge_server.evaluation.dialogues.figures import figures_of, write_transcripts
        from edge_server.evaluation.dialogues.script import read_scripts

        scripts = read_scripts(file, held_out=held_out, only=only)
        if url is not None:
            from edge_server.evaluation.dialogues.wire import evaluate_over_the_wire, one_server_order

            key = settings.api_key.get_secret_value() if settings.api_key else None
            served = await evaluate_over_the_wire(one_server_order(scripts), url, key, shown)
        else:
            served = await evaluate_at_own_desk(scripts, embedder, shown)
        if transcripts is not None:
            write_transcripts(served, transcripts)
        return figures_of(served, "words" if url is not None else "database and words")

    figures = _measured(work, as_json)
    if as_json:
        return
    click.echo(f"Served as they should be: {percent(figures.pass_rate)} of {figures.customers} customers.")
    for name, rates in (("outcome", figures.by_outcome), ("manner", figures.by_manner), ("tool", figures.by_tool)):
        parts = ", ".join(f"{one} {rate.passed}/{rate.customers}" for one, rate in rates.items())
        click.echo(f"By {name}: {parts}.")
    click.echo(
        f"Facts spoken that nothing gave: {figures.facts_not_from_tools}; clauses kept back: "
        f"{figures.clauses_kept_back}; unexpected writes: {figures.unexpected_writes}; "
        f"{figures.turns_per_dialogue:.1f} turns a conversation."
    )
    for failure in figures.worst[:_SHOWN]:
        click.echo(f"  {failure.id}: {failure.goal} {failure.causes[0]}")
    if figures.planner_p50_ms is not None and figures.planner_p95_ms is not None:
        _speed(figures.planner_p50_ms, figures.planner_p95_ms, "turn without its tools")


def _measured(work: Callable[[Embedder, Progress], Coroutine[object, object, Figures]], as_json: bool) -> Figures:
    """What `work` finds out, shown as it goes on, and printed when a script reads."""
    from agents.persona import PersonaError
    from data.embeddings import Embedder
    from data.errors import DataError
    from data.knowledge import KnowledgeError
    from data.model_files import ModelError
    from edge_server.cli import progress
    from edge_server.evaluation.files import EvaluationError

    settings = load_settings()
    try:
        with progress.shown(quiet=as_json) as shown:
            figures = asyncio.run(work(Embedder.load(settings.models_dir), shown))
    except (EvaluationError, PersonaError, DataError, KnowledgeError, ModelError) as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        print_json(figures)
    return figures


def _speed(p50_ms: float, p95_ms: float, what: str = "decision") -> None:
    click.echo(f"One {what} took {p50_ms:.1f} ms, 95 of 100 at most {p95_ms:.1f} ms.")
