"""What a reply asks of the customer, by its words alone, as a person would hear it.

Nothing here knows the desk's state or its texts: the same customer can talk to any desk, also over the wire.
"""

from __future__ import annotations

import re

from edge_server.evaluation.dialogues.script import Asked

_ASKED: tuple[tuple[Asked, str], ...] = (
    ("more", r"\b(hear|know|see|list|tell you|read) (about )?(more|all|them all|the (others|rest))\b"),
    (
        "staff",
        r"\b(call|fetch|get|connect|transfer|speak|talk)\b.*\b(staff|person|someone|colleague|human|one of them)\b",
    ),
    ("wish", r"^(would you like|do you want|did you want) to\b(?!.*\b(do|hear more)\?)|\bwhich of the two\b"),
    ("anything_else", r"\banything (else|more)\b|\bwhat else\b|\bhow (can|may) I help\b|\bwhat can I do for you\b"),
    ("anything_else", r"\bwhat would you like( to do)?\?|\bhelp (you )?with\?"),
    ("again", r"\b(another way|say (that|it) again|repeat|rephrase|didn't (get|catch|understand) (that|you))\b"),
    ("subject", r"\bflights?\b.*\bor\b.*\b(hotel|stay|room)|\b(hotel|stay|room)s?\b.*\bor\b.*\bflight"),
    ("pin", r"\bPIN\b"),
    ("persons", r"\bhow many (people|persons|guests|adults)\b|\bfor how many\?|number of (people|persons|guests)"),
    ("nights", r"\bhow many nights\b|\bhow long\b|number of nights\?"),
    ("bags", r"\bhow many (more |further |checked |extra )*(bags|suitcases|pieces)\b"),
    ("change", r"\bwhat would you like to change\b|\bthe day, the nights or the room\b|\bthe new day\b"),
    ("customer_number", r"\bcustomer (number|id)\b"),
    (
        "booking",
        r"\bwhich (of your )?(booking|reservation|trip|stay|flight)s? (is|do|did) ?(it|you mean)?\b|\bwhich of your\b",
    ),
    ("choice", r"\bwhich (one|flight) (would|do|shall|suits)\b|\bwhich of (these|those|them)\b|\bwhich one\b"),
    ("code", r"\b(booking|reservation|confirmation)? ?code\b"),
    ("confirm", r"\b(shall|should) I\b(?!.*\bor shall\b)|\b(do|would) you (want|like) me to\b|\bgo ahead\b"),
    ("confirm", r"\bis that (right|correct|ok|okay)\b|\b(okay|all right) with you\b|\bdo you want (that|this|to)\b"),
    ("confirm", r"\b(confirm|say yes|agree)\b"),
    ("depart", r"\b(until|till) (which|what) (other )?(day|date)\b|\bwhen (do|will|would) you (leave|check out)\b"),
    ("hotel", r"\b(which|what) (hotel|city|house)\b|\bhotel'?s name\b|\bname or its city\b"),
    ("room", r"\b(which|what) (kind of |type of |sort of )?room\b|\bqueen, king\b"),
    ("seat", r"\b(which|what) seat\b|\bwindow or aisle\b|\brow and the letter\b"),
    ("origin", r"\b(where|which city|what city)\b.*\bfrom\b|\bfrom where\b"),
    ("flight", r"\b(which|what) flight\b|\bflight number\b|\bthe number digit\b"),
    ("destination", r"\bwhere\b.*\b(to|go|going|fly|land)\b|\bto (which|what) (city|airport)\b|\bdestination\?"),
    (
        "date",
        r"\b(which|what|the) (other |new )?(day|date)\b|\bwhen\b.*\?|\ba weekday or a date\b|\bearlier or later\b",
    ),
)
_PATTERNS = [(what, re.compile(pattern, re.IGNORECASE)) for what, pattern in _ASKED]
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_REQUEST = re.compile(r"\b(please|you can say|tell me|say)\b", re.IGNORECASE)
_LOST = re.compile(
    r"\b(I don't know (that|this|about that)|didn't get that|didn't understand|another way|"
    r"say it again in one sentence|"
    r"I can't help with)\b",
    re.IGNORECASE,
)


def asked(reply: str) -> tuple[Asked, ...]:
    """What `reply` asks for, the last question first, requests ("Please say ...") after the questions; none when it
    asks nothing. One question may leave a choice ("your booking code or your customer number?").
    """
    sentences = [one for one in _SENTENCE.split(reply.strip()) if one]
    questions = [one for one in sentences if one.endswith("?")]
    requests = [one for one in sentences if not one.endswith("?") and _REQUEST.search(one)]
    found: list[Asked] = []
    for one in (*reversed(questions), *reversed(requests)):
        kinds = [what for what, pattern in _PATTERNS if pattern.search(one)]
        found += [what for what in kinds if what != "confirm" or not {"staff", "more"} & {*kinds}]
    return tuple(dict.fromkeys(found))


def understood(reply: str) -> bool:
    """Whether `reply` sounds as if the customer was understood."""
    return _LOST.search(reply) is None
