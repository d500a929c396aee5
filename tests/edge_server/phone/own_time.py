"""The phone of a server in this process, in the time of its loop: whole calls over the simulated network in a moment.

All is as in a server but speech: words are tones as long as they take to say (their texts are noted), and nobody is
understood.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette

from agents.desk import AgentDesk
from edge_server.audio import RATE
from edge_server.channels.ownership import LiveSessions
from edge_server.observation.observation import Observation
from edge_server.phone.network import PhoneNetwork, Uvicorn
from edge_server.phone.switchboard import Switchboard
from edge_server.phone.texts import NOBODY
from edge_server.ports import free_port
from edge_server.readiness import Readiness
from edge_server.services import Services
from edge_server.settings import Settings
from edge_server.speech.service import SpeechService
from edge_server.speech.vad import VoiceActivity, VoiceModel
from sync.memory import MemoryStore
from tests.fakes.phone_network import Faults, NetworkCall

SECRET = "a secret of twenty characters"
CLERK = "+15551230199"
LETTER_S = 0.03
"""How long a letter takes to be said."""
LOOK_S = 0.1


@cache
def _model() -> VoiceModel:
    return VoiceModel.load()


class Tones(SpeechService):
    """Speech without voices. `said`: when each text was asked for (s of the loop), and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[float, str]] = []
        self.spoken_by: set[str] = set()
        """The voices that spoke."""
        self.fails: Exception | None = None
        """Raised in place of speaking."""

    def voice_activity(self) -> VoiceActivity:
        return VoiceActivity(_model())

    async def speak(
        self, text: str, *, voice: str = "joe", speed: float = 1.0, due_in_s: float = 0.0
    ) -> AsyncGenerator[bytes]:
        self.said.append((asyncio.get_running_loop().time(), text))
        self.spoken_by.add(voice)
        if self.fails is not None:
            raise self.fails
        at = np.arange(round(len(text) * LETTER_S * RATE))
        yield (np.sin(2 * np.pi * 440 * at / RATE) * 8000).astype("<i2").tobytes()

    @property
    def texts(self) -> str:
        """All that was said, in order."""
        return " ".join(text for _, text in self.said)


async def until(fact: Callable[[], object], within_s: float = 120.0) -> None:
    """Wait until `fact()` holds. Raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while not fact():  # noqa: ASYNC110 - facts of many kinds, and time costs nothing here
            await asyncio.sleep(LOOK_S)


@dataclass(slots=True)
class OwnPhone:
    """The phone, the network at the other end, what was said, and where Azure finds it."""

    network: PhoneNetwork
    switchboard: Switchboard
    speech: Tones
    live: LiveSessions
    url: str

    def said_at(self, words: str) -> float:
        """When the first text with these words was asked for (s of the loop)."""
        return next(at for at, text in self.speech.said if words in text)

    def heard_until(self, at: float) -> float:
        """When all will have been heard that was asked for together at that time."""
        return at + sum(len(text) for when, text in self.speech.said if when == at) * LETTER_S


async def ringing(phone: OwnPhone, number: str | None = "+15557654321", faults: Faults | None = None) -> NetworkCall:
    """A call that the desk answers."""
    call = await phone.network.call(number, faults=faults)
    assert call is not None, "the desk answers"
    return call


async def goes_on(phone: OwnPhone, call: NetworkCall) -> None:
    """The call is served: its caller asks for a person by key, and is told that there is none."""
    await until(lambda: "What can I do for you?" in phone.speech.texts)
    await asyncio.sleep(5.0)
    await call.press("0")
    await until(lambda: NOBODY in phone.speech.texts)
    assert not call.over.is_set()


async def nothing_is_left(phone: OwnPhone) -> None:
    """Wait until what a call leaves is done, and look for what must not be left."""
    await asyncio.sleep(1.0)
    assert not phone.switchboard.calls and not len(phone.live)
    assert all(call.refused is None for call in phone.network.calls.values())


@asynccontextmanager
async def own_phone(desk: AgentDesk, folder: Path, **given: object) -> AsyncIterator[OwnPhone]:
    """The phone with these settings. Calls that are left are ended with it."""
    port, loop, began = free_port(), asyncio.get_running_loop(), time.time()
    url = f"http://127.0.0.1:{port}"
    async with PhoneNetwork() as network:
        network.events_url = f"{url}/acs/events?secret={SECRET.replace(' ', '%20')}"
        settings = Settings(
            data_dir=folder,
            phone=True,
            phone_endpoint=network.endpoint,
            phone_access_key=SecretStr(network.access_key),
            phone_public_url=url,
            phone_event_secret=SecretStr(SECRET),
            phone_number="+15551230100",
            **given,  # type: ignore[arg-type]
        )
        speech, store, live = Tones(), MemoryStore(), LiveSessions()
        # of the services, a call needs no branch but the desk's
        services = cast(Services, SimpleNamespace(desk=desk, speech=speech, store=store, cloud=None, chat=None))
        observation = Observation()
        switchboard = Switchboard(settings, Readiness(services), live, observation, clock=lambda: began + loop.time())
        app = Starlette(routes=switchboard.routes)
        config = uvicorn.Config(
            app, port=port, log_config=None, access_log=False, lifespan="off", ws="websockets-sansio"
        )
        http = Uvicorn(config)
        serving = asyncio.create_task(http.serve())
        await until(lambda: http.started)
        try:
            yield OwnPhone(network, switchboard, speech, live, url)
            assert not network.forged, "the desk signed a request wrongly"
            assert not network.failed, "somebody who picked up, or the network itself, failed"
        finally:
            for call in network.calls.values():
                await call.end()
            await switchboard.close()
            http.should_exit = True
            await serving
            await store.close()
            await observation.close()
