"""The concierge's tools: what the desk offers, the time, the cities and hotels of the branch."""

from __future__ import annotations

from semantic_kernel.functions import kernel_function

from agents.tools.context import ToolContext, result
from agents.turn import Source
from data.flights import airports
from data.hotels import hotels


class Tools:
    """What the concierge can look up."""

    def __init__(self, context: ToolContext) -> None:
        self._branch = context.branch
        self._offers = context.offers

    @kernel_function(description="What this desk can help with.")
    async def services(self) -> str:
        """Outcome: `found` (offers: what each agent can do)."""
        return result("found", offers=list(self._offers.values()))

    @kernel_function(description="The date and the time of day in the branch.")
    async def date_and_time(self) -> str:
        """Outcome: `found` (now: ISO date and time, local)."""
        now = self._branch.clock.now()
        source = Source("clock", "The branch's clock", now.isoformat(timespec="minutes"))
        return result("found", sources=(source,), now=now.replace(tzinfo=None).isoformat(timespec="minutes"))

    @kernel_function(description="The cities that the airline flies to.")
    async def cities(self) -> str:
        """Outcome: `found` (cities)."""
        served = await self._branch.read(airports)
        cities = sorted({airport.city for airport in served})
        return result("found", sources=(Source("airports", "Airports", ", ".join(cities)),), cities=list(cities))

    @kernel_function(description="The hotels that can be booked here, with their cities.")
    async def hotels(self) -> str:
        """Outcome: `found` (hotels: name and city)."""
        houses = await self._branch.read(hotels)
        source = Source("hotels", "Hotels", ", ".join(f"{house.name} ({house.city})" for house in houses))
        return result("found", sources=(source,), hotels=[{"name": h.name, "city": h.city} for h in houses])
