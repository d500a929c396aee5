"""What stands behind a clear yes ("yes, book it, and is there a pool?"): where it begins, and whether the yes may
depend on it.

A yes is clear where it says more than that something was heard. What follows it leaves it as it is when it asks for a
fact of another thing, wishes for another thing, or only remarks something; it may depend on a question for the money or
the terms of what was read back, on one that points at that, and on a condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents.understand.questions import asks_anything, asks_from, questions_in

_CLEAR = re.compile(
    r"\b(?:yes|yeah|yep|yup|yea|aye|sure|certainly|of course|definitely|absolutely|go ahead|go for it|please do|"
    r"(?:let's )?do (?:it|that)|(?:i|we)'ll (?:take|have) (?:it|that)|make it so|by all means)\b",
    re.IGNORECASE,
)
_JOINERS = (
    r"(?:and|but|also|plus|oh|so|then|because|cause|cos|now|next|while you're at it|by the way|btw|after that|"
    r"as well|one more thing|another thing|last thing)"
)
_JOINT = re.compile(
    rf"[.!?;,:\u2014-]+\s+|\s+(?={_JOINERS}\b)|"
    r"\s+(?=(?:what|which|when|where|who|how|why)(?:'s|s)?\b)|"
    r"\s+(?=(?:is|are|was|were|does|do|did|can|could|will|would|may|should|isn't|aren't) \w)|"
    r"\s+(?=(?:i|we|he|she|they|you|there|it|my|our|tell|check|add|cancel|change|move|book)(?:'\w+)?\b)",
    re.IGNORECASE,
)
"""Where something else may begin."""
_ASKING = re.compile(
    r"\b(?:is|are|was|were|do(?<!i do)(?<!we do)(?<!please do)|does|did|can|could|will|would|may|should|for|with|to|"
    r"i|we|i'd|we'd|i'll|we'll|i'm|we're)$",
    re.IGNORECASE,
)
"""Behind such a word the same clause goes on."""
_JOINING = re.compile(rf"\s+{_JOINERS}\s*$", re.IGNORECASE)
_OPENS = re.compile(rf"^\W*(?:{_JOINERS}\b\W*)+", re.IGNORECASE)
_BUT = re.compile(rf"^\W*(?:{_JOINERS}\W+)*but\b", re.IGNORECASE)
_POLITE = re.compile(
    r"\b(?:don't|do not) forget\b|\b(?:can't|cannot|can not|couldn't|won't) (?:\w+ ){1,4}without\b|"
    r"\bif (?:possible|you (?:please|can|could|would|like|don't mind)|"
    r"(?:that's|it's) (?:ok|okay|possible|all right|alright))\b",
    re.IGNORECASE,
)
_REVOKES = re.compile(
    r"\b(?:no(?! (?:problem|worries|hurry|rush))|nope|nah|not|never|\w+n't|cannot|stop|wait|hold|hang on|unless|if|"
    r"only|except|instead|rather|until|before|either|neither|otherwise|maybe|perhaps|might|guess|suppose|probably|sorry|"
    r"actually|forget|leave|keep|depends|depending|provided|as long as|hello|pardon|not sure|first|changed my mind)\b",
    re.IGNORECASE,
)
"""Words of a statement or a wish with which a yes before it may be none."""
_MODIFIES = re.compile(
    r"^\W*(?:for|with|without|on|at|in|from|to|by|until|till|make it|make that|just|or)\b(?! (?:once|sure|me|now)\b)",
    re.IGNORECASE,
)
"""How words begin that say how the thing itself is wanted."""
_NAMES = re.compile(r"^\W*(?:the|a|an|this|that one|one|two|three|another)\b", re.IGNORECASE)
_TERMS = re.compile(
    r"\b(?:refund\w*|money|costs?|fees?|charge[ds]?|charges|price[ds]?|pay|paid|paying|expensive|dear|cheap\w*|free|"
    r"credit|total|extra|lose|get (?:\w+ ){0,3}back|cancel\w*|chang(?:e|es|ed|ing)|rebook\w*|exchange\w*|undo|"
    r"return it|swap|else|others?|another|different|bigger|smaller|larger|quieter|nicer|better|earlier|later|sooner|"
    r"instead|rather|still|really|sure|only|if|unless|before|until|till|nothing|none|or(?! what\b| something\b| so\b)|"
    r"right|correct|mean|say|said|(?<!isn't )(?<!aren't )(?:now|already)|not|\w+n't|safe|worth)\b",
    re.IGNORECASE,
)
"""Words of a question by which a yes may depend on its answer, where it is about the thing itself or names none."""
_YES_BEGINS = re.compile(
    r"[.!?;\u2026]+\s+|\b(?<!\bsay )(?<!\bsaid )(?<!\bor )(?<!\bif )(?<!\bto )(?<!\bnot )(?=(?:yes|yeah|yep|"
    r"yup|aye)\b)",
    re.IGNORECASE,
)
_SETS_BACK = re.compile(
    r"\?|\b(?:no|nope|nah|not|never|\w+n't|cannot|if|unless|only|except|instead|rather|wait|hold|hang|stop|before|until|"
    r"first|provided|as long as|either|neither|or|other|others|another|different|else|bigger|smaller|larger|quieter|"
    r"nicer|better|cheaper|earlier|later|sooner|next|second|last|old|new|hello|pardon|what|which|who|when|where|how|why)"
    r"\b(?<!\bwhat)|\bwhat\b(?! an? \w)",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"\b(?:is|are|was|were|does|do|did|can|could|will|would|has|have|should)(?:n't)? (?:it|that|this|those|these|"
    r"one|everything|all of it)\b(?! \w+ing\b)|\b(?:is|are|was|were)(?:n't)? they\b(?! \w+ing\b)|"
    r"\b(?:what|when|how|which|where|who)(?:'s|s) (?:it|that|this)\b|"
    r"\b(?:it|that|this|them|those|these|one)\W*$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?;]+\s+")
_DETAIL = re.compile(
    r"^\W*(?:which|what) (?!day\b|date\b|time\b|one\b|flight\b|room\b)\w+ (?:is|will|does) (?:it|that)\b", re.I
)
"""A question for a detail that nobody's yes depends on ("which gate is it")."""
_ON_TIME = re.compile(
    r"^(?:[^.!?]*[.!?] )?[^.!?]*\b(?:is|if|are|whether)\b[^.!?]*\b(?:on time|on schedule|delayed|running late|"
    r"late)\W*$",
    re.I,
)
_PRAISES = re.compile(
    r"^\W*(?:isn't|wasn't|aren't) (?:it|that|this|they|you)(?: just| so| really)* (?:lovely|great|nice|wonderful|good|"
    r"sweet|kind|fantastic|marvellous|brilliant|exciting|clever|quick|easy|amazing|perfect)\b\W*$|"
    r"^\W*(?:was|is) that so hard\b\W*$|"
    r"^\W*(?:she|he|they|(?:my|our|the) \w+)(?:'ll| will|'s going to| is going to|'re going to| are going to) be "
    r"(?:so |very |really |just |quite )*(?:happy|pleased|glad|delighted|thrilled|relieved|over the moon)\b[\w' ]*\W*$",
    re.IGNORECASE,
)
_THING = re.compile(
    r"\b(?:is|are|was|were|does|do|did|will|would|can|could|has|have|much|about|what's|where's|when's|how's|of|for|"
    r"get|have|bring|use|take)\s+(?:there\s+)?(?:(?:the|my|our|your|his|her|their|a|an|any|some|that|this)\s+)?"
    r"(?!(?:it|that|this|they|them|those|these|i|we|you|he|she|there|one|all|both|everything|the|a|an|my|our|any|some|"
    r"to|for|of|about|not|also|be|been|have|get|me|us|still|now|please|much|many|in|on|at|from|with|sure|is|are|was|were|does|"
    r"do|did|will|would|can|could|should|again|then|exactly|really|just|what|which|when|where|how)\b)([a-z][a-z'-]{2,})",
    re.IGNORECASE,
)
"""The thing that a question asks something of."""
_ALSO = re.compile(
    r"^\W*(?:and|what about|how about)?\W*(?:the|my|our|your|his|her|their|a|an|any|some)?\s*"
    r"([a-z-]{3,})(?: \w+){0,2}\W*$",
    re.IGNORECASE,
)
"""Words that only name a further thing ("and the cat?")."""
_OF_IT = re.compile(
    r"^\W*(?:(?:and|what about|how about)\W+)?(?:(?:the|my|our|your|his|her|their|a|an|any|some)\s+)?"
    r"(?!(?:what|which|when|where|who|how|why|much|many|long|far|time|day)\b)([a-z-]{3,})\W+"
    r"(?:is|are|was|does|do|will|would|can|could) (?:it|that|they|there|he|she)\b",
    re.IGNORECASE,
)
"""A thing that is named before it is asked about ("and breakfast, is it in the price")."""
_DEFERS = re.compile(
    r"^\W*(?:i|we)(?:'ll| will|'m going to| am going to|'d better| can| have to| must)(?: just| then)? (?:ask|check|"
    r"see|look|find|sort|call|phone|tell|talk|think|do|deal|worry|figure|decide|pack|bring|be|go|get|pay|let|"
    r"need to)\b",
    re.IGNORECASE,
)
"""What the customer will do themselves, or later: no wish."""
_REASON = re.compile(
    r"^\W*(?:because |since |as |cause |cos )?(?:(?:i|we|he|she|they|it|that|(?:my|our|the) \w+)(?: just|"
    r" really| simply| "
    r"still| probably)*(?:'m| am| is|'s|'re| are| was|'ve| have)?(?: just| really| simply)* "
    r"(?:not|never|can't|cannot|can not|couldn't|won't|don't|doesn't|do not|does not|isn't|aren't|no longer)"
    r"(?: be)?(?: able to| gonna| going to)? ?(?:go|going|make|come|coming|travel|travell?ing|fly|flying|need|want|use|"
    r"work|happen|stay|attend|be there|do)\b[\w' ]*|(?:i|we) (?:won't|can't|cannot|couldn't))\W*$",
    re.IGNORECASE,
)
"""Why somebody gives up what they hold."""
_ECHO = re.compile(
    r"(?:^|(?<=[.!?] ))\W*(?:(?:what|wow|gosh|oh|huh|really|seriously|what the|no|hm+|ooh)\W+)*"
    r"(?:(?:just|only|all that) [^.!?]*|(?:\w+\W+){1,5}(?:dollars|bucks)(?: (?:just|only|to|for) [^.!?]*)?)\?",
    re.IGNORECASE,
)
"""A question that only grumbles at an amount ("eighty dollars? Just to move it a day?")."""
_FILLERS = re.compile(r"(?:\W|\b(?:well|ugh|hm+|oh|ok|okay|so|um+|uh+|er+|then|and|alright|fine)\b)*", re.IGNORECASE)
_KNOW_IF = re.compile(r"\b(?:know|wondering|wonder|ask|asking|see|check|tell me|tell us|say) (?:if|whether)\b", re.I)


