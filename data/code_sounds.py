"""How a code sounded, apart from which codes there are, and which of those that there are may have been said.

A recogniser tells for each place of a code how likely each character is there. Two characters that sound alike are both
likely then, whatever it wrote, and two hearings of the same code are judged together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from data.confusable import BOUND, BOUND_OF_TWO, distances, near

Doubles = npt.NDArray[np.float64]

WORDS_APART = 5.0
"""What the distance of a code from what was written (`data.confusable`) takes from its log probability."""
_SIGNS = 128


@dataclass(frozen=True, slots=True)
class CodeSound:
    """For each place of a code the log probabilities of its characters; those that are not there have `UNHEARD`."""

    places: tuple[Mapping[str, float], ...]

    LEAST: ClassVar[float] = 1e-5
    """A character is kept from this probability on."""
    UNHEARD: ClassVar[float] = math.log(1e-6)

    @property
    def likeliest(self) -> str:
        """The likeliest character of each place."""
        return "".join(max(place, key=lambda one: place[one]) for place in self.places)

    def logprobs(self, codes: Sequence[str]) -> Doubles:
        """The log probability of each of `codes` (all as long as this), float64[codes]: as if each place was judged by
        itself."""
        signs = np.array([[min(ord(sign), _SIGNS - 1) for sign in code] for code in codes], dtype=np.intp)
        table = np.full((len(self.places), _SIGNS), self.UNHEARD)
        for at, place in enumerate(self.places):
            for sign, logprob in place.items():
                table[at, ord(sign)] = logprob
        return np.asarray(table[np.arange(len(self.places)), signs].sum(axis=1), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Hearing:
    """A code as it was once understood (capitals and digits), and how it sounded, where that is known."""

    text: str
    sound: CodeSound | None = None


def meant_by(
    codes: Sequence[str], heard: str, also_heard: str | None = None, sounded: Sequence[Hearing] = ()
) -> tuple[str, ...]:
    """Those of `codes` that may have been meant by one `heard`: that very code when it exists, else those that sound
    like it, the nearest first; of those `also_heard` the time before, the ones that both hearings have in common where
    there are any. How either sounded counts where it is in `sounded`."""
    if heard in codes:
        return (heard,)
    if any(hearing.text in (heard, also_heard) for hearing in sounded):
        last = next((one for one in reversed(sounded) if one.text == heard), Hearing(heard))
        both: tuple[str, ...] = ()
        if also_heard is not None:
            before = next((one for one in sounded if one.text == also_heard and one is not last), Hearing(also_heard))
            both = likely_meant((before, last), codes)
        return both or likely_meant((last,), codes)
    found = near(heard, codes)
    if also_heard is not None:
        earlier = dict(near(also_heard, codes, bound=BOUND_OF_TWO))
        common = [(one, apart) for one, apart in near(heard, codes, bound=BOUND_OF_TWO) if one in earlier]
        found = tuple(sorted(common, key=lambda pair: (pair[1] + earlier[pair[0]], pair[0]))) or found
    return tuple(one for one, _ in found)


def likely_meant(hearings: Sequence[Hearing], codes: Sequence[str]) -> tuple[str, ...]:
    """Those of `codes` that may have been said in all `hearings` (one or two of the same code), the likeliest first,
    equals by the alphabet.

    A code is as likely as it sounded, or as it is near to what was understood, whichever is more; and no less than one
    as far from that as a code may be that was only read (`data.confusable`).
    """
    least = -WORDS_APART * (BOUND if len(hearings) == 1 else BOUND_OF_TWO * len(hearings))
    found: list[tuple[float, str]] = []
    for length in {len(code) for code in codes} - {0}:
        alike = [code for code in codes if len(code) == length]
        logprobs = sum((_logprobs(hearing, alike, length) for hearing in hearings), np.zeros(len(alike)))
        found += [(-float(logprobs[at]), alike[at]) for at in np.flatnonzero(logprobs >= least)]
    return tuple(code for _, code in sorted(found))


def _logprobs(hearing: Hearing, codes: Sequence[str], length: int) -> Doubles:
    read = -WORDS_APART * distances(hearing.text, codes).astype(np.float64)
    if hearing.sound is None or len(hearing.sound.places) != length:
        return read
    return np.maximum(read, hearing.sound.logprobs(codes))
