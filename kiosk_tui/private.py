"""What must not be read over a customer's shoulder: PINs are shown as dots, however they were given."""

from __future__ import annotations

import re

DOTS = "••••"
_DIGITS = "zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple"
_SPOKEN = re.compile(rf"(?:(?:\b(?:{_DIGITS})\b|\d)[\s,.\-]*){{3,}}", re.IGNORECASE)
"""Three digits or more in a row, in figures or words."""
_AFTER_PIN = re.compile(
    rf"(\bpin\b(?:\s+(?:number|code))?(?:\s+is|\s*[:=])?\s*)(?:(?:\b(?:{_DIGITS})\b|\d)[\s,.\-]*){{3,}}", re.IGNORECASE
)


def shown(words: str, *, secret: bool) -> str:
    """`words` as they may be shown. `secret`: the desk has asked for a PIN, so digits in a row are one."""
    hidden = _SPOKEN.sub(DOTS + " ", words) if secret else _AFTER_PIN.sub(rf"\g<1>{DOTS} ", words)
    return hidden.strip() if hidden != words else words
