"""`lobby bench`: how long customers wait, and how many this machine can serve at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from edge_server.cli.bench_kills import kills
from edge_server.cli.bench_phone import phone
from edge_server.cli.figures import json_option, ms, percent, print_json, print_percentiles
from edge_server.cli.options import load_settings

if TYPE_CHECKING:
    from edge_server.bench.capacity import CapacityFigures
    from edge_server.bench.latency import LatencyFigures
    from edge_server.bench.questions import Script
    from edge_server.cli.progress import Progress

F = TypeVar("F", bound=Callable[..., object])
Figures = TypeVar("Figures", "LatencyFigures", "CapacityFigures")


@click.group()
def bench() -> None:
    """Measure the running desk from outside, as customers meet it: over the realtime endpoint, in real time.

    Without --url a server is started for it, with the sample branch in a temporary folder. What the figures mean:
    docs/performance.md.
    """


def _common(command: F) -> F:
    kind = click.Path(path_type=Path, exists=True, dir_okay=False)
    command = json_option(command)
    command = click.option(
        "--wav", "recordings", type=kind, multiple=True, help="A recorded question to ask instead; may come repeatedly."
    )(command)
    return click.option("--url", help="Measure the server at this address (http://HOST:PORT) instead of its own.")(
        command
    )


@bench.command()
@_common
@click.option("--repeat", type=click.IntRange(1, 1000), default=3, show_default=True, help="How often to ask it all.")
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="SVG file for a picture of where the time goes.",
)
def latency(url: str | None, recordings: tuple[Path, ...], repeat: int, picture: Path | None, as_json: bool) -> None:
    """How long a customer waits: from the last sound of a question to the first sound of its answer.

    \b
    lobby bench latency --repeat 5 --picture latency.svg
    lobby bench latency --wav question1.wav --wav question2.wav --json
    """
    if picture is not None and picture.suffix.lower() != ".svg":
        raise click.UsageError(f"The picture is an SVG file: call it {picture.with_suffix('.svg').name}.")

    async def work(address: str, scripts: list[Script], key: str | None, shown: Progress) -> LatencyFigures:
        from edge_server.bench.latency import measure_latency, warm_up

        await warm_up(address, scripts, key)
        return await measure_latency(address, scripts, repeat=repeat, api_key=key, progress=shown)

    figures = _measured(url, recordings, work, as_json)
    if picture is not None:
        from edge_server.bench.picture import svg

        try:
            picture.write_text(svg(figures), encoding="utf-8")
        except OSError as error:
            raise click.ClickException(f"{picture} cannot be written ({error.strerror}): choose another") from None
    if as_json:
        return
    click.echo(f"{figures.answered} of {figures.turns} turns were answered, {figures.cut_early} were cut early.")
    print_percentiles(
        (
            ("voice to voice", figures.voice_to_voice_ms_p50, figures.voice_to_voice_ms_p95),
            ("end of speech to end of turn", figures.end_pointing_ms_p50, figures.end_pointing_ms_p95),
            ("end of turn to first sound", figures.first_audio_ms_p50, figures.first_audio_ms_p95),
            *((f"  step: {step}", found.p50, found.p95) for step, found in figures.steps.items()),
            *((f"  server: {stage}", found.p50, found.p95) for stage, found in figures.stages.items()),
        )
    )
    if picture is not None:
        click.echo(click.style(f"A picture is in {picture}.", dim=True))


@bench.command()
@_common
@click.option(
    "--seconds", type=click.FloatRange(1, 3600), default=60.0, show_default=True, help="How long each step lasts."
)
@click.option("--most", type=click.IntRange(1, 1000), default=12, show_default=True, help="The last step to try.")
def capacity(url: str | None, recordings: tuple[Path, ...], seconds: float, most: int, as_json: bool) -> None:
    """How many conversations this machine holds at once with 95 of 100 answers within a second.

    The customers run on this machine too, and take some of it: the last column is their share of its cores.
    """

    async def work(address: str, scripts: list[Script], key: str | None, shown: Progress) -> CapacityFigures:
        from edge_server.bench.capacity import measure_capacity, steps_to
        from edge_server.bench.latency import warm_up

        await warm_up(address, scripts, key)
        steps = steps_to(most)
        return await measure_capacity(address, scripts, seconds=seconds, api_key=key, progress=shown, steps=steps)

    figures = _measured(url, recordings, work, as_json)
    if as_json:
        return
    click.echo(f"{'at once':>8} {'turns':>6} {'no answer':>10} {'p50 ms':>8} {'p95 ms':>8} {'customers':>10}")
    for step in figures.steps:
        p50, p95 = ms(step.voice_to_voice_ms_p50, 8), ms(step.voice_to_voice_ms_p95, 8)
        own = percent(step.customers_cpu_share)
        told = "" if step.passed else f"  {step.broken or 'too slow'}"
        click.echo(f"{step.conversations:8} {step.turns:6} {step.unanswered:10} {p50} {p95} {own:>10}{told}")
    more = "" if figures.limit_found else " or more"
    click.echo(f"{figures.conversations}{more} conversations at once.")


@bench.command()
@json_option
@click.option("--sessions", type=click.IntRange(1, 1000), default=100, show_default=True, help="Sessions at once.")
@click.option(
    "--seconds", type=click.FloatRange(1, 3600), default=15.0, show_default=True, help="Audio on each side, in all."
)
@click.option("--frame-ms", type=click.IntRange(10, 500), default=40, show_default=True, help="Length of a frame.")
def relay(sessions: int, seconds: float, frame_ms: int, as_json: bool) -> None:
    """What the cloud engine adds to an audio frame, beside a bare WebSocket pass-through in the same run.

    A simulated cloud sends every frame back. Nothing leaves this machine, and no key is needed. Linux only.
    """
    from edge_server.bench.relay import RelayError, measure_relay
    from edge_server.cli import progress

    try:
        with progress.shown(quiet=as_json) as shown:
            work = measure_relay(sessions=sessions, seconds=seconds, frame_ms=frame_ms, progress=shown)
            figures = asyncio.run(work)
    except RelayError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        print_json(figures)
        return
    click.echo(f"{figures.frames} frames of {frame_ms} ms in {sessions} sessions, {figures.frames_lost} lost.")
    click.echo(f"{'one way, ms':20} {'p50':>9} {'p99':>9} {'CPU us a frame':>15}")
    for name, p50, p99, cpu in (
        ("relay", figures.relay_latency_ms_p50, figures.relay_latency_ms_p99, figures.relay_cpu_us_per_frame),
        (
            "pass-through",
            figures.passthrough_latency_ms_p50,
            figures.passthrough_latency_ms_p99,
            figures.passthrough_cpu_us_per_frame,
        ),
    ):
        click.echo(f"{name:20} {p50:9.3f} {p99:9.3f} {cpu:15.1f}")
    added = f"{figures.added_latency_ms_p50:9.3f} {figures.added_latency_ms_p99:9.3f}"
    click.echo(f"{'added':20} {added} {figures.cpu_ratio_to_passthrough:13.2f} x")


def _measured(
    url: str | None,
    recordings: tuple[Path, ...],
    work: Callable[[str, list[Script], str | None, Progress], Awaitable[Figures]],
    as_json: bool,
) -> Figures:
    """What `work` finds out about the server, shown as it goes on, and printed when a script reads."""
    from data.model_files import ModelError
    from edge_server.audio import AudioError
    from edge_server.bench.own_server import OwnServerError, own_server
    from edge_server.bench.questions import scripts_for
    from edge_server.cli import progress
    from edge_server.client import AskError
    from edge_server.speech.workers import WorkerError

    settings = load_settings()
    key = settings.api_key.get_secret_value() if settings.api_key else None

    async def measure(shown: Progress) -> Figures:
        scripts = await scripts_for(recordings, settings.models_dir, shown)
        server: AbstractAsyncContextManager[str] = nullcontext(url) if url else own_server(shown)
        async with server as address:
            return await work(address, scripts, key, shown)

    try:
        with progress.shown(quiet=as_json) as shown:
            figures = asyncio.run(measure(shown))
    except (AskError, AudioError, ModelError, OwnServerError, WorkerError) as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        print_json(figures)
    return figures


bench.add_command(kills)
bench.add_command(phone)
