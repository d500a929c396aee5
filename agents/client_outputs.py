"""What a client's tool answered, as something that can be said."""

from __future__ import annotations

import json

from pydantic import JsonValue

from agents.clauses import clauses

SAID_AS = ("message", "text", "result", "answer", "output", "summary", "content", "response")
"""Fields that hold a sentence for people, the surest first."""
FAILED_AS = ("error", "error_message")
DONE = "That is done."
MOST_PIECES = 4
"""Clauses or fields that are said of one output; nobody listens to more."""
_NOTHING = frozenset({"", "ok", "success", "done", "true", "null", "{}", "[]"})


def told(output: str) -> str:
    """A short reply with what `output` says: a plain sentence, or JSON with a sentence or a few values in it."""
    try:
        value: JsonValue = json.loads(output)
    except ValueError:
        value = output
    said = _said(value)
    return " ".join(clauses(said)[:MOST_PIECES]) if said else DONE


def _said(value: JsonValue) -> str:
    if value is None or isinstance(value, bool):
        return "That did not work." if value is False else ""
    match value:
        case str():
            return "" if value.strip().lower() in _NOTHING else _sentence(value)
        case int() | float():
            return _sentence(str(value))
        case list():
            return _sentence(", ".join(text for one in value[:MOST_PIECES] if (text := _said(one).rstrip("."))))
        case dict():
            return _fields(value)


def _fields(value: dict[str, JsonValue]) -> str:
    lower = {name.lower(): inner for name, inner in value.items()}
    for name in FAILED_AS:
        if lower.get(name):
            reason = _said(lower[name])
            return f"That did not work: {reason}" if reason else "That did not work."
    for name in SAID_AS:
        if name in lower and (said := _said(lower[name])):
            return said
    pairs = [(name, inner) for name, inner in value.items() if isinstance(inner, str | int | float) and inner != ""]
    plain = [
        (name, inner) for name, inner in pairs if not isinstance(inner, bool) and str(inner).lower() not in _NOTHING
    ]
    if plain:
        return " ".join(_sentence(f"{_words(name)}: {inner}") for name, inner in plain[:MOST_PIECES])
    return next((said for inner in value.values() if isinstance(inner, dict | list) and (said := _said(inner))), "")


def _words(name: str) -> str:
    return name.replace("_", " ").strip().capitalize()


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if not text or text[-1] in ".!?" else f"{text}."
