"""The kinds of room: for how many people each of them is."""

from __future__ import annotations

from typing import Annotated

from pydantic import JsonValue
from semantic_kernel.functions import kernel_function

from agents.tools.context import ToolContext, read_only, result
from agents.turn import Source
from data.hotels import hotels, sleeps
from data.records import ROOM_KINDS


class Tools:
    """What is true of a kind of room on every night."""

    def __init__(self, context: ToolContext) -> None:
        self._branch = context.branch

    @read_only
    @kernel_function(description="For how many people the kinds of room are.")
    async def sizes(
        self,
        room: Annotated[str | None, "queen, king, twin or suite; all when not given"] = None,
        persons: Annotated[int | None, "only rooms for at least so many people"] = None,
        hotel: Annotated[str | None, "name of the hotel; all of them when not given"] = None,
        hotel_city: Annotated[str | None, "city of the hotel, when its name is not known"] = None,
    ) -> str:
        """Outcomes: `found` (sizes: each with people, and rooms, the kinds that are for so many), `too_many` (most)."""
        houses = await self._branch.read(hotels)
        meant = [one for one in houses if hotel in (None, one.name) and hotel_city in (None, one.city)] or houses
        beds = await self._branch.read(lambda conn: [sleeps(conn, one.id) for one in meant])
        least = {kind: min(one[kind] for one in beds if kind in one) for one in beds for kind in one}
        fit = {kind: people for kind, people in least.items() if persons is not None and people >= persons}
        if room is not None or not fit:  # of one too small those that are large enough are told, too
            asked = {kind: people for kind, people in least.items() if room in (None, kind)}
            fit = asked | ({} if asked.items() <= fit.items() else fit)
        most = max(least.values())
        if persons is not None and persons > most:
            return result("too_many", most=most)
        sizes: list[JsonValue] = [
            {"people": people, "rooms": [kind for kind in ROOM_KINDS if fit.get(kind) == people]}
            for people in sorted({*fit.values()})
        ]
        text = "; ".join(f"{kind} {people} people" for kind, people in fit.items())
        return result("found", sources=(Source("rooms:sizes", "Rooms", text),), sizes=sizes)
