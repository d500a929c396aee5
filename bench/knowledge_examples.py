"""The questions that the evidence model is trained and measured on, and the passages that answer them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import yaml

from data.knowledge.passage import Passage
from data.knowledge.words import without_name

BENCH = Path(__file__).resolve().parent

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


NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Asked:
    """One question, where it is asked, and what answers it (nothing: it must be refused).

    `kind` names the set that it belongs to, `group` what is held out with it. `without` are passages left out. `about`
    are passages that do not answer but are on the subject that it names, None where that was not looked at.
    """

    text: str
    domain: str
    entity: str | None
    gold: frozenset[str]
    kind: str
    group: str
    without: frozenset[str] = frozenset()
    about: frozenset[str] | None = None

    def on_subject(self, passage: str) -> bool | None:
        """Whether a passage (its id) is on the subject; None where that is not known."""
        if passage in self.gold:
            return True
        return None if self.about is None else passage in self.about


PLACE = re.compile(r"\b(at|to|in|of|nearby) (your|this|the)( \w+)? (location|site|property|hotel|place)\b|\bat \?|: ")
"""What only says where a question is asked."""


def topic(title: str) -> str | None:
    """The first topic that a title speaks of."""
    text = PLACE.sub(" ", title.lower())
    return next((name for name, words in TOPICS.items() if re.search(words, text)), None)


def topics(text: str) -> set[str]:
    """Every topic that the text touches."""
    return {name for name, words in TOPICS.items() if re.search(words, text.lower())}


def sample_questions(path: Path, kind: str) -> list[Asked]:
    """The questions of a YAML file like `tests/data/knowledge_questions.yaml`."""
    asked = []
    for domain, entries in yaml.safe_load(path.read_text("utf-8")).items():
        for entry in entries:
            gold, about = (
                frozenset(name if "/" in name else f"lobby-air/{name}" for name in entry.get(key, ()))
                for key in ("expect", "about")
            )
            known = "about" in entry or entry.get("why") in ("subject", "entity")
            one = Asked(entry["ask"], domain, entry.get("topic"), gold, kind, f"{kind}:{entry['ask']}")
            asked.append(replace(one, about=about if known else None))
    return asked


def missing(asked: Sequence[Asked], kind: str) -> list[Asked]:
    """The same questions where what answers them is left out, and with it the subject, mostly."""
    return [replace(one, gold=frozenset(), without=one.gold, kind=kind, about=frozenset()) for one in asked if one.gold]


def hotel_questions(passages: list[Passage], queries: Path) -> list[Asked]:
    """Questions from the query file, their own versions without an answer, and FAQ titles asked at other hotels."""
    asked: list[Asked] = []
    body = {passage.id: passage for passage in passages}
    for line in queries.read_text("utf-8").splitlines():
        query = json.loads(line)
        gold = frozenset(query["gold_ids"]) if query["answerable"] else frozenset()
        group = query["entity"][0] if query["entity"] else "none"
        asked.append(Asked(query["query_with_entity"], "hotel", None, gold, "hotels", group))
        subjects = topics(query["query"]) | {one for name in gold for one in topics(body[name].title)}
        if gold and subjects:
            gone = {p.id for p in passages if subjects & topics(f"{p.title} {p.body}")} | gold
            asked.append(
                Asked(query["query_with_entity"], "hotel", None, NONE, "hotels, made", group, frozenset(gone), NONE)
            )
    random = np.random.default_rng(5)
    hotels = sorted({passage.entity for passage in passages})
    titles = [p for p in passages if "guest review" not in p.title and topic(p.title)]
    for passage in titles:
        subject = topic(passage.title)
        question = PLACE.sub(" ", without_name(passage.title, passage.entity)).replace(" ?", "?").strip()
        hotel = str(random.choice([name for name in hotels if name != passage.entity]))
        there = {p.id for p in titles if p.entity == hotel and topic(p.title) == subject}
        word = TOPICS[str(subject)]
        spoken = {p.id for p in passages if p.entity == hotel and re.search(word, f"{p.title} {p.body}".lower())}
        if there and random.random() < 0.4:
            asked.append(Asked(question, "hotel", hotel, frozenset(there | spoken), "hotels, made", hotel))
        elif random.random() < 0.7:
            gone_here = frozenset(there | spoken)
            asked.append(Asked(question, "hotel", hotel, NONE, "hotels, made", hotel, gone_here, NONE))
    return asked


def about(passages: Sequence[Passage], subject: str) -> frozenset[str]:
    """The ids of hotel passages that tell of a subject: FAQs under it, and if there are any, reviews that touch it."""
    faqs = frozenset(p.id for p in passages if "guest review" not in p.title and topic(p.title) == subject)
    reviews = (p for p in passages if "guest review" in p.title and re.search(TOPICS[subject], p.body.lower()))
    return faqs | frozenset(p.id for p in reviews) if faqs else faqs


def any_hotel_questions(passages: list[Passage], name: str, kind: str) -> list[Asked]:
    """The questions of the file `name` that any hotel may be asked, each at two; and with the subject taken away."""
    random = np.random.default_rng(7)
    hotels = sorted({passage.entity for passage in passages})
    asked = []
    for entry in yaml.safe_load((BENCH / f"knowledge_{name}.yaml").read_text("utf-8")):
        for hotel in map(str, random.choice(hotels, 2, replace=False)):
            gold: frozenset[str] = frozenset()
            mine = [p for p in passages if p.entity == hotel]
            if subject := entry.get("about"):
                gold = about(mine, subject)
                if not gold:  # only reviews may tell of it
                    gold = frozenset(p.id for p in mine if re.search(TOPICS[subject], p.body.lower()))
            group = f"any:{entry['ask']}"
            asked.append(Asked(entry["ask"], "hotel", hotel, gold, kind, group))
            if gold:
                gone = gold | {p.id for p in mine if re.search(TOPICS[subject], f"{p.title} {p.body}".lower())}
                asked.append(Asked(entry["ask"], "hotel", hotel, NONE, kind, group, frozenset(gone), NONE))
    return asked


def near_misses(
    passages: Sequence[Passage], domain: str, kind: str, gold_of: Callable[[Sequence[Passage], str], frozenset[str]]
) -> list[Asked]:
    """For each entity and each thing that is told of it, two questions for an attribute that is not told, and two that
    are answered: one bare, one after a clause that only says why. Put together from `knowledge_near_misses.yaml`."""
    parts = yaml.safe_load((BENCH / "knowledge_near_misses.yaml").read_text("utf-8"))
    random = np.random.default_rng(3)

    def one(of: Sequence[str]) -> str:
        return str(random.choice(list(of)))

    asked: list[Asked] = []
    for entity in sorted({p.entity for p in passages if p.domain == domain and (p.entity or domain == "flight")}):
        mine = [p for p in passages if p.domain == domain and p.entity in (entity, "")]
        told = " ".join(f"{p.title} {p.body} {' '.join(p.asked)}" for p in mine).lower()
        for subject, names in parts["things"][domain].items():
            gold = gold_of(mine, subject)
            if not gold:
                continue
            thing = one(names)
            bare = thing in BARE
            the, a = ("", "") if bare else ("the ", article(thing))
            adjectives = [word for word in parts["adjectives"].split() if word.split("-")[0] not in told]
            noun = one([word for word in parts["nouns"].split() if word not in told])
            noun, adjective = article(noun) + noun, one(adjectives)
            short = one([word for word in adjectives if "-" not in word and not word.endswith("ed")])
            wrong = [
                f"Is {the}{thing} {adjective}?",
                f"Does {the}{thing} have {noun}?",
                f"Is there {noun} in {the}{thing}?",
                f"Do you have {'' if bare else article(adjective)}{adjective} {thing}?",
                f"How {short} is {the}{thing}?",
                f"Who {one(parts['verbs'].split())} {the}{thing}?",
                f"Is there {noun} for {the}{thing}?",
                f"Does {the}{thing} come with {noun}?",
                f"Can I bring {noun} to {the}{thing}?",
            ]
            right = [
                f"Is there {a}{thing}?",
                f"Do you have {a}{thing}?",
                f"Can I use {the}{thing}?",
                f"Tell me about {the}{thing}.",
                f"I need {a}{thing}.",
                f"Can we get {a}{thing}?",
                f"What about {the}{thing}?",
            ]
            for text in random.choice(wrong, 2, replace=False):
                asked.append(Asked(str(text), domain, entity or None, NONE, kind, str(text), about=gold))
            later = one(right)
            later = later if later.startswith("I ") else later[0].lower() + later[1:]
            for text in (one(right), f"{one(parts['asides'])} {later}"):
                asked.append(Asked(text, domain, entity or None, gold, kind, f"{entity}:{subject}"))
    return asked


BARE = {"Wi-Fi", "internet", "room service", "breakfast", "housekeeping", "luggage storage", "internet on board"}
BARE |= {"travel credit"}
"""Things that take no article."""


def article(word: str) -> str:
    """The indefinite article and a space."""
    return "an " if word[0] in "aeiou" else "a "
