"""What the desk asks of Communication Services, through its own client. The client blocks, so it works in threads.

Loaded only when the phone is on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from azure.communication.callautomation import (
    AudioFormat,
    CallAutomationClient,
    CallRejectReason,
    MediaStreamingAudioChannelType,
    MediaStreamingContentType,
    MediaStreamingOptions,
    PhoneNumberIdentifier,
    StreamingTransportType,
)
from azure.communication.sms import SmsClient, SmsSendResult
from azure.core.credentials import AzureKeyCredential, TokenCredential
from azure.core.exceptions import AzureError

from edge_server.phone.settings import PhoneSettings

R = TypeVar("R")
THREADS = 32
"""A request that hangs keeps one for `TIMEOUT_S` and more, and other calls must not wait for it."""
TIMEOUT_S = 10.0
RETRIES = 1


class CarrierError(Exception):
    """Communication Services refused, or could not be reached. The message names no number and no secret."""


class Carrier:
    """Calls and messages of one Communication Services resource."""

    def __init__(self, settings: PhoneSettings) -> None:
        assert settings.phone_endpoint is not None, "settings are checked before"
        self._rate = settings.phone_rate
        self._number = settings.phone_number
        self._endpoint = settings.phone_endpoint.rstrip("/")
        key = settings.phone_access_key
        self._credential: AzureKeyCredential | TokenCredential
        if key is not None:
            self._credential = AzureKeyCredential(key.get_secret_value())
        else:
            from azure.identity import DefaultAzureCredential

            self._credential = DefaultAzureCredential()
        limits: dict[str, Any] = {"connection_timeout": TIMEOUT_S, "read_timeout": TIMEOUT_S, "retry_total": RETRIES}
        self._limits = limits
        self._client = CallAutomationClient(self._endpoint, self._credential, **limits)
        self._threads = ThreadPoolExecutor(THREADS, "carrier")

    async def answer(self, context: str, callback: str, media: str) -> str:
        """Answer a ringing call, its sound at the socket `media`. Gives its connection id. Raises CarrierError."""
        answered = await self._run(
            "answer a call",
            partial(self._client.answer_call, context, callback, media_streaming=self._streaming(media)),
        )
        return _id(answered.call_connection_id)

    async def reject(self, context: str, *, busy: bool) -> None:
        """Turn a ringing call away. Raises CarrierError."""
        reason = CallRejectReason.BUSY if busy else CallRejectReason.FORBIDDEN
        await self._run("reject a call", partial(self._client.reject_call, context, call_reject_reason=reason))

    async def call(self, number: str, callback: str, media: str) -> str:
        """Call `number`. Gives the connection id at once, long before anybody answers. Raises CarrierError."""
        assert self._number is not None, "settings are checked before"
        made = await self._run(
            "make a call",
            partial(
                self._client.create_call,
                PhoneNumberIdentifier(number),
                callback,
                source_caller_id_number=PhoneNumberIdentifier(self._number),
                media_streaming=self._streaming(media),
            ),
        )
        return _id(made.call_connection_id)

    async def hang_up(self, connection: str) -> None:
        """End a call for everyone. Raises CarrierError."""
        client = self._client.get_call_connection(connection)
        await self._run("hang up", partial(client.hang_up, True))

    async def restart_media(self, connection: str) -> None:
        """Have the media socket of a call opened again. Raises CarrierError."""
        client = self._client.get_call_connection(connection)
        await self._run("restart media", client.start_media_streaming)

    async def stop_media(self, connection: str) -> None:
        """Have the media socket of a call closed. Raises CarrierError."""
        client = self._client.get_call_connection(connection)
        await self._run("stop media", client.stop_media_streaming)

    async def join(self, connection: str, number: str, other: str) -> None:
        """Move `number` from the call `other` into the call `connection`; where that fails, call it in anew.

        Raises CarrierError.
        """
        client, target = self._client.get_call_connection(connection), PhoneNumberIdentifier(number)
        try:
            await self._run("move a participant", partial(client.move_participants, [target], other))
        except CarrierError:
            assert self._number is not None, "settings are checked before"
            source = PhoneNumberIdentifier(self._number)
            await self.hang_up(other)
            await self._run(
                "add a participant", partial(client.add_participant, target, source_caller_id_number=source)
            )

    async def text(self, number: str, message: str) -> None:
        """Send `message` as a text message. Raises CarrierError."""
        assert self._number is not None, "settings are checked before"
        client = SmsClient(self._endpoint, self._credential, **self._limits)
        send: Callable[..., list[SmsSendResult]] = client.send  # type: ignore[misc]
        [sent] = await self._run("send a text message", partial(send, self._number, number, message))
        if not sent.successful:
            raise CarrierError(f"a text message was refused with HTTP {sent.http_status_code}")

    def close(self) -> None:
        """Let go of sockets and threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def _streaming(self, media: str) -> MediaStreamingOptions:
        return MediaStreamingOptions(
            transport_url=media,
            transport_type=StreamingTransportType.WEBSOCKET,
            content_type=MediaStreamingContentType.AUDIO,
            audio_channel_type=MediaStreamingAudioChannelType.MIXED,
            start_media_streaming=True,
            enable_bidirectional=True,
            audio_format=AudioFormat.PCM24_K_MONO if self._rate == 24_000 else AudioFormat.PCM16_K_MONO,
            enable_dtmf_tones=True,
        )

    async def _run(self, what: str, work: Callable[[], R]) -> R:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except AzureError as error:
            status = getattr(error, "status_code", None)
            told = f"HTTP {status}" if status else type(error).__name__
            raise CarrierError(f"Communication Services would not {what}: {told}") from None


def _id(connection: str | None) -> str:
    if not connection:
        raise CarrierError("Communication Services gave a call no connection id")
    return connection
