"""Train and measure the judge that decides whether a passage answers a question (`data/knowledge/evidence.json`).

    python bench/knowledge_evidence.py --docs DOCS.jsonl --queries QUERIES.jsonl [--write]

The files are hotel FAQs and reviews with questions, as `lobby eval knowledge` takes them (DSTC11 track 5,
CDLA-Sharing-1.0, was used). To them come the questions of `bench/knowledge_training.yaml` to the sample passages.
Negatives are real passages that do not answer: the other candidates of a question, and those of the same question
when everything that answers it is left out (the hotel is there, the fact is not). Figures are cross-validated:
whole entities are held out for the hotel FAQs, questions for the sample passages.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import yaml
from scipy.optimize import minimize

from data.embeddings import Embedder
from data.knowledge.base import KnowledgeBase
from data.knowledge.evidence import FEATURES, Judge, Numbers
from data.knowledge.passage import Passage, read_passages
from data.knowledge.words import without_name

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "data" / "sample" / "knowledge"
TRAINING = ROOT / "bench" / "knowledge_training.yaml"
UNTOUCHED = ROOT / "bench" / "knowledge_untouched.yaml"
HELD_OUT = ROOT / "bench" / "knowledge_held_out.yaml"
QUESTIONS = ROOT / "tests" / "data" / "knowledge_questions.yaml"
WEIGHTS = ROOT / "data" / "knowledge" / "evidence.json"

_NOTHING = np.zeros(len(FEATURES))
UNTRAINED = Judge(_NOTHING, _NOTHING, 0.0, _NOTHING, _NOTHING + 1, 0.5)

# Topics of the hotel FAQs, to tell which titles ask the same and which reviews speak of it.
TOPICS = {
    "room size": r"\b(big|large|spacious|roomy|huge|small|tiny|cramped|size|sized|space|ample)",
    "view": r"\b(view|scenery|overlook)",
    "place": r"\b(locat|convenien|situated|central|popular area|area|neighbou?rhood|close to|near|walking distance)",
    "noise": r"\b(quiet|nois|loud|silen|peace)",
    "card": r"credit card|payment|pay my bill",
    "wifi": r"wi-?fi|internet|wireless|connect",
    "check-in": r"check[ -]?in time|time (can|is|would).*check[ -]?in|early can we check|earliest time|time is check-in",  # noqa: E501
    "check-out": r"check[ -]?out",
    "pets": r"\bpets?\b|\bdogs?\b",
    "extra bed": r"extra bed",
    "breakfast": r"breakfast",
    "children": r"\bkids?\b|children",
    "accessible parking": r"(access\w+|wheel ?chair).*parking|accesible parking",
    "parking": r"\bpark(ing)?\b",
    "accessible": r"disab|handicap|rooms accessible",
    "concierge": r"concierge",
    "gym": r"fitness|gym\b|workout",
    "coffee": r"coffee|tea maker",
    "laundry": r"laundry|washers|\biron\b",
    "dry cleaning": r"dry cleaning",
    "lift": r"\blift\b|elevator",
    "luggage": r"luggage|suitcase",
    "meeting": r"meeting|banquet",
    "pool": r"\bpool\b",
    "restaurant": r"restaurant|\bbar\b|sort of food",
    "safe": r"safety deposit box",
    "deposit": r"deposit",
    "spa": r"\bspas?\b",
    "age": r"\bage\b|how old",
    "smoking": r"smok",
    "front desk": r"front desk|open 24",
    "housekeeping": r"house ?keeping|cleaned|towels",
    "language": r"language",
    "room service": r"room service",
    "shuttle": r"shuttle|airport",
    "kitchen": r"kitchen|cook|microwave",
}


# Evidence that can only speak for a passage, or only against it, whatever a small sample says.
FOR, AGAINST = (0.0, None), (None, 0.0)
SIGNS = {
    **dict.fromkeys(("best", "sentence", "stands_out", "stands_far_out", "specific"), FOR),
    **dict.fromkeys(("covered", "exactly_covered", "second_least", "rarest_covered"), FOR),
    "thing_covered": FOR,
    **dict.fromkeys(("known_lacks", "thing_lacks", "other_lacks", "better_without", "neighbour_lacks"), AGAINST),
    **dict.fromkeys(("judging_lacks", "price_lacks", "time_lacks", "elsewhere"), AGAINST),
}
# Being about one entity makes a passage the better candidate, not the better answer.
SIGNS_ANSWERING = {**SIGNS, "specific": (0.0, 0.0)}


@dataclass(frozen=True)
class Asked:
    """One question, where it is asked, and what answers it (nothing: it must be refused)."""

    text: str
    domain: str
    entity: str | None
    gold: frozenset[str]
    group: str
    without: frozenset[str] = frozenset()
    counts: bool = True

    @property
    def share(self) -> float:
        """How much the question weighs in training.

        The hotel FAQs repeat few subjects, and what was made from them counts less than what people asked.
        """
        if ":" in self.group:
            return 1.0
        return 0.5 if self.counts else 0.3


@dataclass(frozen=True)
class Weighed:
    """A question with its candidates' ids and evidence."""

    asked: Asked
    ids: list[str]
    rows: list[Numbers]
    nameless: bool


