"""What is worth seeing of a tool's result, as cards: a title, one thing in large type, and a few lines below it.

Results are the tools' own JSON (`extension.tool_call`), quotes and receipts the fields of a quote. Money comes as whole
cents of US dollars, times as ISO text without a zone. What a card does not know it leaves out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pydantic import JsonValue

Fields = Mapping[str, "JsonValue"]
Tone = Literal["plain", "good", "warn"]
Row = tuple[str, str]
LONGEST_VALUE = 60


@dataclass(frozen=True, slots=True)
class Card:
    """`key`: a later card with the same key takes the place of this one. `big`: what is shown in large type."""

    key: str
    title: str
    big: str = ""
    rows: tuple[Row, ...] = ()
    tone: Tone = "plain"


def cards_of(name: str, result: Fields) -> tuple[Card, ...]:
    """The cards for what the tool `name` answered; none where there is nothing to see."""
    match result.get("outcome"):
        case "quoted":
            return (quote_card(result),)
        case "found" | "several" | "other_times" | "which_booking":
            return tuple(_found(name, result))
        case "alternatives":
            return tuple(_flight_list(result))
    return ()


def quote_card(quote: Fields) -> Card:
    """What would be done, and what it costs."""
    kind = kind_of(quote)
    title, rows = _QUOTES.get(kind, _any_quote)(quote)
    code = text(quote, "code")
    amount, due = amount_of(quote)
    return Card(
        f"quote:{kind}", f"{title}  {code}".rstrip(), amount, (*rows, *(((due, amount),) if amount else ())), "warn"
    )


def receipt_card(kind: str, code: str, details: Fields) -> Card:
    """What was done: its code in large type, and what was paid. It takes the place of what the booking was before."""
    fields: Fields = {**details, "kind": kind}
    title, rows = _QUOTES.get(kind_of(fields), _any_quote)(fields)
    paid, credit = _cents(fields, "paid_cents"), _cents(fields, "credit_cents")
    money: list[Row] = []
    if paid:
        money.append(("Paid now" if paid > 0 else "Back to your card", dollars(abs(paid))))
    if credit:
        money.append(("Travel credit", dollars(credit)))
    if not money:
        total = _cents(fields, "total_cents")
        money.append(("To pay at check-out", dollars(total)) if total else ("Paid now", "nothing"))
    return Card(f"booking:{code}", title, code, (*rows, *money), "good")


def amount_of(quote: Fields) -> tuple[str, str]:
    """The sum that a quote is about, and what it is: ("$94", "To pay now"); two empty texts where it has none."""
    for name, label in (
        ("due_cents", "To pay now"),
        ("extra_cents", "On your hotel bill"),
        ("refund_cents", "Back to your card"),
        ("credit_cents", "Travel credit"),
        ("fee_cents", "Fee now"),
        ("total_cents", "To pay at check-out"),
    ):
        cents = _cents(quote, name)
        if cents:
            return dollars(cents), label
    return ("$0", "To pay now") if "due_cents" in quote else ("", "")


def kind_of(quote: Fields) -> str:
    """The quote's kind, with spaces, however it is written."""
    return text(quote, "kind").replace("_", " ")


# Values, as people read them


def dollars(cents: int) -> str:
    """Cents as "$94" or "$94.50"."""
    return f"${cents / 100:,.2f}".removesuffix(".00")


def clock(moment: str) -> str:
    """The time of day of an ISO time: "6:40 PM"; empty where it is none."""
    try:
        at = dt.datetime.fromisoformat(moment)
    except ValueError:
        return ""
    return f"{at.hour % 12 or 12}:{at.minute:02} {'AM' if at.hour < 12 else 'PM'}"


def day(moment: str) -> str:
    """The day of an ISO date or time: "Fri, Nov 27"; the text itself where it is none."""
    try:
        on = dt.datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return f"{on:%a, %b} {on.day}"


def when(moment: str) -> str:
    """Day and time of an ISO time: "Fri, Nov 27, 6:40 PM"."""
    return f"{day(moment)}, {clock(moment)}" if "T" in moment else day(moment)


def text(fields: Fields, name: str) -> str:
    """A text or number as text; empty where there is none."""
    value = fields.get(name)
    return "" if value is None or isinstance(value, bool | dict | list) else str(value)[:LONGEST_VALUE]


