"""Proof of who a customer is: a PIN together with a code or a customer number.

PINs are kept salted and hashed with scrypt (RFC 7914). A four-digit PIN has only ten thousand values, so the
hash delays, and does not prevent, a search by somebody who holds the file. What stops guessing at the desk is the
lock after three failures: of an identity, from whatever sessions (here, counted from the audit trail), and of a session
(`agents/identity.py`).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import repeat

from sqlalchemy import Connection, Row, Select, select

from data.audit import PROOF_ACTION, Outcome, record
from data.code_sounds import Hearing, meant_by
from data.codes import spelled
from data.records import Customer
from data.schema import audit, bookings, customers, reservations

SCRYPT_COST = 2**11
"""scrypt's N, with r=8 and p=1: 2 MB and 5 to 10 ms a check on the branch's machine."""

MAX_FAILURES = 3
LOCK = timedelta(minutes=15)
"""`MAX_FAILURES` wrong proofs within this time lock an identity for this time."""
MAX_CANDIDATES = 4
"""How many customers' PINs one try looks at, when a code was heard almost right."""
_LOOK_BACK = timedelta(hours=24)
"""How much of the audit trail is read: longer than any chain of locks that somebody waits through."""
_NUMBERS = 2**31
"""Customers' numbers are below this; the server refuses to compare a larger one."""

_HASHING = ThreadPoolExecutor(2, thread_name_prefix="hash-pin")
"""scrypt lets the interpreter go, so that two PINs are hashed at one time where two cores are free."""
_NOBODY_SALT = secrets.token_bytes(16)


@dataclass(frozen=True, slots=True)
class Unproven:
    """No proof. `locked_until` is when that identity may be tried again, None when it may be at once."""

    locked_until: datetime | None


def hash_pin(pin: str, salt: bytes) -> bytes:
    """The 32 bytes kept for a PIN."""
    return hashlib.scrypt(pin.encode(), salt=salt, n=SCRYPT_COST, r=8, p=1, dklen=32)


def prove_by_id(conn: Connection, customer_id: int, pin: str) -> Customer | None:
    """The customer with this number, if the PIN is theirs; None when either is wrong, after the same amount of work."""
    known = 0 <= customer_id < _NUMBERS
    return _proven(conn.execute(_proof_query().where(customers.c.id == customer_id)).first() if known else None, pin)


def try_proof(
    conn: Connection,
    *,
    session_key: str,
    code: str | None = None,
    customer_id: int | None = None,
    also_heard: str | None = None,
    sounded: Sequence[Hearing] = (),
    pin: str,
    at: datetime,
) -> Customer | Unproven:
    """Check a PIN against a code (or else a customer's number), count it, and write it to the audit trail.

    A code that is nobody's may have been heard almost right: the PIN is then checked against `codes_like` it, and
    proves somebody when it is the PIN of exactly one of those customers. `also_heard` is how the same code was heard
    before, `sounded` how either was heard to sound. A try that fails counts against the code as heard and against every
    customer whose PIN was looked at.

    What this gives away to somebody who guesses: a try looks at no more than `MAX_CANDIDATES` PINs, so that a random
    PIN proves somebody in at most 4 of 10,000 tries (1 of 10,000 for a code that exists), and three tries lock the
    session. Who has found out another customer's PIN, but no code, meets a given code with one random well-formed code
    in about 4,300, with two hearings of one in about 1,200. The answer is the same whether a code exists or not:
    `Unproven.locked_until` speaks only of the code as heard, and the same number of PINs is hashed each time.

    While the identity is locked the PIN is not looked at. Run it inside `Branch.write`, where tries come one after the
    other, so that many at one time get no more than `MAX_FAILURES`. `at` is aware. Raises ValueError when neither
    code nor number is given.
    """
    if code is None and customer_id is None:
        raise ValueError("a proof needs a code or a customer's number")
    subject = spelled(code) if code is not None else str(customer_id)
    locked = proof_locked_until(conn, subject, at)
    proven: tuple[Customer, str] | None = None
    named = [subject]
    if locked is None and code is not None:
        like = [one for one in codes_like(conn, subject, also_heard, sounded) if one != subject]
        open_ = [one for one in like if proof_locked_until(conn, one, at) is None]
        looked_at = open_ if like else [subject]
        proven = _prove_among(conn, looked_at, pin)
        named += _one_for_each_owner(conn, open_)
    elif locked is None and customer_id is not None:
        customer = prove_by_id(conn, customer_id, pin)
        proven = None if customer is None else (customer, subject)

    def note(outcome: Outcome, about: str, who: int | None = None) -> None:
        record(
            conn, at=at, session_key=session_key, action=PROOF_ACTION, outcome=outcome, customer_id=who, subject=about
        )

    if proven is not None:
        note("done", proven[1], proven[0].id)
        return proven[0]
    for about in named:
        note("locked" if locked else "failed", about)
    return Unproven(locked or proof_locked_until(conn, subject, at))


