"""Files of labelled examples: JSON Lines, one example a line, read strictly where the figures depend on it.

Fields that the figures do not need are passed over, so that a file may carry notes of its own.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Label = Literal["flight", "hotel", "other"]
"""The two domain agents by name, and everything else."""
LABELS: tuple[Label, ...] = ("flight", "hotel", "other")

Text = Annotated[str, Field(min_length=1)]


class EvaluationError(Exception):
    """A file that cannot be evaluated. The message names file and line and says what to change."""


class _Example(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, str_strip_whitespace=True)


class Utterance(_Example):
    """One utterance and whose it is. `turn`: its place in the dialogue that it was taken from."""

    text: Text
    label: Label
    turn: int = 0

    @property
    def first(self) -> bool:
        """Whether it was said first, and so makes sense by itself."""
        return self.turn == 0


class Turn(_Example):
    """One turn of a customer. `system_before`: what they were answered just before. `weak_gold`: the label is not
    sure enough to count."""

    user: Text
    gold: Label
    system_before: str | None = None
    weak_gold: bool = False


class Dialogue(_Example):
    """A conversation, turn by turn, with the domain that each turn belongs to."""

    id: str
    turns: Annotated[tuple[Turn, ...], Field(min_length=1)]


class Document(_Example):
    """A passage for a knowledge base. `entity`: the one thing it is true of, none for the whole domain.

    Of `title` and `body` one may be missing or empty; a document without a body says its title.
    """

    id: Text
    domain: Text
    entity: str | None = None
    title: str = ""
    body: str = ""

    @model_validator(mode="after")
    def _says_something(self) -> Document:
        if not self.title and not self.body:
            raise ValueError("title and body are empty: give it a text, or take it out")
        return self


class Question(_Example):
    """A question to the knowledge base. Any of `gold_ids` answers it; where nothing does, it is not `answerable`, which
    needs to be said only where there are `gold_ids`."""

    query: Text
    query_with_entity: str | None = None
    domain: Text
    gold_ids: tuple[str, ...] = ()
    answerable: bool

    @model_validator(mode="before")
    @classmethod
    def _answerable_when_something_answers(cls, line: object) -> object:
        if not isinstance(line, dict):
            return line
        known: dict[str, object] = {**line, "gold_ids": line.get("gold_ids") or ()}
        return {"answerable": bool(known["gold_ids"])} | known

    @property
    def asked(self) -> str:
        """The words to search with: they name the entity where the question alone does not."""
        return self.query_with_entity or self.query

    @model_validator(mode="after")
    def _has_an_answer(self) -> Question:
        if self.answerable and not self.gold_ids:
            raise ValueError("answerable is true but gold_ids is empty: name what answers it, or set it to false")
        return self


class Recording(_Example):
    """A recording of speech, or of noise. `file`: its path from the manifest's folder. `text`: what is said in it, ""
    for nothing at all; None: not written down. What `kind` and `condition` may be: `evaluation.speech`. `hearing`: 2
    where the `speaker` says once more what they said in another recording of the same text, kind and condition.
    """

    file: Text
    text: str | None = None
    kind: Text = "sentence"
    condition: Text = "clean"
    speaker: str = ""
    hearing: Annotated[int, Field(ge=1, le=2)] = 1


CaseKind = Literal["turn", "interruption", "backchannel", "noise"]


class TurnCase(_Example):
    """A recording of how a customer takes turns. `before`: what is said in writing before it. `ask`: what the reply
    that plays meanwhile is an answer to (any kind but `turn`). `begins_ms` and `ends_ms` mark the speech in it; where
    they are missing it is found by its level."""

    file: Text
    kind: CaseKind
    group: Text = "recorded"
    condition: Text = "clean"
    before: tuple[Text, ...] = ()
    ask: Text | None = None
    begins_ms: Annotated[float, Field(ge=0)] | None = None
    ends_ms: Annotated[float, Field(gt=0)] | None = None


_E = TypeVar("_E", bound=_Example)


def read_utterances(path: Path | None) -> list[Utterance]:
    """The utterances of a routing file (None: our own). Raises EvaluationError."""
    return _read(path, "routing.jsonl", Utterance)


def read_dialogues(path: Path | None) -> list[Dialogue]:
    """The dialogues of a switching file (None: our own). Raises EvaluationError."""
    return _read(path, "switching.jsonl", Dialogue)


def read_documents(path: Path) -> list[Document]:
    """The passages of a documents file. Raises EvaluationError, also for an id that comes twice."""
    documents = _read(path, "", Document)
    seen: set[str] = set()
    for document in documents:
        if document.id in seen:
            raise EvaluationError(f"{path}: the id {document.id!r} comes twice: give each document its own")
        seen.add(document.id)
    return documents


def read_questions(path: Path | None) -> list[Question]:
    """The questions of a knowledge file (None: our own, to the sample branch's texts). Raises EvaluationError."""
    return _read(path, "knowledge.jsonl", Question)


def read_recordings(path: Path) -> list[Recording]:
    """The recordings of a speech manifest, which must all be there. Raises EvaluationError."""
    return _beside(path, _read(path, "", Recording))


def read_turn_cases(path: Path) -> list[TurnCase]:
    """The recordings of a turns manifest, which must all be there. Raises EvaluationError."""
    return _beside(path, _read(path, "", TurnCase))


_Recorded = TypeVar("_Recorded", Recording, TurnCase)


def _beside(path: Path, recordings: list[_Recorded]) -> list[_Recorded]:
    for recording in recordings:
        if not (path.parent / recording.file).is_file():
            raise EvaluationError(f"{path} names {recording.file}, which is not beside it: put it there")
    return recordings


def _read(path: Path | None, own: str, model: type[_E]) -> list[_E]:
    place = str(path) if path is not None else own
    try:
        text = (path if path is not None else files(__package__).joinpath("own", own)).read_text("utf-8")
    except OSError as error:
        raise EvaluationError(f"{place} cannot be read ({error.strerror}): check its name and permissions") from None
    except UnicodeDecodeError as error:
        raise EvaluationError(f"{place} is not UTF-8 text (byte {error.start}): save it as UTF-8") from None
    examples: list[_E] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                examples.append(model.model_validate_json(line))
            except ValidationError as error:
                raise EvaluationError(f"{place}, line {number}: {_reason(error)}") from None
    if not examples:
        raise EvaluationError(f"{place} holds no examples: write one JSON object a line")
    return examples


def _reason(error: ValidationError) -> str:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "json_invalid":
        return f"is not a JSON object ({first['msg'].removeprefix('Invalid JSON: ')})"
    if first["type"] == "missing":
        return f"{field!r} is missing: add it"
    message = first["msg"].removeprefix("Value error, ")
    return f"{field!r}: {message}" if field else message
