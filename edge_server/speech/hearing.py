"""What Whisper wrote of one piece of sound, and how far that is to be believed.

What scores too low is refused: Whisper writes text on noise, too. Where characters are expected, a likely sentence may
still be what it made of them, and too few of them have not all been heard.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from agents.understand.codes import booking_code
from agents.understand.words import spell, tokens
from data.code_sounds import CodeSound
from data.codes import begins_a_code
from edge_server.speech.characters import character_runs, half_spelled, only_characters, with_signs
from edge_server.speech.mel import Floats
from edge_server.speech.spelled_signs import Reading

FEW_TOKENS, LOWEST_OF_FEW, LOWEST_LOGPROB = 3, -1.6, -1.1
"""Texts of up to `FEW_TOKENS` tokens, and longer ones, are not believed when the mean log probability of a token
of text is lower. Measured: right words by people -1.8 to -0.1 (3 of 86 below -1.25), sentences about -0.3, text
written on noise -3.8 to -1.7 (one of 32 above: -1.2)."""
DOUBTFUL_LOGPROB, DOUBTFUL_NO_SPEECH = -0.9, 0.6
"""Nor above it, when Whisper also doubts that anybody spoke."""
UNLIKELY_SENTENCE = -0.6
"""A sentence with a lower mean log probability may be what the decoder made of letters and digits."""
LEAST_CHARACTERS_A_SECOND = 0.7
"""Fewer letters and digits than this have not all been heard."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """A hearing of one piece; `text` is not to be believed when it is `refused`.

    `logprob` is the mean log probability of a token of the text, `no_speech` Whisper's doubt that anybody spoke (0..1).
    `tokens`: how many were written; `least`: the log probability of the least likely one of the text; `opening`: the
    log probabilities float32[vocabulary] of its first, of a short utterance; `code`: how it sounds as a code of the
    desk's shape, where one may have been said.
    """

    text: str
    logprob: float
    no_speech: float
    refused: str | None
    tokens: int
    least: float = 0.0
    opening: Floats | None = None
    code: CodeSound | None = None

    def with_signs(self, read: Reading) -> Hearing:
        """`read`, and of what was heard the words around it."""
        text = with_signs("" if self.refused else self.text, read.text)
        return replace(self, text=text, logprob=read.logprob / len(read.text), refused=None)

    def may_be_spelled(self, length: int) -> bool:
        """Whether `length` characters may have been spelled where this was heard: no sentence that is likely, or one
        that has half as many of them."""
        unlikely = self.refused or self.logprob < UNLIKELY_SENTENCE
        if unlikely or only_characters(self.text) or half_spelled(self.text):
            return True
        return 2 * max((len(run) for run in character_runs(self.text)), default=0) >= length

    def code_said(self) -> str | None:
        """The code of the desk's kind that was heard; None: none."""
        code = None if self.refused else booking_code(spell(tokens(self.text)))
        return code.value if code is not None and begins_a_code(code.value) else None

    def has_enough_characters(self, speech_s: float) -> bool:
        """Whether there are as many letters and digits as in a code that takes `speech_s` seconds to spell."""
        return sum(map(str.isalnum, self.text)) >= LEAST_CHARACTERS_A_SECOND * speech_s


def refusal(logprob: float, tokens: int, no_speech: float) -> str | None:
    """Why a text of `tokens` tokens with this mean log probability is not believed; None when it is."""
    if logprob < (LOWEST_OF_FEW if tokens <= FEW_TOKENS else LOWEST_LOGPROB):
        return "unclear"
    if logprob < DOUBTFUL_LOGPROB and no_speech > DOUBTFUL_NO_SPEECH:
        return "probably no speech"
    return None


def log_probability(logits: Floats, token: int) -> float:
    """The log probability of `token` under float32[vocabulary] `logits`."""
    top = float(logits.max())
    return float(logits[token]) - top - float(np.log(np.exp(logits - top).sum()))


def log_probabilities(logits: Floats) -> Floats:
    """The log probabilities of all tokens under float32[vocabulary] `logits`."""
    top = float(logits.max())
    return np.asarray(logits - top - np.log(np.exp(logits - top).sum()), dtype=np.float32)
