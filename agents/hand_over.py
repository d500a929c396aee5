"""Whether a conversation changes its agent: the evidence for each other agent, weighed by one small linear model.

An utterance in the middle of a conversation seldom names its subject ("the twelfth", "that sounds good", "what else
do you have?"), so its words alone lead astray. The evidence is taken relative to the agent that speaks now and says
nothing of any one domain: a persona added later is judged by the same weights. They come from `bench/hand_over.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from agents.understand.heard import Heard

Numbers = NDArray[np.float64]

FEATURES = (
    "words",  # log odds by the sound of the words, this agent over the one that speaks
    "part",  # the same for the part of the words that speaks for it most
    "last_part",  # the same for the last part
    "sounds_like_part",  # probability of this agent in that best part
    "stays_by_sound",  # probability of the agent that speaks, in all words
    "shared",  # probability that any agent can answer
    "names",  # names that only this agent knows, less those that only the speaking one knows
    "hints",  # the agents' own words, counted in the same way
    "hints_last",  # the same in the last part
    "no_hints_here",  # says a word of this agent and none of the speaking one
    "reply",  # log odds by the sound of the last reply
    "reply_hints",  # the agents' own words in the last reply
    "asked",  # the last reply ends with a question
    "asked_more",  # it asked whether there is anything else
    "asks",  # the words ask for something ("I need", "could you find")
    "asks_anew",  # and with a word for a new thing ("also", "next")
    "new",  # such a word alone
    "points_back",  # "that one", "it", "others": the thing spoken of, with no name
    "leans_back",  # begins as a follow-up ("what about")
    "answers",  # begins with yes or no
    "values",  # share of the words that are dates, counts and names
    "short",  # few words
    "closes",  # thanks or a farewell
    "to_default",  # this agent is the one that takes what belongs to nobody
    "from_default",  # the speaking agent is
    "default_words",  # `words` towards the default agent
    "default_asks",  # `asks` towards the default agent
    "default_sound",  # `sounds_like_part` towards the default agent
    "asks_words",  # `part` when something is asked for
    "answers_words",  # `words` after a question
    "continues",  # log odds, by the sound, that the words only make sense after what was said before
    "part_continues",  # the same of the part that sounds most like a beginning
    "default_continues",  # `part_continues` towards the default agent
    "states",  # neither asks for anything nor is a question
    "states_words",  # `words` of a statement after a question
    "states_hints",  # `hints` of such a statement
)

_FAR = 6.0
_PART = re.compile(
    r"(?<=[.!?;])\s*"
    r"|,?\s+(?=(?:(?:and|but|also|now|then|next|so)\s+)*(?:i|we)(?:'d|'ll|'m|\s+would|\s+will|\s+am)?\s+"
    r"(?:also\s+|still\s+|now\s+)?(?:need|want|like|going to need|wanna|looking)\b)"
    r"|,?\s+(?=(?:(?:and|but|also|now|then|next|so)\s+)+(?:can|could|would|will|please|find|get|book|search|show|what|"
    r"how|when|is|do|does)\b)"
    r"|\s+(?=(?:can|could|would)\s+you\b)",
    re.IGNORECASE,
)
_MAX_PARTS = 2
_FEWEST_WORDS = 3
_SHORT = 6  # words; so few are not taken apart
_REPLY_LENGTH = 120  # characters of a reply that count, its last ones
_ASKS = re.compile(
    r"\b(?:need|want|wanna|looking for|look (?:for|up)|find|search|book|reserve|get me|give me|show me|help me|"
    r"i'?d like|i would like|can (?:you|i|we)|could (?:you|i|we)|tell me|buy|rent|check|planning)\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"\?|(?:^|[.!,;]\s*|\b(?:and|but|so|then|also|okay|ok|now)\s+)(?:what|how|when|where|which|who|whose|why|is|are|was|"
    r"do|does|did|can|could|will|would|should|may|has|have|any|cancel|change|move|add|call|order|play|set|let'?s|put)\b",
    re.IGNORECASE,
)
_NEW = re.compile(
    r"\b(?:also|next|another thing|as well|too|besides|in addition|now|while you'?re at it|by the way|something else|"
    r"back to|as for|then)\b",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"\b(?:it|its|it's|that|that's|this|they|them|their|those|these|ones?|others?|else|same|another one|different one|"
    r"alternatives?|options?)\b",
    re.IGNORECASE,
)
_CLOSES = re.compile(
    r"\b(?:thanks?|thank you|appreciate|that(?:'s| is| will be|'ll be) (?:all|it|everything)|all set|nothing|bye|"
    r"goodbye|no more|good day|have a (?:good|nice|great))\b",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\b(?:any(?:thing)?|something|what) (?:else|more|other|further)|further|assist|help you\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Sound:
    """How a text sounds and what it says: for each agent the log odds by its embedding (`""`: any agent) and how many
    of its own words it has."""

    odds: Mapping[str, float]
    hints: Mapping[str, int]
    vector: NDArray[np.float32]

    def probability(self, agent: str) -> float:
        """The share of one agent in the odds, 0 to 1."""
        peak = max(self.odds.values())
        weights = {name: float(np.exp(value - peak)) for name, value in self.odds.items()}
        return weights[agent] / sum(weights.values())

    def over(self, agent: str, other: str) -> float:
        """Log odds of `agent` against `other`, cut where they say no more."""
        return float(np.clip(self.odds[agent] - self.odds[other], -_FAR, _FAR))

    def hints_over(self, agent: str, other: str) -> int:
        """How many more of its own words `agent` has here than `other`, at most two."""
        return min(2, self.hints.get(agent, 0)) - min(2, self.hints.get(other, 0))


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance in its conversation: the sound of all words, of each part, and of the last reply (None: there was
    none), and how many names only one agent knows."""

    heard: Heard
    reply_text: str
    words: Sound
    parts: Sequence[Sound]
    reply: Sound | None
    names: Mapping[str, int]


