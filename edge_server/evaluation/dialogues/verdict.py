"""Whether one customer was served as the script says: by the database, and by what was said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from data.audit import PROOF_ACTION
from edge_server.evaluation.dialogues.records import Change, Stock, Value
from edge_server.evaluation.dialogues.script import Cell, Expected, Row

_HAND_OFF = "hand off"
_ANYTHING = "*"
_ACTIVE_BOOKING = ("confirmed", "checked in", "flown")
_ACTIVE_STAY = ("confirmed", "checked in", "checked out")
_FOLLOWS = frozenset({"flight_cabins", "seats_taken", "room_nights", "audit", "outcomes"})
"""Tables that a change moves along with its booking; each is checked against it."""


def of_records(expected: Expected, before: Stock, found: Iterable[Change]) -> list[str]:
    """What is not as expected in the database, one sentence each."""
    moved = list(found)
    by_table: dict[str, list[Change]] = {name: [one for one in moved if one.table == name] for name in before}
    names = _Names(before)
    wrong: list[str] = []
    wrong += _rows("bookings", expected.bookings, by_table["bookings"], names)
    wrong += _rows("reservations", expected.reservations, by_table["reservations"], names)
    wrong += _money(expected, by_table)
    wrong += _stock_of_flights(by_table)
    wrong += _stock_of_rooms(by_table)
    wrong += _trail(expected, by_table)
    known = {"bookings", "reservations", "payments", "travel_credits", *_FOLLOWS}
    wrong += [f"{one.table} {one.key}: changed, which nothing may" for one in moved if one.table not in known]
    return wrong


def of_words(expected: Expected, replies: Iterable[str]) -> list[str]:
    """What was not said although it had to be, or said although it must not be."""
    said = list(replies)
    wrong = [f"never said: {text}" for text in expected.said if not any(_found(text, one) for one in said)]
    wrong += [f"said: {text}" for text in expected.not_said if any(_found(text, one) for one in said)]
    return wrong


class _Names:
    """Flights and hotels by their key, as scripts write them."""

    def __init__(self, stock: Stock) -> None:
        self._flights = {row["id"]: f"{row['number']} {row['day']}" for row in stock["flights"].values()}
        self._hotels = {row["id"]: row["name"] for row in stock["hotels"].values()}

    def told(self, column: str, value: Value) -> tuple[str, Value]:
        """Column and value as a script writes them."""
        if column == "flight_id":
            return "flight", self._flights.get(value, value)
        if column == "hotel_id":
            return "hotel", self._hotels.get(value, value)
        return column, value.date() if isinstance(value, datetime) else value


def _rows(table: str, expected: Mapping[str, Row], found: list[Change], names: _Names) -> Iterable[str]:
    added = [one for one in found if one.before is None]
    changed = {str(one.before["code"]): one for one in found if one.before is not None}
    for name, row in expected.items():
        if name.startswith("new"):
            match = next((one for one in added if not _differs(one, row, names, only_named=True)), None)
            if match is None:
                made = "; ".join(str(dict(names.told(c, v) for c, v in (one.after or {}).items())) for one in added)
                yield f"{table}: no new row with {dict(row)}; made: {made or 'none'}"
            else:
                added.remove(match)
            continue
        change = changed.pop(name, None)
        if change is None:
            yield f"{table} {name}: unchanged"
        else:
            yield from (f"{table} {name}: {one}" for one in _differs(change, row, names, only_named=False))
    yield from (f"{table} {one.key}: made, which nothing may" for one in added)
    for name, change in changed.items():
        columns = ", ".join(f"{column} {old} -> {new}" for column, (old, new) in change.columns.items())
        yield f"{table} {name}: changed, which it may not ({columns})"


def _differs(change: Change, wanted: Row, names: _Names, *, only_named: bool) -> list[str]:
    now = dict(names.told(column, new) for column, (_, new) in change.columns.items())
    wrong = [
        f"{column} is {now.get(column, 'unchanged')}, wanted {value}"
        for column, value in wanted.items()
        if value != _ANYTHING and (column not in now or not _same(value, now[column]))
    ]
    if not only_named:
        wrong += [f"{column} became {value}" for column, value in now.items() if column not in wanted]
    return wrong


def _same(wanted: Cell, found: Value) -> bool:
    if isinstance(wanted, date) or isinstance(found, date):
        return str(wanted) == str(found)
    return wanted == found


def _money(expected: Expected, moved: Mapping[str, list[Change]]) -> Iterable[str]:
    paid: Counter[str] = Counter()
    for one in moved["payments"]:
        if one.before is not None or one.after is None:
            yield f"payments {one.key}: an old payment changed"
        else:
            paid[str(one.after["reason"])] += _int(one.after["amount_cents"])
    for reason in dict.fromkeys((*expected.paid, *paid)):
        if paid.get(reason) != expected.paid.get(reason):
            yield f"payments: {reason} is {paid.get(reason)} cents, wanted {expected.paid.get(reason)}"
    credit = sum(_int(one.after["amount_cents"]) for one in moved["travel_credits"] if one.after is not None)
    if credit != expected.credit:
        yield f"travel_credits: {credit} cents, wanted {expected.credit}"


def _stock_of_flights(moved: Mapping[str, list[Change]]) -> Iterable[str]:
    """Seats sold and seats taken follow the bookings."""
    sold: Counter[tuple[Value, ...]] = Counter()
    seats: dict[Value, set[tuple[Value, ...]]] = {}
    for one in moved["bookings"]:
        for row, sign in ((one.before, -1), (one.after, 1)):
            if row is not None and row["status"] in _ACTIVE_BOOKING:
                sold[row["flight_id"], row["cabin"]] += sign
        after = one.after
        taken = after is not None and after["status"] in _ACTIVE_BOOKING and after["seat"] is not None
        if after is not None and one.columns.keys() & {"seat", "flight_id"}:
            seats[after["id"]] = {(after["flight_id"], after["seat"])} if taken else set()
    yield from _counts("flight_cabins", sold, moved["flight_cabins"])
    now: dict[Value, set[tuple[Value, ...]]] = {}
    for one in moved["seats_taken"]:
        row = one.after or one.before or {}
        now.setdefault(row["booking_id"], set())
        if one.after is not None:
            now[row["booking_id"]].add(one.key)
    if now != seats:
        yield f"seats_taken: {now}, by the bookings {seats}"


def _stock_of_rooms(moved: Mapping[str, list[Change]]) -> Iterable[str]:
    """Nights sold follow the reservations."""
    sold: Counter[tuple[Value, ...]] = Counter()
    for one in moved["reservations"]:
        for row, sign in ((one.before, -1), (one.after, 1)):
            if row is not None and row["status"] in _ACTIVE_STAY:
                arrive, depart = row["arrive"], row["depart"]
                if isinstance(arrive, date) and isinstance(depart, date):
                    for ordinal in range(arrive.toordinal(), depart.toordinal()):
                        sold[row["hotel_id"], row["room"], date.fromordinal(ordinal)] += sign
    yield from _counts("room_nights", sold, moved["room_nights"])


def _counts(table: str, wanted: Counter[tuple[Value, ...]], found: list[Change]) -> Iterable[str]:
    now = {
        one.key: _int(new) - _int(old)
        for one in found
        for column, (old, new) in one.columns.items()
        if column == "sold"
    }
    if any(one.columns.keys() - {"sold"} for one in found):
        yield f"{table}: more than the number sold has changed"
    right = {key: count for key, count in wanted.items() if count}
    if now != right:
        yield f"{table}: sold moved by {now}, by what was booked {right}"


def _trail(expected: Expected, moved: Mapping[str, list[Change]]) -> Iterable[str]:
    """One outcome and one audit row for each change, a ticket for each hand-off."""
    rows = [one.after for one in moved["audit"] if one.before is None and one.after is not None]
    if len(rows) != len(moved["audit"]):
        yield "audit: old rows changed"
    ended = Counter(str(row["outcome"]) for row in rows if row["action"] == PROOF_ACTION)
    for how, count in expected.proofs.items():
        if ended[how] != count:
            yield f"audit: {ended[how]} proofs of identity {how}, wanted {count}"
    tickets = sum(row["action"] == _HAND_OFF for row in rows)
    if tickets != expected.tickets:
        yield f"audit: {tickets} tickets for a person, wanted {expected.tickets}"
    writes = [row for row in rows if row["action"] not in (PROOF_ACTION, _HAND_OFF)]
    if len(writes) != expected.changes or any(row["outcome"] != "done" for row in writes):
        told = ", ".join(f"{row['action']} {row['subject']} {row['outcome']}" for row in writes)
        yield f"audit: {len(writes)} changes ({told}), wanted {expected.changes}"
    if len(moved["outcomes"]) != expected.changes:
        yield f"outcomes: {len(moved['outcomes'])} rows, wanted {expected.changes}"


def _int(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None
