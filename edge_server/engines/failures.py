"""Why a model elsewhere did not answer: one word for each reason, whoever the provider is.

The words are what `extension.engine_changed`, metrics and logs say; there are no others. Providers put the reason into
an HTTP status, an error's `code`, or an error's `type`, each in words of its own.
"""

from __future__ import annotations

LOST = "connection_lost"
"""The line broke while something was under way."""
UNREACHABLE = "connection_failed"
"""Nobody answers at the address."""
SLOW = "too_slow"
"""Nothing came within the time limit."""
QUOTA = "insufficient_quota"
"""The account has nothing left to spend."""
RATE = "rate_limit_exceeded"
"""Too much was asked for in too short a time."""
KEY = "invalid_api_key"
"""There is no key, or it is refused."""
EXPIRED = "session_expired"
"""The provider's own time limit on a session is over."""
MODEL = "model_not_found"
"""The model or deployment is not there."""
UNGROUNDED = "ungrounded"
"""It said what no tool gave."""
EMPTY = "empty_answer"
"""It said nothing."""
RESTING = "resting"
"""It failed a moment ago, and is left alone for a while."""
SERVER = "server_error"
"""Anything else that is wrong at the provider."""

REASONS = frozenset({LOST, UNREACHABLE, SLOW, QUOTA, RATE, KEY, EXPIRED, MODEL, UNGROUNDED, EMPTY, RESTING, SERVER})
WELL_AGAIN = "well_again"
"""Why the model elsewhere answers again."""

_SAME = {
    "billing_hard_limit_reached": QUOTA,
    "quota_exceeded": QUOTA,
    "billing_not_active": QUOTA,
    "requests": RATE,
    "tokens": RATE,
    "too_many_requests": RATE,
    "429": RATE,
    "no_key": KEY,
    "invalid_issuer": KEY,
    "unauthorized": KEY,
    "permissiondenied": KEY,
    "authentication_error": KEY,
    "401": KEY,
    "deploymentnotfound": MODEL,
    "invalid_model": MODEL,
    "operationnotsupported": MODEL,
    "404": MODEL,
    "no_url": UNREACHABLE,
}
_BY_STATUS = {401: KEY, 403: KEY, 404: MODEL, 408: SLOW, 429: RATE, 504: SLOW}


def reason_of(*words: object, status: int | None = None) -> str:
    """The reason behind a provider's `words` (an error's code and type, as they come) and an HTTP status."""
    for word in words:
        plain = str(word or "").strip().lower()
        if plain in REASONS:
            return plain
        if plain in _SAME:
            return _SAME[plain]
    return _BY_STATUS.get(status or 0, SERVER)


def reason_in(body: object, *, status: int | None = None) -> str:
    """The reason in a provider's error document, `{"error": {"code", "type", "message"}}` or its inner object."""
    error = body.get("error", body) if isinstance(body, dict) else {}
    if not isinstance(error, dict):
        return reason_of(status=status)
    return reason_of(error.get("code"), error.get("type"), status=status)
