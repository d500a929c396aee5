"""Names as they stand in what was said: whole words, whatever the case. The expressions are made once a name."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def whole_words(*names: str) -> re.Pattern[str]:
    """Finds any of `names` (at least one), as it is written."""
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def one_or_more(name: str) -> re.Pattern[str]:
    """Finds `name`, or its plural."""
    return re.compile(rf"\b{re.escape(name)}s?\b", re.IGNORECASE)
