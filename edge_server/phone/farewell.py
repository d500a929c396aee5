"""Whether a reply was the desk's last word, after which a telephone is put down."""

from __future__ import annotations

from agents.persona import Persona
from agents.registry import Registry

GONE = "gone"
"""The reply of `common.yaml` to the third silence in a row."""


def is_farewell(reply: str, registry: Registry, agent: str | None) -> bool:
    """Whether `reply` of `agent` (None: the default one) ends with what its persona says in parting."""
    persona = registry.personas.get(agent or registry.default, registry.personas[registry.default])
    said = _plain(reply)
    return any(said.endswith(_plain(text)) for text in _partings(persona))


def _partings(persona: Persona) -> list[str]:
    """What ends a conversation: the flow that closes it and stops all others, and the answer to long silence."""
    flows = [flow.say for flow in persona.flows.values() if flow.closes and flow.stops_flow]
    gone = persona.replies.get(GONE)
    return [text for text in (*flows, gone.text if gone is not None else None) if isinstance(text, str) and text]


def _plain(text: str) -> str:
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text.lower()).split())