def topic(text: str) -> str | None:
    """The first topic that the text speaks of."""
    return next((name for name, words in TOPICS.items() if re.search(words, text.lower())), None)


def topics(text: str) -> set[str]:
    """Every topic that the text touches."""
    return {name for name, words in TOPICS.items() if re.search(words, text.lower())}


def sample_questions(path: Path) -> list[Asked]:
    """The questions of a YAML file like `tests/data/knowledge_questions.yaml`."""
    asked = []
    for domain, entries in yaml.safe_load(path.read_text("utf-8")).items():
        for entry in entries:
            gold = frozenset(name if "/" in name else f"lobby-air/{name}" for name in entry.get("expect", ()))
            asked.append(Asked(entry["ask"], domain, entry.get("topic"), gold, f"{path.stem}:{entry['ask']}"))
    return asked


def hotel_questions(passages: list[Passage], queries: Path) -> list[Asked]:
    """Questions from the query file, their own versions without an answer, and FAQ titles asked at other hotels."""
    asked: list[Asked] = []
    body = {passage.id: passage for passage in passages}
    for line in queries.read_text("utf-8").splitlines():
        query = json.loads(line)
        gold = frozenset(query["gold_ids"]) if query["answerable"] else frozenset()
        group = query["entity"][0] if query["entity"] else "none"
        asked.append(Asked(query["query_with_entity"], "hotel", None, gold, group))
        subjects = topics(query["query"]) | {one for name in gold for one in topics(body[name].title)}
        if gold and subjects:
            gone = {p.id for p in passages if subjects & topics(f"{p.title} {p.body}")} | gold
            asked.append(Asked(query["query_with_entity"], "hotel", None, frozenset(), group, frozenset(gone), False))
    random = np.random.default_rng(5)
    hotels = sorted({passage.entity for passage in passages})
    titles = [p for p in passages if "guest review" not in p.title and topic(p.title)]
    for passage in titles:
        subject = topic(passage.title)
        question = without_name(passage.title, passage.entity).removeprefix(": ")
        hotel = str(random.choice([name for name in hotels if name != passage.entity]))
        there = {p.id for p in titles if p.entity == hotel and topic(p.title) == subject}
        word = TOPICS[str(subject)]
        spoken = {p.id for p in passages if p.entity == hotel and re.search(word, f"{p.title} {p.body}".lower())}
        if there and random.random() < 0.4:
            asked.append(Asked(question, "hotel", hotel, frozenset(there | spoken), hotel, counts=False))
        elif random.random() < 0.7:
            asked.append(Asked(question, "hotel", hotel, frozenset(), hotel, frozenset(there | spoken), False))
    return asked


def weigh(base: KnowledgeBase, questions: list[Asked]) -> list[Weighed]:
    """Candidates and evidence for each question."""
    weighed = []
    for asked in questions:
        candidates, rows = base.weigh(asked.text, domain=asked.domain, entity=asked.entity, without=asked.without)
        nameless = asked.entity is None and base.named_entity(asked.text, asked.domain) is None
        bound = all(candidate.passage.entity for candidate in candidates)
        ids = [candidate.passage.id for candidate in candidates]
        weighed.append(Weighed(asked, ids, rows, nameless and bound))
    return weighed


