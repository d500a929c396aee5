"""How a code of the desk's shape sounded: how likely each character is at each of its places, all others unknown.

The frames of `spelled_signs` go through a network of states that passes six places one after another (letter, digit,
letter, digit, two letters), with words perhaps before and behind them, and nothing new between as long as need be. The
probability of a character at a place is that of all ways through that character (forward and backward sums: Rabiner,
1989), so that one that was swallowed or mistaken leaves the others where they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data.code_sounds import CodeSound
from data.codes import LENGTH
from edge_server.speech.mel import Floats
from edge_server.speech.spelled_signs import NOTHING_NEW, SIGNS, WORD, Reading, likeliest

CHARACTERS = SIGNS.removesuffix(WORD)
SHAPED = 12.0
"""A code may be so much less likely (a logarithm) than the likeliest way to say anything and still have been said."""
NEARLY = 6.0
"""A code may be so much less likely (a logarithm) than the likeliest text where no code was written."""
SURER = 2.0
"""Another code than the one written must be so much likelier (a logarithm)."""
_SHAPE = "A2A2AA"
_ALLOWED = np.array([[one.isdigit() == place.isdigit() for one in CHARACTERS] for place in _SHAPE], dtype=np.float64)

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CodeRead:
    """How a code sounded, and `logprob`: the log probability that one was said, whichever it was. `likely`: that is not
    much less than the probability of anything else."""

    sound: CodeSound
    logprob: float
    likely: bool


def code_read(frames: Floats) -> CodeRead | None:
    """How a code sounds under `frames` (float32[frames, 1 + len(SIGNS)], log probabilities); None where it is next to
    impossible that one was said."""
    quiet = frames[:, 0] > NOTHING_NEW
    kept = ~(quiet & np.concatenate(([False], quiet[:-1])))  # of frames in a row with nothing new, the first
    spoken = np.exp(frames[kept].astype(np.float64))
    nothing, word, signs = spoken[:, 0], spoken[:, -1], spoken[:, 1:-1]
    entering, scales, ends = _forward(nothing, word, signs)
    if ends <= 0.0:
        return None
    shares = _backward(nothing, word, signs, entering, scales) / ends
    places = [
        {CHARACTERS[at]: float(np.log(one[at])) for at in np.flatnonzero(one > CodeSound.LEAST)} for one in shares
    ]
    logprob = float(np.log(scales).sum() + np.log(ends)) + float(frames[~kept, 0].sum())
    likely = logprob > float(frames.max(axis=1).sum()) - SHAPED
    return CodeRead(CodeSound(tuple(places)), logprob, likely) if all(places) else None


def code_in(read: CodeRead, frames: Floats, written: str | None) -> Reading | None:
    """The code that was said, where it is another than the one `written` so far: where that is none and a code is
    nearly as likely as the likeliest text, or where another is surely likelier."""
    code = read.sound.likeliest
    if written is None:
        said = read.logprob > likeliest(frames)[0].logprob - NEARLY
    else:
        one, other = read.sound.logprobs([code, written])
        said = read.likely and one > other + SURER
    return Reading(code, read.logprob) if said else None


def _forward(nothing: Doubles, word: Doubles, signs: Doubles) -> tuple[Doubles, Doubles, float]:
    """What flows into each character in each frame (float64[frames, places, characters]), what each frame was divided
    by, and what arrives at the end."""
    entering = np.zeros((len(nothing), LENGTH, len(CHARACTERS)))
    scales = np.ones(len(nothing))
    saying = np.zeros((LENGTH, len(CHARACTERS)))
    after = np.zeros(LENGTH + 1)  # nothing new after the word before the code, and after each place
    before, opening, closing, behind = 1.0, 0.0, 0.0, 0.0
    for at, (still, other, emitted) in enumerate(zip(nothing, word, signs, strict=True)):
        said = saying.sum(axis=1)
        into = entering[at]
        into[0] = before + opening + after[0]
        into[1:] = (after[1:LENGTH] + said[:-1])[:, None] - saying[:-1]
        behind = (behind + closing) * still
        closing = (closing + after[-1] + said[-1]) * other
        after[1:] += said
        after[0] += opening
        after *= still
        opening = (opening + before) * other
        before *= still
        saying = (saying + into) * emitted * _ALLOWED
        scale = before + opening + closing + behind + float(after.sum() + saying.sum())
        if scale <= 0.0:
            return entering, scales, 0.0
        scales[at] = scale
        saying, after = saying / scale, after / scale
        before, opening, closing, behind = before / scale, opening / scale, closing / scale, behind / scale
    return entering, scales, closing + behind + float(after[-1] + saying[-1].sum())


def _backward(nothing: Doubles, word: Doubles, signs: Doubles, entering: Doubles, scales: Doubles) -> Doubles:
    """The probability of each character at each place, times what arrives at the end: float64[places, characters]."""
    likely = np.zeros((LENGTH, len(CHARACTERS)))
    saying = np.zeros((LENGTH, len(CHARACTERS)))
    after = np.zeros(LENGTH + 1)
    saying[-1], after[-1], closing, behind = 1.0, 1.0, 1.0, 1.0
    for at in range(len(nothing) - 1, -1, -1):
        onward = signs[at] * _ALLOWED * saying / scales[at]
        likely += entering[at] * onward
        still, other = nothing[at] / scales[at], word[at] / scales[at]
        starts = onward.sum(axis=1)
        saying = onward + (after[1:] * still)[:, None]
        saying[:-1] += starts[1:, None] - onward[1:]
        saying[-1] += closing * other
        after = after * still
        after[:-1] += starts
        after[-1] += closing * other
        closing, behind = closing * other + behind * still, behind * still
    return likely
