"""The tool with which any agent has a customer's identity checked."""

from __future__ import annotations

from typing import Annotated

from semantic_kernel.functions import kernel_function

from agents.identity import prove
from agents.scope import current_turn
from agents.tools.context import ToolContext, result


class Tools:
    """Proof of identity. The PIN itself never passes through here: it is in the turn's scope."""

    def __init__(self, context: ToolContext) -> None:
        self._branch = context.branch

    @kernel_function(
        description="Check who the customer is, with a booking or reservation code or a customer number, against "
        "the PIN that the customer just said. You do not see the PIN."
    )
    async def prove(
        self,
        booking_code: Annotated[str | None, "six letters and digits of a booking or reservation"] = None,
        customer_number: Annotated[int | None, "the number that the customer says is theirs"] = None,
        heard_before: Annotated[str | None, "how the same code was heard the time before"] = None,
        number_before: Annotated[int | None, "the customer number that was said the time before"] = None,
    ) -> str:
        """Outcomes: `proven` (first_name), `failed` (heard: the code as it was understood, number: the
        customer number), `locked`, `incomplete`."""
        turn = current_turn()
        outcome = await prove(
            self._branch, turn, code=booking_code, customer_id=customer_number, heard_before=heard_before
        )
        if outcome == "proven" and turn.identity is not None:
            return result(outcome, first_name=turn.identity.name.split()[0])
        return result(outcome, heard=booking_code, number=customer_number)
