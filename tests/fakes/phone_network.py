"""The simulated phone network (`edge_server/phone/network.py`, which `lobby call` uses too), and people who call."""

from __future__ import annotations

from functools import cache

import numpy as np

from edge_server.audio import RATE, Pcm, resample
from edge_server.phone.network import PhoneNetwork
from edge_server.phone.network_call import Faults, NetworkCall
from edge_server.phone.network_wire import callback, grid_event, identifier, post
from edge_server.speech.synthesiser import Synthesiser

__all__ = ["Faults", "NetworkCall", "PhoneNetwork", "callback", "grid_event", "identifier", "post", "telephone"]


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
