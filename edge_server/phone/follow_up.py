"""What the desk does after a call for customers who agreed to it: calls back, and sends what was booked as a text.

Both are refused unless their setting is on, the number has an allowed prefix, and the customer agreed in that call by
a key. Numbers live in memory until they are used: a restart forgets who was to be called back, and no log names them.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping

from pydantic import JsonValue

from edge_server.phone.carrier import Carrier, CarrierError
from edge_server.phone.settings import E164, PhoneSettings

log = logging.getLogger(__name__)

_MOST_WAITING = 50
_NUMBER = re.compile(E164)
_TOLD = ("code", "flight_number", "hotel", "date", "check_in", "check_out", "departs", "seat")
"""Fields of a booking that a text message may name, in this order."""
LONGEST_TEXT = 300


class RefusedError(Exception):
    """That is not allowed; the message says why, and names no number."""


class FollowUps:
    """Calls and texts to customers. `place`: makes the call to a number, for a session key."""

    def __init__(self, settings: PhoneSettings, carrier: Carrier, place: Callable[[str, str], Awaitable[None]]) -> None:
        self._settings, self._carrier, self._place = settings, carrier, place
        self._waiting: dict[str, asyncio.Task[None]] = {}

    def may_call(self, number: str | None) -> bool:
        """Whether that number may be called back at all, if its owner agrees."""
        return self._settings.phone_call_backs and self._allowed(number)

    def may_text(self, number: str | None) -> bool:
        """Whether that number may be sent a text, if its owner agrees."""
        return self._settings.phone_text_messages and self._allowed(number)

    def _allowed(self, number: str | None) -> bool:
        return number is not None and bool(_NUMBER.match(number)) and number.startswith(self._settings.phone_prefixes)

    def call_later(self, number: str | None, key: str, *, agreed: bool) -> None:
        """Call `number` back for the session `key` after `phone_call_back_minutes`. Raises RefusedError."""
        if not agreed:
            raise RefusedError("the customer has not agreed to be called back")
        if not self.may_call(number) or number is None:
            raise RefusedError("calls to that number are not allowed here")
        if key in self._waiting:
            return
        if len(self._waiting) >= _MOST_WAITING:
            raise RefusedError("too many customers wait to be called back")
        self._waiting[key] = asyncio.create_task(self._call(number, key), name="call back")

    async def _call(self, number: str, key: str) -> None:
        try:
            await asyncio.sleep(self._settings.phone_call_back_minutes * 60)
            await self._place(number, key)
        except (CarrierError, RefusedError) as error:
            log.warning("a customer could not be called back: %s", error)
        finally:
            self._waiting.pop(key, None)

    async def text(self, number: str | None, details: Mapping[str, JsonValue], *, agreed: bool) -> None:
        """Send what was booked to `number`. Raises RefusedError, CarrierError."""
        if not agreed:
            raise RefusedError("the customer has not agreed to a text message")
        if not self.may_text(number) or number is None:
            raise RefusedError("text messages to that number are not allowed here")
        await self._carrier.text(number, confirmation(details))

    async def close(self) -> None:
        """Nobody is called any more."""
        tasks = list(self._waiting.values())
        if tasks:
            log.warning("%d customers who wait to be called back are not called: the server stops", len(tasks))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def confirmation(details: Mapping[str, JsonValue]) -> str:
    """A text message with the plain facts of what was written."""
    found: list[str] = []
    for name in _TOLD:
        value = details.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            found.append(f"{name.replace('_', ' ')} {value}")
    paid = details.get("paid_cents")
    if isinstance(paid, int) and paid > 0:
        found.append(f"paid {paid / 100:.2f}")
    return f"Your booking is changed: {', '.join(found)}."[:LONGEST_TEXT] if found else "Your booking is changed."
