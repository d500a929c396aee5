"""Yes and no as people say them to an offer or a guess, however loosely. Nothing may be written by them.

What counts where a yes would write is in `consent.py`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.understand.consent import agrees, consents
from agents.understand.phrases import takes_yes_back

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|\?")
_OPENS = (
    r"(?:(?:oh|ooh|well|um+|uh+|er+m?|h+m+|mm+|ah|so|please|ok|okay|alright|right|now|actually|then|"
    r"let me see|let's see) ?)*"
)
_YES = re.compile(
    rf"{_OPENS}(?:yes|yeah|yep|yup|ya|aye|sure|of course|absolutely|definitely|certainly|please do|do please|do that|"
    r"go on|go ahead|go for it|i guess(?: so)?|i suppose(?: so)?|i think so|i believe so|probably|why not|"
    r"might as well|may as well|that (?:would|'d|might|could) (?:be|help|do)|that'd (?:be|help|do)|that'll do|"
    r"if you (?:can|could|would|like|don't mind)|"
    r"if i (?:can|could|may)|i would|i'd (?:like|love) (?:that|to)|sort of|kind of|exactly|correct|"
    r"that's (?:it|right|the idea|what i (?:want|need|meant|mean))|you got it|you've got it|spot on|"
    r"uh huh|mhm|mm hm+|sounds (?:good|right|about right|fine)|fair enough|let's do (?:it|that)|"
    r"i do|we do|we would|we'd like (?:that|to)|it is|indeed)\b"
)
_NO = re.compile(
    rf"{_OPENS}(?:no(?! (?:problem|worries|idea|matter|luck))|nope|nah|naw|"
    r"not (?:really|now|yet|that|quite|exactly|at all|today|at the moment|necessary|needed)|"
    r"don't(?! (?:know|have|remember|understand))|do not(?! (?:know|have|remember|understand))|"
    r"leave (?:it|that)|forget (?:it|that)|never ?mind|rather not|i'd rather not|i'd prefer not|"
    r"i don't (?:think so|want (?:that|to)|need that)|wrong|neither|none of (?:those|them|that)|that's not (?:it|what)|"
    r"maybe (?:later|another time)|some other time|it's fine|it's okay|i'm (?:good|fine|all right))\b"
)
_TURNS = re.compile(r"\b(?:but|except|wait|instead|rather|don't|not)\b")
_KNOWS_NOT = re.compile(
    r"\b(?:(?:i|we) (?:really |honestly |just )?(?:don't|do not|wouldn't|can't) (?:know|remember|care|say|understand|"
    r"follow|have (?:one|it|that|any))|no idea|no clue|not sure|who knows|how (?:should|would) i know|dunno|"
    r"haven't a clue|what do you mean|that's not what i)\b"
)
_SPARE = (
    r"(?:it|that|this|so|thanks|thank you|please|not|no|be|really|thing|need|now|for|as|is|alone|i|do|don't|want|to|"
    r"then|sorry|one|leave|forget|never mind|drop|alone|those|them|of|either|think|what|meant|mean|wanted|at all)"
)
"""Words beside a no that ask for nothing."""
_EAGER = r"(?:yes|yeah|yep|sure|would|like|love|great|good|could|you|we|would be|ok|okay|right|dear|go|ahead|on|did)"
"""The same beside a yes."""
_ENDS_HERE = re.compile(
    r"(?:(?:ok|okay|alright|all right|right|great|good|perfect|well|so|and|then|no|nope|thanks|thank you|lovely|cool|"
    r"cheers|ta|brilliant|i think|i guess|um+|uh+|oh|yes|yeah|love|dear) )*"
    r"(?:(?:that's|thats|that is|that was|that'll be|that will be|it's) "
    r"(?:it|all|everything|the lot|me done|us done|me)|(?:i|we)(?:'m|'re| am| are) (?:all )?done)"
    r"(?: (?:then|thanks|thank you|for (?:now|today)|from me|for me|i think|really|cheers|ta|love|dear|mate|"
    r"so much|very much|i need(?:ed)?|i want(?:ed)?(?: to know)?|a lot|bye|goodbye))*"
)
_UNWANTED = re.compile(
    r"(?:(?:no|wait|but|hey|oh|sorry|hang on|hold on|what|well) )*"
    r"(?:(?:i|we) (?:really )?(?:didn't|did not|never|don't|do not) "
    r"(?:want|ask(?:ed)? for|say|said|mean|meant|order(?:ed)?|request(?:ed)?|agree(?:d)? to|need) "
    r"(?:that|it|this|any of (?:that|it))|"
    r"(?:that's|that is|that was|it's) not what (?:i|we) (?:want(?:ed)?|asked(?: for)?|said|meant)|"
    r"(?:please )?(?:(?:can|could|would) you )?(?:please )?(?:(?:undo|reverse|revert) (?:that|it|this|the change)|"
    r"(?:take|put|change|move|switch|set|turn|give me|make) (?:that|it|this|everything|(?:the|my) \w+) "
    r"(?:back|(?=(?:like|as|the way|how) it was))(?: to)?(?: (?:as|how|like|the way|what|where) it was(?: before)?)?|"
    r"(?:i|we) (?:want|need|would like|'d like|prefer) (?:my|our|the) (?:old|first|original|previous) \w+ back|"
    r"(?:go|going) back to (?:how|what|the way) it was(?: before)?)|"
    r"(?:i|we)(?:'ve| have)? changed (?:my|our) minds?(?: about (?:that|it|this))?(?: (?:and |so |please |"
    r"can you |could you |i want to )*"
    r"(?:undo|reverse|revert|cancel|take back) (?:that|it|this))?|"
    r"i take (?:that|it) back)(?: (?:at all|please|now|again|then|though|to be added|done|actually))*"
)
"""Words that take back what was done just now."""
_KEEPS = re.compile(
    r"\b(?:keep|keeping|stay|staying|stick|sticking|leave|leaving|remain|hold)\b(?: \w+){0,2}? "
    r"(?:mine|ours|put|it|that|things|everything|all|where (?:i|we|it)|as (?:it|they|we|i|planned|booked|is|are)|"
    r"the way|(?:what|the (?:\w+ )?\w+) (?:that )?(?:i|we)(?:'ve| have)? (?:already )?"
    r"(?:have|had|got|booked|chose|picked)|"
    r"what (?:i've|we've)(?: got)?|(?:the|my|our) (?:\w+ )?(?:old|original|current|present|existing|booked) \w+|"
    r"(?:on|with|to|at|in) (?:the|my|our)(?! (?:new|other)) \w+|on \w+day|with \w+day|to \w+day|\w+day)\b|"
    r"\b(?:as|like) (?:i'd |i |we |it was |it's )?(?:planned|booked|before)\b"
)
"""Words that leave things as they are."""
_IF_KEPT = re.compile(r"\bif (?:i|we) (?:can |could |get to )?(?:keep|stay)\b")
_FEW_WORDS = 8
"""A longer answer says something of its own."""


def _said(words: str) -> str:
    return " ".join(_WORD.findall(words.lower().replace("\u2019", "'")))


def accepts(words: str) -> bool:
    """Whether `words` take up an offer or a guess ("er, well, yes please do", "go on then", "I guess so")."""
    if takes_yes_back(words):
        return False
    if agrees(words):
        return True
    said = _said(words)
    few = len(said.split()) <= _FEW_WORDS
    plain = few and "?" not in said and _TURNS.search(said.replace("why not", "")) is None
    return plain and _YES.match(said) is not None


_REACTS = re.compile(
    r"\b(?:that|it|this)(?:'s| is)(?: not)?(?: so| too| that| really| very| quite| all)* (?:bad|good|fine|okay|ok|"
    r"nice|great|terrible|long|alright|all right|a pity|a shame|a relief|something)\b|"
    r"\bgood to know\b|\bcould be worse\b|"
    r"\b(?:i|we)'ll (?:just |then |still )*(?:wait|grab|have|get|go|sit|manage|see|read|take|make|do)\b|"
    r"^\W*(?:oh|ah|phew|well|okay|ok|alright|right|hm+)\W+"
    r"(?:well|good|dear|boy|fine|okay|nice|great|pity|shame|thank goodness)\b",
    re.IGNORECASE,
)


def only_reacts(words: str) -> bool:
    """Whether `words` only say what somebody makes of an answer ("oh well, that's not so bad", "then I'll wait")."""
    return "?" not in words and _REACTS.search(words.replace("\u2019", "'")) is not None


def ends_here(words: str) -> bool:
    """Whether `words` only say that this was all ("that's it", "okay, that was it then")."""
    return _ENDS_HERE.fullmatch(_said(words)) is not None


def unwanted(words: str) -> bool:
    """Whether `words` only say that what was done is not wanted ("no, I didn't want that", "undo that")."""
    return _UNWANTED.fullmatch(_said(words)) is not None


def only_accepts(words: str) -> bool:
    """Whether `words` take it up and say nothing of what is wanted."""
    rest = _YES.sub("", _said(words), count=1)
    beside = rf"(?: ?(?:{_SPARE}|{_EAGER})\b)*"
    return accepts(words) and (consents(words) or re.fullmatch(beside, rest.strip()) is not None)


def declines(words: str) -> bool:
    """Whether `words` turn down an offer or a guess ("nah, leave it", "not really"), whatever else follows."""
    said = _said(words)
    return "?" not in said and (_NO.match(said) is not None or takes_yes_back(words))


def keeps(words: str, things: Sequence[str] = ()) -> bool:
    """Whether `words` say that all is to stay as it is ("I'll stick with the Monday one", "keep what I have"), or that
    they keep one of `things`; what a yes depends on ("if I can keep my seat") is no such word."""
    said = _said(words)
    if _IF_KEPT.search(said) is not None:
        return False
    thing = "|".join(map(re.escape, things))
    own = rf"\bkeep(?:ing)? (?:my|our|the) (?:{thing})\b"
    return _KEEPS.search(said) is not None or (bool(things) and re.search(own, said) is not None)


def knows_not(heard_words: str) -> bool:
    """Whether the words say that a question cannot be answered ("I don't know", "no idea")."""
    return _KNOWS_NOT.search(_said(heard_words)) is not None


def only_declines(words: str) -> bool:
    """Whether `words` turn it down and say nothing of what is wanted instead."""
    said = _said(words)
    rest = _NO.sub("", said, count=1)
    return declines(words) and re.fullmatch(rf"(?: ?{_SPARE}\b)*", rest.strip()) is not None
