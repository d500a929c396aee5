"""`lobby demo --simulate-cloud`: a server that answers with a cloud which is simulated on this machine, and fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from edge_server.settings import Settings

SETTLE_S = 5.0
"""How soon the cloud takes over again: people want to see it."""
NAME = "simulated"


@asynccontextmanager
async def simulated(settings: Settings, script_file: Path | None) -> AsyncIterator[str]:
    """The address of a server of our own, on a free port, whose cloud is simulated as the script says.

    The cloud hears and speaks with this machine's own speech. Nothing leaves the machine.
    """
    from pydantic import SecretStr

    from edge_server.cli import progress
    from edge_server.cli.reach import running_server
    from edge_server.serving import EdgeServer, StartError
    from edge_server.settings import CloudDeployment
    from edge_server.simulated_cloud.script import Script, ScriptError
    from edge_server.simulated_cloud.server import SimulatedCloud

    url = running_server(settings, elsewhere=False)
    if url is not None:
        message = f"A server uses this data folder already ({url}): stop it, or name another folder with --data-dir."
        raise click.ClickException(message)
    try:
        script = Script.load(script_file or Path(__file__).parent.parent / "simulated_cloud" / "demo.yaml")
    except ScriptError as error:
        raise click.ClickException(str(error)) from None
    async with SimulatedCloud(script, keep_received=False) as cloud:
        server = EdgeServer(
            settings.model_copy(
                update={
                    "port": 0,
                    "host": "127.0.0.1",
                    "engine": "auto",
                    "openai_api_key": SecretStr(NAME),
                    "cloud_deployments": (CloudDeployment(name=NAME, model=NAME, url=cloud.url),),
                    "cloud_settle_seconds": SETTLE_S,
                }
            )
        )
        try:
            with progress.shown() as shown:
                await server.start(shown)
            assert server.services is not None
            cloud.speech = server.services.speech
            yield server.url
        except StartError as error:
            raise click.ClickException(str(error)) from None
        finally:
            cloud.speech = None
            await server.stop()
