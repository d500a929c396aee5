"""The words of a question or a passage that carry its meaning, and the names and codes in it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

import Stemmer

_STEMMER = Stemmer.Stemmer("english")
_STEMMER_LOCK = threading.Lock()  # a Snowball stemmer keeps the word it works on

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_ONE_WORD = (
    (re.compile(r"\bwi[\s-]?fi\b"), "wifi"),
    (re.compile(r"\b(check|checking|checked)[\s-]in\b"), "checkin"),
    (re.compile(r"\b(check|checking|checked)[\s-]out\b"), "checkout"),
    (re.compile(r"\bcarry[\s-]on\b"), "carryon"),
    (re.compile(r"\be-mail\b"), "email"),
    (re.compile(r"\bno-show\b"), "noshow"),
    (re.compile(r"\bon board\b"), "onboard"),
    (re.compile(r"\bwork(ing)? out\b"), "workout"),
    (re.compile(r"\b(in)?acc?ess?[ia]b(le|ility)\b"), "disabled"),
    (re.compile(r"\bdry[\s-]clean(er|ers|ing)?\b"), "drycleaning"),
    (re.compile(r"\broom[\s-]service\b"), "roomservice"),
    (re.compile(r"\bfront[\s-]desk\b"), "frontdesk"),
    (re.compile(r"\bhot[\s-]tubs?\b"), "hottub"),
    (re.compile(r"\bhair[\s-]?dr[iy]ers?\b"), "hairdryer"),
    (re.compile(r"\bair[\s-]con(ditioning|ditioned|ditioner)?\b"), "airconditioning"),
    (re.compile(r"\b(extra|additional) beds?\b"), "extrabed"),
    (re.compile(r"\bsafety deposit box(es)?\b"), "safetydepositbox"),
    (re.compile(r"\b(service|guide|assistance) (animal|dog)s?\b"), "serviceanimal"),
    (re.compile(r"\bgluten[\s-]free\b"), "glutenfree"),
    (re.compile(r"\bboarding[\s-]pass(es)?\b"), "boardingpass"),
    (re.compile(r"\bexit rows?\b"), "exitrow"),
    (re.compile(r"\bhand (luggage|baggage)\b"), "handluggage"),
    (re.compile(r"\bcabin (bag|baggage|luggage)\b"), "cabinbag"),
    (re.compile(r"\bsteam rooms?\b"), "steamroom"),
    (re.compile(r"\bwashing machines?\b"), "washingmachine"),
    (re.compile(r"\bpower banks?\b"), "powerbank"),
)

_SPOKEN = """
a an the this that these those some any each every all both either neither no not only own same such other another
i me my mine we us our ours you your yours he him his she her hers it its they them their theirs one ones
am is are was were be been being do does did doing done have has had having can could may might must shall should
will would ought to of in on at by for from with without about into onto over under up down out off as than then
and or but if so because while until though although nor yet when where which who whom whose what why how
here there now just also too very really quite even ever still again actually basically maybe perhaps
please thanks thank hello hi hey ok okay yes well right sorry oh um uh er great good fine sure
tell know say said see let want wanted need needed like wonder wondering ask asking mean think guess hope
bring brings bringing brought get got give go going come make take put use used using happen happens
much many lot lots more most something anything someone anyone somebody thing things kind sort type
im i'm i'd i'll i've you're it's that's what's there's don't doesn't isn't aren't won't can't
possible available provide provides provided offer offers offered allow allowed permit permitted
regarding concerning info information detail details question answer
"""
FUNCTION_WORDS = frozenset(_SPOKEN.split())
"""Words that say how something is asked, not what."""

_PRICE = re.compile(
    r"\$|\bhow much\b|\b(cost|costs|price|prices|priced|charge(?! (?:my|our|a|the|your) )"
    r"|charges|charged|fee|fees|free|pay|paid|rate|expensive"
    r"|cheap|complimentary|included|fares?|percent|discounts?|dollars?|gbp|euros?)\b"
)
_SENTENCE_END = re.compile(r"(?<=[.!?])(?<!\b[ap]\.m\.)(?<!\b(?:Mr|St|Dr|No|Ms)\.)(?<!\bMrs\.)\s+(?=[\"'(A-Z0-9$£€])")
_TIME = re.compile(
    r"\b(noon|midnight|midday|\d+([:.]\d\d)?\s?([ap]\.?m\b|o'clock)|\d{1,2}:\d\d|24[\s/-]?(hours|7)"
    r"|round the clock|day and night|hours?|minutes?|days?|weeks?|months?|at any time|any time|always)"
)
_ASKS_TIME = re.compile(
    r"\b(what time|when|how (early|late|long|soon)|until when|which hours|what hours|(?:check\w+) times?)\b"
)
_NUMBER = r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|both|no|none|single)\b"
_MEASURES = tuple(
    (re.compile(asks), re.compile(tells))
    for asks, tells in (
        (r"\b(how fast|what speed|how quick)\b", r"\bfast|speed|quick|megabit|mbps|minutes"),
        (r"\b(how (hot|warm|cold|cool)|what temperature)\b", r"degrees|\bhot\b|\bwarm\b|heated"),
        (r"\b(how (deep|tall|high|low|wide))\b", r"\b(inch|inches|feet|foot|metres?|meters?|cm)\b|\d'"),
        (r"\b(how heavy|how much (does|do|may|can|will) .* weigh|what weight)\b", r"\b(pounds?|lbs?|kilos?|kg|weigh)"),
        (r"\bhow many\b", _NUMBER),
        (r"\bhow old\b", r"\b(years?|age|aged|birthday|adults?|children|under|over)\b"),
        (r"\bhow far\b", r"\b(miles?|minutes?|blocks?|km|kilomet\w+|walk\w*|yards?|close|near\w*|next|away)\b"),
        (r"\bhow often\b", r"\b(every|daily|hourly|once|twice|weekly|each|times)\b"),
        (r"\b(which|what) floor\b", r"\b(floors?|ground|stor(y|ey)|upstairs|downstairs|basement)\b"),
        (
            r"^who\b|\bwho('s| is| are)\b",
            r"\b(guests?|people|anyone|everybody|staff|we|famil\w+|children|adults?|crew)\b",
        ),
    )
)
_HOUR = re.compile(r"\d{1,2}[ap]m")


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """The Snowball (Porter 2) stem of a lower-case word."""
    with _STEMMER_LOCK:
        return str(_STEMMER.stemWord(word))


def plain(text: str) -> str:
    """The text in lower case, with compounds such as "check in" and "Wi-Fi" as one word."""
    text = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    for pattern, word in _ONE_WORD:
        text = pattern.sub(word, text)
    return text


def content_words(text: str) -> dict[str, str]:
    """The words that carry meaning: stem to first form met, in order of appearance."""
    return dict(_content_words(text))


@lru_cache(maxsize=4096)
def _content_words(text: str) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for word in _WORD.findall(plain(text)):
        if word not in FUNCTION_WORDS:
            bare = word.removesuffix("'s")
            found.setdefault(stem(bare), bare)
    return tuple(found.items())


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text, in order; a full stop in "p.m." or "St. Mary" ends none."""
    return tuple(sentence for sentence in _SENTENCE_END.split(text.strip()) if sentence)


