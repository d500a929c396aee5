"""`lobby eval speech` and `lobby eval turns`: how well the desk hears, and when it takes its turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from edge_server.cli.figures import json_option, ms, percent, print_json
from edge_server.cli.options import load_settings

if TYPE_CHECKING:
    from edge_server.cli.progress import Progress
    from edge_server.evaluation.speech import SpeechFigures
    from edge_server.evaluation.turns import TurnsFigures
    from edge_server.settings import Settings
    from edge_server.speech.service import SpeechService

T = TypeVar("T")
_SHOWN = 8


def _run(work: Coroutine[object, object, T]) -> T:
    """What `work` gives; what can go wrong in it ends the command with one line."""
    from agents.persona import PersonaError
    from data.errors import DataError
    from data.model_files import ModelError
    from edge_server.audio import AudioError
    from edge_server.bench.own_server import OwnServerError
    from edge_server.client import AskError
    from edge_server.evaluation.files import EvaluationError
    from edge_server.speech.workers import WorkerError

    try:
        return asyncio.run(work)
    except (AskError, AudioError, DataError, EvaluationError, ModelError, PersonaError, WorkerError) as error:
        raise click.ClickException(str(error)) from None
    except OwnServerError as error:
        raise click.ClickException(str(error)) from None


@click.command()
@click.option(
    "--file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Recordings, one JSON object a line (file, text, kind, condition); a panel made on the spot without it.",
)
@json_option
def speech(file: Path | None, as_json: bool) -> None:
    """How well recordings are understood: word errors, exact codes, words written on noise.

    The files that the lines name lie beside the manifest. What kinds and conditions there are: docs/quality.md.
    """
    figures = _run(_speech(file, load_settings(), as_json))
    if as_json:
        print_json(figures)
        return
    click.echo(
        f"Word errors in sentences: clean {percent(figures.wer_clean)}, telephone {percent(figures.wer_telephone)}; "
        f"in all speech {percent(figures.wer_speech)}."
    )
    click.echo(
        f"Codes understood exactly: {percent(figures.exact_codes)}; one character off: "
        f"{percent(figures.codes_one_off)}. Words written on noise: {figures.false_words_on_noise or 0}."
    )
    click.echo(
        f"Codes known: {percent(figures.codes_known)}; once they were said twice: "
        f"{percent(figures.exact_codes_after_confirmation)}."
    )
    click.echo(f"{'kind':14} {'condition':14} {'clips':>6} {'word errors':>12} {'exact':>8}")
    for group in figures.groups:
        wer, exact = percent(group.wer), percent(group.exact)
        click.echo(f"{group.kind:14} {group.condition:14} {group.clips:6} {wer:>12} {exact:>8}")
    for wrong in figures.worst[:_SHOWN]:
        click.echo(f"  {wrong.clip}: {wrong.said!r} was taken for {wrong.understood!r}")
    took = f"{ms(figures.recognition_ms_p50, 1)} ms, 95 of 100 at most {ms(figures.recognition_ms_p95, 1)} ms"
    click.echo(f"Recognising one took {took}. {figures.left_out} were left out: nobody wrote down what they say.")


async def _speech(file: Path | None, settings: Settings, as_json: bool) -> SpeechFigures:
    from data.embeddings import Embedder
    from edge_server.audio import read_wav
    from edge_server.cli import progress
    from edge_server.evaluation.desk import expected_words, sample_desk
    from edge_server.evaluation.files import read_recordings
    from edge_server.evaluation.own_speech import own_clips
    from edge_server.evaluation.speech import Clip, evaluate_speech

    recordings = read_recordings(file) if file is not None else []
    with progress.shown(quiet=as_json) as shown:
        embedder = await asyncio.to_thread(Embedder.load, settings.models_dir)
        async with sample_desk(embedder, shown) as desk:
            vocabulary = await expected_words(desk)
        async with _service(settings, shown) as service:
            if file is None:
                clips = await own_clips(service, shown)
            else:
                clips = [Clip.of(one, read_wav(file.parent / one.file)) for one in recordings]
            return await evaluate_speech(clips, service, vocabulary, shown)


@click.command()
@click.option(
    "--file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Recordings, one JSON object a line (file, kind, before, ask, begins_ms, ends_ms); a panel without it.",
)
@click.option(
    "--at-once", type=click.IntRange(1, 32), default=2, show_default=True, help="How many customers speak at a time."
)
@json_option
def turns(file: Path | None, at_once: int, as_json: bool) -> None:
    """Whether customers are let finish, answered soon, and obeyed when they interrupt, but not when they only nod.

    They speak to a server of their own in real time: some minutes. What a line holds: docs/quality.md.
    """
    figures = _run(_turns(file, at_once, load_settings(), as_json))
    if as_json:
        print_json(figures)
        return
    click.echo(
        f"Cut before their last word: {percent(figures.false_cutoff_rate)} of {figures.turns} turns; the end of the "
        f"others was decided {ms(figures.endpoint_delay_ms_p50, 1)} ms after it (95 of 100 within "
        f"{ms(figures.endpoint_delay_ms_p95, 1)} ms)."
    )
    click.echo(
        f"Interruptions obeyed: {percent(figures.interruptions_obeyed)} of {figures.interruptions}, after "
        f"{ms(figures.barge_in_ms_p50, 1)} ms (95 of 100 within {ms(figures.barge_in_ms_p95, 1)} ms). Back-channels "
        f"and noises ignored: {percent(figures.backchannels_ignored)} of {figures.backchannels}."
    )
    click.echo(f"{'kind':13} {'group':14} {'condition':11} {'cases':>5} {'right':>8} {'delay ms':>9}")
    for group in figures.groups:
        right, delay = percent(group.right), ms(group.endpoint_delay_ms_p50, 9)
        click.echo(f"{group.kind:13} {group.group:14} {group.condition:11} {group.cases:5} {right:>8} {delay}")
    if figures.broken:
        click.echo(f"{figures.broken} cases could not be played to their end and count nowhere.")
    for wrong in figures.worst[:_SHOWN]:
        click.echo(f"  {wrong.case} ({wrong.kind}, {wrong.condition}): {wrong.what}")


async def _turns(file: Path | None, at_once: int, settings: Settings, as_json: bool) -> TurnsFigures:
    from edge_server.audio import read_wav
    from edge_server.bench.own_server import own_server
    from edge_server.cli import progress
    from edge_server.evaluation.files import read_turn_cases
    from edge_server.evaluation.own_turns import own_cases
    from edge_server.evaluation.turns import Case, evaluate_turns

    key = settings.api_key.get_secret_value() if settings.api_key else None
    with progress.shown(quiet=as_json) as shown:
        if file is None:
            async with _service(settings, shown) as service:
                cases = await own_cases(service, shown)
        else:
            cases = [Case.of(one, read_wav(file.parent / one.file)) for one in read_turn_cases(file)]
        async with own_server(shown) as url:
            return await evaluate_turns(url, cases, at_once=at_once, api_key=key, progress=shown)


@asynccontextmanager
async def _service(settings: Settings, shown: Progress) -> AsyncIterator[SpeechService]:
    from edge_server.speech.service import SpeechService

    service = SpeechService(settings.models_dir)
    await service.start(shown)
    try:
        yield service
    finally:
        await service.close()
