"""Words said over a reply that do not take the turn: "mm-hm", "okay", "I see"; and the reply's own echo."""

from __future__ import annotations

import re

_SOUND = r"m+|mm+hm+|m+h+m+|h+m+|mhm+|uh ?huh|uh|um|ah+|aha+|oh|hm+ ?hm+|huh|mm+ ?hm+|er|m ?m|amen|um hum|mom|mum"
"""Hums, and what recognisers write for them."""
_WORD = (
    r"ok|okay|k|right|all ?right|alright|sure|yeah|yes|yep|yup|i see|i know|got it|good|great|fine|nice|cool|exactly|"
    r"true|perfect|wow|really|interesting|go on|i understand|understood|makes sense|of course"
)
_TAKEN_FOR = r"(?:all )?white|whyte|write|wright|chair|[ai] ?c"
"""What recognisers write for "right", "sure" and "I see" said alone."""
_BACKCHANNEL = re.compile(rf"(?:(?:{_SOUND}|{_WORD}|{_TAKEN_FOR})(?: |$))+")
_MOST_WORDS = 4
_LEAST_ECHOED = 3
"""So many words in a row that the reply says too are its own sound, come back through the microphone."""


def is_backchannel(words: str) -> bool:
    """Whether `words`, said over a reply, only tell that it is heard."""
    plain = _plain(words)
    return 0 < len(plain.split()) <= _MOST_WORDS and _BACKCHANNEL.fullmatch(plain) is not None


def is_echo(words: str, reply: str) -> bool:
    """Whether `words` are a piece of `reply` and nothing else."""
    plain = _plain(words)
    return len(plain.split()) >= _LEAST_ECHOED and f" {plain} " in f" {_plain(reply)} "


def _plain(words: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", words.lower().replace("\u2019", "").replace("'", "")))