def codes_like(
    conn: Connection, heard: str, also_heard: str | None = None, sounded: Sequence[Hearing] = ()
) -> tuple[str, ...]:
    """The codes of bookings and reservations that may have been meant by one `heard`: that very code when it exists,
    else those that sound like it, the nearest `MAX_CANDIDATES` at most, nearest first.

    When `also_heard`, how it was heard the time before, has codes in common with it within a wider bound, only those.
    Of hearings in `sounded` it counts how they sounded (`data.code_sounds`).
    """
    codes = sorted({*conn.execute(select(bookings.c.code).union(select(reservations.c.code))).scalars()})
    also = None if also_heard is None else spelled(also_heard)
    return meant_by(codes, spelled(heard), also, sounded)[:MAX_CANDIDATES]


def codes_of(conn: Connection, customer_id: int) -> tuple[str, ...]:
    """All codes of a customer's bookings and reservations, in the order of the alphabet."""
    b, r = bookings.c, reservations.c
    own = select(b.code).where(b.customer_id == customer_id).union(select(r.code).where(r.customer_id == customer_id))
    return tuple(sorted(conn.execute(own).scalars()))


def proof_locked_until(conn: Connection, subject: str, now: datetime) -> datetime | None:
    """Until when nobody may try to prove that they are `subject` (a booking or reservation code, or a customer's
    number as text), in UTC; None when anybody may.

    All codes of a customer and their number are one identity. A proof that succeeds clears the count; tries during a
    lock do not make it longer. A code that is nobody's locks by itself, as if it were somebody's.
    """
    named = _names_of(conn, spelled(subject))
    a = audit.c
    since = now.astimezone(UTC).replace(tzinfo=None) - _LOOK_BACK
    rows = conn.execute(
        select(a.recorded_at, a.subject, a.outcome)
        .where(a.action == PROOF_ACTION, a.recorded_at > since, a.outcome.in_(("failed", "done")))
        .order_by(a.recorded_at, a.id)
    )
    until = _locked_until((r.recorded_at, r.outcome == "done") for r in rows if spelled(r.subject or "") in named)
    return until if until is not None and until > now else None


def _names_of(conn: Connection, subject: str) -> frozenset[str]:
    """Everything that the customer behind a code or number can be named by; only `subject` when there is none."""
    b, r = bookings.c, reservations.c
    owners = select(b.customer_id).where(b.code == subject).union_all(select(r.customer_id).where(r.code == subject))
    found = conn.execute(owners).scalars().first()
    owner = found if found is not None else int(subject) if subject.isascii() and subject.isdigit() else None
    if owner is None or owner >= _NUMBERS:
        return frozenset((subject,))
    codes = select(b.code).where(b.customer_id == owner).union_all(select(r.code).where(r.customer_id == owner))
    return frozenset((subject, str(owner), *conn.execute(codes).scalars()))


def _locked_until(tries: Iterable[tuple[datetime, bool]]) -> datetime | None:
    """The end of the last lock that these tries (UTC without zone, whether it succeeded; oldest first) led to."""
    failures: list[datetime] = []
    until: datetime | None = None
    for at, succeeded in tries:
        if until is not None and at < until:
            continue
        failures = [] if succeeded else [*(failure for failure in failures if at - failure < LOCK), at]
        if len(failures) >= MAX_FAILURES:
            until, failures = at + LOCK, []
    return None if until is None else until.replace(tzinfo=UTC)


def _owners(conn: Connection, codes: Sequence[str]) -> dict[str, int]:
    """Whose each of `codes` is; codes of nobody are left out."""
    b, r = bookings.c, reservations.c
    both = select(b.code, b.customer_id).where(b.code.in_(codes))
    both_kinds = both.union_all(select(r.code, r.customer_id).where(r.code.in_(codes)))
    return {row.code: row.customer_id for row in conn.execute(both_kinds)}


def _one_for_each_owner(conn: Connection, codes: Sequence[str]) -> list[str]:
    """Of `codes`, the first of each customer's."""
    owners = _owners(conn, codes)
    return list({owners[one]: one for one in reversed(codes) if one in owners}.values())


def _prove_among(conn: Connection, codes: Sequence[str], pin: str) -> tuple[Customer, str] | None:
    """The only one of the owners of `codes` whose PIN this is, and which code was theirs; None when there is none, or
    more than one. The same number of PINs is hashed however many owners there are."""
    owners = {who: one for one, who in reversed(_owners(conn, codes).items())}
    rows = conn.execute(_proof_query().where(customers.c.id.in_(tuple(owners)))).all()[:MAX_CANDIDATES]
    nobody = [None] * (MAX_CANDIDATES - len(rows))
    found = [customer for customer in _HASHING.map(_proven, (*rows, *nobody), repeat(pin)) if customer is not None]
    return (found[0], owners[found[0].id]) if len(found) == 1 else None


def _proof_query() -> Select[tuple[int, str, bytes, bytes]]:
    c = customers.c
    return select(c.id, c.name, c.pin_salt, c.pin_hash)


def _proven(row: Row[tuple[int, str, bytes, bytes]] | None, pin: str) -> Customer | None:
    offered = "".join(c for c in pin if c.isalnum())
    if row is None:
        hash_pin(offered, _NOBODY_SALT)
        return None
    if not hmac.compare_digest(hash_pin(offered, bytes(row.pin_salt)), bytes(row.pin_hash)):
        return None
    return Customer(id=row.id, name=row.name)
