"""What a quote or a receipt says, by its kind: a title, and the lines that change."""

from __future__ import annotations

from collections.abc import Callable

from kiosk_tui.card_values import Fields, Row, cents, clock, day, dollars, rows, text, when


def lines_of(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    """Title and lines of a quote, or of a receipt's details with their `kind`."""
    return _KINDS.get(kind_of(quote), _any_quote)(quote)


def kind_of(quote: Fields) -> str:
    """The quote's kind, with spaces, however it is written."""
    return text(quote, "kind").replace("_", " ")


def _flight_change(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    old, new = text(quote, "from_number"), text(quote, "to_number")
    return "Change flight", rows(
        ("Flight", new if old == new else f"{old} → {new}"),
        ("Now", when(text(quote, "from_departs"))),
        ("New", when(text(quote, "to_departs"))),
        ("Seat", text(quote, "seat")),
        ("Fee", dollars(fee) if (fee := cents(quote, "fee_cents")) else ""),
        ("Fare", f"{dollars(more)} more" if (more := cents(quote, "difference_cents")) else ""),
    )


def _flight_cancel(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    return "Cancel flight", rows(
        ("Flight", text(quote, "number")),
        ("Leaves", when(text(quote, "departs"))),
        ("Back to card", dollars(back) if (back := cents(quote, "refund_cents")) else ""),
        ("Travel credit", dollars(credit) if (credit := cents(quote, "credit_cents")) else ""),
        ("Kept as fee", dollars(fee) if (fee := cents(quote, "fee_cents")) else ""),
    )


def _seat(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    return "Seat", rows(
        ("Flight", text(quote, "number")),
        ("Leaves", when(text(quote, "departs"))),
        ("Now", text(quote, "old_seat")),
        ("New", f"{text(quote, 'seat')} {text(quote, 'position')}".rstrip()),
    )


def _bag(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    return "Checked bags", rows(
        ("Flight", text(quote, "number")),
        ("Leaves", when(text(quote, "departs"))),
        ("More bags", text(quote, "added")),
        ("Bags then", text(quote, "bags")),
    )


def _check_in(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    return "Check in", rows(
        ("Flight", text(quote, "number")),
        ("Leaves", when(text(quote, "departs_estimated") or text(quote, "departs"))),
        ("Boarding", clock(text(quote, "boards"))),
        ("Gate", text(quote, "gate")),
        ("Seat", text(quote, "seat")),
    )


def _stay(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    return "Book a room", rows(
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

    difference = cents(quote, "difference_cents")
    return "Change stay", rows(
        ("Hotel", text(quote, "hotel_name")),
        ("Now", span("old_")),
        ("New", span("")),
        ("Difference", f"{dollars(abs(difference))} {'more' if difference > 0 else 'less'}" if difference else ""),
    )


def _stay_cancel(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    return "Cancel stay", rows(
        ("Hotel", text(quote, "hotel_name")),
        ("Stay", f"{day(text(quote, 'arrive'))} to {day(text(quote, 'depart'))}"),
        ("Fee", dollars(cents(quote, "fee_cents")) if "fee_cents" in quote else ""),
        ("Back to card", dollars(back) if (back := cents(quote, "refund_cents")) else ""),
    )


def _breakfast(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    return "Breakfast", rows(
        ("Hotel", text(quote, "hotel_name")),
        ("For", f"{text(quote, 'persons')} on {text(quote, 'nights')} mornings"),
        ("Bill then", dollars(cents(quote, "total_cents"))),
    )


def _late_check_out(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    return "Late check-out", rows(
        ("Hotel", text(quote, "hotel_name")),
        ("Until", when(text(quote, "until"))),
        ("Bill then", dollars(cents(quote, "total_cents"))),
    )


_HIDDEN = frozenset({"kind", "outcome", "code", "sources", "document", "hotel_id"})


def _any_quote(quote: Fields) -> tuple[str, tuple[Row, ...]]:
    """A change that an agent of the branch's own brings: its plain fields, as they are called."""
    told = [
        (name.replace("_", " ").capitalize(), text(quote, name))
        for name in quote
        if name not in _HIDDEN and not name.endswith(("_cents", "_id"))
    ]
    return kind_of(quote).capitalize() or "Your change", rows(*told)[:6]


_KINDS: dict[str, Callable[[Fields], tuple[str, tuple[Row, ...]]]] = {
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
