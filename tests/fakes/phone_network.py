"""The simulated phone network (`edge_server/phone/network.py`, which `lobby call` uses too), and people who call."""

from __future__ import annotations

import asyncio
from functools import cache

import numpy as np

from edge_server.audio import RATE, Pcm, resample
from edge_server.phone.network import PhoneNetwork
from edge_server.phone.network_call import Faults, NetworkCall
from edge_server.phone.network_wire import callback, grid_event, identifier, post
from edge_server.speech.synthesiser import Synthesiser
from tests.speech_tools import transcribe_with_other_recogniser

__all__ = [
    "Faults",
    "NetworkCall",
    "PhoneNetwork",
    "callback",
    "grid_event",
    "hears",
    "identifier",
    "post",
    "telephone",
]


@cache
def _voice() -> Synthesiser:
    return Synthesiser.load()


@cache
def telephone(text: str) -> Pcm:
    """`text` as a person would be heard down a telephone line: 8 kHz, 300 to 3400 Hz at most, a little noise.

    int16 mono 24 kHz.
    """
    pcm = _voice().synthesise(text)
    narrow = resample(resample(pcm, RATE, 8_000), 8_000, RATE).astype(np.float32)
    noise = np.random.default_rng(7).normal(0.0, 20.0, len(narrow))
    return np.clip(np.rint(narrow + noise), -32768, 32767).astype(np.int16)


async def hears(call: NetworkCall, *words: str, within: int = 5) -> str:
    """Listen until all `words` were heard, over pauses of the desk; gives what was heard, in small letters.

    The other recogniser listens, in a thread, so that the call goes on meanwhile. Fails after `within` stretches.
    """
    text = ""
    for _ in range(within):
        try:
            pcm = await call.answer(within_s=30)
        except TimeoutError:
            break
        text = f"{text} {(await asyncio.to_thread(transcribe_with_other_recogniser, pcm)).lower()}"
        if all(word in text for word in words):
            return text
    raise AssertionError(f"{words} were not heard in: {text}")
