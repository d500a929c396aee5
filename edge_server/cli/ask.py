"""`lobby ask`: one turn, by words or by a recording."""

from __future__ import annotations

import dataclasses
import json
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edge_server.cli.options import data_dir_option, load_settings

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from edge_server.client import Answer


@click.command()
@click.option("--text", help="What to say, as words. `-` reads them from standard input.")
@click.option("--wav", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A recording to say.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="WAV file for the spoken answer.")
@click.option("--session", help="Session key: the same key goes on with the same conversation.")
@click.option("--url", help="Ask the server at this address (http://HOST:PORT) instead of looking for one.")
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="Print the answer as one JSON object.")
def ask(
    text: str | None,
    wav: Path | None,
    out: Path | None,
    session: str | None,
    url: str | None,
    data_dir: Path | None,
    as_json: bool,
) -> None:
    """Ask the desk one thing and print its answer.

    Asks the running server; where none runs, one of its own, for this question only.

    \b
    lobby ask --text "What is the status of flight LB204?"
    lobby ask --wav question.wav --out answer.wav
    lobby ask --session me --text "And when can I check in at Front Range Inn?"
    """
    import asyncio
    from contextlib import nullcontext

    from edge_server.audio import RATE, AudioError, from_bytes, read_wav, write_wav
    from edge_server.cli.reach import reached
    from edge_server.client import AskError

    if (text is None) == (wav is None):
        raise click.UsageError("Give either --text or --wav.")
    if text is not None:
        words = sys.stdin.read() if text == "-" else text
        if not words.strip():
            raise click.UsageError("There is nothing to ask: the text is empty.")
        question: str | bytes = words.strip()
    else:
        assert wav is not None
        try:
            question = read_wav(wav).tobytes()
        except AudioError as error:
            raise click.ClickException(str(error)) from None
        if len(question) < RATE * 2 // 10:
            raise click.ClickException(f"{wav} holds less than a tenth of a second of sound.")
    settings = load_settings(data_dir=data_dir)
    server = nullcontext(url) if url else reached(settings, elsewhere=data_dir is None, quiet=as_json)
    key = settings.api_key.get_secret_value() if settings.api_key else None
    try:
        answer = asyncio.run(_ask(server, question, session or str(uuid.uuid4()), key, spoken=out is not None))
        if out is not None:
            write_wav(out, from_bytes(answer.audio))
    except (AskError, AudioError) as error:
        raise click.ClickException(str(error)) from None
    _print(answer, out, as_json=as_json)


async def _ask(
    server: AbstractAsyncContextManager[str], question: str | bytes, session: str, key: str | None, *, spoken: bool
) -> Answer:
    from edge_server.client import conversation

    async with server as url, conversation(url, session, key) as talk:
        if isinstance(question, str):
            return await talk.say(question, spoken=spoken)
        return await talk.play(question, spoken=spoken)


def _print(answer: Answer, out: Path | None, *, as_json: bool) -> None:
    if as_json:
        body = dataclasses.asdict(answer)
        body["audio"] = str(out) if out else None
        click.echo(json.dumps(body, ensure_ascii=False, indent=2))
        return
    if answer.heard is not None:
        click.echo(click.style("You said: ", dim=True) + (answer.heard or "(nothing was understood)"))
    click.echo(click.style(f"{(answer.agent or 'desk').capitalize()}: ", bold=True) + answer.text)
    for source in answer.sources:
        click.echo(click.style(f"  source: {source['title']} [{source['id']}]", dim=True))
    if out is not None:
        click.echo(click.style(f"  spoken answer in {out}", dim=True))
    click.echo(click.style(f"  go on with: lobby ask --session {answer.session} --text …", dim=True))
