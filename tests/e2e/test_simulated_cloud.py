"""`lobby demo --simulate-cloud`: a server whose cloud comes and goes, on this machine alone."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from websockets.asyncio.client import ClientConnection, connect

from edge_server.cli.simulated import simulated
from edge_server.settings import Settings

SCRIPT = """
replies: [{say: "This is the cloud, and all is well."}, {say: "And now I will be cut off in the middle.", end: cut}]
away_s: 3600
"""


async def ask(client: ClientConnection, words: str) -> tuple[str, list[str]]:
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": words}]}
    await client.send(json.dumps({"type": "conversation.item.create", "item": message}))
    await client.send(json.dumps({"type": "response.create"}))
    switches = []
    async for frame in client:
        event = json.loads(frame)
        if event["type"] == "extension.engine_changed":
            switches.append(f"{event['engine']} {event['reason']}")
        if event["type"] == "response.done":
            return str(event["response"]["output"][0]["content"][0]["transcript"]), switches
    raise AssertionError("the desk ended the conversation")


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_the_cloud_answers_until_it_is_cut_and_then_this_machine(branch: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.yaml"
    script.write_text(SCRIPT, encoding="utf-8")
    settings = Settings(data_dir=branch)
    async with simulated(settings, script) as url:
        address = url.replace("http://", "ws://")
        async with connect(f"{address}/realtime?extensions=1", max_size=None) as client:
            assert (await ask(client, "Can you help me?"))[0] == "This is the cloud, and all is well."
            said, switches = await ask(client, "What is the status of flight LB204?")
            assert "LB204" in said
            assert switches == ["embedded connection_lost"]


async def test_a_script_that_cannot_be_read_stops_the_demo_with_one_line(tmp_path: Path) -> None:
    script = tmp_path / "script.yaml"
    script.write_text("otherwise: 3", encoding="utf-8")
    with pytest.raises(click.ClickException, match="otherwise"):
        async with simulated(Settings(data_dir=tmp_path), script):
            pass
