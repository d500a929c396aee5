"""The file format of scripted customers: YAML, read strictly. It is described for people in docs/dialogues.md."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from data.strict_yaml import strict_load
from edge_server.evaluation.files import EvaluationError

Manner = Literal["plain", "terse", "chatty", "correcting", "impatient", "off_topic", "hesitant", "lying", "pushy"]

Asked = Literal[
    "wish",
    "code",
    "pin",
    "customer_number",
    "booking",
    "confirm",
    "date",
    "depart",
    "nights",
    "room",
    "hotel",
    "flight",
    "origin",
    "destination",
    "seat",
    "persons",
    "bags",
    "change",
    "subject",
    "choice",
    "staff",
    "more",
    "again",
    "anything_else",
]
"""What a desk may ask a customer; `reply.asked` tells them apart."""

DEFAULT_TURNS = 12
_MAX_TURNS = 40
HELD_OUT = "held_out.yaml"
"""The file of our own customers that nobody fixing the desk has looked at."""


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression ({error}): correct it") from None
    return text


def _lines(value: object) -> object:
    """One line or several, written as text, as a number (a PIN) or as a list."""
    one = value if isinstance(value, list) else [value]
    return tuple(str(line) if isinstance(line, int) and not isinstance(line, bool) else line for line in one)


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_regex)]
Line = Annotated[str, Field(min_length=1)]
Lines = Annotated[tuple[Line, ...], BeforeValidator(_lines)]
Cell = bool | int | date | str | None
"""A value of a column. `*` stands for any value, the old one too."""
Row = Mapping[str, Cell]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Correction(_Part):
    """A slip of the tongue: `first` is said for the answer, and `then` in the next turn, whatever is asked then."""

    first: Line
    then: Line


class Expected(_Part):
    """What is true when the customer has gone. Whatever is not named here may not have changed."""

    bookings: Mapping[str, Row] = Field(default_factory=dict)
    """By booking code: the columns that changed and their new values. `flight` is "LB204 2026-11-24"."""
    reservations: Mapping[str, Row] = Field(default_factory=dict)
    """By reservation code, or `new` (`new 2`, ...) for one that was made. `hotel` is the hotel's name."""
    paid: Mapping[str, int] = Field(default_factory=dict)
    """Cents by reason; a refund is negative."""
    credit: int = 0
    """Cents of travel credit."""
    writes: int | None = None
    """How many changes were confirmed; None: one for each booking and reservation named."""
    tickets: int = 0
    """Hand-offs to a person."""
    proofs: Mapping[Literal["done", "failed", "locked"], int] = Field(default_factory=dict)
    """Proofs of identity by how they ended, where that matters."""
    said: tuple[Pattern, ...] = ()
    """Regular expressions, each found in some reply (case does not matter)."""
    not_said: tuple[Pattern, ...] = ()
    answered: bool = False
    """Whether the customer gets what they came for although nothing changes: an answer, a person."""
    turns: int = Field(default=DEFAULT_TURNS, ge=1, le=_MAX_TURNS)
    """How often the customer speaks at most."""

    @property
    def changes(self) -> int:
        """How many changes are written."""
        return len(self.bookings) + len(self.reservations) if self.writes is None else self.writes

    @property
    def outcome(self) -> Literal["changed", "answered", "refused"]:
        """How the customer leaves: with something changed, with an answer, or with neither."""
        return "changed" if self.changes else "answered" if self.answered else "refused"


