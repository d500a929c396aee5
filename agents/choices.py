"""What the desk waits for after a reply, and the answers it offers, for a screen that shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from pydantic import JsonValue

from agents.flow import Slot
from agents.persona import Persona
from agents.planner.plan import pending
from agents.planner.templates import clock_time, money
from agents.turn import Asked, Choice
from sync.session import CONFIRM, FlowState, SessionState

_PLACES = ("the first one", "the second one", "the third one", "the fourth one", "the fifth one")
"""How an item of a list is picked in words."""
_PARTS = 4
"""So many values of an item tell it from the others."""
_YES_NO = (Choice("Yes", "yes"), Choice("No", "no"))


def asked(state: SessionState, slot: Slot | None, personas: Mapping[str, Persona]) -> Asked:
    """What the last reply in `state` asked for. `slot` is the one that it asked for, if it did."""
    if state.flow is None and state.on_yes is not None:  # what waits is offered: it is not asked for now
        return Asked(CONFIRM, choices=_YES_NO)
    flow = pending(state)
    if flow is not None and flow.asking == CONFIRM:
        return Asked(CONFIRM, choices=_YES_NO, quote=_quoted(state))
    if slot is not None and flow is not None:
        options = tuple(Choice(value[:1].upper() + value[1:], value) for value in slot.options)
        if flow.asking in flow.picks:  # a list was told in place of all that there might be
            return Asked(slot.type, slot.secret, _items(flow, least=1 if options else 2))
        return Asked(slot.type, slot.secret, () if slot.secret else options or _items(flow))
    if state.guess is not None and not state.guess.refused:
        wishes = [personas[agent].flows[name].wish or "" for agent, name in state.guess.choices if agent in personas]
        if len(wishes) == 1:
            return Asked(CONFIRM, choices=_YES_NO)
        return Asked(choices=tuple(Choice(w[:1].upper() + w[1:], _PLACES[at]) for at, w in enumerate(wishes)))
    listed = state.flow if state.flow is not None and state.flow.offered else state.last
    return Asked(choices=() if listed is None else _items(listed))


def _quoted(state: SessionState) -> dict[str, JsonValue] | None:
    """The fields of the pending quote, as its tool told them."""
    if state.pending is None:
        return None
    return {name: value for name, value in state.pending.quote.items() if name != "document"}


def _items(flow: FlowState, least: int = 2) -> tuple[Choice, ...]:
    """The items of the list that was offered last; none where there are fewer than `least` (one is taken by a yes)."""
    if len(flow.offered) < least:
        return ()
    labels = [_label(item) for item in flow.offered[: len(_PLACES)]]
    return tuple(Choice(label, place) for label, place in zip(labels, _PLACES, strict=False))


def _label(item: Mapping[str, JsonValue]) -> str:
    """An item in a line: its names, times and prices, in the order in which its tool gives them."""
    parts = [text for name, value in item.items() if (text := _shown(name, value))]
    return " · ".join(parts[:_PARTS])


def _shown(name: str, value: JsonValue) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return money(value) if name.endswith("_cents") else ""
    if not isinstance(value, str):
        return ""
    try:
        if len(value) == len("2026-11-22"):
            return f"{date.fromisoformat(value):%a, %b %-d}"
        return f"{datetime.fromisoformat(value):%a, %b %-d}, {clock_time(value)}"
    except ValueError:
        return value
