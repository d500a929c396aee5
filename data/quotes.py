"""What a customer is read back before they say yes, and what came of it.

Every write goes in two steps. A `quote_*` function (`flight_quotes.py`, `hotel_quotes.py`) reads, checks the rules and
answers a quote: what would change and what it costs, or `Refused` with the reason. After the customer's yes,
`confirm` (`confirm.py`) does what the quote says, if it still holds. Between the two a quote is kept as JSON
(`to_json`, `from_json`), so that it survives in a session's state. With `conn` a connection, `on`/`arrive` dates and
`now` the branch's aware time, every function below answers its quote or `Refused`::

    flight_quotes  find_alternatives(conn, customer_id, code, on, now) -> tuple[FlightChangeQuote, ...]
                   quote_flight_change(conn, customer_id, code, number, on, now)
                   quote_flight_cancel(conn, customer_id, code, now)
                   free_seats(conn, customer_id, code, now, position=None) -> tuple[str, ...]
                   quote_seat(conn, customer_id, code, seat, now)
                   quote_bag(conn, customer_id, code, now, *, added=1)
                   quote_check_in(conn, customer_id, code, now)
    hotel_quotes   quote_stay(conn, hotel_id, room, arrive, nights, now)
                   quote_stay_change(conn, customer_id, code, now, *, arrive=None, nights=None, room=None)
                   quote_stay_cancel(conn, customer_id, code, now)
                   quote_breakfast(conn, customer_id, code, persons, now)
                   quote_late_check_out(conn, customer_id, code, now)
    confirm        confirm(conn, quote, consent) -> Done, inside `Branch.write`

Money is whole cents (US dollars). `due_cents` is paid at once; a stay is paid at check-out, so its quotes say
what the stay costs then (`total_cents`). Times are aware; dates are local to the airport or hotel.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Discriminator, TypeAdapter

from data.records import Cabin, RoomKind

RefusalReason = Literal[
    "not_yours",  # the code is somebody else's, or nobody's: one answer for both, so that codes cannot be probed
    "not_found",  # no such flight, hotel or room type
    "departed",  # the flight has left
    "flight_cancelled",  # the airline has cancelled the flight that is wanted
    "same_flight",  # the booking is for that very flight
    "other_route",  # the wanted flight goes elsewhere
    "sold_out",  # no seat or room left (for at least one night)
    "seat_taken",
    "no_such_seat",
    "wrong_cabin",  # the seat is not in the cabin that was paid for
    "past_date",
    "bad_dates",  # no nights, too many, or beyond what is on sale
    "no_change",  # what is wanted is what they have
    "too_late",  # the deadline (`at`) has passed
    "not_open_yet",  # it opens at `at`
    "already_cancelled",
    "already_checked_in",
    "already_done",  # they have that extra
    "stay_over",  # the guest has left
    "too_many_bags",
    "included",  # it comes with the rate
    "not_offered",
    "bad_count",  # persons or bags below one, or more than the room sleeps
    "price_changed",  # not what was read back: quote again
    "booking_changed",  # it is not as it was when it was read back: quote again
    "times_changed",  # the flight's times are not those that were read back: quote again
    "key_reused",  # this idempotency key did something else
]


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed. `at` is the deadline or opening time where the reason has one."""

    reason: RefusalReason
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FlightChangeQuote:
    """Move booking `code` to another flight on its route, in the same cabin.

    `difference_cents` is what the new fare costs more (0 when it is cheaper: nothing is given back).
    `due_cents` = `fee_cents` + `difference_cents`. `waived` says why fee and difference are not asked for.
    `same_day`: moved within the day, from 24 hours before departure, without fare difference.
    """

    code: str
    cabin: Cabin
    from_number: str
    from_departs: datetime
    to_number: str
    to_day: date
    to_departs: datetime
    to_arrives: datetime
    old_fare_cents: int
    new_fare_cents: int
    fee_cents: int
    difference_cents: int
    due_cents: int
    seats_left: int
    same_day: bool = False
    waived: Literal["airline_cancelled", "long_delay"] | None = None
    kind: Literal["flight change"] = "flight change"


@dataclass(frozen=True, slots=True)
class FlightCancelQuote:
    """Cancel booking `code`: `refund_cents` go back to the card, `credit_cents` become travel credit until
    `credit_until`; `fee_cents` are kept. `rule` names the fare rule that gives this."""

    code: str
    number: str
    departs: datetime
    price_cents: int
    refund_cents: int
    credit_cents: int
    fee_cents: int
    credit_until: date | None
    rule: Literal["economy", "business", "within_24_hours", "airline_cancelled", "long_delay"]
    kind: Literal["flight cancel"] = "flight cancel"


@dataclass(frozen=True, slots=True)
class SeatQuote:
    """Sit on `seat` in place of `old_seat`. `position` is by its letter, `extra_legroom` by its row."""

    code: str
    number: str
    departs: datetime
    old_seat: str | None
    seat: str
    position: Literal["window", "aisle", "middle"]
    extra_legroom: bool
    due_cents: int
    kind: Literal["seat"] = "seat"


