"""The conversation as it stands on the screen: bubbles of customer and agents, notices between them."""

from __future__ import annotations

from typing import TypeVar

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from kiosk_tui.events import Source, title_of
from kiosk_tui.widgets.large import large_paragraph

AnyWidget = TypeVar("AnyWidget", bound=Widget)

EXAMPLES = (
    "What is the status of flight LB204?",
    "How much is a second checked bag?",
    "When can I check in at Front Range Inn?",
)
"""What a new customer may try. These are questions; the desk's answers come from its data."""
AGENT_COLOURS = 6
"""How many agent colours the style sheet has (`.agent-0` and so on)."""
LONGEST_PASSAGE = 240
"""Letters of a source that are shown."""
MOST_COLUMNS = 200
"""A box of words takes nine tenths of the log, and no more than so many columns, as the style sheet has it; four of
them are its edge and its padding."""


class Bubble(Vertical):
    """What one side said in one turn. `text` is plain: nothing in it is taken as markup."""

    def __init__(self, speaker: str, *, classes: str) -> None:
        super().__init__(classes=f"bubble {classes}")
        self.text = ""
        self.heard = ""
        """What recognition gave so far, as it came."""
        self.final = False
        self.large = False
        self._speaker = Static(Content(speaker), classes="speaker")
        self._body = Static(Content(""), classes="body")
        self._source = Static(Content(""), classes="source")
        self._source.display = False

    def compose(self) -> ComposeResult:
        """Speaker, words, sources, in a box as wide as they need."""
        with Vertical(classes="box"):
            yield self._speaker
            yield self._body
            yield self._source

    def write(self, text: str, *, final: bool = True) -> None:
        """Show `text` as all that was said so far; words that may still change are dimmed."""
        self.text, self.final = text, final
        self._paint()
        self.set_class(not final, "partial")

    def enlarge(self, large: bool) -> None:
        """Show the words in large letters, or as they are."""
        if large != self.large:
            self.large = large
            self._paint()

    def on_resize(self) -> None:
        """Large letters are wrapped anew."""
        if self.large:
            self._paint()

    def _paint(self) -> None:
        wide = max(0, min(MOST_COLUMNS, self.size.width * 9 // 10) - 4)
        self._body.update(Content(large_paragraph(self.text, wide) if self.large and wide else self.text))

    def name_speaker(self, speaker: str) -> None:
        """Show another name over the words."""
        self._speaker.update(Content(speaker))

    def name_sources(self, sources: tuple[Source, ...]) -> None:
        """Where the words come from; seen where sources are asked for."""
        lines = ["from: " + " · ".join(source.title for source in sources)]
        lines += [f"“{_cut(source.text)}”" for source in sources[:2] if source.text]
        self._source.update(Content("\n".join(lines)))
        self._source.display = bool(sources)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_PASSAGE else text[:LONGEST_PASSAGE].rsplit(" ", 1)[0] + " …"


class ConversationLog(VerticalScroll, can_focus=False):
    """All bubbles of a conversation, the newest in sight.

    Agents get their colours in the order in which they appear, and keep them.
    """

    def __init__(self) -> None:
        super().__init__(id="log", classes="without-sources")
        self._colours: dict[str, int] = {}

    def on_mount(self) -> None:
        """Keep the newest line in sight."""
        self.anchor()

    def customer(self) -> Bubble:
        """A new bubble for the customer."""
        return self._added(Bubble("You", classes="customer"))

    def agent(self, name: str | None) -> Bubble:
        """A new bubble for this agent (None: not known yet)."""
        return self._added(Bubble(title_of(name), classes=f"agent {self._colour(name)}"))

    def put(self, widget: Widget) -> None:
        """Something else between the bubbles."""
        self._added(widget)

    def notice(self, text: str, *, kind: str = "note") -> None:
        """A line between the bubbles. `kind`: note, hand-over or trouble."""
        self._added(Static(Content(text), classes=f"notice {kind}"))

    def teach(self) -> None:
        """What can be asked, for somebody who has not asked anything yet."""
        lines = "\n".join(f"  “{example}”" for example in EXAMPLES)
        self._added(Static(Content(f"Try:\n{lines}"), id="examples"))

    def learnt(self) -> None:
        """The customer has asked: the examples go."""
        self.query("#examples").remove()

    def recolour(self, bubble: Bubble, agent: str) -> None:
        """The bubble is this agent's after all."""
        bubble.name_speaker(title_of(agent))
        for number in range(AGENT_COLOURS):
            bubble.remove_class(f"agent-{number}")
        bubble.add_class(self._colour(agent))

    def wipe(self) -> None:
        """Nothing of the conversation stays."""
        self.remove_children()
        self._colours.clear()
        self.anchor()

    def colour_of(self, agent: str | None) -> str:
        """The style class of this agent's colour."""
        return self._colour(agent)

    def _colour(self, agent: str | None) -> str:
        if agent is None:
            return "agent-0"
        return f"agent-{self._colours.setdefault(agent, len(self._colours) % AGENT_COLOURS)}"

    def _added(self, widget: AnyWidget) -> AnyWidget:
        self.mount(widget)
        return widget
