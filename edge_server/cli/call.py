"""`lobby call`: a telephone call to the desk over a simulated phone network, with no Azure account."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edge_server.cli.options import data_dir_option, load_settings

if TYPE_CHECKING:
    from edge_server.audio import Pcm
    from edge_server.phone.network_call import NetworkCall
    from edge_server.serving import EdgeServer
    from edge_server.settings import Settings
    from sync.session import Line

DESK_NUMBER = "+15551230100"
LAST_ANSWER_S = 30.0
KEPT_WITHIN_S = 5.0
"""How long a conversation may take to be written down when its call has ended."""
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Step:
    """What the caller does: says a recording (int16 mono 24 kHz), or presses keys."""

    name: str
    pcm: Pcm | None = None
    keys: str = ""


class InOrder(click.Command):
    """A command that knows in which order its `--wav` and `--dtmf` came."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note the order, and parse as usual."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        ctx.meta["order"] = [parameter.name for parameter in order if parameter.name in ("wav", "dtmf")]
        return super().parse_args(ctx, args)


@click.command(cls=InOrder)
@click.option(
    "--wav",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="A recording that the caller says. Several, and keys between them, in the order given.",
)
@click.option("--dtmf", multiple=True, help="Keys that the caller presses: digits, * and #.")
@click.option("--from", "number", default="+15557654321", show_default=True, help="The caller's number; `-`: withheld.")
@click.option("--clerk", is_flag=True, help="A member of staff picks up when the caller asks for a person.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="WAV file for all that the caller hears.")
@click.option("--rate", type=click.Choice(["16000", "24000"]), help="Samples a second on the line (LOBBY_PHONE_RATE).")
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="Print the call as one JSON object.")
@click.pass_context
def call(
    ctx: click.Context,
    wav: tuple[Path, ...],
    dtmf: tuple[str, ...],
    number: str,
    clerk: bool,
    out: Path | None,
    rate: str | None,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Call the desk over a simulated phone network, say recordings and press keys.

    Starts a desk of its own with the phone on, and beside it a double of Azure Communication Services and Event Grid on
    their true wire. In real time; no Azure account, no network. The desk works on the branch's data (--data-dir): what
    is booked is booked. The caller listens to each answer before the next step, and hangs up after the last one.

    \b
    lobby call --wav question.wav --out call.wav
    lobby call --wav change-my-flight.wav --dtmf 1001# --dtmf 4071 --wav friday.wav --dtmf 1
    lobby call --dtmf 0 --clerk
    """
    from edge_server.audio import AudioError, read_wav

    recordings, keys = iter(wav), iter(dtmf)
    steps: list[Step] = []
    for name in ctx.meta["order"]:
        if name == "dtmf":
            pressed = next(keys)
            if not pressed or set(pressed) - set("0123456789*#"):
                raise click.UsageError("--dtmf: keys are digits, * and #.")
            steps.append(Step(f"keys {'•' * len(pressed)}", keys=pressed))
            continue
        path = next(recordings)
        try:
            steps.append(Step(path.name, read_wav(path)))
        except AudioError as error:
            raise click.ClickException(str(error)) from None
    given = {"phone_rate": None if rate is None else int(rate)}
    settings = load_settings(data_dir=data_dir, **given)
    told: Progress = (lambda text: None) if as_json else click.echo
    report = asyncio.run(_call(settings, steps, None if number == "-" else number, clerk, out, told, quiet=as_json))
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))


async def _call(
    settings: Settings,
    steps: list[Step],
    number: str | None,
    clerk: bool,
    out: Path | None,
    told: Progress,
    *,
    quiet: bool,
) -> dict[str, object]:
    """Hold the call. Gives what was said, and how it ended."""
    import secrets

    from pydantic import SecretStr

    from edge_server.audio import AudioError, write_wav
    from edge_server.cli import progress
    from edge_server.phone.network import PhoneNetwork
    from edge_server.ports import free_port
    from edge_server.serving import EdgeServer, StartError

    port, secret, staff = free_port(), secrets.token_urlsafe(24), "+15551230199"
    async with PhoneNetwork() as network:
        own = settings.model_copy(
            update={
                "host": "127.0.0.1",
                "port": port,
                "phone": True,
                "phone_endpoint": network.endpoint,
                "phone_access_key": SecretStr(network.access_key),
                "phone_public_url": f"http://127.0.0.1:{port}",
                "phone_event_secret": SecretStr(secret),
                "phone_number": DESK_NUMBER,
                "phone_clerk": staff if clerk else None,
            }
        )
        network.events_url = f"http://127.0.0.1:{port}/acs/events?secret={secret}"
        network.phones[staff] = _clerk(told)
        server = EdgeServer(own)
        try:
            with progress.shown(quiet=quiet) as shown:
                await server.start(shown)
            before = await _kept(server, number)
            line = await network.call(number)
            if line is None:
                raise click.ClickException("the desk rejected the call; its log says why")
            lines, ended = await _talk(line, steps, server, before, told, staff if clerk else None)
            lines += _tell(told, _fresh(before + lines, await _kept(server, number)))
            told(click.style(f"The call ended: {ended}.", dim=True))
            if out is not None:
                write_wav(out, line.sound())
        except (StartError, AudioError) as error:
            raise click.ClickException(str(error)) from None
        except TimeoutError as error:
            raise click.ClickException(f"the call did not go on: {error}") from None
        finally:
            for one in network.calls.values():
                await one.end()
            await server.stop()
    transcript = [{"role": one.role, "agent": one.agent, "text": one.text} for one in lines]
    return {"transcript": transcript, "ended": ended, "requests": network.requests, "heard": str(out) if out else None}


async def _kept(server: EdgeServer, number: str | None) -> list[Line]:
    """What is kept of that number's conversation, once no call holds it."""
    from edge_server.phone.caller_keys import kept_salt, session_key

    for _ in range(round(KEPT_WITHIN_S * 10)):
        if server.phone_session() is None:
            break
        await asyncio.sleep(0.1)
    if number is None or server.services is None:
        return []
    state = await server.services.store.load(session_key(number, kept_salt(server.settings)))
    return [] if state is None else list(state.history)


def _tell(told: Progress, lines: list[Line]) -> list[Line]:
    for one in lines:
        told(click.style(f"{(one.agent or one.role).capitalize()}: ", bold=True) + one.text)
    return lines


async def _talk(
    line: NetworkCall, steps: list[Step], server: EdgeServer, before: list[Line], told: Progress, staff: str | None
) -> tuple[list[Line], str]:
    """The caller's side, step by step. Gives the conversation's lines after those `before`, and who ended it.

    `staff`: the number of the clerk whom a caller who asked for a person waits for.
    """
    lines = list(before)
    for step in (None, *steps):
        if line.over.is_set():
            break
        if step is not None and step.pcm is not None:
            await line.say(step.pcm)
        elif step is not None:
            told(click.style(f"Caller: ({step.name})", dim=True))
            await line.press(step.keys)
        await line.answer(within_s=LAST_ANSWER_S)
        state = server.phone_session()
        fresh = [] if state is None else _fresh(lines, list(state.history))
        lines += _tell(told, fresh)
    state = server.phone_session()
    if staff is not None and state is not None and "ticket" in state.topic:
        await _put_through(line, staff, told)
    ended = "the desk hung up" if line.over.is_set() else "the caller hung up"
    await line.hang_up()
    return lines[len(before) :], ended


async def _put_through(line: NetworkCall, staff: str, told: Progress) -> None:
    """Wait for the clerk, as a caller does."""
    for _ in range(round(LAST_ANSWER_S * 10)):
        if line.over.is_set() or staff in line.others:
            break
        await asyncio.sleep(0.1)
    if staff in line.others:
        told(click.style("(the caller and the clerk talk; the desk has left the call)", dim=True))


def _fresh(known: list[Line], history: list[Line]) -> list[Line]:
    """The lines of the history behind those that are known; the history forgets its oldest."""
    for length in range(min(len(known), len(history)), 0, -1):
        if history[:length] == known[-length:]:
            return history[length:]
    return history


def _clerk(told: Progress) -> Callable[[NetworkCall], Awaitable[None]]:
    async def pick_up(line: NetworkCall) -> None:
        told(click.style("(the staff's telephone rings, and somebody listens to the briefing)", dim=True))
        await line.answer(quiet_s=2.0, within_s=LAST_ANSWER_S)
        told(click.style("(the clerk presses 1, and takes the call)", dim=True))
        await line.press("1")

    return pick_up