def fit(weighed: list[Weighed], ridge: float) -> Judge:
    """Train both models: ranking (conditional logit) first, then answering (logistic) on what it ranks first."""
    every = np.concatenate([np.stack(one.rows) for one in weighed if one.rows])
    mean, scale = every.mean(axis=0), every.std(axis=0) + 1e-6
    shift = [(np.stack(one.rows) - mean) / scale for one in weighed]
    ranking = fit_ranking(weighed, shift, ridge)
    best = [int(np.argmax(rows @ ranking)) for rows in shift]
    right = np.array([float(one.ids[index] in one.asked.gold) for one, index in zip(weighed, best, strict=True)])
    share = np.array([one.asked.share for one in weighed])
    first = np.stack([rows[index] for rows, index in zip(shift, best, strict=True)])
    answering = fit_answering(np.hstack([first, np.ones((len(first), 1))]), right, share, ridge)
    return Judge(ranking, answering[:-1], float(answering[-1]), mean, scale, 0.5)


def fit_ranking(weighed: list[Weighed], shift: list[Numbers], ridge: float) -> Numbers:
    """The weights under which the answering passages of each question win over its other candidates."""
    cases = []
    for one, rows in zip(weighed, shift, strict=True):
        wanted = np.array([float(name in one.asked.gold) for name in one.ids])
        if 0 < wanted.sum() < len(wanted):
            cases.append((one.asked.share, rows, wanted / wanted.sum()))

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        total, slope = ridge / 2 * float(weights @ weights), ridge * weights
        for share, rows, wanted in cases:
            fits = rows @ weights
            log_chance = fits - fits.max() - np.log(np.exp(fits - fits.max()).sum())
            total -= share * float(wanted @ log_chance)
            slope = slope - share * rows.T @ (wanted - np.exp(log_chance))
        return total, slope

    bounds = [SIGNS.get(name, (None, None)) for name in FEATURES]
    return np.asarray(minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B", bounds=bounds).x)


def fit_answering(design: Numbers, right: Numbers, share: Numbers, ridge: float) -> Numbers:
    """Logistic regression with each row weighing `share`; the last column (the bias) is not held back."""
    penalty = np.append(np.full(len(FEATURES), ridge), 0.0)

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        fits = design @ weights
        total = float(share @ (np.logaddexp(0, fits) - right * fits)) + float(penalty @ weights**2) / 2
        return total, design.T @ (share * (1 / (1 + np.exp(-fits)) - right)) + penalty * weights

    bounds = [*(SIGNS_ANSWERING.get(name, (None, None)) for name in FEATURES), (None, None)]
    start = np.zeros(design.shape[1])
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x)


@dataclass(frozen=True)
class Told:
    """What a judge makes of a question: its best likelihood, and whether the first and first three are gold."""

    asked: Asked
    score: float
    first: bool
    in_three: bool


def tell(judge: Judge, one: Weighed) -> Told:
    """Rank the candidates of one question."""
    order = np.argsort(-judge.fit(one.rows), kind="stable")
    names = [one.ids[index] for index in order]
    gold = one.asked.gold
    score = float(judge.likelihood([one.rows[order[0]]])[0]) if len(order) else 0.0
    if one.nameless:  # the agent asks which hotel is meant: nothing is answered
        score = 0.0
    return Told(one.asked, score, bool(names) and names[0] in gold, bool(gold & set(names[:3])))


def figures(told: list[Told], threshold: float) -> str:
    """One line of figures for questions of one kind."""
    good, bad = [t for t in told if t.asked.gold], [t for t in told if not t.asked.gold]
    parts = []
    if good:
        refused = np.mean([t.score < threshold for t in good])
        right = np.mean([t.first and t.score >= threshold for t in good])
        parts.append(
            f"{len(good)} answerable: hit@1 {np.mean([t.first for t in good]):.3f} hit@3 "
            f"{np.mean([t.in_three for t in good]):.3f} refused {refused:.3f} answered right {right:.3f}"
        )
    if bad:
        parts.append(f"{len(bad)} unanswerable: refused {np.mean([t.score < threshold for t in bad]):.3f}")
    return "; ".join(parts)


