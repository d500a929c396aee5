"""What words want of an offer that is open: a lower price, other things to choose from, whether it is done yet; and
how customers come back to one."""

from __future__ import annotations

import re

_LESS = re.compile(
    r"\b(?:cheaper|cheapest|less expensive|less money|(?:lower|better|smaller) (?:price|rate|fare|deal|fee)|discounts?|"
    r"(?:too|so|very|quite|pretty|rather|a bit|a little|kind of|kinda|awfully) (?:steep|expensive|dear|pricey|high|"
    r"much(?: money)?)|a bit much|steep|pricey|a lot of money|is a lot|that's a lot|rip-?off|that much|"
    r"(?:one|ones|any|anything|something|nothing|seat|seats|rooms?|flights?|there)\b(?: \w+){0,4}? "
    r"(?:doesn't cost|don't cost|does not cost|for free|free of charge|for nothing|"
    r"without (?:paying|a fee|the fee|extra))|"
    r"(?:have|get|there|any) (?:\w+ ){0,2}(?:for free|free one|free ones)|knock (?:\w+ ){0,3}off|go any lower)\b",
    re.IGNORECASE,
)
_BEYOND = re.compile(
    r"\bmore than (?:i|we)(?:'d|'m| am| would| had)? (?:\w+ ){0,2}?(?:want|wanted|like|liked|expect|expected|thought|"
    r"plan|planned|meant|can|could|spend|pay|paid|willing|bargained)\b|\b(?:can't|cannot|can not|couldn't) afford\b|"
    r"\btoo rich for\b|\b(?:not|isn't|hardly) (?:really )?worth (?:it|that|the)\b|"
    r"\b(?:out of|over|above|beyond) (?:my|our) (?:budget|price range|means|limit)\b",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"\b(?:that's|that is|it's|it is|this is|which is|that'd be|sounds|seems) (?:\w+ ){0,3}?"
    r"(?:steep|pricey|expensive|dear|a lot|much|a rip-?off|high)\b\W*",
    re.IGNORECASE,
)
_EXTREME = re.compile(
    r"\b(?:earliest|latest|soonest|cheapest|first|last) (?:possible |available )?(?:flight|plane|departure|one|you)\b",
    re.IGNORECASE,
)
_FEE = r"(?:fees?|charges?|price|bill|costs?|surcharge|penalty|dollars|bucks)"
_OFF = r"(?:tak(?:e|ing)|knock(?:ing)?|shav(?:e|ing)|leav(?:e|ing))"
_BARGAINS = re.compile(
    r"\bwai?v(?:e|ed|ing)\b|\b(?:make|making) an exception\b|\bmeet me (?:half ?way|in the middle)\b|"
    r"\bcut (?:me|us) (?:a deal|some slack|a break)\b|\blet (?:me|us) off\b|"
    r"\bdo (?:it|that|this) for (?:less|free|nothing)\b|"
    rf"\b(?:around|round|out of|without) (?:paying )?(?:that|the|this|any) {_FEE}\b|"
    r"\b(?:drop|cut|remove|skip|forget|lower|reduce|lose|slash|halve|do away with|get rid of)(?:ping|ting|ing)?"
    rf"(?: \w+){{0,4}}? {_FEE}\b|"
    rf"\b{_OFF} (?:\w+ ){{0,3}}?off(?: \w+){{0,2}} {_FEE}\b|"
    rf"\b{_OFF} (?:\w+ ){{0,3}}?(?:{_FEE}|something|some|a bit|a little) off\b",
    re.IGNORECASE,
)
_DROPS_IT = re.compile(
    r"\b(?:can|could|can't|couldn't|will|won't|would|surely|please|maybe)\b.*"
    rf"\b(?:drop|cut|remove|lower|reduce|lose|halve|{_OFF}(?= \w+ off)) (?:it|that|this|them|those)\b|"
    rf"\b(?:drop|cut|remove|lower|reduce|lose|halve|{_OFF}) (?:it|that|this|them|those)"
    r"(?: off| down)? for (?:me|us|once|a)\b",
    re.IGNORECASE,
)
_OF_MONEY = re.compile(rf"\b(?:{_FEE}|pay|paying|money|loyal|regular|off|down|for (?:me|us))\b", re.IGNORECASE)
_ELSE = re.compile(
    r"\b(?:(?:what|which) (?:other |else )?(?:times|options?|choices|alternatives|ones|kinds|types|others)\b"
    r"(?! (?:of|for) (?:card|payment))|"
    r"(?:what|which|any) other (?:flights?|planes?|departures?|seats?|rooms?|days?)\b|"
    r"what else (?:is|do|have|could|can|would|are)\b|(?:anything|something) else (?:available|free|there|instead)|"
    r"(?:any |the |my |no )?other (?:options|choices|alternatives|possibilities|times)|"
    r"(?:what|which) are (?:the|my) (?:options|choices|others|alternatives)|differences? between|"
    r"difference (?:in price|to|from)|what(?:'s| is) the difference|how much (?:are|do) (?:they|the others|those|each)|"
    r"what (?:are|do) (?:they|the others|each) (?:cost|run))\b",
    re.IGNORECASE,
)
_SUGGESTS = re.compile(
    r"\b(?:what (?:about|if)|how about|instead|rather|make (?:it|that)|switch|change (?:it|that) to|just|only)\b",
    re.IGNORECASE,
)
_OFFERED = re.compile(
    r"\b(?:(?:as|like|what|that|which|one|offer|room|flight|seat|thing|deal|night) "
    r"you(?:'ve| have| had)? (?:just |first )?(?:offered|said|told me|suggested|mentioned|quoted|found|had)|"
    r"(?:the|that|your) (?:first |last |previous )?offer|"
    r"you (?:just )?(?:offered|told|quoted|suggested) (?:me|us)?)\b",
    re.IGNORECASE,
)
_WANTS = re.compile(
    r"\b(?<!don't )(?<!not )(?:i|we)(?:'ll| will|'d| do| really)* (?:want|take|pay|have|like) "
    r"(?:it|that|this|for it|for that|the (?!other\b)\w+|now)\b",
    re.IGNORECASE,
)
_TAKES = re.compile(
    r"^(?:\W*(?:oh|well|um+|uh+|er+m?|hm+|ok|okay|so|ah|alright|all right|right|good|fine|yes|yeah|then|and|but|please|"
    r"i (?:think|guess|suppose|believe))\b)*\W*(?:let(?:'s| us| me)|(?:i|we)(?:'ll| will|'d| would|'re going to)?)"
    r"(?: (?:just|then|like to|rather|probably|say|maybe))* "
    r"(?:take|have|get|choose|pick|book|reserve|go (?:for|with))\s+",
    re.IGNORECASE,
)
_FIRST = re.compile(r"^\W*(?:\w+\W+){0,4}?first\b(?:\W+(?:please|then|of all|thanks))*\W*$", re.IGNORECASE)
_SAME = re.compile(r"\b(?:too|also|as well|it|that|the same)\b", re.IGNORECASE)
_ASKS_BESIDE = re.compile(
    r"(?:[,.;!]+\s+(?:(?:and|oh|also|so|by the way)\W+)*|\s+(?:and|oh and|and also)\s+(?:also\s+)?)"
    r"(?P<asked>(?:what(?:'s)?|which|when(?:'s)?|where(?:'s)?|who|how|"
    r"(?:is|are|does|did|am) (?!not\b)\w+|(?:do|will|would|can|could|may) (?:i|we|you|they|the|my|our|any))\b\W.*)$",
    re.IGNORECASE,
)
_CLAUSE_ASKS = re.compile(
    r"(?:^|[,.;!]\s*|\b(?:and|but|so|or)\s+)(?:(?:do|does|did|is|are|was|were|am|will|would|have|should) "
    r"(?:i|we|they|there|the|my|our|it|this)|(?:do|will|would|did) you|"
    r"(?:can|could|may) (?:i|we))\b(?<!\bdo it)(?<!\bdo this)",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"^\W*(?:(?:so|and|ok|okay|wait|then|um|uh|but|right)\W+)*(?:(?:is|has|are|have) (?:it|that|this|everything|they)"
    r"(?: all| already| now| been)*(?: \w+ed| done| through| set| made| gone)(?: (?:now|then|already|yet))*|"
    r"(?:did|have) you (?:(?:do|done|make|made|change|cancel|book|add|changed|cancelled|canceled|"
    r"booked|added) (?:it|that|this))(?: (?:now|then|already|yet))*|"
    r"(?:am i|are we) (?:all )?(?:set|done)(?: (?:now|then|already))*)\W*$",
    re.IGNORECASE,
)

