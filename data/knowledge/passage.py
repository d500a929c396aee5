"""Passages of the knowledge base, and the Markdown files that hold them.

A file is about one entity and starts with front matter; each `##` heading opens a passage, whose id is the
file's name and the name in braces after the heading. Lines that start with a question mark are other ways to ask
for it, searched but never spoken::

    ---
    domain: hotel
    entity: Harbor House
    ---

    ## What does parking cost at Harbor House? {#parking}
    ? Where can I leave my car?
    Parking at Harbor House is $28 a night, in the garage below the hotel.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.knowledge.words import without_name
from data.strict_yaml import strict_load

_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_HEADING = re.compile(r"(?P<title>.+?)\s*\{#(?P<name>[\w-]+)\}\s*")
_LEFT = re.compile(r"\s+(?:at|in|of|to|for|from|with)$")
"""What is left of a title when the entity's name is taken from its end."""
_SENTENCE = re.compile(r"[.?!:;]|^(?:is|are|do|does|can|may|how|what|when|where|who|why|which)\b", re.IGNORECASE)
_LONGEST_SUBJECT = 5  # words


class KnowledgeError(Exception):
    """Passages cannot be read or kept. The message names the place and says what to do."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A few sentences that answer one kind of question, fit to be spoken as they stand.

    `id` is unique and stable (`harbor-house/parking`). `domain` is the area searched ("flight", "hotel");
    `entity` names the one thing that the passage is true of ("Harbor House"), "" when it is true of the whole
    domain. `title` is a heading or the question that `body` answers. `source` names the file or feed it came from.
    `asked` are other ways to ask for it.
    """

    id: str
    domain: str
    entity: str
    title: str
    body: str
    source: str
    asked: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """What it is about, to go on with in a sentence ("pets"); "" when its title is a question or a long one."""
        name = _LEFT.sub("", without_name(self.title, self.entity)).strip(" :")
        if not name or _SENTENCE.search(name) or len(name.split()) > _LONGEST_SUBJECT:
            return ""
        first = name.split()[0]
        return name[0].lower() + name[1:] if first[1:].islower() else name


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question, how likely it is that it answers that question, and that it is at least on its
    subject (both 0 to 1).

    `spoken` is what to say of it: the passage's own sentences that answer, at most two.
    """

    passage: Passage
    score: float
    nearness: float
    spoken: str


def read_passages(name: str, markdown: str) -> tuple[Passage, ...]:
    """The passages of the Markdown file `name` (without its ending), in order.

    Raises `KnowledgeError` when front matter, headings or bodies are not as the module says.
    """
    parts = _FRONT_MATTER.match(markdown)
    if parts is None:
        raise KnowledgeError(f"{name}.md has no front matter: start it with `---`, `domain:`, `entity:` and `---`")
    front: object = strict_load(parts[1])
    if not isinstance(front, dict) or not front.get("domain"):
        raise KnowledgeError(f"{name}.md does not say its domain: add `domain: hotel` or the like to its front matter")
    domain, entity = str(front["domain"]), str(front.get("entity") or "")
    passages: list[Passage] = []
    for block in re.split(r"(?m)^##\s+", parts[2])[1:]:
        heading, _, text = block.partition("\n")
        title = _HEADING.fullmatch(heading)
        lines = [line.strip() for line in text.splitlines()]
        asked = tuple(line[1:].strip() for line in lines if line.startswith("?"))
        body = " ".join(line for line in lines if line and not line.startswith("?"))
        if title is None or not body:
            raise KnowledgeError(f"{name}.md: write `## {heading} {{#name}}` and a text below it")
        passages.append(Passage(f"{name}/{title['name']}", domain, entity, title["title"], body, name, asked))
    if repeated := {passage.id for passage in passages if sum(other.id == passage.id for other in passages) > 1}:
        raise KnowledgeError(f"{name}.md uses {', '.join(sorted(repeated))} more than once: give each passage its own")
    return tuple(passages)