def yes_places(words: str) -> Iterator[int]:
    """Where in `words` a yes may begin that comes behind other words ("what a pity. well, yes"), the last one first."""
    for match in reversed(list(_YES_BEGINS.finditer(words))):
        if match.end() > 0:
            yield match.end()


def only_grumbles(words: str) -> bool:
    """Whether words before a yes do no more than repeat, in surprise, what it costs ("eighty dollars? Well,")."""
    return "?" in words and _FILLERS.fullmatch(_ECHO.sub(" ", words)) is not None


def sets_back(words: str) -> bool:
    """Whether words before a yes may mean that it is none, or to something else."""
    return _SETS_BACK.search(_ECHO.sub(" ", words)) is not None


def objects(words: str) -> bool:
    """Whether words behind a yes begin with a "but"."""
    return _BUT.match(words) is not None


def is_clear(words: str) -> bool:
    """Whether a yes in `words` says more than that something was heard ("okay")."""
    return _CLEAR.search(words) is not None


def places(words: str) -> Iterator[int]:
    """Where in `words` something else may begin behind a yes, the last place first."""
    for match in reversed(list(_JOINT.finditer(words))):
        goes_on = not match[0].strip() and _ASKING.search(words[: match.start()]) is not None
        if match.start() > 0 and not goes_on:
            yield match.start()