_PUTS_RIGHT = re.compile(
    r"(?:^|[.!;,]\s+)\W*(?:(?:no|nope|not|sorry|oh|well|um+|uh+)\W+)*(?:i (?:mean|meant)\b|"
    r"(?:i|we)(?:'m| am| was|'ve| have| had)?(?: only| just| really)* ask(?:ed|ing)\b|"
    r"(?:that's|that is|that was|it's|it was) not (?:what i (?:asked|meant)|my question)|"
    r"(?:that's|that is|that was) what i (?:asked|meant)|my question (?:is|was)\b)|"
    r"\b(?:i|we) did (?:still )?want\b",
    re.IGNORECASE,
)
_AFTER_ALL = re.compile(
    r"\bafter all\b|\b(?:i|we) (?:did|do) (?:still )?want (?:it|that|the|to)\b|"
    r"\bi(?:'ll| will|'d like to)? (?:have|take) (?:it|that)\b|\bgo (?:on|ahead|for it)\b|"
    r"\b(?:let's|please|just|then|okay|ok|well|actually|yes),? do (?:it|that)\b|"
    r"\b(?:changed my mind|second thought)|\bwhy not\b",
    re.IGNORECASE,
)


def asks_less(words: str) -> bool:
    """Whether `words` find a price too high or ask for a lower one ("is there nothing cheaper", "that's steep")."""
    return _LESS.search(words) is not None