@dataclass(frozen=True, slots=True)
class BagQuote:
    """Check `added` more bags; `bags` with them."""

    code: str
    number: str
    departs: datetime
    added: int
    bags: int
    due_cents: int
    kind: Literal["bag"] = "bag"


@dataclass(frozen=True, slots=True)
class CheckInQuote:
    """Check in. `boards` is when boarding begins, by the departure that is expected now (`departs_estimated`).

    `seat` is the one they have, or None: one is given with the check-in.
    """

    code: str
    number: str
    departs: datetime
    departs_estimated: datetime
    boards: datetime
    gate: str | None
    seat: str | None
    kind: Literal["check in"] = "check in"


@dataclass(frozen=True, slots=True)
class StayQuote:
    """Book a room. `total_cents` is for all nights, to pay at check-out."""

    hotel_id: int
    hotel_name: str
    room: RoomKind
    arrive: date
    depart: date
    nights: int
    total_cents: int
    rooms_left: int
    free_until: datetime
    kind: Literal["stay"] = "stay"


@dataclass(frozen=True, slots=True)
class StayChangeQuote:
    """Move reservation `code` to other dates or another room type. Totals include the extras they have.

    `difference_cents` = `total_cents` - `old_total_cents`, negative when the stay gets cheaper.
    """

    code: str
    hotel_name: str
    old_room: RoomKind
    old_arrive: date
    old_depart: date
    old_total_cents: int
    room: RoomKind
    arrive: date
    depart: date
    nights: int
    total_cents: int
    difference_cents: int
    rooms_left: int
    kind: Literal["stay change"] = "stay change"


@dataclass(frozen=True, slots=True)
class StayCancelQuote:
    """Cancel reservation `code`. `fee_cents` (the first night, after `free_until`) is charged at once, 0 before.

    `refund_cents` is what was paid already, less the fee.
    """

    code: str
    hotel_name: str
    arrive: date
    depart: date
    fee_cents: int
    refund_cents: int
    free_until: datetime
    kind: Literal["stay cancel"] = "stay cancel"


@dataclass(frozen=True, slots=True)
class BreakfastQuote:
    """Breakfast for `persons` on each of `nights` mornings; `extra_cents` goes on the bill (`total_cents`)."""

    code: str
    hotel_name: str
    persons: int
    nights: int
    person_cents: int
    extra_cents: int
    total_cents: int
    kind: Literal["breakfast"] = "breakfast"


@dataclass(frozen=True, slots=True)
class LateCheckOutQuote:
    """Keep the room until `until` on the last day; `extra_cents` goes on the bill, `total_cents` is the bill."""

    code: str
    hotel_name: str
    until: datetime
    extra_cents: int
    total_cents: int
    kind: Literal["late check-out"] = "late check-out"


Quote = (
    FlightChangeQuote
    | FlightCancelQuote
    | SeatQuote
    | BagQuote
    | CheckInQuote
    | StayQuote
    | StayChangeQuote
    | StayCancelQuote
    | BreakfastQuote
    | LateCheckOutQuote
)


@dataclass(frozen=True, slots=True)
class Consent:
    """A customer's explicit yes to a quote that was read back.

    `customer_id` is the one proved in the session `session_key`; `idempotency_key` (1 to 80 characters) names this
    one yes: the same key again gives the first outcome and writes nothing. `at` is the branch's time, aware.
    """

    customer_id: int
    session_key: str
    idempotency_key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Done:
    """What was written: `quote` as it held, the `code` it is kept under (a new one for a stay), the `seat` they have
    now. `paid_cents` were taken at once (negative: given back to the card), `credit_cents` became travel credit."""

    quote: Annotated[Quote, Discriminator("kind")]
    code: str
    paid_cents: int = 0
    credit_cents: int = 0
    seat: str | None = None


Outcome = Done | Refused

_QUOTE: TypeAdapter[Quote] = TypeAdapter(Annotated[Quote, Discriminator("kind")])
_OUTCOME: TypeAdapter[Outcome] = TypeAdapter(Outcome)


def to_json(quote: Quote) -> str:
    """A quote as one JSON object; `kind` says which."""
    return _QUOTE.dump_json(quote).decode()


def from_json(document: str) -> Quote:
    """The quote that `to_json` wrote. Raises ValueError when it is malformed."""
    return _QUOTE.validate_json(document)


def outcome_to_json(outcome: Outcome) -> str:
    """An outcome as one JSON object, to be given again for the same idempotency key."""
    return _OUTCOME.dump_json(outcome).decode()


def outcome_from_json(document: str) -> Outcome:
    """The outcome that `outcome_to_json` wrote. Raises ValueError when it is malformed."""
    return _OUTCOME.validate_json(document)
