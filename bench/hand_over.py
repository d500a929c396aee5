"""Train and measure what decides whether a conversation changes its agent (`agents/hand_over.json`).

    python bench/hand_over.py --switching SWITCHING.jsonl --routing ROUTING.jsonl [--write]

The files are those of `lobby eval` (Schema-Guided Dialogue, CLINC150, Banking77 and NLU++ were used). Every turn of a
dialogue is a choice between staying and each other agent. The dialogues there change their subject in one order only,
so utterances of the routing file are put in the place of some turns, as changes and as turns that stay. What is kept
are numbers: weights of evidence that names no domain, and one direction of the sentence embedding.

Figures are cross-validated by dialogue, each played from its first turn on with the router's own choices as context.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from agents.hand_over import FEATURES, Judge, Numbers, Said, evidence
from data.embeddings import Embedder
from edge_server.evaluation.files import Dialogue, Label, Utterance, read_dialogues, read_utterances
from edge_server.evaluation.listener import Listener
from sync.session import Line, SessionState

WEIGHTS = Path(__file__).resolve().parent.parent / "agents" / "hand_over.json"
DEFAULT = "concierge"
AGENT: Mapping[Label, str] = {"flight": "flight", "hotel": "hotel", "other": DEFAULT}
AGENTS = tuple(AGENT.values())
FOLDS, INNER_FOLDS = 5, 4
SHRINK, SHRINK_DIRECTION = 2.0, 10.0
PUT_IN, PUT_IN_WEIGHT = 4, 0.75
LOST_WEIGHT = 0.15  # of turns played as if another agent had them, to learn the way back
CAUTION = 1.9  # log odds that handing over needs beyond even ones: a false switch is worse than a late one


@dataclass(frozen=True)
class Played:
    """A turn made ready. `first`: who takes it as a first utterance. `stays`: a rule decides that it stays."""

    said: Said
    stays: bool
    first: str
    gold: str
    counts: bool


@dataclass(frozen=True)
class PutIn:
    """A routing utterance in the place of a turn of a conversation with the agent `here`."""

    said: Said
    here: str
    gold: str
    text: str


@dataclass(frozen=True)
class Conversation:
    turns: Sequence[Played]
    put_in: Sequence[PutIn]


class Stage:
    """Plays utterances to a listener and keeps what it makes of them."""

    def __init__(self, listener: Listener, utterances: Sequence[Utterance]) -> None:
        self._listener = listener
        self._utterances = {agent: [u for u in utterances if AGENT[u.label] == agent] for agent in AGENTS}
        self._random = random.Random(7)

    async def conversation(self, dialogue: Dialogue) -> Conversation:
        """A dialogue with its turns and put-in utterances made ready."""
        turns = [await self._played(turn.user, turn.system_before, AGENT[turn.gold], not turn.weak_gold)
                 for turn in dialogue.turns]  # fmt: skip
        put_in: list[PutIn] = []
        for _ in range(PUT_IN if len(turns) > 1 else 0):
            at = self._random.randrange(1, len(turns))
            gold = self._random.choice(AGENTS)
            text = self._random.choice(self._utterances[gold]).text
            played = await self._played(text, dialogue.turns[at].system_before, gold, True)
            if not played.stays:
                put_in.append(PutIn(played.said, turns[at - 1].gold, gold, text))
        return Conversation(turns, put_in)

    async def _played(self, text: str, reply: str | None, gold: str, counts: bool) -> Played:
        state = SessionState(key="training", agent="flight")
        if reply:
            state = state.with_line(Line("agent", reply, agent="flight"))
        heard = self._listener.heard(text, state)
        router = self._listener.router
        intent = await router.detect_intent(heard, SessionState(key="training"))
        return Played(router.said(heard, state), router.stays(heard, state), intent.agent, gold, counts)


def beginnings(utterances: Iterable[Utterance], embedder: Embedder) -> list[tuple[str, Numbers]]:
    """Utterances that make sense by themselves, with their vectors."""
    texts = [utterance.text for utterance in utterances]
    vectors = np.concatenate([embedder.embed(texts[at : at + 64]) for at in range(0, len(texts), 64)])
    return list(zip(texts, vectors.astype(np.float64), strict=True))


def fit_direction(told: Sequence[Conversation], alone: Sequence[tuple[str, Numbers]]) -> Numbers:
    """Weights that tell turns which go on (of the dialogues `told`) from those that begin something (and `alone`)."""
    vectors: list[Numbers] = []
    truth: list[float] = []
    for conversation in told:
        before = None
        for turn in conversation.turns:
            if turn.counts:
                vectors.append(turn.said.words.vector.astype(np.float64))
                truth.append(float(turn.gold == before))
            before = turn.gold
    share = np.ones(len(truth) + len(alone))
    share[len(truth) :] = 0.7 * sum(truth) / max(1, len(alone))
    x = np.hstack([np.stack([*vectors, *(vector for _, vector in alone)]), np.ones((len(share), 1))])
    y = np.array([*truth, *[0.0] * len(alone)])
    shrink = SHRINK_DIRECTION * len(told) / 225

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        z = x @ weights
        slope = x.T @ (share * (1 / (1 + np.exp(-z)) - y))
        slope[:-1] += shrink * weights[:-1]
        return float((share * (np.logaddexp(0, z) - y * z)).sum() + shrink * (weights[:-1] ** 2).sum() / 2), slope

    return np.asarray(minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x)


def choices(conversation: Conversation, direction: Numbers) -> list[tuple[Numbers, int, float]]:
    """Each choice of a conversation: evidence for each other agent, which one is right (-1: stay), its weight."""
    made: list[tuple[Numbers, int, float]] = []

    def add(said: Said, here: str, gold: str, weight: float) -> None:
        others = [agent for agent in AGENTS if agent != here]
        rows = np.stack([evidence(said, here, other, DEFAULT, direction) for other in others])
        made.append((rows, -1 if gold == here else others.index(gold), weight))

    before: str | None = None
    for turn in conversation.turns:
        if before is not None and turn.counts and not turn.stays:
            add(turn.said, before, turn.gold, 1.0)
            if turn.gold == before and turn.said.reply is not None:
                for lost in AGENTS:
                    if lost != before:
                        add(turn.said, lost, turn.gold, LOST_WEIGHT)
        before = turn.gold
    for one in conversation.put_in:
        add(one.said, one.here, one.gold, PUT_IN_WEIGHT)
    return made


def fit(told: Sequence[Conversation], alone: Sequence[tuple[str, Numbers]]) -> Judge:
    """Train on the conversations `told`. The direction that gives a conversation's evidence has not seen it."""
    made: list[tuple[Numbers, int, float]] = []
    for fold in range(INNER_FOLDS):
        direction = fit_direction([one for at, one in enumerate(told) if at % INNER_FOLDS != fold], alone)
        made += [choice for one in told[fold::INNER_FOLDS] for choice in choices(one, direction)]
    rows = np.stack([choice[0] for choice in made])
    right = np.array([choice[1] for choice in made]) + 1
    weight = np.array([choice[2] for choice in made])
    scale = rows.reshape(-1, rows.shape[-1]).std(axis=0) + 1e-6
    rows = rows / scale
    truth = np.eye(len(AGENTS))[right]

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        odds = np.hstack([np.zeros((len(rows), 1)), rows @ weights[:-1] + weights[-1]])
        odds -= odds.max(axis=1, keepdims=True)
        likely = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
        error = ((likely - truth) * weight[:, None])[:, 1:]
        slope = np.append(np.einsum("no,nof->f", error, rows) + SHRINK * weights[:-1], error.sum())
        value = -(weight * np.log(likely[np.arange(len(right)), right] + 1e-12)).sum()
        return float(value + SHRINK * (weights[:-1] ** 2).sum() / 2), slope

    fitted = minimize(loss, np.zeros(rows.shape[-1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 500}).x
    return Judge(fitted[:-1] / scale, float(fitted[-1]) - CAUTION, fit_direction(told, alone))


def choose(judge: Judge, said: Said, here: str) -> str:
    """Who takes what was said in a conversation with `here`."""
    odds = {other: judge.odds(said, here, other, DEFAULT) for other in AGENTS if other != here}
    best = max(odds, key=lambda other: odds[other])
    return best if odds[best] > 0 else here


def play(judge: Judge, conversation: Conversation, count: Counter[str]) -> None:
    """Play a conversation from its first turn on and count how it goes."""
    here = before = ""
    for turn in conversation.turns:
        took = turn.first if not here else here if turn.stays else choose(judge, turn.said, here)
        if turn.counts:
            count["turns"] += 1
            count["right"] += took == turn.gold
            if here:
                kind = "staying" if turn.gold == before else "switches"
                count[kind] += 1
                count[f"{kind} right"] += took == turn.gold
                count[f"{kind} false"] += took not in (here, turn.gold)
        here, before = took, turn.gold
    for one in conversation.put_in:
        kind = "put in to stay" if one.gold == one.here else "put in to move"
        count[kind] += 1
        count[f"{kind} right"] += choose(judge, one.said, one.here) == one.gold


def main() -> None:
    """Cross-validate, print the figures, and with --write train on everything and keep the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--switching", type=Path, required=True, help="dialogues, as for `lobby eval switching`")
    parser.add_argument("--routing", type=Path, required=True, help="utterances, as for `lobby eval routing`")
    parser.add_argument("--write", action="store_true", help=f"train on all and write {WEIGHTS.name}")
    options = parser.parse_args()
    embedder = Embedder.load()
    utterances = read_utterances(options.routing)
    alone = beginnings((one for one in utterances if one.first), embedder)
    told = asyncio.run(made_ready(read_dialogues(options.switching), utterances, embedder))
    order = list(range(len(told)))
    random.Random(1).shuffle(order)
    count: Counter[str] = Counter()
    for fold in range(FOLDS):
        held = order[fold::FOLDS]
        seen = {one.text for at in held for one in told[at].put_in}
        judge = fit([told[at] for at in order if at not in set(held)], [one for one in alone if one[0] not in seen])
        for at in held:
            play(judge, told[at], count)
    print(f"right agent {count['right'] / count['turns']:.2%} of {count['turns']} turns")
    print(f"false switches {count['staying false'] / count['staying']:.2%} of {count['staying']} turns that stay")
    print(f"switches followed at once {count['switches right'] / count['switches']:.1%} of {count['switches']}")
    for kind in ("put in to stay", "put in to move"):
        print(f"{kind}: right {count[f'{kind} right'] / count[kind]:.1%} of {count[kind]}")
    if options.write:
        judge = fit(told, alone)
        kept = {
            "features": FEATURES,
            "weights": [round(float(weight), 4) for weight in judge.weights],
            "bias": round(judge.bias, 4),
            "continuing": [round(float(weight), 3) for weight in judge.continuing],
        }
        WEIGHTS.write_text(json.dumps(kept) + "\n", "utf-8")


async def made_ready(
    dialogues: Sequence[Dialogue], utterances: Sequence[Utterance], embedder: Embedder
) -> list[Conversation]:
    """All dialogues, made ready by the router as it is."""
    stage = Stage(await Listener.open(embedder, lambda *_: None), utterances)
    return [await stage.conversation(dialogue) for dialogue in dialogues]


if __name__ == "__main__":
    main()
