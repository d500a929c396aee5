"""Writes in two steps: a tool quotes and proposes, the customer hears it and says yes, `confirm` writes.

`propose` puts the quote into the session (not the model's hands), `consent_to` lets a write through only when all of
this is true, whoever thinks: the quote was made in an earlier turn for this very customer, its read-back was the last
thing said and was heard, and this turn's words are an explicit yes and nothing else.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from uuid import uuid4

from pydantic import JsonValue
from semantic_kernel.functions import kernel_function

from agents.planner.agreement import agrees_to
from agents.planner.plan import read_back_heard
from agents.scope import current_turn
from agents.tools.context import ToolContext, result
from agents.turn import Source
from data.confirm import confirm
from data.errors import DataError, OutcomeUnknownError
from data.quotes import Consent, Done, Quote, Refused, from_json, to_json
from sync.session import PendingWrite

log = logging.getLogger(__name__)


class Tools:
    """The one tool that writes bookings and reservations."""

    def __init__(self, context: ToolContext) -> None:
        self._branch = context.branch

    @kernel_function(
        description="Carry out the change that was quoted and read back, after the customer said yes to it. Takes "
        "nothing: it does what was quoted, or answers why not."
    )
    async def confirm(self) -> str:
        """Outcomes: `done` (kind, code, what was quoted, paid_cents, credit_cents, seat), `not_quoted`, `not_agreed`,
        `not_identified`, the reason of a refusal (`data.quotes.RefusalReason`), `not_written` (the records could not be
        reached; the same yes may be given again), or `not_known` (they went away in the middle)."""
        turn = current_turn()
        pending = consent_to("changes")
        if isinstance(pending, str):
            return pending
        now = self._branch.clock.now()
        consent = Consent(pending.customer_id, turn.state.key, pending.key, now)
        quote = from_json(str(pending.quote["document"]))
        try:
            outcome = await self._branch.write(lambda conn: confirm(conn, quote, consent))
        except OutcomeUnknownError:
            return result("not_known")
        except DataError as error:
            log.warning("a change was not written: %s", error)
            return result("not_written")
        if isinstance(outcome, Refused):
            return refused(outcome, _quoted_fields(pending))
        return _done(outcome, pending)


def propose(agent: str, action: str, told: Mapping[str, JsonValue], *, source: Source | None = None) -> str:
    """A quote tool's answer `quoted` with the fields `told`; the quote waits in the session for the customer's yes.

    `agent` is the tool module whose confirming tool may write it, `action` a word for what it is. Raises LookupError
    outside of a turn and ValueError when nobody has proved who they are.
    """
    turn = current_turn()
    if turn.identity is None:
        raise ValueError("a quote needs a customer: answer not_identified instead")
    turn.pending = PendingWrite(str(uuid4()), agent, action, turn.identity.customer_id, dict(told))
    shown = {name: value for name, value in told.items() if name != "document"}
    return result("quoted", shown, sources=() if source is None else (source,))


def consent_to(agent: str) -> PendingWrite | str:
    """The quote that this turn's yes is for, or the tool's answer when there is none to carry out."""
    turn = current_turn()
    pending = turn.state.pending
    if turn.identity is None:
        return result("not_identified")
    if pending is None or pending.agent != agent or pending.customer_id != turn.identity.customer_id:
        return result("not_quoted")
    if not read_back_heard(turn.state) or not agrees_to(turn.persona, turn.state, turn.heard):
        return result("not_agreed")
    turn.consented = True
    return pending


def quoted(quote: Quote | Refused, more: Mapping[str, JsonValue]) -> str:
    """A quote of `data.quotes` as a quote tool's answer: `quoted` with its fields and `more`, or why it is refused."""
    if isinstance(quote, Refused):
        return refused(quote, more)
    told: dict[str, JsonValue] = {**more, **_told(quote), "document": to_json(quote)}
    if isinstance(departs := told.get("departs"), str):
        told.setdefault("day", departs[: len("2026-11-22")])
    text = ", ".join(f"{name} {value}" for name, value in told.items() if name != "document")
    return propose("changes", quote.kind, told, source=Source(f"quote:{quote.kind}", f"Quote: {quote.kind}", text))


def refused(refusal: Refused, more: Mapping[str, JsonValue] | None = None) -> str:
    """A refusal as a tool's answer: its reason as the outcome, and `at`, the deadline or opening time (ISO or None)."""
    at = None if refusal.at is None else _plain(refusal.at)
    return result(refusal.reason, {**(more or {}), "at": at})


def _done(done: Done, pending: PendingWrite) -> str:
    source = Source(f"booking:{done.code}", f"Booking {done.code}", pending.action)
    told = _quoted_fields(pending)
    told |= {"code": done.code, "paid_cents": done.paid_cents, "credit_cents": done.credit_cents}
    return result("done", {**told, "seat": done.seat or told.get("seat")}, sources=(source,))


def _quoted_fields(pending: PendingWrite) -> dict[str, JsonValue]:
    return {name: value for name, value in pending.quote.items() if name != "document"}


def _told(quote: Quote) -> dict[str, JsonValue]:
    """A quote's fields as templates take them: dates and times as ISO text, times without their zone."""
    written: dict[str, object] = asdict(quote)
    plain = {name: _plain(value) if isinstance(value, datetime) else value for name, value in written.items()}
    told: dict[str, JsonValue] = json.loads(json.dumps(plain, default=str))
    return told


def _plain(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="minutes")
