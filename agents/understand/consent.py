"""Whether words are an explicit yes and nothing else. Only such words (`consents`) let a change be written."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from agents.understand.words import number_at, tokens

_YES = (
    r"yes|yeah|yep|yup|ya|sure thing|sure|certainly|of course|correct|right|exactly|absolutely|definitely|affirmative|"
    r"ok|okay|fine|go ahead|go for it|do it|do that|please do|sounds good|sounds great|that works|"
    r"that'?s (?:right|correct|fine|good|okay|ok|it|the one)|that is (?:right|correct|fine|good|okay|ok)|"
    r"looks good|looks right|all good|let'?s do (?:it|that)|works for me|i'd love that|make it so|"
    r"i agree|i accept|accepted|deal|i confirm|confirmed|confirm|all right|alright|perfect|great|"
    r"go on then|that'll do|that will do|suits me|fine by me|fine with me|by all means|aye|righto|right you are|"
    r"very well|very good|indeed|spot on|that'?s it exactly|you may|proceed|crack on|be my guest|"
    r"(?:i|we)'?ll take (?:it|that)|(?:let'?s|i'?ll|we'?ll) go (?:with|for) (?:it|that)|for sure"
)
_WITH_IT = (
    r"please|thanks|thank you|that|it|this|and|then|so|uh|um|oh|well|i do|i would|i'd|like|want|to|"
    r"very much|now|for me|is|it is|book|proceed|with|let'?s|that'?s|just|good|i'll take|i take|take|bless you|"
    r"do so|you can|you may|with that|my|the|me|change|i'm sure|i am sure|i am|why not|sir|ma'am|madam|"
    r"i understand|understood|got it|ahead|go on|go|one|"
    r"hm+|mm+|er+|lovely|dear|love|honey|brilliant|excellent|awesome|cool|wonderful|"
    r"really|very|kind|nice|nicely|of you|"
    r"that'?d be|that'?ll be|that will be|would be|i want|hey|ah|do|does|kindly|needful|proceed|indeed|"
    r"be|good|enough|sounds|looks|all|same|of course|by|means|mate|love|pet|ta|cheers|grand|super|splendid|marvellous|"
    r"exactly|precisely|quite|yes|then|for us|us|fair enough|that'?s fair|(?:i|we)'?ll have|"
    r"(?:have|want) (?:that|it|this)|(?:put|book|add) (?:it|that|this|them) (?:on|in|down|through)|"
    r"make (?:it so|(?:the|that|this) change)|we'?ll take|we'?d|we would|we do|no problem(?: at all)?|why not|"
    r"(?:i'?m|we'?re) (?:happy|okay|ok) with|happy|with me|"
    r"that'?s (?:great|perfect|lovely|wonderful|what (?:i|we) want(?:ed)?)|what (?:i|we) want(?:ed)?|i said|quickly|"
    r"quick|hurry(?: up)?|works|i agree to|i accept|the (?:price|fee|cost|charge)|charge (?:it|me|my card)|"
    r"thank (?:god|goodness)|at last|finally|already|come on|well then|oh dear|goodness|gosh|phew|amazing|fantastic|"
    r"gladly|anyway|anyhow|"
    r"(?:put|charge|add) (?:it|that|them) (?:on|to) (?:the|my|our) (?:bill|room|card|account|tab)|"
    r"both(?: of (?:them|those))?|all of (?:it|them|those)|them all|"
    r"makes sense|sounds|oo+h?|aa+h|aw+|that'?ll have to do|it'?ll have to do"
)
_HEDGES = re.compile(
    r"\?|\b(?:no(?! (?:problem|worries|trouble|bother|objections?|matter|choice))|nope|nah|not(?! (?:bad|a problem))|"
    r"never|negative|don't(?! (?:mind|see why|need to think))|cannot|can't|won't|wouldn't|isn't|doesn't|"
    r"stop|wait|hold|hang|unless|if|only|but|except|instead|until|before|after|another|other|either|neither|or|"
    r"maybe|perhaps|might|guess|suppose|think|probably|hello|hm+|um+|er+m?|sorry|what|who|which|how|when|where|"
    r"whatever|(?:keep|leave) (?:it|that|this|things|everything|mine)|stay where|"
    r"part of me|first|later|rather|could|would(?! (?:be|do)))\b"
)
"""Words with which a yes may be none, or one to something else."""
_THANKS = re.compile(
    r"\b(?:many thanks|thanks|thank you|thankyou|cheers|ta|much obliged|much appreciated|"
    r"i appreciate (?:it|that|your \w+))"
    r"(?: (?:so much|very much|a lot|again|for (?:that|this|your \w+|the \w+|telling me|letting me know)))*\b"
)
_HEARD = re.compile(
    r"\b(?:(?:that'?s|that is|that'?ll be|it'?s|all|very) )?(?:ok|okay|fine|great|perfect|all right|alright|"
    r"(?<!that's )(?<!thats )(?<!that is )right|good|well|"
    r"lovely|brilliant|excellent|wonderful|fair enough|fine by me|fine with me)\b"
)
"""A yes that may only say that something was heard."""
_FEW_WORDS = 7
"""A longer answer to an offer says more than yes."""
_SENTENCE = re.compile(r"[.!]\s+")
_CLAUSE = re.compile(r"[.!,]\s+")
_LAST = re.compile(r"[.!,;]\s+(?:(?:so|but|and)\s+)?|\s+(?:so|but|and)\s+")
"""Where the last thing said may begin."""
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|\?")
_PLAIN_YES = re.compile(
    r"\b(?<!\bnot )(?<!\bsay )(?<!\bsaid )(?<!\bif )(?<!\bor )(?<!\bto )(?:yes|yeah|yep|yup|yea|aye|go ahead|go for it|"
    r"(?<!\bdon't )(?<!\bnot )do (?:it|that)|please do|of course|definitely|absolutely)\b"
)
_LEAST_ROUND, _ROUNDED = 50, 0.02
"""From this number on people round, and by so much of it."""
_UNITS = frozenset(
    {"dollars", "dollar", "bucks", "cents", "for", "at", "on", "the", "a", "and", "in", "to"}
    | {"it", "is", "it's", "that", "time", "next", "day"}
)
"""Words that may stand with what is repeated ("ninety dollars", "the same time, the next day")."""


def consents(words: str, agree: Sequence[str] = ()) -> bool:
    """Whether `words` say yes and nothing that could mean anything else.

    "Yes please, go ahead" does; "okay, but on Friday", "yes?", "I guess" and "not yet" do not. `agree` are further
    words that may stand beside the yes.
    """
    said = _THANKS.sub("thanks", _said(words))
    beside = "|".join((_YES, _WITH_IT, *(re.escape(word.lower()) for word in agree)))
    if re.search(rf"\b(?:{_YES})\b", said) is None:
        return False
    return re.fullmatch(rf"(?:(?:{beside})(?: |$))+", said) is not None


def only_thanks(words: str, agree: Sequence[str] = ()) -> bool:
    """Whether `words` thank, and hold no yes but one that also only says that it was heard ("okay thank you", "that's
    fine, thanks"), nor any of `agree`."""
    said = _said(words)
    if _THANKS.search(said) is None:
        return False
    rest = " ".join(_HEARD.sub(" ", _THANKS.sub(" ", said)).split())
    return re.search(rf"\b(?:{_YES})\b", rest) is None and not (rest and only_names(rest, agree)) and _few(rest)


def thanks(words: str) -> bool:
    """Whether there are thanks in `words`."""
    return _THANKS.search(_said(words)) is not None


def without_thanks(words: str) -> str:
    """`words` without the thanks in them."""
    return _THANKS.sub("", words.lower().replace("\u2019", "'"))


def _few(words: str) -> bool:
    """Whether what stands beside thanks asks for nothing of its own."""
    return re.fullmatch(rf"(?:(?:{_WITH_IT})(?: |$))*", words) is not None


def hedges(words: str) -> bool:
    """Whether a yes in `words`, if there is one, may be meant otherwise, or depends on something."""
    return _HEDGES.search(words.lower().replace("\u2019", "'").replace("why not", "")) is not None


def ends_in_yes(words: str, agree: Sequence[str] = ()) -> bool:
    """Whether the last thing in `words` is an explicit yes, or names what was read back ("we won't make it, so cancel
    it"); `agree` as for `consents`."""
    last = _LAST.split(words.strip().rstrip(".!"))[-1]
    if "?" in last:
        return False
    return consents(last, agree) or only_names(last, agree)


def says_yes(words: str) -> bool:
    """Whether a plain yes is in `words`, whatever else is."""
    return _PLAIN_YES.search(_said(words)) is not None


def less_told(words: str, told: str) -> str:
    """`words` without those that repeat what was `told`, numbers in words too; words with which a yes may be none
    stay."""
    said = {*_WORD.findall(told.lower().replace("\u2019", "'").replace(",", "")), *_UNITS}
    numbers = {number for number in said if number.isdigit()}
    said |= {word.removesuffix("s") for word in said}
    kept, spoken = list[str](), spoken_numbers(_said(words))
    for word, number in spoken:
        repeats = _is_among(number, numbers) if number is not None else word in said
        if not repeats or _HEDGES.search(word) is not None:
            kept.append(word)
    return " ".join(kept)


def _is_among(number: str, told: Collection[str]) -> bool:
    """Whether a number is one of those `told`, or a round one near to a larger one of them ("a hundred" for 102)."""
    near = (int(one) for one in told if int(number) >= _LEAST_ROUND and int(number) % 10 == 0)
    return number in told or any(abs(one - int(number)) <= one * _ROUNDED for one in near)


def spoken_numbers(said: str) -> list[tuple[str, str | None]]:
    """The words of `said` one by one; those that say a number as one, with its digits."""
    words, found, at = said.split(), list[tuple[str, str | None]](), 0
    read = tokens(said)
    while at < len(words):
        number = number_at(read, at) if len(read) == len(words) else None
        if number is None:
            found.append((words[at], words[at] if words[at].isdigit() else None))
            at += 1
        else:
            found.append((" ".join(words[at : at + number[1]]), str(number[0])))
            at += number[1]
    return found


def _said(words: str) -> str:
    return " ".join(_WORD.findall(words.lower().replace("\u2019", "'")))


def agrees(words: str) -> bool:
    """Whether `words` take up an offer that writes nothing by itself: they begin with a yes and are few,
    or their last clause is a yes ("let me see, it's somewhere here, ah yes, yes please")."""
    said = " ".join(_WORD.findall(words.lower().replace("\u2019", "'")))
    if "?" in said or re.search(r"\b(?:but|not|no|don't|wait)\b", said) is not None:
        return False
    last = _CLAUSE.split(words.strip().rstrip(".!"))[-1]
    begins = re.match(
        r"(?:(?:oh|well|um|uh|er|mm|ah|hm|so|please|ok|okay)\b ?)*(?:yes|yeah|yep|yup|sure|of course)\b", said
    )
    return (
        consents(said) or consents(last) or said == "please" or (begins is not None and len(said.split()) <= _FEW_WORDS)
    )


def agreement(words: str) -> tuple[int, int]:
    """The place of the yes in words that take up an offer: their last sentence where that says yes by itself ("So many
    questions today! Go on then"), else all of them."""
    ends = [match.end() for match in _SENTENCE.finditer(words.strip().rstrip(".!"))]
    start = ends[-1] if ends else 0
    return (start if consents(words[start:]) else 0), len(words)


def only_names(words: str, agree: Sequence[str]) -> bool:
    """Whether `words` only name what was read back ("cancel it"), without a yes."""
    said = " ".join(_WORD.findall(words.lower().replace("\u2019", "'")))
    named = "|".join(re.escape(word.lower()) for word in agree)
    beside = "|".join((_WITH_IT, *(re.escape(word.lower()) for word in agree)))
    if re.search(rf"\b(?:{named})\b", said) is None or re.search(rf"\b(?:{_YES})\b", said) is not None:
        return False
    return re.fullmatch(rf"(?:(?:{beside})(?: |$))+", said) is not None
