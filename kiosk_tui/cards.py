"""What is worth seeing of a tool's result, as cards: a title, one thing in large type, and a few lines below it.

Results are the tools' own JSON (`extension.tool_call`), quotes and receipts the fields of a quote. Money comes as whole
cents of US dollars, times as ISO text without a zone. What a card does not know it leaves out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from kiosk_tui.card_quotes import kind_of, lines_of
from kiosk_tui.card_values import Fields, Row, cents, clock, day, dollars, rows, text, when

Tone = Literal["plain", "good", "warn"]


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
    title, lines = lines_of(quote)
    code = text(quote, "code")
    amount, due = amount_of(quote)
    return Card(
        f"quote:{kind}", f"{title}  {code}".rstrip(), amount, (*lines, *(((due, amount),) if amount else ())), "warn"
    )


def receipt_card(kind: str, code: str, details: Fields) -> Card:
    """What was done: its code in large type, and what was paid. It takes the place of what the booking was before."""
    fields: Fields = {**details, "kind": kind}
    title, lines = lines_of(fields)
    paid, credit = cents(fields, "paid_cents"), cents(fields, "credit_cents")
    money: list[Row] = []
    if paid:
        money.append(("Paid now" if paid > 0 else "Back to your card", dollars(abs(paid))))
    if credit:
        money.append(("Travel credit", dollars(credit)))
    if not money:
        total = cents(fields, "total_cents")
        money.append(("To pay at check-out", dollars(total)) if total else ("Paid now", "nothing"))
    return Card(f"booking:{code}", title, code, (*lines, *money), "good")


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
        if amount := cents(quote, name):
            return dollars(amount), label
    return ("$0", "To pay now") if "due_cents" in quote else ("", "")


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
    return cents(flight, "delay_minutes") > 0 or text(flight, "status") == "cancelled"


def _state(flight: Fields) -> str:
    minutes, status = cents(flight, "delay_minutes"), text(flight, "status")
    return f"{status}, {minutes} min late" if minutes and status != "cancelled" else status


def _flight_card(flight: Fields) -> Card:
    return Card(
        f"flight:{text(flight, 'number')}",
        f"{text(flight, 'number')}  {text(flight, 'origin')} → {text(flight, 'destination')}",
        clock(text(flight, "departs_estimated") or text(flight, "departs")),
        rows(
            ("Day", day(text(flight, "day"))),
            ("Gate", text(flight, "gate")),
            ("Status", _state(flight)),
            ("Planned", clock(text(flight, "departs")) if _late(flight) else ""),
            ("Arrives", clock(text(flight, "arrives_estimated") or text(flight, "arrives"))),
        ),
        "warn" if _late(flight) else "good",
    )


def _flight_list(result: Fields) -> list[Card]:
    lines: list[Row] = []
    for flight in _listed(result, "flights"):
        price = flight.get("due_cents", flight.get("lowest_fare_cents"))
        cost = dollars(price) if isinstance(price, int) else ""
        leaves = clock(text(flight, "departs"))
        arrives = clock(text(flight, "arrives"))
        times = f"{leaves} → {arrives}" if arrives else leaves
        lines.append((text(flight, "number"), "   ".join(part for part in (times, cost) if part)))
    if not lines:
        return []
    route = " → ".join(part for part in (text(result, "origin"), text(result, "destination")) if part)
    title = "   ".join(part for part in (route or "Flights", day(text(result, "day"))) if part)
    return [Card("flights", title, "", tuple(lines))]


def _rooms_card(result: Fields) -> Card:
    nights = text(result, "nights")
    lines = [
        (
            text(offer, "room").capitalize(),
            f"{dollars(cents(offer, 'total_cents'))}   {text(offer, 'rooms_left')} left",
        )
        for offer in _listed(result, "offers")
    ]
    stay = f"{day(text(result, 'arrive'))}, {nights} night{'' if nights == '1' else 's'}"
    return Card("rooms", f"{text(result, 'hotel')}, {text(result, 'city')}", "", (("Arrive", stay), *lines))


def _booking_card(booking: Fields) -> Card:
    route = f"{text(booking, 'number')}  {text(booking, 'origin')} → {text(booking, 'destination')}"
    leaves = text(booking, "departs_estimated") or text(booking, "departs")
    bags = text(booking, "bags")
    return Card(
        f"booking:{text(booking, 'code')}",
        route,
        text(booking, "code"),
        rows(
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
        rows(
            ("Arrive", day(text(stay, "arrive"))),
            ("Leave", day(text(stay, "depart"))),
            ("Room", text(stay, "room")),
            ("With", ", ".join(extras)),
            ("Total", dollars(cents(stay, "total_cents"))),
        ),
    )