def behind_a_remark(words: str) -> int:
    """Where in `words` goes on what is said behind a remark on the price ("two two six for one night, that's steep.
    what's a queen instead"); 0 where there is no such remark, or nothing behind it."""
    match = _REMARK.search(words)
    return match.end() if match is not None and len(words[match.end() :].split()) > 2 else 0


def is_beyond(words: str) -> bool:
    """Whether `words` say that a price is more than they would pay ("that's more than I wanted to spend")."""
    return _BEYOND.search(words) is not None


def asks_extreme(words: str) -> bool:
    """Whether `words` ask for the first, the last or the cheapest that there is ("what's the earliest flight")."""
    return _EXTREME.search(words) is not None


def bargains(words: str) -> bool:
    """Whether `words` ask for a price or a fee that was told to be taken off, or some of it ("surely you can drop that
    for me, I pay you enough"): a wish for no other thing, and no yes."""
    drops = _DROPS_IT.search(words) is not None and (_OF_MONEY.search(words) is not None or asks_less(words))
    return drops or _BARGAINS.search(words) is not None


def asks_else(words: str) -> bool:
    """Whether `words` ask what else there is, or how it differs ("what times are there")."""
    return _ELSE.search(words) is not None


def suggests(words: str) -> bool:
    """Whether `words` say what they would have instead ("what about Friday", "make it one night")."""
    return _SUGGESTS.search(words) is not None


def as_offered(words: str) -> bool:
    """Whether `words` come back to what was offered ("the extra night, as you offered")."""
    return _OFFERED.search(words) is not None


def takes_after_all(words: str) -> bool:
    """Whether `words` take up what was turned down before ("okay, I'll take it after all")."""
    return _AFTER_ALL.search(words) is not None


def wants_it(words: str) -> bool:
    """Whether `words` say that it is wanted, whatever they begin with ("no, I want it now")."""
    return _WANTS.search(words) is not None


def taken(words: str) -> str:
    """What `words` say they take of what was told ("the queen then" of "right, we'll take the queen then"), else all
    of them."""
    match = _TAKES.match(words)
    return words[match.end() :] if match is not None else words


def comes_first(words: str) -> bool:
    """Whether `words` only say what is to come first ("the flight first")."""
    return _FIRST.match(words) is not None


def of_the_same(words: str) -> bool:
    """Whether `words` ask for more of what was spoken of just now ("and a seat on it", "my seat too")."""
    return _SAME.search(words) is not None


def question_beside(words: str) -> int | None:
    """Where in `words` a question begins behind what was said first ("yes please, and is there wifi"); None: there is
    none."""
    match = _ASKS_BESIDE.search(words)
    return match.start("asked") if match is not None and match.start() > 0 else None


def asks_in_a_clause(words: str) -> bool:
    """Whether a clause of `words` has the order of a question ("yes, and do I get my money back"): a yes in them may
    depend on its answer."""
    return _CLAUSE_ASKS.search(words) is not None


def asks_whether_done(words: str) -> bool:
    """Whether `words` only ask whether what was read back is done ("is it done then")."""
    return _DONE.match(words) is not None


def puts_right(words: str) -> bool:
    """Whether a no in `words` puts right what the last reply answered, and turns nothing down ("no, I mean the bag that
    is on it already", "no no, I did want it, I was only asking")."""
    return _PUTS_RIGHT.search(words) is not None
