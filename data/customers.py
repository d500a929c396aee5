"""Proof of who a customer is: a PIN together with a code or a customer number.

PINs are kept salted and hashed with scrypt (RFC 7914). A four-digit PIN has only ten thousand values, so the
hash delays, and does not prevent, a search by somebody who holds the file; what stops guessing at the desk is the
lock after three failures (`agents/identity.py`).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from sqlalchemy import Connection, Row, Select, select

from data.records import Customer
from data.schema import bookings, customers, reservations

SCRYPT_COST = 2**11
"""scrypt's N, with r=8 and p=1: 2 MB and 5 to 10 ms a check on the branch's machine."""

_NOBODY_SALT = secrets.token_bytes(16)


def hash_pin(pin: str, salt: bytes) -> bytes:
    """The 32 bytes kept for a PIN."""
    return hashlib.scrypt(pin.encode(), salt=salt, n=SCRYPT_COST, r=8, p=1, dklen=32)


def prove_by_code(conn: Connection, code: str, pin: str) -> Customer | None:
    """The customer whose booking or reservation has this code (any case, spaces and dashes ignored) and whose PIN
    this is; None when either is wrong, after the same amount of work."""
    wanted = "".join(c for c in code if c.isalnum()).upper()
    owners = (
        select(bookings.c.customer_id)
        .where(bookings.c.code == wanted)
        .union_all(select(reservations.c.customer_id).where(reservations.c.code == wanted))
    )
    return _proven(conn.execute(_proof_query().where(customers.c.id.in_(owners))).first(), pin)


def prove_by_id(conn: Connection, customer_id: int, pin: str) -> Customer | None:
    """The customer with this number, if the PIN is theirs; None when either is wrong, after the same amount of work."""
    return _proven(conn.execute(_proof_query().where(customers.c.id == customer_id)).first(), pin)


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
