"""The sentences that personas always say in the same words, for whoever makes their speech ahead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from agents.clauses import clauses
from agents.flow import Say
from agents.persona import Persona


def fixed_texts(personas: Iterable[Persona]) -> dict[str, tuple[str, ...]]:
    """The clauses without a blank to fill in, by the voice that says them; each once, likely ones first."""
    found: dict[str, dict[str, None]] = {}
    for persona in personas:
        texts = found.setdefault(persona.voice, {})
        for template in _templates(persona):
            texts.update((clause, None) for clause in clauses(template) if not set("{}%") & set(clause))
    return {voice: tuple(texts) for voice, texts in found.items()}


def _templates(persona: Persona) -> Iterator[str]:
    yield persona.greeting
    for flow in persona.flows.values():
        for slot in flow.slots.values():
            yield slot.ask or ""
            yield slot.again or ""
    for reply in persona.replies.values():
        yield reply.text
    for flow in persona.flows.values():
        said: Mapping[str, str | Say] = flow.say if isinstance(flow.say, Mapping) else {"": flow.say}
        for entry in said.values():
            yield entry if isinstance(entry, str) else entry.text