class Script(_Part):
    """One customer."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    tool: Line
    """What the customer comes for: the unit of `by_tool`."""
    manner: Manner = "plain"
    heard: bool = False
    """Whether lines are written as a recogniser would: small letters, no punctuation, codes and PINs in words."""
    goal: Line
    knows: Mapping[Asked, str | int] = Field(default_factory=dict)
    """What they know; each is said in their own way when it is asked for, and stands for `{code}` in lines."""
    opening: Line
    answers: Mapping[Asked, Lines] = Field(default_factory=dict)
    """Lines by what is asked, in turn; the last is said again."""
    corrects: Mapping[Asked, Correction] = Field(default_factory=dict)
    when: tuple[tuple[Pattern, Line], ...] = ()
    """Lines for replies that match, before anything else and once each."""
    then: Lines = ()
    """What they say next when nothing is asked any more."""
    again: Lines = ()
    """Other words for what they want, when they were not understood."""
    aside: Line | None = None
    """Something else that they ask in between (`off_topic` has some of its own)."""
    expect: Expected

    @model_validator(mode="after")
    def _lines_can_be_filled(self) -> Script:
        lines = [self.opening, *self.then, *self.again, *(line for _, line in self.when)]
        lines += [line for told in self.answers.values() for line in told]
        for line in lines:
            for name in re.findall(r"\{(\w*)\}", line):
                if name not in self.knows:
                    raise ValueError(f"{line!r} speaks of {{{name}}}: put it under knows")
        return self


class _File(_Part):
    shared: object = None
    """A place for YAML anchors."""
    customers: Annotated[tuple[Script, ...], Field(min_length=1)]


def read_scripts(path: Path | None, *, held_out: bool = False, only: str | None = None) -> list[Script]:
    """The customers of a YAML file, or of all in a folder (None: our own, those in `held_out.yaml` only when asked
    for, and then alone), with `only` in their id. Raises EvaluationError, which names the file and what to change."""
    scripts: list[Script] = []
    for file in _files(path, held_out):
        scripts += _read(file)
    seen: set[str] = set()
    for script in scripts:
        if script.id in seen:
            raise EvaluationError(f"{path or 'own'}: the id {script.id!r} comes twice: give each customer their own")
        seen.add(script.id)
    chosen = [script for script in scripts if only is None or only in script.id]
    if not chosen:
        raise EvaluationError(f"no customer has {only!r} in their id: choose another word")
    return chosen


def _files(path: Path | None, held_out: bool) -> list[Traversable]:
    if path is not None and not path.is_dir():
        return [path]
    folder: Traversable = path if path is not None else files("edge_server.evaluation").joinpath("own", "dialogues")
    found = sorted((one for one in folder.iterdir() if one.name.endswith((".yaml", ".yml"))), key=lambda one: one.name)
    if path is None:
        found = [one for one in found if (one.name == HELD_OUT) == held_out]
    if not found:
        raise EvaluationError(f"{path} holds no .yaml files: give a file or folder of scripted customers")
    return found


def _read(file: Traversable) -> tuple[Script, ...]:
    try:
        document: object = strict_load(file.read_text("utf-8"))
    except OSError as error:
        raise EvaluationError(f"{file.name} cannot be read ({error.strerror}): check its permissions") from None
    except UnicodeDecodeError as error:
        raise EvaluationError(f"{file.name} is not UTF-8 text (byte {error.start}): save it as UTF-8") from None
    except yaml.YAMLError as error:
        raise EvaluationError(f"{file.name} is not YAML: {error}") from None
    try:
        return _File.model_validate(document).customers
    except ValidationError as error:
        first = error.errors()[0]
        raise EvaluationError(
            f"{file.name}: {_place(document, first['loc'])}: {_reason(first['type'], first['msg'])}"
        ) from None


def _place(document: object, loc: tuple[int | str, ...]) -> str:
    """Where in the file: the customer by their id where there is one."""
    if len(loc) >= 2 and loc[0] == "customers" and isinstance(loc[1], int) and isinstance(document, dict):
        customer = document["customers"][loc[1]]
        name = customer.get("id") if isinstance(customer, dict) else None
        return ", ".join((f"customer {name or loc[1] + 1}", *(str(part) for part in loc[2:])))
    return ".".join(str(part) for part in loc) or "the file"


def _reason(kind: str, message: str) -> str:
    hints = {"extra_forbidden": "there is no such key: check its spelling", "missing": "it is missing: add it"}
    return hints.get(kind, message.removeprefix("Value error, "))