def cross_validated(weighed: list[Weighed], ridge: float, folds: int = 8) -> list[Told]:
    """What judges that never saw a question's group make of it."""
    groups = sorted({one.asked.group for one in weighed})
    fold = {group: index % folds for index, group in enumerate(groups)}
    told = []
    for held in range(folds):
        judge = fit([one for one in weighed if fold[one.asked.group] != held], ridge)
        told += [tell(judge, one) for one in weighed if fold[one.asked.group] == held]
    return told


def best_threshold(told: list[Told]) -> float:
    """The threshold under which a tenth of the answerable questions is refused."""
    return float(np.quantile([t.score for t in told if t.asked.gold], 0.1))


def main() -> None:
    """Train, print the figures, and with `--write` keep the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=Path, required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--ridge", type=float, default=3.0)
    parser.add_argument("--write", action="store_true", help="write data/knowledge/evidence.json")
    options = parser.parse_args()
    embedder = Embedder.load()
    passages = [
        Passage(doc["id"], doc["domain"], doc["entity"], without_name(doc["title"], doc["entity"]), doc["body"], "faq")
        for doc in map(json.loads, options.docs.read_text("utf-8").splitlines())
    ]
    with tempfile.TemporaryDirectory() as folder:
        hotels = KnowledgeBase.open(Path(folder) / "hotels.db", embedder, UNTRAINED)
        hotels.add(passages)
        sample = KnowledgeBase.open(Path(folder) / "sample.db", embedder, UNTRAINED)
        for file in sorted(SAMPLE.glob("*.md")):
            sample.add(read_passages(file.stem, file.read_text("utf-8")))
        faq = weigh(hotels, hotel_questions(passages, options.queries))
        lines = sample_questions(TRAINING)
        missing = [replace(one, gold=frozenset(), without=one.gold, counts=False) for one in lines if one.gold]
        written = weigh(sample, lines + missing)
        tests = weigh(sample, sample_questions(QUESTIONS))
        unseen = weigh(sample, sample_questions(HELD_OUT))
        untouched = weigh(sample, sample_questions(UNTOUCHED))
    told = cross_validated(faq + written, options.ridge)
    threshold = best_threshold(told)
    kinds = {
        "hotel FAQs, given queries": [t for t in told if t.asked.counts and ":" not in t.asked.group],
        "hotel FAQs, answer left out or other hotel's words": [
            t for t in told if not t.asked.counts and ":" not in t.asked.group
        ],
        "sample passages, training questions": [t for t in told if t.asked.counts and ":" in t.asked.group],
        "sample passages, answer left out": [t for t in told if not t.asked.counts and ":" in t.asked.group],
    }
    print(f"threshold {threshold:.2f} (cross-validated)")
    for name, members in kinds.items():
        print(f"{name}: {figures(members, threshold)}")
    judge = fit(faq + written, options.ridge)
    for name, questions in (("test", tests), ("held-out", unseen), ("untouched", untouched)):
        told = [tell(judge, one) for one in questions]
        print(f"sample passages, {name} questions (never trained on): {figures(told, threshold)}")
        for one in told:
            answered = one.score >= threshold
            if answered != bool(one.asked.gold) or (answered and not one.first):
                print(f"  wrong: {one.asked.text!r} {sorted(one.asked.gold)} likelihood {one.score:.2f}")
    for name, ranking, answering in zip(FEATURES, judge.ranking, judge.answering, strict=True):
        print(f"  {name:16} {ranking:+.2f} {answering:+.2f}")
    if options.write:
        kept = {
            "features": list(FEATURES),
            "ranking": [round(float(value), 4) for value in judge.ranking],
            "answering": [round(float(value), 4) for value in judge.answering],
            "mean": [round(float(value), 5) for value in judge.mean],
            "scale": [round(float(value), 5) for value in judge.scale],
            "bias": round(judge.bias, 4),
            "threshold": round(threshold, 2),
        }
        WEIGHTS.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
