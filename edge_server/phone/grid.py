"""Events from Event Grid and callbacks of Communication Services: their shapes, and whether each is new.

Both schemas are taken: Event Grid's own (a list of events) and CloudEvents 1.0 (one, or a list). What is not understood
is left out, since the same webhook may be sent more than calls.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError
from pydantic_core import from_json

VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"
INCOMING_CALL = "Microsoft.Communication.IncomingCall"
LONGEST_BODY = 1024 * 1024
MOST_EVENTS = 256


class GridError(ValueError):
    """A body that holds no events."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


class _Number(_Model):
    value: str = Field(default="", max_length=64)


class Party(_Model):
    """One side of a call."""

    raw_id: str = Field(default="", alias="rawId", max_length=512)
    phone: _Number | None = Field(default=None, alias="phoneNumber")

    @property
    def number(self) -> str | None:
        """The telephone number; None for a caller who shows none."""
        if self.phone is not None and self.phone.value.lstrip("+").isdigit():
            return self.phone.value
        raw = self.raw_id.removeprefix("4:")
        return raw if raw != self.raw_id and raw.lstrip("+").isdigit() else None

    @property
    def identity(self) -> str | None:
        """What tells this caller from others: the number, else a user's id; None for an anonymous one."""
        if self.number is not None:
            return self.number
        return None if not self.raw_id or "anonymous" in self.raw_id.lower() else self.raw_id


class IncomingCall(_Model):
    """A call that rings. `context` is what it is answered or rejected with; it is a secret."""

    context: str = Field(alias="incomingCallContext", min_length=1, repr=False)
    caller: Party = Field(default=Party(), alias="from")
    called: Party = Field(default=Party(), alias="to")
    correlation_id: str = Field(default="", alias="correlationId", max_length=256)


@dataclass(frozen=True, slots=True)
class GridEvent:
    """One event: its id (unique at its source), its type without a version, its data, and when it happened.

    `at`: seconds since the epoch; None where the event does not say.
    """

    id: str
    type: str
    data: dict[str, JsonValue] = field(repr=False)
    at: float | None = None


def events_of(body: bytes) -> list[GridEvent]:
    """The events in the body of a request. Raises GridError for what holds none."""
    try:
        given = from_json(body)
    except ValueError:
        raise GridError("The body is not JSON.") from None
    listed = given if isinstance(given, list) else [given]
    if not 0 < len(listed) <= MOST_EVENTS:
        raise GridError(f"1 to {MOST_EVENTS} events are taken at once.")
    return list(_understood(listed))


def _understood(listed: list[JsonValue]) -> Iterator[GridEvent]:
    for one in listed:
        if not isinstance(one, dict):
            raise GridError("An event is a JSON object.")
        kind, name, data = one.get("eventType") or one.get("type"), one.get("id"), one.get("data")
        if not isinstance(kind, str) or not isinstance(name, str) or not isinstance(data, dict):
            raise GridError("An event has an id, a type and data.")
        yield GridEvent(name[:256], kind, data, _seconds(one.get("eventTime") or one.get("time")))


def _seconds(text: JsonValue) -> float | None:
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()


def incoming(event: GridEvent) -> IncomingCall:
    """The call in an event of that type. Raises GridError."""
    try:
        return IncomingCall.model_validate(event.data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise GridError(f"IncomingCall: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


class Seen:
    """What came already, so that it is done once: the newest `most` of it, in memory."""

    def __init__(self, most: int = 4096) -> None:
        self._most = most
        self._known: OrderedDict[str, None] = OrderedDict()

    def first(self, name: str) -> bool:
        """Whether `name` is seen for the first time."""
        if name in self._known:
            self._known.move_to_end(name)
            return False
        self._known[name] = None
        if len(self._known) > self._most:
            self._known.popitem(last=False)
        return True
