"""Files that a branch adds to its knowledge base: Markdown, plain text, HTML, PDF and CSV FAQs, cut into passages.

A passage is what stands under one heading, or one row of an FAQ. What is longer than can be told at a desk is cut
between paragraphs, then between sentences. Ids are the source and the heading (`house-rules.html/quiet-hours`), so that
they stay when other parts of the file change.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, zip_longest
from pathlib import Path

import yaml

from data.knowledge.passage import KnowledgeError, Passage, read_passages
from data.knowledge.words import sentences
from data.strict_yaml import strict_load

MAX_BYTES = 20 << 20
"""Larger files are refused: they are no texts for a desk."""

_MOST_WORDS = 90  # in one passage; about half a minute of speech
_FRONT_MATTER = re.compile(r"\A---\r?\n(.*?)\r?\n---\r?\n(.*)\Z", re.DOTALL)
_NAMED_HEADING = re.compile(r"(?m)^##\s.*\{#[\w-]+\}\s*$")
_UNSPOKEN = ("script", "style", "template", "noscript", "nav", "header", "footer", "form", "button", "svg", "title")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary")
_BLOCKS = (*_HEADINGS, "p", "li", "dd", "td", "th", "tr", "pre", "blockquote", "div", "section", "article", "body")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading ("" when there is none) and the paragraphs below it."""

    title: str
    paragraphs: tuple[str, ...]


def passages_in(path: Path, *, domain: str | None, entity: str | None = None, source: str = "") -> tuple[Passage, ...]:
    """The passages of a file, in order. `source` "" takes the file's name.

    `domain` and `entity` hold for the whole file, and go before what the file says itself (front matter, columns).
    Raises `KnowledgeError`, in one line, when the file cannot be read, is of no kind known here, has no text, or
    nothing says the domain.
    """
    source = source or path.name
    kind = path.suffix.lower()
    if kind not in READERS:
        known = ", ".join(sorted(READERS))
        raise KnowledgeError(f"{path.name} is of no kind that can be read ({known}): save it as one of them")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise KnowledgeError(f"{path.name} is larger than {MAX_BYTES >> 20} MB: split it, or save the text alone")
        content = path.read_bytes()
    except OSError as error:
        raise KnowledgeError(f"{path} cannot be read ({error.strerror or error}): check its name and rights") from error
    found = READERS[kind](path, content, domain, entity, source)
    if not found:
        raise KnowledgeError(f"{path.name} has no text in it that could be told: check what it holds")
    return _with_own_ids(found)


def _markdown(path: Path, content: bytes, domain: str | None, entity: str | None, source: str) -> list[Passage]:
    text = _decoded(path, content)
    front: Mapping[object, object] = {}
    if (parts := _FRONT_MATTER.match(text)) is not None:
        try:
            stated: object = strict_load(parts[1])
        except yaml.YAMLError as error:
            raise KnowledgeError(f"{path.name}: its front matter is no YAML ({_one_line(error)}): mend it") from error
        front = stated if isinstance(stated, dict) else {}
        if front.get("domain") and _NAMED_HEADING.search(parts[2]):
            named = read_passages(path.stem, text)
            return [
                replace(one, id=f"{source}/{one.id.partition('/')[2]}", source=source)
                for one in (_placed(one, domain, entity) for one in named)
            ]
        text = parts[2]
    domain = domain or str(front.get("domain") or "") or None
    entity = entity if entity is not None else str(front.get("entity") or "")
    return _passages(path, _markdown_sections(text), domain, entity, source)


def _markdown_sections(text: str) -> list[Section]:
    from markdown_it import MarkdownIt

    sections, title, paragraphs, in_heading = list[Section](), "", list[str](), False
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "heading_open":
            sections.append(Section(title, tuple(paragraphs)))
            paragraphs, in_heading = [], True
        elif token.type == "heading_close":
            in_heading = False
        elif token.type == "inline":
            said = "".join(
                " " if part.type in ("softbreak", "hardbreak") else part.content
                for part in token.children or ()
                if part.type in ("text", "code_inline", "softbreak", "hardbreak")
            )
            if in_heading:
                title = said.strip()
            else:
                paragraphs.append(said)
        elif token.type in ("fence", "code_block"):
            paragraphs.append(token.content)
    sections.append(Section(title, tuple(paragraphs)))
    return sections


def _plain_text(path: Path, content: bytes, domain: str | None, entity: str | None, source: str) -> list[Passage]:
    return _passages(path, _text_sections(_decoded(path, content)), domain, entity, source)


def _text_sections(text: str) -> list[Section]:
    """Paragraphs between empty lines, under headings.

    A heading is a short line without a full stop that stands alone, ends like a question or with a colon, or comes
    between the end of one sentence and the beginning of another (PDF files have no empty lines).
    """
    sections: list[Section] = []
    title, paragraphs = "", list[str]()
    for block in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        said: list[str] = []
        for line, following in zip_longest(lines, lines[1:], fillvalue=""):
            if _is_heading(line, said[-1] if said else "", following):
                paragraphs.append(" ".join(said))
                sections.append(Section(title, tuple(paragraphs)))
                title, paragraphs, said = line.strip("#= ").rstrip(":"), [], []
            else:
                said.append(line)
        paragraphs.append(" ".join(said))
    sections.append(Section(title, tuple(paragraphs)))
    return sections


def _is_heading(line: str, before: str, after: str) -> bool:
    if len(line.split()) > 12 or line[-1] in ".!,;" or (before and before[-1] not in ".!?:"):
        return False
    alone = not before and not after
    return alone or (bool(after) and (line[-1] in "?:" or not (after[0].islower() or len(line.split()) > 8)))


