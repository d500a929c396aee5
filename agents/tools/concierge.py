"""The concierge's tools: what the desk offers, the date and the time."""

from __future__ import annotations

from semantic_kernel.functions import kernel_function

from agents.tools.context import ToolContext, result
from agents.turn import Source


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