def parts(words: str) -> tuple[tuple[int, int], ...]:
    """Where the last sentences and requests of an utterance start and end (characters); none when it is a single one,
    short, or asks for nothing."""
    if len(words.split()) <= _SHORT or _ASKS.search(words) is None:
        return ()
    cuts = [0, *(at for cut in _PART.finditer(words) for at in cut.span()), len(words)]
    found = [
        (start, end)
        for start, end in zip(cuts[::2], cuts[1::2], strict=True)
        if len(words[start:end].split()) >= _FEWEST_WORDS
    ]
    whole = len(found) == 1 and words[slice(*found[0])].strip() == words.strip()
    return () if whole else tuple(found[-_MAX_PARTS:])


def reply_end(text: str) -> str:
    """What of a reply counts: its end, cut at a word."""
    return text.strip() if len(text) <= _REPLY_LENGTH else text[-_REPLY_LENGTH:].partition(" ")[2].strip()


def evidence(said: Said, here: str, other: str, default: str, continuing: Numbers) -> Numbers:
    """The features of handing over from the agent `here` to `other`, in the order of `FEATURES`."""
    heard, pieces = said.heard, said.parts or (said.words,)
    words = said.words.over(other, here)
    best = max(pieces, key=lambda piece: piece.over(other, here) + 1.5 * piece.hints_over(other, here))
    part = best.over(other, here)
    likely = best.probability(other)
    hints = said.words.hints_over(other, here)
    asks = _ASKS.search(heard.words) is not None
    new = _NEW.search(heard.words) is not None
    length = max(1, len(heard.words.split()))
    covered = sum(len(heard.words[one.start : one.end].split()) for one in heard.found)
    asked = said.reply_text.rstrip().endswith("?")
    more = _MORE.search(said.reply_text) is not None
    to_default = other == default
    states = not asks and _QUESTION.search(heard.words) is None
    continues = [_continues(sound.vector, continuing) for sound in (said.words, *pieces)]
    return np.array(
        [
            words,
            part,
            pieces[-1].over(other, here),
            likely,
            said.words.probability(here),
            said.words.probability(""),
            np.clip(said.names.get(other, 0) - said.names.get(here, 0), -1, 1),
            hints,
            pieces[-1].hints_over(other, here),
            said.words.hints.get(other, 0) > 0 and said.words.hints.get(here, 0) == 0,
            said.reply.over(other, here) if said.reply is not None else 0.0,
            said.reply.hints_over(other, here) if said.reply is not None else 0.0,
            asked,
            asked and more,
            asks,
            asks and new,
            new,
            _BACK.search(heard.words) is not None,
            heard.leans_back,
            heard.answer is not None,
            min(1.0, covered / length),
            1 / length,
            _CLOSES.search(heard.words) is not None,
            to_default,
            here == default,
            words * to_default,
            asks * to_default,
            likely * to_default,
            part * asks,
            words * (asked and not more),
            continues[0],
            min(continues),
            min(continues) * to_default,
            states,
            words * (states and asked),
            hints * (states and asked),
        ],
        dtype=np.float64,
    )


def _continues(vector: NDArray[np.float32], continuing: Numbers) -> float:
    return float(np.clip(vector @ continuing[:-1] + continuing[-1], -_FAR, _FAR))


@dataclass(frozen=True, slots=True)
class Judge:
    """A linear model over the evidence. Its value is the log odds of handing over against staying.

    `continuing` are the weights (one a dimension of the embedding, then a bias) that tell by their sound whether words
    only make sense after what was said before.
    """

    weights: Numbers
    bias: float
    continuing: Numbers

    @classmethod
    def load(cls) -> Judge:
        """The judge that comes with this package. Raises ValueError when it was trained for other features."""
        stored: Mapping[str, object] = json.loads(files(__package__).joinpath("hand_over.json").read_text("utf-8"))
        if stored["features"] != list(FEATURES):
            raise ValueError("hand_over.json was trained for other features: run bench/hand_over.py --write")
        weights, continuing = (np.array(stored[name], dtype=np.float64) for name in ("weights", "continuing"))
        return cls(weights, float(str(stored["bias"])), continuing)

    def odds(self, said: Said, here: str, other: str, default: str) -> float:
        """Log odds that a conversation led by the agent `here` moves to `other`."""
        return float(evidence(said, here, other, default, self.continuing) @ self.weights + self.bias)
