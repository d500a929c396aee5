"""Scripted customers at a real terminal, for people to watch: the customers decide here, the terminal does it.

The two talk in lines of JSON over a pair of pipes that the terminal inherits (`kiosk_tui/hands.py` tells which lines).
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Sequence
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_server.evaluation.dialogues.customer import Customer
    from edge_server.evaluation.dialogues.script import Script

READING_S = 0.22
"""Seconds that a customer takes to read a word, at the usual pace."""
LONGEST_LOOK_S = 7.0


def watch_scripts() -> list[Script]:
    """Our own customers to be watched."""
    from edge_server.evaluation.dialogues.script import read_scripts

    with as_file(files("edge_server.evaluation").joinpath("own", "watch.yaml")) as path:
        return read_scripts(path)


async def watch(
    kiosk: Sequence[str], scripts: Sequence[Script], *, minutes: float | None = None, pace: float = 1.0
) -> int:
    """Let `scripts` come to the terminal that the command `kiosk` opens, one after the other; its exit code.

    `minutes`: again and again for so long. `pace` 0: no time to look.
    """
    to_kiosk_out, to_kiosk_in = os.pipe()
    from_kiosk_out, from_kiosk_in = os.pipe()
    command = [*kiosk, "--hands", str(to_kiosk_out), str(from_kiosk_in)]
    terminal = await asyncio.create_subprocess_exec(*command, pass_fds=(to_kiosk_out, from_kiosk_in))
    os.close(to_kiosk_out)
    os.close(from_kiosk_in)
    customers = asyncio.create_task(_serve(from_kiosk_out, to_kiosk_in, scripts, minutes, pace))
    try:
        return await terminal.wait()
    finally:
        customers.cancel()
        await asyncio.gather(customers, return_exceptions=True)


async def _serve(seen: int, lines: int, scripts: Sequence[Script], minutes: float | None, pace: float) -> None:
    from edge_server.evaluation.dialogues.customer import Customer

    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(seen, "rb", 0)
    )
    until = time.monotonic() + (minutes or 0.0) * 60
    try:
        while True:
            for script in scripts:
                await _one(Customer(script), script.expect.turns, reader, lines, pace)
            if time.monotonic() >= until:
                await reader.readline()
                _tell(lines, {"quit": True})
                return
    except (BrokenPipeError, EOFError):
        return  # the terminal was closed
    finally:
        os.close(lines)


async def _one(customer: Customer, turns: int, reader: asyncio.StreamReader, lines: int, pace: float) -> None:
    line: str | None = customer.opening()
    for turn in range(turns + 1):
        told = await reader.readline()
        if not told:
            raise EOFError
        said = str(json.loads(told)["said"])
        if turn:
            line = customer.answer(said) if turn < turns else None
        wait_s = pace * min(LONGEST_LOOK_S, 1.0 + READING_S * len(said.split()))
        if line is None:
            _tell(lines, {"end": True, "wait_s": wait_s})
            return
        _tell(lines, {"line": line, "wait_s": wait_s})


def _tell(lines: int, message: dict[str, str | float | bool]) -> None:
    os.write(lines, (json.dumps(message) + "\n").encode())
