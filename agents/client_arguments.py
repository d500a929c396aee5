"""Arguments of a client's tool, from what the customer said and the JSON schema that the tool declares.

Understood of a schema: the properties of an object, each with `type` (or the first that is not null of `anyOf`),
`enum`, `const`, `default`, `format`, `pattern`, `minimum`, `maximum`, `items`, and its name and description.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from agents.understand.heard import Heard

FREE_TEXT = frozenset(
    {
        *("message", "text", "query", "question", "request", "note", "notes", "reason", "description", "comment"),
        *("input", "prompt", "content", "summary", "topic", "subject", "search", "keywords", "details"),
    }
)
"""Names of arguments that take the customer's own words."""
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_QUOTED = re.compile(r"[\"“]([^\"”]+)[\"”]")
_NAME = re.compile(r"\b[A-Z][\w'-]*(?:\s+[A-Z][\w'-]*)*")
_AFTER = re.compile(
    r"\b(?:in|at|for|to|from|near|of|about|called|named|on)\s+(?:the\s+)?([\w' -]+?)\s*[.?!,]*\s*$", re.IGNORECASE
)
_NEXT = r"(?=$|[.,?!]|\b(?:for|at|on|in|from|to|with|and|by|today|tomorrow|please)\b)"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_ON = re.compile(r"\b(?:on|yes|true|enable|with|start)\b", re.IGNORECASE)
_OFF = re.compile(r"\b(?:off|no|not|false|disable|without|stop)\b", re.IGNORECASE)
_LEAD_IN = re.compile(
    r"^(?:it'?s|it is|that'?s|my \w+ is|the \w+ is|please|um|uh|well|i want|i'd like)\b[\s,]*", re.IGNORECASE
)
_LEADS = {
    "origin": ("from",),
    "from": ("from",),
    "destination": ("to",),
    "to": ("to",),
    "start": ("from",),
    "end": ("to", "until"),
}
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument. `kind` is its JSON type, `choices` the values of an enum."""

    name: str
    kind: str
    required: bool
    schema: Mapping[str, JsonValue]
    choices: tuple[JsonValue, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The name in words, lower case."""
        return tuple(_WORD.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.name).lower().replace("_", " ")))

    @property
    def can_be_said(self) -> bool:
        """Whether a customer can give a value in words."""
        return self.kind in ("string", "number", "integer", "boolean")

    @property
    def question(self) -> str:
        """What to ask the customer for it."""
        name = " ".join(self.words)
        if self.kind == "boolean":
            return f"Shall it be {name}, yes or no?"
        said = [str(choice).replace("_", " ") for choice in self.choices if choice is not None]
        if 1 < len(said) <= 5:
            return f"Which {name}: {', '.join(said[:-1])} or {said[-1]}?"
        return f"Which {name}, please?" if self.kind == "string" else f"What {name}, please?"

    def value_in(self, heard: Heard, taken: set[tuple[int, int]]) -> JsonValue:
        """The value that the words hold for this argument, None when they hold none. `taken`: places already used."""
        if self.choices:
            return self._choice_in(heard.words)
        match self.kind:
            case "boolean":
                return _on_or_off(heard.words)
            case "number" | "integer":
                return self._number_in(heard, taken)
            case "string":
                return self._text_in(heard, taken)
        return None

    def answered_by(self, heard: Heard) -> JsonValue:
        """The value in the answer to `question`: as `value_in`, or the words themselves."""
        if self.kind == "boolean" and heard.answer is not None:
            return heard.answer == "yes"
        value = self.value_in(heard, set())
        if value is not None or self.kind != "string" or self.choices or self._form is not None:
            return value
        words = _LEAD_IN.sub("", heard.words).strip(" .?!,")
        return words or None

    @property
    def _form(self) -> str | None:
        """The form of a string: a date, a time, an e-mail address, a pattern; None for any words."""
        form = self.schema.get("format")
        if isinstance(form, str):
            return form
        if "pattern" in self.schema:
            return "pattern"
        return next((word for word in self.words if word in ("date", "time", "email", "code")), None)

    def _choice_in(self, words: str) -> JsonValue:
        said = " ".join(_WORD.findall(words.lower()))
        found: list[tuple[int, JsonValue]] = []
        for choice in self.choices:
            text = " ".join(_WORD.findall(str(choice).lower().replace("_", " ")))
            match = re.search(rf"\b{re.escape(text)}s?\b", said) if text else None
            if match is not None:
                found.append((match.end() - match.start(), choice))
        return max(found, key=lambda one: one[0])[1] if found else None

    def _number_in(self, heard: Heard, taken: set[tuple[int, int]]) -> JsonValue:
        numbers: list[tuple[float, int, int]] = []
        for match in _NUMBER.finditer(heard.words):
            numbers.append((float(match[0]), match.start(), match.end()))
        digits = {(start, end) for _, start, end in numbers}
        for found in heard.of("count"):
            word = heard.words[found.start : found.end].lower()
            covered = any(start < found.end and found.start < end for start, end in digits)
            if not covered and word not in ("a", "an", "another", "single") and isinstance(found.value, int):
                numbers.append((float(found.value), found.start, found.end))
        free = [one for one in sorted(numbers, key=lambda one: one[1]) if one[1:] not in taken and self._allows(one[0])]
        beside = [one for one in free if self._is_beside(heard.words, one[1], one[2])]
        if not free:
            return None
        value, start, end = (beside or free)[0]
        taken.add((start, end))
        return int(value) if self.kind == "integer" or value.is_integer() else value

    def _allows(self, value: float) -> bool:
        low, high = self.schema.get("minimum"), self.schema.get("maximum")
        if self.kind == "integer" and not value.is_integer():
            return False
        return not (isinstance(low, int | float) and value < low) and not (
            isinstance(high, int | float) and value > high
        )

    def _is_beside(self, words: str, start: int, end: int) -> bool:
        """Whether the word before or after a number is one of the argument's name."""
        before, after = _WORD.findall(words[:start].lower())[-1:], _WORD.findall(words[end:].lower())[:1]
        names = {word.rstrip("s") for word in self.words}
        return any(word.rstrip("s") in names for word in (*before, *after))

    def _text_in(self, heard: Heard, taken: set[tuple[int, int]]) -> JsonValue:
        text = heard.words
        match self._form:
            case "date" | "date-time":
                return next((found.value for found in heard.of("date")), None)
            case "time":
                times = next((found.value for found in heard.of("time")), None)
                return times[0] if isinstance(times, list) and times else None
            case "email":
                return match_[0] if (match_ := _EMAIL.search(text)) else None
            case "pattern":
                return self._matching(text)
            case "code":
                codes = (*heard.of("booking_code"), *heard.of("spelled"))
                return next((found.value for found in codes), None)
        if quoted := _QUOTED.search(text):
            return quoted[1]
        if set(self.words) & FREE_TEXT:
            return text.strip() or None
        return self._name_in(heard, taken)

    def _matching(self, text: str) -> JsonValue:
        pattern = str(self.schema["pattern"])
        try:
            compiled = re.compile(pattern.removeprefix("^").removesuffix("$"))
        except re.error:
            return None
        match = compiled.search(text) or compiled.search(text.replace(" ", "").upper())
        return match[0] if match is not None and match[0] else None

    def _name_in(self, heard: Heard, taken: set[tuple[int, int]]) -> JsonValue:
        """A name of something: of a kind that the branch knows, written with a capital, or after "in", "for" ..."""
        leads = next((_LEADS[word] for word in self.words if word in _LEADS), ())
        for found in heard.found:
            meant = set(found.type.split("_")) & set(self.words) or found.lead in leads
            if meant and found.type not in ("date", "count", "time") and (found.start, found.end) not in taken:
                taken.add((found.start, found.end))
                return heard.words[found.start : found.end]
        names = [one for one in _NAME.finditer(heard.words) if one.start() > 0 and one[0] not in ("I", "I'm", "I'd")]
        free = [one for one in names if one.span() not in taken]
        led = [
            one for one in free if _WORD.findall(heard.words[: one.start()].lower())[-1:] in [[lead] for lead in leads]
        ]
        for one in led or ([] if leads else free):
            taken.add(one.span())
            return one[0]
        for lead in leads:
            if led_by := re.search(
                rf"\b{lead}\s+(?:the\s+)?((?:\w+\s+){{0,2}}?\w+)\s*{_NEXT}", heard.words, re.IGNORECASE
            ):
                return str(led_by[1])
        tail = None if leads else _AFTER.search(heard.words)
        if tail is not None and tail.span(1) not in taken and len(tail[1].split()) <= 4:
            taken.add(tail.span(1))
            return tail[1].strip()
        return None


