"""One realtime session at a provider: the `openai` package's client, with a queue before the socket.

The package is imported when the first session is opened.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pybase64 import b64encode_as_string
from pydantic import JsonValue
from pydantic_core import from_json, to_json
from websockets.exceptions import InvalidStatus

from edge_server.engines import failures
from edge_server.engines.cloud.deployments import Deployment

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.resources.realtime.realtime import AsyncRealtimeConnection

MOST_WAITING = 2_000
"""Frames that may wait for the socket; more mean that the line is stuck (40 s of 20 ms frames)."""
Body = dict[str, JsonValue]
"""An event as the JSON object of one frame."""


class UpstreamError(Exception):
    """The provider cannot be used, or not any more; the message says why. `code` is one of `failures.REASONS`."""

    def __init__(self, message: str, code: str = failures.UNREACHABLE) -> None:
        super().__init__(message)
        self.code = code


async def client_for(deployment: Deployment) -> AsyncOpenAI:
    """The package's client. Raises UpstreamError when a key or a package is missing."""
    from openai import AsyncAzureOpenAI, AsyncOpenAI

    key = deployment.key.get_secret_value() if deployment.key is not None else None
    if deployment.kind == "openai":
        if key is None:
            raise UpstreamError(f"Deployment {deployment.name} has no key: set LOBBY_OPENAI_API_KEY.", failures.KEY)
        return AsyncOpenAI(api_key=key, websocket_base_url=deployment.url, max_retries=0)
    endpoint = (deployment.url or "").replace("wss://", "https://", 1).replace("ws://", "http://", 1)
    if not endpoint:
        raise UpstreamError(f"Deployment {deployment.name} needs its url: an Azure resource's address.")
    token = None
    if key is None:
        try:
            from azure.identity.aio import DefaultAzureCredential, get_bearer_token_provider
        except ImportError:
            message = "Entra ID needs the package azure-identity: install it, or set LOBBY_AZURE_OPENAI_API_KEY."
            raise UpstreamError(message, failures.KEY) from None
        token = get_bearer_token_provider(DefaultAzureCredential(), "https://cognitiveservices.azure.com/.default")
    return AsyncAzureOpenAI(
        api_key=key,
        azure_ad_token_provider=token,
        api_version=deployment.api_version,
        azure_endpoint=endpoint.rstrip("/"),
        websocket_base_url=deployment.url if endpoint.startswith("http://") else None,
        max_retries=0,
    )


def _refusal(error: BaseException | None) -> str:
    """Why a connection was not accepted: by the provider's answer to the handshake, where there was one."""
    while error is not None:
        if isinstance(error, InvalidStatus):
            try:
                document: object = from_json(error.response.body or b"")
            except ValueError:
                document = None
            return failures.reason_in(document, status=error.response.status_code)
        error = error.__cause__ or error.__context__
    return failures.UNREACHABLE


class Upstream:
    """An open session. `send` and `append` never block; `receive` raises UpstreamError when the line ends."""

    def __init__(self, deployment: Deployment, client: AsyncOpenAI, connection: AsyncRealtimeConnection) -> None:
        self.deployment = deployment
        self._client = client
        self._connection = connection
        self._waiting: deque[str] = deque()
        self._work = asyncio.Event()
        self._writer = asyncio.create_task(self._write(), name="to provider")
        self._leaving: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, deployment: Deployment, *, timeout_s: float) -> Upstream:
        """Connect. Raises UpstreamError."""
        client = await client_for(deployment)
        try:
            async with asyncio.timeout(timeout_s):
                connection = await client.realtime.connect(model=deployment.model).enter()
        except TimeoutError:
            await client.close()
            raise UpstreamError(f"{deployment.name} cannot be reached: no answer", failures.SLOW) from None
        except Exception as error:
            await client.close()
            reason = str(error) or type(error).__name__
            raise UpstreamError(f"{deployment.name} cannot be reached: {reason}", _refusal(error)) from None
        return cls(deployment, client, connection)

    def send(self, event: Mapping[str, object]) -> None:
        """Send a client event."""
        self._put(to_json(event).decode())

    def append(self, pcm: bytes) -> None:
        """Send input audio: PCM16 mono 24 kHz."""
        audio = b64encode_as_string(pcm)
        self._put(f'{{"type":"input_audio_buffer.append","audio":"{audio}"}}')

    def _put(self, frame: str) -> None:
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(frame)
            self._work.set()
        else:
            self._waiting.clear()
            self._leaving = asyncio.create_task(self._connection.close(code=1011, reason="the line is stuck"))

    async def _write(self) -> None:
        # The package's own `send_raw` keeps a queue for reconnecting, which is not used here and costs a third more.
        send = self._connection._connection.send
        while True:
            await self._work.wait()
            self._work.clear()
            while self._waiting:
                await send(self._waiting.popleft())

    async def receive(self) -> Body:
        """The provider's next event. Raises UpstreamError at the end of the line."""
        try:
            body: Body = from_json(await self._connection.recv_bytes())
        except Exception as error:
            raise UpstreamError(f"the line to {self.deployment.name} broke: {error}", failures.LOST) from None
        return body

    async def close(self) -> None:
        """Leave; what was sent last goes out if it can."""
        self._writer.cancel()
        await asyncio.gather(self._writer, return_exceptions=True)
        for closing in (self._connection.close, self._client.close):
            try:
                await closing()
            except Exception:  # the line is gone already
                continue