def whole_from(words: str, at: int) -> int:
    """Where what begins at `at` in `words` begins with the words that join it ("and", "oh")."""
    while (before := _JOINING.search(words[:at])) is not None:
        at = before.start()
    return at


def without_joint(words: str) -> str:
    """`words` behind a yes without what joins them to it ("and also")."""
    return _OPENS.sub("", words).strip(" ,;.!-")


def asks(words: str) -> bool:
    """Whether `words` behind a yes ask something ("and the cat?", "is there wifi", "tell me about parking")."""
    return words.rstrip().endswith("?") or asks_anything(without_joint(words))


def revokes(words: str) -> bool:
    """Whether a statement or a wish behind a yes may take it back, or set it a condition."""
    return _REVOKES.search(_POLITE.sub(" ", words)) is not None


def modifies(words: str) -> bool:
    """Whether words behind a yes begin as ones that say how the thing itself is wanted ("for two")."""
    return _MODIFIES.match(words) is not None


def names_a_thing(words: str) -> bool:
    """Whether words behind a yes begin with a thing, and no more: it may be another one than was read back."""
    return _NAMES.match(words) is not None


def gives_up(words: str) -> bool:
    """Whether a statement behind a yes says why what is held is given up ("I can't go anymore")."""
    return _REASON.match(without_joint(words)) is not None


def remarks(words: str) -> bool:
    """Whether words behind a yes only praise, or say what the customer will do themselves."""
    body = without_joint(words)
    return _PRAISES.match(body) is not None or (_DEFERS.match(body) is not None and not asks(words))


def asks_if_on_time(words: str) -> bool:
    """Whether a question is only whether something is on time."""
    return _ON_TIME.match(words) is not None


def asks_terms_of_it(words: str) -> bool:
    """Whether a question may be for the money, the terms, or another way of what was read back."""
    return _TERMS.search(_KNOW_IF.sub(" ", words)) is not None


def points_at_it(words: str) -> bool:
    """Whether a question points at what was read back ("is it refundable"), for more than a detail of it."""
    return _POINTS.search(_DETAIL.sub(" ", words)) is not None


def things_asked_of(words: str) -> set[str]:
    """The things that a question asks something of ("what time is breakfast", "and the cat?"), in small letters."""
    found = {match[1].lower() for match in _THING.finditer(words)}
    named = (match for match in (_ALSO.match(words), _OF_IT.match(words)) if match is not None)
    return found | {match[1].lower() for match in named}


def from_the_wish(words: str) -> str:
    """`words` behind a yes from the sentence on that asks something, without what is only told before it."""
    at = asks_from(words)
    if at is None:
        return words
    return words[max((match.end() for match in _SENTENCE.finditer(words, 0, at)), default=0) :]


def questions_of(words: str) -> tuple[str, ...]:
    """The questions in `words` behind a yes, one by one."""
    return tuple(one.whole for one in questions_in(without_joint(words)))
