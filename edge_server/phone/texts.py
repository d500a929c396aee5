"""What the line itself says beside the conversation, in words that never change, so that its speech is made ahead."""

from __future__ import annotations

from sync.session import CONFIRM

CONNECTING = "One moment please, I am calling a colleague. Press star to come back to me."
NOBODY = "I'm sorry, nobody can come to the phone just now. I can go on helping you here."
BACK = "I'm here again. What can I do for you?"
CALL_YOU_BACK = "If you'd like us to call you back, press one."
TEXT_YOU = "To get this as a text message, press one."
WILL_CALL_BACK, WILL_TEXT = "All right, we will call you back.", "All right, it is on its way."
CALLED_BACK = "You asked us to call you back."
TIME_IS_UP = "I'm sorry, our time on the phone is up. Please call again to go on. Goodbye."
HINTS = {
    "pin": "You can also key it in.",
    "booking_code": "You can also key in your customer number, and then the hash key.",
    CONFIRM: "You can also press one for yes, or two for no.",
}
"""What the keypad is good for, by what was asked for."""


def fixed_texts(notice: str) -> tuple[str, ...]:
    """All of them, those first that most callers hear; `notice`: what is said at the beginning of a first call."""
    rest = (CONNECTING, NOBODY, BACK, TIME_IS_UP, TEXT_YOU, WILL_TEXT, CALL_YOU_BACK, WILL_CALL_BACK, CALLED_BACK)
    return (*([notice] if notice else ()), *HINTS.values(), *rest)
