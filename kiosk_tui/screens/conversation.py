"""The conversation: captions of both sides, cards of what was looked up, what may be picked, who is to speak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input

from kiosk_tui import events as ev
from kiosk_tui.cards import Card, cards_of
from kiosk_tui.private import DOTS, shown
from kiosk_tui.widgets.bubbles import Bubble, ConversationLog
from kiosk_tui.widgets.cards import CardBox, CardStack
from kiosk_tui.widgets.choices import ChoiceBar
from kiosk_tui.widgets.keys import Keys
from kiosk_tui.widgets.status import StatusLine, TitleBar

LONGEST_QUESTION = 500
SIDE_COLUMNS = 110
"""From this width on cards stand beside the conversation; below it they are part of it."""
LARGE_COLUMNS = 200
"""From this width on the last reply is in large letters, unless the customer wants it otherwise."""
PLACEHOLDER = "Type here, Enter sends"
NOT_UNDERSTOOD = "I did not catch that. Please say it again, or type it."


@dataclass(slots=True)
class Reply:
    """The reply under way. Its bubble appears with its first words; its sources may be known before."""

    response_id: str
    bubble: Bubble | None = None
    sources: tuple[ev.Source, ...] = ()


class Conversation(Screen[None]):
    """Shows what the desk tells; what the customer types or picks goes out as `Said`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.stop_reply", "Stop"),
        Binding("f1", "app.help", "Help"),
        Binding("f2", "app.person", "Person"),
        Binding("f3", "app.display", "Display"),
        Binding("f4", "sources", "Sources"),
        Binding("f5", "app.receipt", show=False),
        Binding("f8", "app.microphone", show=False),
        Binding("f10", "app.end_visit", "End"),
        Binding("ctrl+s", "sources", show=False, priority=True),
        Binding("pageup", "scroll_log(-1)", show=False),
        Binding("pagedown", "scroll_log(1)", show=False),
    ]

    class Said(Message):
        """The customer typed or picked something. `shown`: what may be seen of it."""

        def __init__(self, text: str, label: str) -> None:
            super().__init__()
            self.text = text
            self.label = label

    class Ready(Message):
        """Everything is in its place."""

    def __init__(self, *, large: bool | None = None, typed: str = "") -> None:
        super().__init__()
        self._typed = typed
        self._entered = False
        self.large = large
        self.hearing = self.thinking = False
        self.secret = False
        self._agent: str | None = None
        self._reply: Reply | None = None
        self._last: Bubble | None = None
        self._spoken: dict[str, Bubble] = {}

    def compose(self) -> ComposeResult:
        """Title, conversation beside cards, choices, status, what is typed, keys."""
        yield TitleBar()
        with Horizontal(id="middle"):
            yield ConversationLog()
            yield CardStack(id="cards")
        yield ChoiceBar()
        yield StatusLine()
        yield Input(placeholder=PLACEHOLDER, id="words", max_length=LONGEST_QUESTION)
        yield Keys()

    def on_mount(self) -> None:
        """The keyboard goes to the line."""
        self.words.focus()
        self.words.insert_text_at_cursor(self._typed)
        self._typed = ""
        self.cards.display = False
        self.log_view.teach()
        self.post_message(self.Ready())
        if self._entered:
            self.call_later(self.words.action_submit)

    @property
    def log_view(self) -> ConversationLog:
        """What was said."""
        return self.query_one(ConversationLog)

    @property
    def cards(self) -> CardStack:
        """The cards beside it."""
        return self.query_one(CardStack)

    @property
    def words(self) -> Input:
        """The line that is typed in."""
        return self.query_one("#words", Input)

    @property
    def stands(self) -> bool:
        """Whether everything is in its place: not before it is mounted, nor while it is taken down."""
        return self.is_mounted and self.is_running and bool(self.query(TitleBar))

    @property
    def replying(self) -> bool:
        """Whether a reply is under way."""
        return self._reply is not None

    def begin_with(self, typed: str, *, entered: bool = False) -> None:
        """The customer has begun to type already, and perhaps pressed Enter after it."""
        if not self.is_mounted:
            self._typed += typed
            self._entered = self._entered or entered
            return
        self.words.insert_text_at_cursor(typed)
        if entered:
            self.call_later(self.words.action_submit)

    async def on_key(self, event: events.Key) -> None:
        """What is typed before the line has the keyboard goes there too."""
        if self.focused is not None:
            return
        if event.is_printable and event.character:
            self.words.insert_text_at_cursor(event.character)
            self.words.focus()
        elif event.key == "enter":
            await self.words.action_submit()

    # From the desk

    def show(self, event: ev.TalkEvent) -> None:
        """Show one thing that the desk tells."""
        match event:
            case ev.SpeechStarted():
                self.hearing = True
            case ev.SpeechStopped():
                self.hearing, self.thinking = False, True
            case ev.HeardPart() | ev.Heard() | ev.NotHeard():
                self._show_heard(event)
            case ev.AgentChanged(previous=previous, agent=agent):
                self._change_agent(previous, agent)
            case ev.ToolCalled(name=name, result=result):
                for card in reversed(cards_of(name, result)):
                    self.add_card(card)
            case ev.Expecting() as expecting:
                self._expect(expecting)
            case ev.Refused(message=text):
                self.log_view.notice(text, kind="trouble")
            case _:
                self._show_reply(event)

    def _change_agent(self, previous: str | None, agent: str) -> None:
        self._agent = agent
        if previous is not None and previous != agent:
            self.log_view.notice(f"{ev.title_of(agent)} takes over from {ev.title_of(previous)}", kind="hand-over")
        title = self.query_one(TitleBar)
        title.who = f"{ev.title_of(agent)} desk"
        title.set_classes(self.log_view.colour_of(agent))

    def _expect(self, expecting: ev.Expecting) -> None:
        self.secret = expecting.secret
        self.words.password = expecting.secret
        self.words.placeholder = "Type your PIN: it is shown as dots" if expecting.secret else PLACEHOLDER
        self.query_one(ChoiceBar).show(expecting.choices)

    def _show_heard(self, event: ev.HeardPart | ev.Heard | ev.NotHeard) -> None:
        match event:
            case ev.HeardPart(item_id=item_id, delta=delta):
                bubble = self._spoken.get(item_id)
                if bubble is None:
                    bubble = self._spoken[item_id] = self.customer()
                bubble.heard += delta
                bubble.write("…" if self.secret else shown(bubble.heard, secret=False), final=False)
            case ev.Heard(item_id=item_id, text=text) if text:
                (self._spoken.pop(item_id, None) or self.customer()).write(shown(text, secret=self.secret))
                self.asked()
            case ev.Heard(item_id=item_id) | ev.NotHeard(item_id=item_id):
                bubble = self._spoken.pop(item_id, None)
                if bubble is not None:
                    bubble.remove()
                self.thinking = False
                if isinstance(event, ev.NotHeard) or bubble is not None:
                    self.log_view.notice(NOT_UNDERSTOOD)

    def customer(self) -> Bubble:
        """A new bubble for the customer."""
        self.log_view.learnt()
        return self.log_view.customer()

    def asked(self) -> None:
        """The customer has said something: what was offered before is over."""
        self.query_one(ChoiceBar).show(())
        self.secret = False
        self.words.password = False
        self.words.placeholder = PLACEHOLDER

    def _show_reply(self, event: ev.TalkEvent) -> None:
        reply = self._reply
        match event:
            case ev.ReplyBegun(response_id=response_id):
                self._reply = Reply(response_id)
                self.thinking = True
            case ev.Sources(sources=sources) if reply is not None:
                known = {source.title: source for source in (*reply.sources, *sources)}
                reply.sources = tuple(known.values())
                if reply.bubble is not None:
                    reply.bubble.name_sources(reply.sources)
            case ev.ReplyText(response_id=response_id, delta=delta) if reply and reply.response_id == response_id:
                self.thinking = False
                if reply.bubble is None:
                    reply.bubble = self._next_bubble()
                    reply.bubble.name_sources(reply.sources)
                reply.bubble.write(reply.bubble.text + delta, final=False)
            case ev.ReplyDone():
                self._end_reply(event)
            case ev.TurnDone(agent=agent) if agent is not None:
                if self._last is not None and agent != self._agent:
                    self.log_view.recolour(self._last, agent)
                    self.query_one(TitleBar).who = f"{ev.title_of(agent)} desk"
                self._agent = agent

    def _next_bubble(self) -> Bubble:
        if self._last is not None:
            self._last.enlarge(False)
        self._last = self.log_view.agent(self._agent)
        self._enlarge()
        return self._last

    def _end_reply(self, done: ev.ReplyDone) -> None:
        reply = self._reply
        if reply is None or reply.response_id == done.response_id:
            self.thinking = False
            if reply is not None and reply.bubble is not None:
                reply.bubble.write(reply.bubble.text + ("" if done.status == "completed" else " …"))
            self._reply = None
        if done.status == "failed":
            self.thinking = False
            self.log_view.notice(done.message or "The desk could not answer. Please ask again.", kind="trouble")

    # Cards and size

    def add_card(self, card: Card) -> None:
        """Beside the conversation where there is room, else as part of it."""
        self.cards.show(card)
        if not self._beside():
            self.cards.display = False
            self.log_view.put(CardBox(card))

    def on_resize(self) -> None:
        """Cards go beside the conversation, or into it; letters as large as wanted."""
        if self.is_mounted:
            self.cards.display = self._beside() and bool(self.cards.children)
            self.log_view.set_class(self._beside(), "beside")
            self._enlarge()

    def _beside(self) -> bool:
        return self.size.width >= SIDE_COLUMNS

    def set_large(self, large: bool | None) -> None:
        """What the customer wants; None: by the terminal's size."""
        self.large = large
        self._enlarge()

    def _enlarge(self) -> None:
        if self._last is not None:
            self._last.enlarge(self.size.width >= LARGE_COLUMNS if self.large is None else self.large)

    # From the customer

    @on(Input.Submitted, "#words")
    def send(self, event: Input.Submitted) -> None:
        """Enter: send what was typed, or what its number stands for; nothing typed tries again to reach the desk."""
        event.stop()
        text = event.value.strip()
        event.input.clear()
        choice = self.query_one(ChoiceBar).numbered(text)
        if choice is not None:
            self.post_message(self.Said(choice.say, choice.label))
        else:
            self.post_message(self.Said(text, DOTS if self.secret and text.isdecimal() else shown(text, secret=False)))

    @on(ChoiceBar.Picked)
    def picked(self, event: ChoiceBar.Picked) -> None:
        """A choice was touched."""
        event.stop()
        self.words.focus()
        self.post_message(self.Said(event.choice.say, event.choice.label))

    def action_sources(self) -> None:
        """F4: show where answers come from, or hide it."""
        self.log_view.toggle_class("without-sources")

    def action_scroll_log(self, pages: int) -> None:
        """Page up and Page down: look at what was said before, or come back."""
        if pages < 0:
            self.log_view.scroll_page_up()
        else:
            self.log_view.scroll_page_down()