def _html(path: Path, content: bytes, domain: str | None, entity: str | None, source: str) -> list[Passage]:
    from bs4 import BeautifulSoup
    from bs4.element import NavigableString

    page = BeautifulSoup(content, "html.parser")
    for unspoken in page.find_all(_UNSPOKEN):
        unspoken.decompose()
    sections, title, paragraphs = list[Section](), "", list[str]()
    strings = page.find_all(string=lambda text: type(text) is NavigableString)
    for _, parts in groupby(strings, key=lambda text: id(text.find_parent(_BLOCKS))):
        texts = list(parts)
        block, said = texts[0].find_parent(_BLOCKS), _spoken("".join(texts))
        if block is not None and block.name in _HEADINGS:
            sections.append(Section(title, tuple(paragraphs)))
            title, paragraphs = said, []
        else:
            paragraphs.append(said)
    sections.append(Section(title, tuple(paragraphs)))
    return _passages(path, sections, domain, entity, source)


def _pdf(path: Path, content: bytes, domain: str | None, entity: str | None, source: str) -> list[Passage]:
    import logging

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.ERROR)  # what it mends by itself is no news for a clerk
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            raise KnowledgeError(f"{path.name} is locked with a password: save a copy without one")
        text = "\n\n".join(page.extract_text() for page in reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise KnowledgeError(f"{path.name} is no PDF that can be read ({_one_line(error)}): export it anew") from error
    if not text.strip():
        raise KnowledgeError(f"{path.name} holds pictures of pages, no text: add the text that they were made from")
    return _passages(path, _text_sections(text), domain, entity, source)


def _csv(path: Path, content: bytes, domain: str | None, entity: str | None, source: str) -> list[Passage]:
    text = _decoded(path, content)
    try:
        delimiter = csv.Sniffer().sniff(text.split("\n", 1)[0], ",;\t").delimiter
    except csv.Error:
        delimiter = ","
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns = [name.strip().lower() for name in rows.fieldnames or ()]
    if not {"question", "answer"} <= set(columns):
        raise KnowledgeError(f"{path.name} has no columns `question` and `answer`: name them so in its first line")
    rows.fieldnames = columns
    found: list[Passage] = []
    try:
        for row in rows:
            cells = {name: _spoken(value or "") for name, value in row.items() if isinstance(name, str)}
            if not any(cells.values()):
                continue
            question, answer = cells["question"], cells["answer"]
            if not question or not answer:
                raise KnowledgeError(f"{path.name}, line {rows.line_num}: fill in both question and answer")
            place = domain or cells.get("domain") or _no_domain(path)
            about = entity if entity is not None else cells.get("entity", "")
            name = _name(cells.get("id") or question)
            found.append(Passage(f"{source}/{name}", place, about, question, answer, source))
    except csv.Error as error:
        raise KnowledgeError(f"{path.name}, after line {rows.line_num}: {error}: mend the quotes there") from error
    return found


Reader = Callable[[Path, bytes, str | None, str | None, str], list[Passage]]

READERS: Mapping[str, Reader] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".txt": _plain_text,
    ".html": _html,
    ".htm": _html,
    ".pdf": _pdf,
    ".csv": _csv,
}
"""What reads which kind of file, by its ending."""


def _passages(
    path: Path, sections: Sequence[Section], domain: str | None, entity: str | None, source: str
) -> list[Passage]:
    found: list[Passage] = []
    for section in sections:
        title = _spoken(section.title) or path.stem.replace("-", " ").replace("_", " ")
        for body in _pieces(section.paragraphs):
            name = _name(title)
            found.append(Passage(f"{source}/{name}", domain or _no_domain(path), entity or "", title, body, source))
    return found


def _pieces(paragraphs: Sequence[str]) -> Iterator[str]:
    """The paragraphs joined to pieces of at most `_MOST_WORDS` words; one longer sentence stays whole."""
    piece: list[str] = []
    for paragraph in filter(None, map(_spoken, paragraphs)):
        whole = paragraph if paragraph[-1] in ".!?:;," else f"{paragraph}."
        units = [whole] if len(whole.split()) <= _MOST_WORDS else list(sentences(whole))
        for unit in units:
            if piece and len(" ".join((*piece, unit)).split()) > _MOST_WORDS:
                yield " ".join(piece)
                piece = []
            piece.append(unit)
    if piece:
        yield " ".join(piece)


def _with_own_ids(passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """The passages, those that share an id told apart by a number."""
    met: dict[str, int] = {}
    own: list[Passage] = []
    for one in passages:
        met[one.id] = met.get(one.id, 0) + 1
        own.append(one if met[one.id] == 1 else replace(one, id=f"{one.id}-{met[one.id]}"))
    return tuple(own)


def _placed(passage: Passage, domain: str | None, entity: str | None) -> Passage:
    return replace(passage, domain=domain or passage.domain, entity=passage.entity if entity is None else entity)


def _decoded(path: Path, content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise KnowledgeError(f"{path.name} is no UTF-8 text (byte {error.start}): save it as UTF-8") from error
    if "\0" in text:
        raise KnowledgeError(f"{path.name} is no text: give the file that the text is in")
    return text.replace("\r\n", "\n")


def _no_domain(path: Path) -> str:
    raise KnowledgeError(
        f"nothing says what area {path.name} is about: give --domain flight, --domain hotel or the like"
    )


def _spoken(text: str) -> str:
    return " ".join(text.split())


def _name(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "text"


def _one_line(error: Exception) -> str:
    return _spoken(str(error))[:120] or type(error).__name__
