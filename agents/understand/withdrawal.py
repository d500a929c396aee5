"""Words that give up what was spoken of: "never mind", "thanks anyway", "I'll talk it over with my friend".

They want nothing done; what is asked beside them is still to be answered.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agents.understand.questions import asks_from

_ENDS = (
    r"(?=\W*$|\s*[,.;!\u2014-]|\s+(?:thanks|thank|cheers|ta|then|and|but|now|ill|well|i'?ll|we'?ll|i'?ve|i|we|it'?s|love|"
    r"dear|mate|please|sorry|for now|if)\b)"
)
"""What stands behind a clause, or begins the next one."""
_MUST = r"(?: got to| have to| need to| want to| better| rather| going to| just| first| think i'?ll| should| must)"
_SELF = (
    r"(?:(?<!can )(?<!could )(?<!may )(?<!might )(?<!should )(?<!shall )(?<!do )(?:i|we)"
    rf"(?:(?:'?ll| will|'d| would|'ve| have|'m| am|'re| are){_MUST}*|{_MUST}+)|let me|lemme) "
)
_THINK = (
    r"(?:think (?:about (?:it|that)|it over|that over|on it|it through)|sleep on it|"
    r"(?:talk|think|go) (?:it|that|this) (?:over|through)|discuss (?:it|that|this)|"
    r"(?:ask|check with|talk to|speak to|speak with|talk with|consult|see what) (?:my|the|our|his|her) \w+)\b"
)
_ELSEWHERE = (
    r"(?:do|sort|book|look|check|find|try|manage|arrange|have a look|look (?:it|that|them) up|see)(?: \w+){0,3} "
    r"(?:online|on ?line|on (?:the|your) (?:web|web ?site|internet|app|site)|elsewhere|somewhere else|another time|"
    r"some other time|later|(?:my|our)sel(?:f|ves))\b|"
    r"(?:write|e-?mail|ring|call|phone|text)(?: to)? (?:you|back)\b|(?:come|get) back (?:to you|later|another)\b"
)
_AND_NOT = (
    r"(?=\W*(?:$|no\b|leave\b|keep\b|(?:i|we)'?ll (?:leave|keep|stay|not)\b|let'?s (?:leave|not)\b|don'?t\b|forget\b|"
    r"never\b))"
)
"""What stands behind second thoughts that want nothing else."""
_GIVES_UP = re.compile(
    rf"\bnever ?mind\b{_ENDS}|\b(?:(?<!\bto )(?<!\bi )(?<!\bwe )(?<!n't )(?<!not )(?<!or ))(?:just )?"
    rf"(?:forget (?:about )?|leave |drop |skip )(?:it|that|the whole thing)"
    rf"(?: (?:then|for now|for today|be|at that|there|alone|as it is))*{_ENDS}|"
    rf"\b(?:thanks|thank you|cheers|ta)(?: (?:so much|very much|a lot|though))* "
    rf"(?:anyway|anyhow|all the same|but no)\b|"
    rf"\b(?:no bother|don't bother|no need|not to worry|don't worry)\b{_ENDS}|"
    rf"\bon second thoughts?\b{_AND_NOT}|\b{_SELF}{_THINK}|\b{_SELF}(?:{_ELSEWHERE})",
    re.IGNORECASE,
)
_WISHES = re.compile(
    r"\b(?<!\bif )(?:i|we)(?:'d| would)? (?:(?:still |also |only |just )?(?:like|want|need|prefer)|take)\b"
    r"(?! (?:to )?(?:think|ask|talk|check|sleep|see))|"
    r"\b(?:can|could|would|will) (?:you|i|we)\b|\bplease (?!leave|forget|don't|drop|never)\w+|\bmake (?:it|that)\b|"
    r"\b(?:just |then |but |and |only )(?:do|book|keep|give|change|cancel|move|add|put|tell|show|check)\b|"
    r"\b(?:give|put|show|tell|book|move|change) (?:me|us)\b|\bi'?ll (?:take|have)\b|\binstead\b",
    re.IGNORECASE,
)
"""Words of a wish: what is given up gives way to something else."""
_BYES = re.compile(
    r"\b(?:good ?bye|bye|bye-bye|ta-?ta|ta-?ra|cheerio|toodle-?oo|see you|see ya|so long|take care|"
    r"have a (?:good|nice|great|lovely|pleasant) (?:day|evening|one|night|weekend|afternoon|morning))"
    r"(?:\W+(?:bye|now|then|for now|later|soon|dear|love|mate|everyone|all|again|too|tomorrow|on \w+day))*\W*$",
    re.IGNORECASE,
)


@lru_cache(maxsize=64)
def withdrawal(words: str) -> str | None:
    """What is asked beside words that give up what was spoken of, "" where nothing is; None: they do not give it up, or
    wish for something in its place."""
    found = list(_GIVES_UP.finditer(words))
    if not found:
        return None
    rest = words[found[-1].end() :]
    at = asks_from(rest)
    asked = rest[at:].strip(" ,;.") if at is not None else ""
    beside = words[: found[0].start()], rest[:at]
    return None if any(_WISHES.search(one) is not None for one in beside) else asked


def says_bye(words: str) -> bool:
    """Whether `words` end in a goodbye."""
    return _BYES.search(words) is not None


def wishes(words: str) -> bool:
    """Whether a wish can be told in `words`."""
    return _WISHES.search(words) is not None
