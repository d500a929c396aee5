"""The customers of the sample branch: those known by name, then generated ones."""

from __future__ import annotations

from random import Random

from data.sample.facts import WorldFacts
from data.sample.rows import CustomerRow

FIRST_GENERATED_ID = 2001
AREA_CODES = ("617", "303", "206", "415", "312", "512", "212", "310", "404", "305", "214", "602", "612", "503")
"""Phone numbers are 555-0100 to 555-0199 in these areas: numbers set aside for fiction."""


def known_customers(facts: WorldFacts) -> list[CustomerRow]:
    """The customers of `world.yaml`."""
    return [CustomerRow(c.id, c.name, c.phone, _email(c.name), c.pin) for c in facts.customers]


def generated_customers(facts: WorldFacts) -> list[CustomerRow]:
    """As many customers as `world.yaml` asks for, no two of one name, none with the name of a known one."""
    draw = Random(f"{facts.seed}:customers")
    known = {c.name for c in facts.customers}
    names = [f"{first} {last}" for first in facts.first_names for last in facts.last_names]
    drawn = draw.sample([name for name in names if name not in known], facts.generated_customers)
    taken = {c.phone for c in facts.customers}
    phones = [f"+1 {area} 555 {line:04d}" for area in AREA_CODES for line in range(100, 200)]
    lines = draw.sample([phone for phone in phones if phone not in taken], facts.generated_customers)
    return [
        CustomerRow(FIRST_GENERATED_ID + i, name, phone, _email(name), pin=f"{draw.randint(0, 9999):04d}")
        for i, (name, phone) in enumerate(zip(drawn, lines, strict=True))
    ]


def _email(name: str) -> str:
    return f"{name.lower().replace(' ', '.')}@example.com"
