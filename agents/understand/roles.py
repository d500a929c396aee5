"""What part a day or a choice plays in what is said: what is wanted, what there is already, what is given up.

"I'm on Monday's flight, can I go on Wednesday": Monday is how things are, and says which booking is meant.
"""

from __future__ import annotations

import re

_DAY_OF = r"\s+(?:(?:on|for|of|from)\s+)?(?:the\s+)?$"
_HELD_BEFORE = re.compile(
    r"(?<!put )(?<!book )(?<!rebook )(?<!get )(?<!have )"
    r"\b(?:my|our|that|this|those|these)(?:\s+[\w'\u2019-]+){1,5}\s+(?:on|of|for|from)\s+(?:the\s+)?$|"
    r"\b(?:my|our)\s+$|"
    r"\b(?:booking|ticket|flight|reservation|stay|trip|room|plane|seat|it)\s+(?:is|was|'s|says|leaves|goes|"
    r"starts|begins|runs)"
    rf"(?:\s+(?:booked|down|set|only))?{_DAY_OF}|"
    r"\b(?:booked|ticketed|scheduled|reserved|down|due|supposed|meant)(?:\s+(?:to|on|in|it|out|fly|leave|go|"
    r"travel|arrive|"
    rf"there|come|with|you)\b)*{_DAY_OF}|"
    r"\b(?:i|we)(?:'m|'re|\u2019m|\u2019re| am| are)(?: already| currently| now)? (?:on|flying|leaving|"
    r"travelling|traveling|going|arriving)"
    rf"(?:\s+(?:out|to|there|in|the|\w+))?{_DAY_OF}|"
    r"\b(?:i|we)(?: currently| already| now)? (?:fly|leave|travel|depart|arrive|check in|have|hold|'ve|\u2019ve|"
    r"'ve got)"
    rf"(?:\s+(?!to\b)[\w'-]+){{0,5}}\s+(?:on|for)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
"""What stands before a value that says how things are."""
_GIVEN_BEFORE = re.compile(
    r"(?<!can )(?<!could )(?<!would )(?<!will )\b(?:they|you|it|somebody|someone)(?:'ve|\u2019ve| have| had)?"
    r"\s+(?:\w+\s+)?"
    r"(?:stuck|put|placed|seated|given|gave|got|assigned|sat)\s+(?:me|us)(?:\s+(?:in|into|with|on))?\s+(?:seat\s+)?$|"
    r"\b(?:i'm|i\u2019m|i am|we're|i've got|currently|sitting)\s+(?:in\s+)?(?:seat\s+)?$",
    re.IGNORECASE,
)
"""What stands before a seat that somebody has."""
_WISHED = re.compile(
    r"\b(?:have to|must|need to|want to|like to|prefer to|got to|should|rather|wish to|hope to)\s+"
    r"(?:(?!(?:so|but|because|since|and|or|after|before|until|not)\b)[\w']+\s+){0,7}$",
    re.IGNORECASE,
)
"""What stands, in the same clause, before a value that is to come true."""
_HELD_AFTER = re.compile(
    r"^(?:'s|\u2019s)?(?:\s+the\s+\w+)?\s*(?:(?:is|'s|are)\s+(?:no good|out|off|impossible|bad|not (?:good|"
    r"possible|any good|on))|"
    r"(?:does|do|will|wo|ca)(?:n't|n\u2019t| not)\s+(?:work|suit|do|make|be)|no longer (?:works|suits)|booked\b|"
    r"as (?:booked|planned)\b)|"
    r"^(?:'s|\u2019s|s)\s+(?:flight|plane|one|booking|room|stay|trip)\b(?=.*\d|.*\b(?:to|instead|rather|but|can|"
    r"could|want|need)\b)",
    re.IGNORECASE,
)
"""What stands after a value that is given up, or that names what there is."""
_WANTED_BEFORE = re.compile(
    r"\b(?:to|onto|until|till|want|wants|need|needs|needing|like|rather|prefer|make it|instead|put (?:me|us) on|"
    r"get (?:me|us) on|move (?:me|us) to|go|change it to)\s+(?:(?:go|fly|leave|travel|be|come|arrive|have|it|"
    r"that|for|on|the)\s+)*$",
    re.IGNORECASE,
)
"""What stands before a value that is wished for, whatever else the words hold."""
_GIVEN_UP = re.compile(
    r"\b(?:instead of|rather than|in (?:place|lieu|stead) of|in exchange for|(?<!why )(?<!if )not)\s+"
    r"(?:(?:on|to|for|the|an?|my|our)\s+)*$",
    re.IGNORECASE,
)
_RULED_OUT = re.compile(
    r"\b(?:ca(?:n't|n\u2019t|nnot|n not)|(?:do|does|did|wo|is|are|was)(?:n't|n\u2019t)|(?:do|does|will) not|no longer|"
    r"never|hate|sick of|tired of)(?!\s+(?:you|we|i|it)\b)"
    r"(?:\s+(?!(?:but|so|until|till|before|after|than|only|instead|because)\b)[\w'\u2019-]+){0,6}?"
    r"\s+(?:(?:on|in|with|for|at)\s+)?(?:(?:an?|the|my|our|this|that)\s+)?$",
    re.IGNORECASE,
)
"""What stands before a value that will not do ("I can't sleep in a queen", "don't want the eighth")."""
_TAKES_BACK = re.compile(
    r"(?:\b(?:no|sorry|wait|actually|rather|i mean|i meant|scratch that|make (?:it|that)|or rather|correction)\b\W*)+"
    r"(?:(?:make (?:it|that)|on|to|for|the|it's|that's)\s+)*$",
    re.IGNORECASE,
)
_HAD = re.compile(
    r"\b(?:that|this|my|our|picked|booked(?: us)?|gave us|given|got us)\s+(?:an?\s+|the\s+)?$", re.IGNORECASE
)


def is_held(text: str, start: int, end: int) -> bool:
    """Whether the value at characters `start` to `end` says how things are, not what is wanted."""
    before = text[:start]
    if _WANTED_BEFORE.search(before) is not None:
        return False
    if _GIVEN_BEFORE.search(before) is not None:
        return True
    return _HELD_BEFORE.search(before) is not None or _HELD_AFTER.search(text[end:]) is not None


def is_wished(text: str, start: int) -> bool:
    """Whether the value at character `start` stands behind words that wish ("I'll have to fly on the 19th")."""
    return _WISHED.search(text[:start]) is not None


def is_given_up(text: str, start: int) -> bool:
    """Whether the value at character `start` is what another takes the place of ("... rather than the fifth")."""
    before = text[:start]
    return _GIVEN_UP.search(before) is not None or _RULED_OUT.search(before) is not None


def takes_back(text: str, before: int, start: int) -> bool:
    """Whether the value at `start` is said in the place of one that ends at `before` ("the 3rd, no wait, the 2nd")."""
    return _TAKES_BACK.search(text[before:start]) is not None


def is_had(text: str, start: int) -> bool:
    """Whether the choice at character `start` is the one that there is ("that queen bed", "my king")."""
    return _HAD.search(text[:start]) is not None