def parameters_of(schema: Mapping[str, JsonValue]) -> dict[str, Parameter]:
    """The arguments that a tool's schema declares, by name."""
    properties, required = schema.get("properties"), schema.get("required")
    needed = required if isinstance(required, list) else []
    if not isinstance(properties, dict):
        return {}
    return {
        name: _parameter(name, given, name in needed) for name, given in properties.items() if isinstance(given, dict)
    }


def _parameter(name: str, given: dict[str, JsonValue], required: bool) -> Parameter:
    either = given.get("anyOf") or given.get("oneOf")
    if isinstance(either, list):
        real = next((one for one in either if isinstance(one, dict) and one.get("type") != "null"), {})
        given = {**real, **{key: value for key, value in given.items() if key not in ("anyOf", "oneOf")}}
    kind = given.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "string")
    choices = given.get("enum")
    values = tuple(choices) if isinstance(choices, list) else ()
    return Parameter(name, str(kind or "string"), required, given, tuple(one for one in values if one is not None))


def fillable(parameters: Mapping[str, Parameter]) -> bool:
    """Whether everything that is required could be said by a customer, or has a value already."""
    return all(one.can_be_said or _given(one) is not None for one in parameters.values() if one.required)


def filled(parameters: Mapping[str, Parameter], heard: Heard) -> dict[str, JsonValue]:
    """The arguments that the words hold; a required one that they do not hold takes its default, if it has one."""
    arguments: dict[str, JsonValue] = {}
    taken: set[tuple[int, int]] = set()
    for parameter in sorted(parameters.values(), key=lambda one: not one.required):
        if parameter.schema.get("const") is not None:
            arguments[parameter.name] = parameter.schema["const"]
            continue
        free_words = parameter.kind == "string" and bool(set(parameter.words) & FREE_TEXT)
        value = None if free_words and not parameter.required else parameter.value_in(heard, taken)
        if value is None and parameter.required:
            value = _given(parameter)
        if value is not None:
            arguments[parameter.name] = value
    return arguments


def _given(parameter: Parameter) -> JsonValue:
    return parameter.schema.get("const") if "const" in parameter.schema else parameter.schema.get("default")


def _on_or_off(words: str) -> bool | None:
    if _OFF.search(words):
        return False
    return True if _ON.search(words) else None
