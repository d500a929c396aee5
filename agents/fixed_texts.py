"""The sentences that a desk's agents always say in the same words, for whoever makes their speech ahead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import JsonValue

from agents.clauses import clauses
from agents.flow import Say
from agents.persona import Persona
from agents.planner.templates import TemplateError, render


def fixed_texts(personas: Iterable[Persona]) -> dict[str, tuple[str, ...]]:
    """The clauses in which nothing is filled in that is not known before anybody comes, by the voice that says them;
    each once, likely ones first."""
    agents = tuple(personas)
    tasks = tuple(dict.fromkeys(flow.task for agent in agents for flow in agent.flows.values() if flow.task))
    found: dict[str, dict[str, None]] = {}
    for persona in agents:
        texts = found.setdefault(persona.voice, {})
        for template in _templates(persona):
            for text in _filled(template, persona, tasks):
                texts.update((clause, None) for clause in clauses(text) if not set("{}%") & set(clause))
    return {voice: tuple(texts) for voice, texts in found.items()}


def _filled(template: str, persona: Persona, tasks: Sequence[str]) -> tuple[str, ...]:
    """`template` with the agents' subjects, or with each task that a customer may go back to; else as it is."""
    known: dict[str, JsonValue] = {"subjects": list(persona.desk_subjects)}
    try:
        return (render(template, known),)
    except TemplateError:
        pass
    try:
        return tuple(render(template, {**known, "task": task}) for task in tasks)
    except TemplateError:
        return (template,)


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