def _cents(fields: Fields, name: str) -> int:
    value = fields.get(name)
    return round(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0


def _rows(*rows: Row) -> tuple[Row, ...]:
    return tuple(row for row in rows if row[1])


# Results of look-ups


def _found(name: str, result: Fields) -> list[Card]:
    if name == "flight_status" and "number" in result:
        return [_flight_card(result)]
    if "offers" in result and "hotel" in result:
        return [_rooms_card(result)]
    if "flights" in result:
        return _flight_list(result)
    found: list[Card] = []
    for one in _listed(result, "bookings"):
        found.append(_booking_card(one))
    for one in _listed(result, "reservations"):
        found.append(_reservation_card(one))
    return found


def _listed(result: Fields, name: str) -> list[Fields]:
    value = result.get(name)
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _late(flight: Fields) -> bool:
    return _cents(flight, "delay_minutes") > 0 or text(flight, "status") == "cancelled"


def _state(flight: Fields) -> str:
    minutes, status = _cents(flight, "delay_minutes"), text(flight, "status")
    return f"{status}, {minutes} min late" if minutes and status != "cancelled" else status


def _flight_card(flight: Fields) -> Card:
    return Card(
        f"flight:{text(flight, 'number')}",
        f"{text(flight, 'number')}  {text(flight, 'origin')} → {text(flight, 'destination')}",
        clock(text(flight, "departs_estimated") or text(flight, "departs")),
        _rows(
            ("Day", day(text(flight, "day"))),
            ("Gate", text(flight, "gate")),
            ("Status", _state(flight)),
            ("Planned", clock(text(flight, "departs")) if _late(flight) else ""),
            ("Arrives", clock(text(flight, "arrives_estimated") or text(flight, "arrives"))),
        ),
        "warn" if _late(flight) else "good",
    )


def _flight_list(result: Fields) -> list[Card]:
    rows: list[Row] = []
    for flight in _listed(result, "flights"):
        price = flight.get("due_cents", flight.get("lowest_fare_cents"))
        cost = dollars(price) if isinstance(price, int) else ""
        leaves = clock(text(flight, "departs"))
        arrives = clock(text(flight, "arrives"))
        times = f"{leaves} → {arrives}" if arrives else leaves
        rows.append((text(flight, "number"), "   ".join(part for part in (times, cost) if part)))
    if not rows:
        return []
    route = " → ".join(part for part in (text(result, "origin"), text(result, "destination")) if part)
    title = "   ".join(part for part in (route or "Flights", day(text(result, "day"))) if part)
    return [Card("flights", title, "", tuple(rows))]


def _rooms_card(result: Fields) -> Card:
    nights = text(result, "nights")
    rows = [
        (
            text(offer, "room").capitalize(),
            f"{dollars(_cents(offer, 'total_cents'))}   {text(offer, 'rooms_left')} left",
        )
        for offer in _listed(result, "offers")
    ]
    stay = f"{day(text(result, 'arrive'))}, {nights} night{'' if nights == '1' else 's'}"
    return Card("rooms", f"{text(result, 'hotel')}, {text(result, 'city')}", "", (("Arrive", stay), *rows))


def _booking_card(booking: Fields) -> Card:
    route = f"{text(booking, 'number')}  {text(booking, 'origin')} → {text(booking, 'destination')}"
    leaves = text(booking, "departs_estimated") or text(booking, "departs")
    bags = text(booking, "bags")
    return Card(
        f"booking:{text(booking, 'code')}",
        route,
        text(booking, "code"),
        _rows(
            ("Leaves", when(leaves)),
            ("Gate", text(booking, "gate")),
            ("Seat", " ".join(part for part in (text(booking, "seat"), text(booking, "cabin")) if part)),
            ("Bags", bags if bags != "0" else ""),
            ("Status", _state(booking) if _late(booking) else text(booking, "booking_status")),
        ),
        "warn" if _late(booking) else "plain",
    )


def _reservation_card(stay: Fields) -> Card:
    extras = [
        words for name, words in (("breakfast", "breakfast"), ("late_check_out", "late check-out")) if stay.get(name)
    ]
    return Card(
        f"booking:{text(stay, 'code')}",
        f"{text(stay, 'hotel')}, {text(stay, 'city')}",
        text(stay, "code"),
        _rows(
            ("Arrive", day(text(stay, "arrive"))),
            ("Leave", day(text(stay, "depart"))),
            ("Room", text(stay, "room")),
            ("With", ", ".join(extras)),
            ("Total", dollars(_cents(stay, "total_cents"))),
        ),
    )


# Quotes, by kind: a title and what changes


def _flight_change(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    old, new = text(quote, "from_number"), text(quote, "to_number")
    return "Change flight", _rows(
        ("Flight", new if old == new else f"{old} → {new}"),
        ("Now", when(text(quote, "from_departs"))),
        ("New", when(text(quote, "to_departs"))),
        ("Seat", text(quote, "seat")),
        ("Fee", dollars(fee) if (fee := _cents(quote, "fee_cents")) else ""),
        ("Fare", f"{dollars(more)} more" if (more := _cents(quote, "difference_cents")) else ""),
    )


def _flight_cancel(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    return "Cancel flight", _rows(
        ("Flight", text(quote, "number")),
        ("Leaves", when(text(quote, "departs"))),
        ("Back to card", dollars(back) if (back := _cents(quote, "refund_cents")) else ""),
        ("Travel credit", dollars(credit) if (credit := _cents(quote, "credit_cents")) else ""),
        ("Kept as fee", dollars(fee) if (fee := _cents(quote, "fee_cents")) else ""),
    )


def _seat(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    return "Seat", _rows(
        ("Flight", text(quote, "number")),
        ("Leaves", when(text(quote, "departs"))),
        ("Now", text(quote, "old_seat")),
        ("New", f"{text(quote, 'seat')} {text(quote, 'position')}".rstrip()),
    )


def _bag(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    return "Checked bags", _rows(
        ("Flight", text(quote, "number")),
        ("Leaves", when(text(quote, "departs"))),
        ("More bags", text(quote, "added")),
        ("Bags then", text(quote, "bags")),
    )


def _check_in(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    return "Check in", _rows(
        ("Flight", text(quote, "number")),
        ("Leaves", when(text(quote, "departs_estimated") or text(quote, "departs"))),
        ("Boarding", clock(text(quote, "boards"))),
        ("Gate", text(quote, "gate")),
        ("Seat", text(quote, "seat")),
    )


def _stay(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    return "Book a room", _rows(
        ("Hotel", text(quote, "hotel_name")),
        ("Room", text(quote, "room")),
        ("Arrive", day(text(quote, "arrive"))),
        ("Leave", day(text(quote, "depart"))),
        ("Nights", text(quote, "nights")),
        ("Free until", when(text(quote, "free_until"))),
    )


def _stay_change(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    def span(old: str) -> str:
        return f"{text(quote, old + 'room')}, {day(text(quote, old + 'arrive'))} to {day(text(quote, old + 'depart'))}"

    difference = _cents(quote, "difference_cents")
    return "Change stay", _rows(
        ("Hotel", text(quote, "hotel_name")),
        ("Now", span("old_")),
        ("New", span("")),
        ("Difference", f"{dollars(abs(difference))} {'more' if difference > 0 else 'less'}" if difference else ""),
    )


def _stay_cancel(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    return "Cancel stay", _rows(
        ("Hotel", text(quote, "hotel_name")),
        ("Stay", f"{day(text(quote, 'arrive'))} to {day(text(quote, 'depart'))}"),
        ("Fee", dollars(_cents(quote, "fee_cents")) if "fee_cents" in quote else ""),
        ("Back to card", dollars(back) if (back := _cents(quote, "refund_cents")) else ""),
    )


def _breakfast(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    return "Breakfast", _rows(
        ("Hotel", text(quote, "hotel_name")),
        ("For", f"{text(quote, 'persons')} on {text(quote, 'nights')} mornings"),
        ("Bill then", dollars(_cents(quote, "total_cents"))),
    )


def _late_check_out(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    return "Late check-out", _rows(
        ("Hotel", text(quote, "hotel_name")),
        ("Until", when(text(quote, "until"))),
        ("Bill then", dollars(_cents(quote, "total_cents"))),
    )


_HIDDEN = frozenset({"kind", "outcome", "code", "sources", "document", "hotel_id"})


def _any_quote(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    """A change that an agent of the branch's own brings: its plain fields, as they are called."""
    rows = [
        (name.replace("_", " ").capitalize(), text(quote, name))
        for name in quote
        if name not in _HIDDEN and not name.endswith(("_cents", "_id"))
    ]
    return kind_of(quote).capitalize() or "Your change", _rows(*rows)[:6]


_QUOTES: dict[str, Callable[[Fields], tuple[str, tuple[Row, ...]]]] = {
    "flight change": _flight_change,
    "flight cancel": _flight_cancel,
    "seat": _seat,
    "bag": _bag,
    "check in": _check_in,
    "stay": _stay,
    "stay change": _stay_change,
    "stay cancel": _stay_cancel,
    "breakfast": _breakfast,
    "late check-out": _late_check_out,
}
