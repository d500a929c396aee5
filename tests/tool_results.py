"""What a tool answers, as the planner reads it and the screens are shown it."""

from __future__ import annotations

from pydantic import JsonValue

DELAYED: dict[str, JsonValue] = {
    "outcome": "found",
    "number": "LB204",
    "day": "2026-11-22",
    "origin": "Boston",
    "destination": "Denver",
    "departs": "2026-11-22T18:40",
    "arrives": "2026-11-22T21:25",
    "departs_estimated": "2026-11-22T19:15",
    "arrives_estimated": "2026-11-22T22:00",
    "delay_minutes": 35,
    "gate": "B12",
    "status": "delayed",
    "past": False,
    "over": False,
    "about": None,
    "lowest_fare_cents": 26500,
    "only_business": False,
    "hours": 4,
    "minutes": 45,
}
"""`flight_status` of the sample branch's LB204 on the sample day."""
