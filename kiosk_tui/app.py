"""The conversation on a screen: a Textual application.

Nothing heavy is imported before the first paint: sound and the `openai` client are opened by workers behind it.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Footer, Input
from textual.worker import Worker, WorkerState

from kiosk_tui import events as ev
from kiosk_tui.audio import Sound, find_sound
from kiosk_tui.audio_hands_free import State
from kiosk_tui.bubbles import Bubble, ConversationLog
from kiosk_tui.help import Help
from kiosk_tui.status import Mood, StatusLine, TitleBar
from kiosk_tui.talk import BackOff, Talk

METER_S = 0.1
"""How often the level meter and the loudspeaker are looked at."""
LONGEST_QUESTION = 500
NOT_UNDERSTOOD = "I did not catch that. Please say it again, or type it."
KEPT = "This is sent as soon as the desk is back."
ECHOING = (
    "The microphone hears too much of the loudspeaker: it is off while the desk speaks. Press Esc, then "
    "speak. A lower volume or a headset helps."
)
SOUND_LOST = "The sound device has stopped: type your question and read the answers."


@dataclass(slots=True)
class Reply:
    """The reply under way. Its bubble appears with its first words; its sources may be known before."""

    response_id: str
    bubble: Bubble | None = None
    titles: tuple[str, ...] = ()


class KioskApp(App[None], inherit_bindings=False):
    """A terminal for the desk at `url`. `session_key` None: a new conversation."""

    CSS_PATH = "kiosk.tcss"
    TITLE = "Lobby"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "stop_reply", "Stop"),
        Binding("ctrl+n", "begin_again", "New", priority=True),
        Binding("ctrl+s", "toggle_sources", "Sources", priority=True),
        Binding("f1", "help", "Help"),
        Binding("ctrl+q", "quit", "Leave", priority=True),
        Binding("pageup", "scroll_log(-1)", show=False),
        Binding("pagedown", "scroll_log(1)", show=False),
        Binding("ctrl+c", "help_quit", show=False, system=True),
    ]

    class Told(Message):
        """A conversation tells something."""

        def __init__(self, talk: Talk, event: ev.TalkEvent) -> None:
            super().__init__()
            self.talk = talk
            self.event = event

    def __init__(
        self,
        url: str,
        *,
        session_key: str | None = None,
        text_only: bool = False,
        back_off: BackOff | None = None,
    ) -> None:
        super().__init__()
        self.url = url
        self.session_key = session_key or str(uuid.uuid4())
        self._text_only = text_only
        self._back_off = back_off
        self._sound = Sound()
        self._talk: Talk | None = None
        self._agent: str | None = None
        self._reply: Reply | None = None
        self._spoken: dict[str, Bubble] = {}
        self._away = self._hearing = self._thinking = False
        self._told_echo = False

    def compose(self) -> ComposeResult:
        """Title, conversation, status, what is typed, keys."""
        yield TitleBar()
        yield ConversationLog()
        yield StatusLine()
        yield Input(placeholder="Type here, Enter sends", id="words", max_length=LONGEST_QUESTION)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Show the empty screen, then open what takes time."""
        self.query_one("#words", Input).focus()
        self.log_view.teach()
        self.call_after_refresh(self.open_desk)

    @property
    def log_view(self) -> ConversationLog:
        """The conversation on the screen below any other."""
        return self.screen_stack[0].query_one(ConversationLog)

    @property
    def status(self) -> StatusLine:
        """The status line."""
        return self.screen_stack[0].query_one(StatusLine)

    # Beginning and end

    @work(group="open", exclusive=True, exit_on_error=False)
    async def open_desk(self) -> None:
        """Find the sound devices, then reach the desk."""
        if not self._text_only:
            loop = asyncio.get_running_loop()
            self._sound = await asyncio.to_thread(find_sound, loop, self._hear)
            self._show_notices()
        if self._sound.hears or self._sound.speaks:
            self.set_interval(METER_S, self._watch_sound)
        self._begin()

    def _begin(self) -> None:
        talk = Talk(
            self.url,
            self.session_key,
            lambda event: self._tell(talk, event),
            hears=self._sound.hears,
            speaks=self._sound.speaks,
            back_off=self._back_off,
        )
        self._talk = talk
        self.run_worker(talk.run(), group="talk", exclusive=True, exit_on_error=False)
        self._show_mood()

    def _show_notices(self) -> None:
        for notice in self._sound.notices:
            self.log_view.notice(notice)

    def on_unmount(self) -> None:
        """Give the devices back."""
        self._sound.close()

    @on(Worker.StateChanged)
    def worker_changed(self, event: Worker.StateChanged) -> None:
        """A defect in a worker is said, and the terminal goes on."""
        if event.state is WorkerState.ERROR:
            self.log_view.notice(
                f"This terminal has a fault ({event.worker.error}). Ctrl+N begins again.", kind="trouble"
            )

    # From the desk

    def _tell(self, talk: Talk, event: ev.TalkEvent) -> None:
        """Sound at once; all else in order with the screen's own messages."""
        if talk is not self._talk:
            return
        playback = self._sound.playback
        if isinstance(event, ev.ReplyAudio):
            if playback is not None:
                playback.add(event.item_id, event.pcm)
            return
        if isinstance(event, ev.SpeechStarted) and playback is not None:
            cut = playback.flush()
            if cut is not None:
                talk.stop_reply(*cut)
        self.post_message(self.Told(talk, event))

    @on(Told)
    def told(self, message: Told) -> None:
        """Show what the conversation tells."""
        if message.talk is not self._talk:
            return
        match message.event:
            case ev.Connected() | ev.Away():
                self._show_server(message.event)
            case ev.SpeechStarted():
                self._hearing = True
            case ev.SpeechStopped():
                self._hearing, self._thinking = False, True
            case ev.HeardPart() | ev.Heard() | ev.NotHeard():
                self._show_heard(message.event)
            case ev.AgentChanged(previous=previous, agent=agent):
                self._agent = agent
                if previous is not None and previous != agent:
                    self.log_view.notice(
                        f"{ev.title_of(agent)} takes over from {ev.title_of(previous)}", kind="hand-over"
                    )
            case ev.Refused(message=text):
                self.log_view.notice(text, kind="trouble")
            case _:
                self._show_reply(message.event)
        self._show_mood()

    def _show_server(self, event: ev.Connected | ev.Away) -> None:
        title = self.screen_stack[0].query_one(TitleBar)
        match event:
            case ev.Connected(again=again):
                title.state, title.online = "connected", True
                if again and self._away:
                    self.log_view.notice("The desk is back.")
                self._away = False
            case ev.Away(reason=reason):
                title.state, title.online = "away", False
                self._hearing = self._thinking = False
                if not self._away:
                    self.log_view.notice(reason, kind="trouble")
                self._away = True

    def _show_heard(self, event: ev.HeardPart | ev.Heard | ev.NotHeard) -> None:
        match event:
            case ev.HeardPart(item_id=item_id, delta=delta):
                bubble = self._spoken.get(item_id)
                if bubble is None:
                    bubble = self._spoken[item_id] = self._customer()
                bubble.write(bubble.text + delta, final=False)
            case ev.Heard(item_id=item_id, text=text) if text:
                (self._spoken.pop(item_id, None) or self._customer()).write(text)
            case ev.Heard(item_id=item_id) | ev.NotHeard(item_id=item_id):
                bubble = self._spoken.pop(item_id, None)
                if bubble is not None:
                    bubble.remove()
                self._thinking = False
                if isinstance(event, ev.NotHeard) or bubble is not None:
                    self.log_view.notice(NOT_UNDERSTOOD)

    def _customer(self) -> Bubble:
        self.log_view.learnt()
        return self.log_view.customer()

    def _show_reply(self, event: ev.TalkEvent) -> None:
        reply = self._reply
        match event:
            case ev.ReplyBegun(response_id=response_id):
                self._reply = Reply(response_id)
                self._thinking = True
            case ev.Sources(titles=titles) if reply is not None:
                reply.titles = tuple(dict.fromkeys((*reply.titles, *titles)))
                if reply.bubble is not None:
                    reply.bubble.name_sources(reply.titles)
            case ev.ReplyText(response_id=response_id, delta=delta) if reply and reply.response_id == response_id:
                self._thinking = False
                if reply.bubble is None:
                    reply.bubble = self.log_view.agent(self._agent)
                    reply.bubble.name_sources(reply.titles)
                reply.bubble.write(reply.bubble.text + delta, final=False)
            case ev.ReplyDone():
                self._end_reply(event)
            case ev.TurnDone(response_id=response_id, agent=agent) if agent is not None:
                if reply is not None and reply.bubble is not None and reply.response_id == response_id:
                    self.log_view.recolour(reply.bubble, agent)
                self._agent = agent

    def _end_reply(self, done: ev.ReplyDone) -> None:
        reply = self._reply
        if reply is None or reply.response_id == done.response_id:
            self._thinking = False
            if reply is not None and reply.bubble is not None:
                reply.bubble.write(reply.bubble.text + ("" if done.status == "completed" else " …"))
        if done.status == "failed":
            self._thinking = False
            self.log_view.notice(done.message or "The desk could not answer. Please ask again.", kind="trouble")

    # From the customer

    @on(Input.Submitted, "#words")
    def send(self, event: Input.Submitted) -> None:
        """Enter: send what was typed. With nothing typed it only tries again to reach a desk that is away."""
        text = event.value.strip()
        event.input.clear()
        if self._talk is None:
            if text:
                event.input.value = text
            return
        if not text:
            self._talk.retry()
            return
        self.action_stop_reply()
        self._customer().write(text)
        self._talk.say(text)
        self._thinking = self._talk.connected
        if not self._talk.connected:
            self.log_view.notice(KEPT)
        self._show_mood()

    def _hear(self, pcm: bytes) -> None:
        if self._talk is not None:
            self._talk.hear(pcm)

    def action_stop_reply(self) -> None:
        """Esc: stop the reply, in the loudspeaker and in the desk."""
        cut = self._sound.playback.flush() if self._sound.playback is not None else None
        if self._talk is not None:
            self._talk.stop_reply(*(cut or (None, 0)))
        self._thinking = False
        self._show_mood()

    def action_begin_again(self) -> None:
        """Ctrl+N: wipe the screen and begin a conversation that knows nothing of the last."""
        if self._sound.playback is not None:
            self._sound.playback.flush()
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.query_one("#words", Input).clear()
        self.log_view.wipe()
        self.log_view.teach()
        self._show_notices()
        self.session_key = str(uuid.uuid4())
        self._agent = self._reply = None
        self._spoken.clear()
        self._away = self._hearing = self._thinking = False
        if self._talk is not None:
            self._begin()

    def action_toggle_sources(self) -> None:
        """Ctrl+S: show where answers come from, or hide it."""
        self.log_view.toggle_class("without-sources")

    def action_scroll_log(self, pages: int) -> None:
        """Page up and Page down: look at what was said before, or come back."""
        if pages < 0:
            self.log_view.scroll_page_up()
        else:
            self.log_view.scroll_page_down()

    def action_help(self) -> None:
        """F1."""
        if not isinstance(self.screen, Help):
            self.push_screen(Help())

    # Status

    def _show_mood(self) -> None:
        self.status.mood = self._mood()

    def _mood(self) -> Mood:
        if self._talk is None or not self._talk.connected:
            return Mood.AWAY if self._away else Mood.CONNECTING
        if self._hearing:
            return Mood.HEARING
        if self._sound.sounding():
            if not self._sound.hears:
                return Mood.SPEAKING
            return Mood.SPEAKING_OPEN if self._sound.hears_over_replies else Mood.SPEAKING_DEAF
        if self._thinking:
            return Mood.THINKING
        return Mood.LISTENING if self._sound.hears else Mood.TYPING

    def _watch_sound(self) -> None:
        if not self.screen_stack[0].query(StatusLine):  # the terminal is closing
            return
        if self._sound.unplugged():
            self._sound.close()
            self._sound.notices = (SOUND_LOST,)
            self._show_notices()
            if self._talk is not None:
                self._talk.use_sound(hears=False, speaks=False)
        self._tell_echo()
        self.status.level = self._sound.level if self._sound.hears else None
        self._show_mood()

    def _tell_echo(self) -> None:
        """Say once that the customer cannot talk over replies here."""
        hands_free = self._sound.hands_free
        echoing = hands_free is not None and hands_free.state is State.ECHOING and not self._sound.headset
        if echoing and not self._told_echo:
            self._told_echo = True
            self.log_view.notice(ECHOING)
