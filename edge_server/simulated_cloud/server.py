"""The simulated provider's server: addresses, keys, refusals, and one `CloudSession` a connection.

It understands no speech: sound is speech, silence is not, and what it "hears" and "says" comes from a script, unless it
is given real `speech` (`lobby demo --simulate-cloud`). All the rest is real: sockets, turn detection on the audio's own
time, transcripts, items, tool calls, responses, errors and rate limits, in the order in which the provider sends them.
OpenAI's and Azure's addresses and keys are both taken.

`python -m edge_server.simulated_cloud.server [--port P] [--script FILE]` serves until it is stopped.
"""

from __future__ import annotations

import argparse
import asyncio
import http
import itertools
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from edge_server.simulated_cloud.responses import Event
from edge_server.simulated_cloud.script import Refusal, Reply, Script
from edge_server.simulated_cloud.session import CloudSession

if TYPE_CHECKING:
    from edge_server.speech.service import SpeechService


class SimulatedCloud:
    """The server. `async with SimulatedCloud(script) as cloud:` serves at `cloud.url` until the block ends.

    `received` holds the client events of all sessions, `sessions` the open ones. `refuses` set to an HTTP status turns
    new connections away. `checks` sees each server event before it is sent. `speech`: its ear and its voice.
    """

    def __init__(
        self,
        script: Script | None = None,
        *,
        api_key: str | None = None,
        port: int = 0,
        checks: Callable[[Event], None] | None = None,
        keep_received: bool = True,
    ) -> None:
        self.script = script or Script()
        self.refuses: int | None = None
        self.speech: SpeechService | None = None
        self.received: list[Event] = []
        self.sessions: list[CloudSession] = []
        self.connections = 0
        self.changed = asyncio.Event()
        self._api_key = api_key
        self._port = port
        self._checks = checks
        self._keep = keep_received
        self._server: Server | None = None
        self._away_until = 0.0
        self._replies = itertools.count(1)
        self._failures = itertools.count()

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._serve, "127.0.0.1", self._port, process_request=self._admit, compression=None, max_size=None
        )
        self._port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(self, *ended: object) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """For `websocket_base_url`."""
        return f"ws://127.0.0.1:{self._port}/v1"

    def of_type(self, kind: str) -> list[Event]:
        """The client events of that type so far."""
        return [event for event in self.received if event["type"] == kind]

    async def until(self, fact: Callable[[], bool]) -> None:
        """Wait until `fact` holds; looked at whenever something arrives or a session ends."""
        while not fact():
            self.changed.clear()
            await self.changed.wait()

    def note(self, event: Event) -> None:
        """A client event has arrived."""
        if self._keep:
            self.received.append(event)
            self.changed.set()

    def check(self, event: Event) -> None:
        """A server event is about to be sent."""
        if self._checks is not None:
            self._checks(event)

    def going(self, reply: Reply) -> Reply:
        """`reply` as it will go: every so many fail, as the script says."""
        script = self.script
        if not script.fails or next(self._replies) % script.every:
            return reply
        end = script.fails[next(self._failures) % len(script.fails)]
        return reply.model_copy(update={"end": end, "calls": [], "code": "insufficient_quota"})

    def failed(self) -> None:
        """A line was cut, or a session has failed: nobody is let in for a while."""
        self._away_until = time.monotonic() + self.script.away_s

    def _refusal(self) -> Refusal | None:
        if self.refuses is not None:
            return Refusal(status=self.refuses)
        if time.monotonic() < self._away_until:
            return Refusal()
        return self.script.refuses

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if not request.path.partition("?")[0].endswith("/realtime"):
            return connection.respond(http.HTTPStatus.NOT_FOUND, "no such address\n")
        shown = request.headers.get("api-key") or request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self._api_key is not None and shown != self._api_key:
            return _refused(connection, 401, "invalid_api_key")
        refusal = self._refusal()
        return None if refusal is None else _refused(connection, refusal.status, refusal.code)

    async def _serve(self, connection: ServerConnection) -> None:
        session = CloudSession(self, connection)
        self.sessions.append(session)
        self.connections += 1
        try:
            await session.run()
        except ConnectionClosed:
            pass
        finally:
            self.sessions.remove(session)
            self.changed.set()


def _refused(connection: ServerConnection, status: int, code: str) -> Response:
    """The provider's error document."""
    error = {"message": "Not now.", "type": "invalid_request_error", "param": None, "code": code}
    response = connection.respond(http.HTTPStatus(status), json.dumps({"error": error}))
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "application/json"
    return response


async def _main(port: int, script: Script) -> None:
    async with SimulatedCloud(script, port=port, keep_received=False) as cloud:
        print(f"The simulated cloud listens at {cloud.url}", flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", type=Path, help="YAML file with what it hears and says")
    given = parser.parse_args()
    asyncio.run(_main(given.port, Script() if given.script is None else Script.load(given.script)))
