"""How long the desk's questions to a branch's records take, on a DuckDB file and on a PostgreSQL server.

    python -m bench.records [--rounds 100] [--url postgresql+psycopg://USER@HOST/EMPTY_DATABASE]

Prints median and 95th percentile in milliseconds: of the time through `Branch.read` and `Branch.write`, as a tool waits
for them, and of the CPU time that this process takes for them, which other work on the machine disturbs less. The CPU
time of the server itself is not in it. Without `--url` only the file is measured. The database must be empty and is
filled.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection

from data.branch import Branch
from data.confirm import confirm
from data.customers import try_proof
from data.flight_quotes import find_alternatives, quote_bag, quote_flight_change
from data.flights import bookings_of, find_flights, flight_status
from data.hotel_quotes import quote_stay
from data.hotels import rooms_available
from data.postgres import PostgresUrl
from data.quotes import Consent, Done, Outcome, Quote, Refused
from data.sample.prepare import prepare_records

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("America/New_York"))
MARIA, K7 = 1001, "K7M2QX"

Question = Callable[[int], Awaitable[object]]


async def measure(where: Path | PostgresUrl, rounds: int) -> None:
    """Print a row for each question."""
    prepare_records(where, today=TODAY, progress=lambda *_: None)
    branch = Branch.open(where)
    day = TODAY + timedelta(days=4)
    reads: dict[str, Question] = {
        "read: status of a flight": lambda n: branch.read(lambda c: flight_status(c, "LB204", TODAY)),
        "read: flights of a day": lambda n: branch.read(lambda c: find_flights(c, "BOS", "DEN", day)),
        "read: a customer's bookings": lambda n: branch.read(lambda c: bookings_of(c, MARIA)),
        "read: rooms of a stay": lambda n: branch.read(lambda c: rooms_available(c, 3, day, day + timedelta(2))),
        "quote: flight change": lambda n: branch.read(lambda c: quote_flight_change(c, MARIA, K7, "LB202", day, NOW)),
        "quote: alternatives": lambda n: branch.read(lambda c: find_alternatives(c, MARIA, K7, day, NOW)),
        "quote: stay": lambda n: branch.read(lambda c: quote_stay(c, 3, "king", day, 2, NOW)),
        "proof by code": lambda n: branch.write(lambda c: try_proof(c, session_key="s", code=K7, pin="4071", at=NOW)),
    }
    for name, question in reads.items():
        await row(name, question, rounds)
    await row("confirmed: stay", lambda n: yes(branch, n, stay(n)), rounds)
    await row("confirmed: flight change", lambda n: yes(branch, n + 10_000, change(n)), rounds)
    await row("confirmed: bag", lambda n: yes(branch, n + 20_000, bag), min(rounds, 3))
    branch.close()


def stay(number: int) -> Callable[[Connection], Quote | Refused]:
    """A stay in one hotel after the other."""
    return lambda c: quote_stay(c, 1 + number % 6, "queen", TODAY + timedelta(5 + number % 40), 2, NOW)


def change(number: int) -> Callable[[Connection], Quote | Refused]:
    """To another day each time."""
    return lambda c: quote_flight_change(c, MARIA, K7, "LB204", TODAY + timedelta(3 + number % 8), NOW)


def bag(conn: Connection) -> Quote | Refused:
    """One more bag, as long as that is allowed."""
    return quote_bag(conn, MARIA, K7, NOW)


async def yes(
    branch: Branch, number: int, quote: Callable[[Connection], Quote | Refused]
) -> tuple[float, float] | None:
    """Quote, then time the confirmation alone."""
    quoted = await branch.read(quote)
    if isinstance(quoted, Refused):
        return None
    consent = Consent(MARIA, "a session", f"key {number}", NOW)
    began, cpu = time.perf_counter(), time.process_time()
    done = await branch.write(lambda c: confirm(c, quoted, consent))
    assert isinstance(done, Done), done
    return time.perf_counter() - began, time.process_time() - cpu


async def side_by_side(where: PostgresUrl, nodes: int, rounds: int) -> None:
    """Nodes that confirm stays without a pause, in all hotels: how often a change met another one and ran again."""
    branches = [Branch.open(where) for _ in range(nodes)]
    tries = 0
    took: list[float] = []

    async def work(node: int) -> None:
        nonlocal tries
        for number in range(rounds):
            quote = await branches[node].read(stay(node + number * nodes))
            if isinstance(quote, Refused):
                continue
            consent = Consent(MARIA, f"session {node}", f"node {node} of {nodes}, key {number}", NOW)

            def change(conn: Connection, quote: Quote = quote, consent: Consent = consent) -> Outcome:
                nonlocal tries
                tries += 1
                return confirm(conn, quote, consent)

            began = time.perf_counter()
            await branches[node].write(change)
            took.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    await asyncio.gather(*map(work, range(nodes)))
    passed = time.perf_counter() - began
    print(
        f"{nodes} nodes confirm stays      p50 {np.percentile(took, 50):6.1f}  p95 {np.percentile(took, 95):6.1f} ms   "
        f"{len(took) / passed:.0f} changes a second, {tries / len(took):.2f} tries a change"
    )
    for branch in branches:
        branch.close()


async def row(name: str, question: Question, rounds: int) -> None:
    """Ask `rounds` times after a few to warm up, and print what it took."""
    took: list[tuple[float, float]] = []
    for number in range(-3 if rounds > 3 else 0, rounds):
        began, cpu = time.perf_counter(), time.process_time()
        told = await question(number)
        own = (time.perf_counter() - began, time.process_time() - cpu)
        if number >= 0 and told is not None:
            took.append(told if isinstance(told, tuple) and isinstance(told[0], float) else own)
    figures = np.array(took) * 1000
    wall, cpu_ms = figures[:, 0], figures[:, 1]
    print(
        f"{name:28} p50 {np.percentile(wall, 50):6.1f}  p95 {np.percentile(wall, 95):6.1f} ms   "
        f"CPU p50 {np.percentile(cpu_ms, 50):6.1f}  p95 {np.percentile(cpu_ms, 95):6.1f} ms   n {len(took)}"
    )


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--url")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print("DuckDB file")
        asyncio.run(measure(Path(folder), given.rounds))
    if given.url:
        print("PostgreSQL server")
        asyncio.run(measure(PostgresUrl.parse(given.url), given.rounds))
        for nodes in (1, 2, 4, 8):
            asyncio.run(side_by_side(PostgresUrl.parse(given.url), nodes, given.rounds))


if __name__ == "__main__":
    main()
