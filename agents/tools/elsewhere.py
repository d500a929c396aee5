"""A code with which the customer goes on elsewhere: on their phone, or at another desk."""

from __future__ import annotations

from semantic_kernel.functions import kernel_function

from agents.scope import current_turn
from agents.tools.context import ToolContext, result
from agents.turn import Source


class Tools:
    """Gives the code that the server makes for this session."""

    def __init__(self, context: ToolContext) -> None:
        self._elsewhere = context.elsewhere

    @kernel_function(description="A code with which the customer can go on with this conversation on another device.")
    async def code(self) -> str:
        """Outcomes: `found` (code: its digits as they are said, minutes: how long it works), `unavailable`."""
        if self._elsewhere.issue is None:
            return result("unavailable")
        given = await self._elsewhere.issue(current_turn().state.key)
        if given is None:
            return result("unavailable")
        digits, minutes = given
        spoken = f"{' '.join(digits[:3])}, {' '.join(digits[3:])}"
        source = Source("resume code", "Code to go on elsewhere", f"{spoken}; {minutes} minutes")
        return result("found", sources=(source,), code=spoken, minutes=minutes)
