"""Letters and digits said one after another, read from what Whisper's encoder makes of their sound.

Whisper's decoder writes sentences: a run of characters it prefers to write as words that it knows ("Shield went high"
for "zero five oh"), to continue, or to repeat. The encoder knows better. A small network over its states gives each
20 ms the probability of each character, of any other word, or of nothing new; a text is as likely as all ways to say
it taken together (connectionist temporal classification: Graves et al., 2006). `bench/spelled_signs.py` trains it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np

from data.codes import LENGTH, begins_a_code
from data.model_files import ModelFile, read_verified
from edge_server.speech.mel import Floats

WEIGHTS = ModelFile(
    name="spelled_signs.npz",
    package="edge_server",
    path="speech/spelled_signs.npz",
    sha256="d0967d7a004235c64e5c838a5f0527f458acae80b0dbd6a072675b8f8aa4e1d0",
    what="weights of spelled letters and digits",
)
WORD = "_"
"""Stands for words that are no characters, any number of them."""
SIGNS = f"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ{WORD}"
"""What each column of the network's output but the first says; the first says that nothing new begins."""
AROUND = (-6, -3, -1, 0, 1, 3, 6)
"""The states that a frame is judged by, relative to it: the sound of a character lasts 0.1 to 0.5 s."""
MARGIN = 6, 8
"""So many states before and after the utterance belong to its sound."""
WIDTH, LIKELIEST = 8, 6
"""So many texts are followed at once, and so many characters tried in each frame."""
NOTHING_NEW, HARDLY = -0.01, -9.0
"""A frame that is surer than this of nothing new adds nothing; a character less likely than this is not tried."""
FEWEST = 3
"""Fewer digits in a row than this may as well be part of something else."""
SURE = 0.5
"""From this probability on digits are believed."""
SURE_OF_FEW = 0.75
"""The same for `FEWEST` of them, which may as well be tens ("forty, seventy one"), and for the beginning of a code."""
_NEVER = -1e9

Network = dict[str, Floats]


@dataclass(frozen=True, slots=True)
class Reading:
    """A text of `SIGNS` that may have been said; `logprob` is the log of its probability."""

    text: str
    logprob: float


class SpelledSigns:
    """The network. `middle` float32[width] and `turn` float32[width, d] bring states to d principal components;
    `w1` float32[len(AROUND) * d, h], `b1`, `w2` float32[h, 1 + len(SIGNS)] and `b2` are two layers over them."""

    def __init__(self, network: Network) -> None:
        self._network = network

    @classmethod
    def load(cls) -> SpelledSigns:
        """The network that ships, for the packaged Whisper base. Raises ModelError when it is missing or damaged."""
        with np.load(io.BytesIO(read_verified(WEIGHTS)), allow_pickle=False) as content:
            return cls({name: content[name].astype(np.float32) for name in content.files})

    def frames(self, states: Floats) -> Floats:
        """Log probabilities float32[frames, 1 + len(SIGNS)] of what begins in each of `states`
        (the encoder's float32[frames, width])."""
        one = self._network
        seen = around(np.asarray((states - one["middle"]) @ one["turn"], dtype=np.float32))
        scores = np.maximum(seen @ one["w1"] + one["b1"], 0.0) @ one["w2"] + one["b2"]
        top = scores.max(axis=1, keepdims=True)
        total = np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
        return np.asarray(scores - top - total, dtype=np.float32)


def run_in(frames: Floats) -> Reading | None:
    """Digits, or the characters of a whole code, said one after another with nothing but words before and behind them;
    None when that is not likely."""
    best = likeliest(frames)[0]
    text = best.text.strip(WORD)
    whole = len(text) == LENGTH and begins_a_code(text)
    least = SURE if len(text) > FEWEST else SURE_OF_FEW
    sure = (whole or (text.isdigit() and len(text) >= FEWEST)) and best.logprob > np.log(least)
    return Reading(text, best.logprob) if sure else None


def code_alone_in(frames: Floats) -> Reading | None:
    """A code of the desk's shape, or its first characters, with no words around it; None when that is not likely.

    One that lacks one character, or has the first alone, is not told: a character may have been swallowed, and any
    short sound is like one.
    """
    best = likeliest(frames)[0]
    if not 1 < len(best.text) != LENGTH - 1 or not begins_a_code(best.text):
        return None
    return best if best.logprob > np.log(SURE if len(best.text) == LENGTH else SURE_OF_FEW) else None


def around(points: Floats) -> Floats:
    """Each row of `points` (float32[frames, d]) with those `AROUND` it: float32[frames, len(AROUND) * d]."""
    far = max(map(abs, AROUND))
    padded = np.pad(points, ((far, far), (0, 0)))
    return np.concatenate([padded[far + off : far + off + len(points)] for off in AROUND], axis=1)


def likeliest(frames: Floats) -> list[Reading]:
    """The likeliest texts under `frames`, the likeliest first: a beam over their beginnings."""
    alive: dict[str, tuple[float, float]] = {"": (0.0, _NEVER)}  # each ending in nothing new, or in its last sign
    for frame in frames:
        if frame[0] > NOTHING_NEW:
            alive = {text: (float(np.logaddexp(*ends)) + float(frame[0]), _NEVER) for text, ends in alive.items()}
            continue
        tried = [int(place) for place in np.argsort(frame)[-LIKELIEST:] if place and frame[place] > HARDLY]
        now: dict[str, tuple[float, float]] = {}
        for text, (still, sounding) in alive.items():
            either = float(np.logaddexp(still, sounding))
            _add(now, text, either + float(frame[0]), _NEVER)
            if text:
                _add(now, text, _NEVER, sounding + float(frame[1 + SIGNS.index(text[-1])]))
            for place in tried:
                sign = SIGNS[place - 1]
                _add(now, text + sign, _NEVER, (still if text.endswith(sign) else either) + float(frame[place]))
        best = sorted(now.items(), key=lambda one: -np.logaddexp(*one[1]))
        alive = dict(best[:WIDTH])
    found = [Reading(text, float(np.logaddexp(*ends))) for text, ends in alive.items()]
    return sorted(found, key=lambda reading: -reading.logprob)


def _add(texts: dict[str, tuple[float, float]], text: str, still: float, sounding: float) -> None:
    before = texts.get(text, (_NEVER, _NEVER))
    texts[text] = float(np.logaddexp(before[0], still)), float(np.logaddexp(before[1], sounding))