def stem_places(text: str) -> list[tuple[str, int, int]]:
    """Each word's stem and the characters where it stands, [start, end)."""
    found = _WORD.finditer(text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    return [(stem(match[0].removesuffix("'s")), match.start(), match.end()) for match in found]


def neighbours(text: str) -> list[tuple[str, str]]:
    """Stems of meaning that follow one another with nothing between: a modifier and what it is said of, mostly."""
    words = [word.removesuffix("'s") for word in _WORD.findall(plain(text))]
    return [
        (stem(first), stem(second))
        for first, second in pairwise(words)
        if first not in FUNCTION_WORDS and second not in FUNCTION_WORDS
    ]


def one_inside_other(first: str, second: str) -> bool:
    """Whether one stem is a part of the other that says something else ("board" in "surfboard").

    A model that reads words in pieces finds such words alike.
    """
    short, long = sorted((first, second), key=len)
    return len(long) - len(short) >= 3 and long.endswith(short)


def codes(text: str) -> list[str]:
    """What looks like a code in the text: letters and digits mixed, at least three of them (`LB204`)."""
    return [
        word for word in re.findall(r"\b(?=\w*[A-Za-z])(?=\w*\d)\w{3,}\b", text) if not _HOUR.fullmatch(word.lower())
    ]


def mentions_price(text: str) -> bool:
    """Whether a question asks for a price, or a passage tells one."""
    return _PRICE.search(text.lower()) is not None


def asks_time(text: str) -> bool:
    """Whether a question asks when, or how long."""
    return _ASKS_TIME.search(text.lower()) is not None


def mentions_time(text: str) -> bool:
    """Whether a passage tells a time or a length of time."""
    return _TIME.search(text.lower()) is not None


def measure_missing(question: str, passage: str) -> bool:
    """Whether a question asks for a measure (how fast, how many, which floor) of which a passage tells none."""
    asked, told = question.lower(), passage.lower()
    return any(asks.search(asked) is not None and tells.search(told) is None for asks, tells in _MEASURES)


_SHARED = "the a and hotel hotels inn house lodge guest bed breakfast motel hostel court"
GENERIC_IN_NAMES = frozenset(_SHARED.split())
"""Words that a place's name shares with many others."""


@lru_cache(maxsize=4096)
def without_name(text: str, name: str) -> str:
    """The text without the entity's name, in full or by its own words (so that it says only what is asked or told)."""
    full, own = _name_words(name)
    if not full:
        return text
    text = re.sub(_name_pattern(full), " ", text, flags=re.IGNORECASE)
    if own and own != full:
        capitals = re.IGNORECASE if len(own) > 1 else re.NOFLAG
        text = re.sub(_name_pattern(own if len(own) > 1 else [own[0].capitalize()]), " ", text, flags=capitals)
    return text.strip()


def _name_pattern(words: list[str]) -> str:
    return r"\s*\b(?:[Tt]he\s+)?" + r"\W+".join(map(re.escape, words)) + r"\b(?:'s)?:?\s*"


@lru_cache(maxsize=4096)
def _name_words(name: str) -> tuple[list[str], list[str]]:
    """The words of a name without "the", and those that other names do not share."""
    full = [word for word in _WORD.findall(name.lower()) if word != "the"]
    return full, [word for word in full if word not in GENERIC_IN_NAMES]


def named(text: str, names: Iterable[str]) -> str | None:
    """Which of `names` the text mentions: in full, or by the words of it that others do not share.

    A single such word counts when it is capitalised in the text. None when no name is there.
    """
    spoken = _WORD.findall(text.lower())
    capitalised = {word.lower() for word in re.findall(r"\b[A-Z]\w+", text)}
    best: tuple[int, str] | None = None
    for name in names:
        full, own = _name_words(name)
        length = 0
        if _runs_in(full, spoken):
            length = len(full) + 1
        elif own and _runs_in(own, spoken) and (len(own) > 1 or own[0] in capitalised):
            length = len(own)
        if length and (best is None or length > best[0]):
            best = (length, name)
    return best[1] if best else None


def _runs_in(wanted: list[str], spoken: list[str]) -> bool:
    return (
        bool(wanted)
        and wanted[0] in spoken
        and any(spoken[start : start + len(wanted)] == wanted for start in range(len(spoken) - len(wanted) + 1))
    )


_CLAUSE_END = re.compile(r"[,.;!?\u2013\u2014]+(?:\s+|$)|\s+(?=(?:because|since|so that|although)\b)", re.IGNORECASE)
_ASKS = re.compile(
    r"\W*(?:(?:and|or|so|but|well|then|now|please|ok|okay|yes|no|oh)\W+)*"
    r"(?:is|are|was|were|do|does|did|can|could|may|might|must|should|shall|will|would|has|am|any|anything"
    r"|what|when|where|which|who|whose|why|how|what's|where's|how's|who's"
    r"|(?:by|from|until|at|in|on|for|to) (?:what|when|which|where|whom)"
    r"|(?:i|we)(?:'d| would) like|(?:i|we) (?:need|want)|(?:tell|show) me|have (?:you|i|we))\b",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"\W*(?:(?:and|so|but|because|since|so that|although|if|actually) )*"
    r"(?:i|we|you|he|she|it|they|there|my|our|this|the)\b(?:'\w+)?\s+\S+",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"\b(it|its|that|this|these|those|he|him|his|she|her|they|them|their|one|ones|some|there)\b", re.IGNORECASE
)
_THERE_IS = re.compile(r"\b(?:is|are|was|were|be)(?: still| also| any)? there\b|\bis there\b", re.IGNORECASE)


def asking_part(text: str) -> str:
    """The text without the clauses that only say why somebody asks ("My wife drives, is there parking?").

    The whole text when no clause asks, or when what asks points back to the others ("..., may she come?").
    """
    ends = [match.end() for match in _CLAUSE_END.finditer(text)]
    clauses = [text[start:end].strip() for start, end in pairwise([0, *ends, len(text)])]
    clauses = [clause for clause in clauses if _WORD.search(clause.lower())]
    if not any(_ASKS.match(clause) for clause in clauses):
        return text
    part = " ".join(clause for clause in clauses if _ASKS.match(clause) or not _TELLS.match(clause))
    leaning = _POINTS_BACK.search(_THERE_IS.sub(" ", part))
    return text if leaning or not content_words(part) else part
