"""Who is served: a visit's beginning, what is said in it, and its end, after which nothing of it is left.

| state | event | next |
|---|---|---|
| waiting (`Attract`) | a key, a touch, a voice | serving: a new visit, a new session key |
| serving (`Conversation`) | F10, nobody there any more, a fault | leaving: everything of the visit is wiped |
| leaving (`Farewell`) | it has been read | waiting |
"""

from __future__ import annotations

import asyncio
import contextvars

from textual import on
from textual.app import App
from textual.message import Message
from textual.screen import Screen

from kiosk_tui import events as ev
from kiosk_tui.ear import Ear
from kiosk_tui.forgetting import forget_painted
from kiosk_tui.guide import Guide
from kiosk_tui.idle import Idle
from kiosk_tui.operator import Operator
from kiosk_tui.options import Options, Reading
from kiosk_tui.recorder import Recorder
from kiosk_tui.remembered import Desk, Remembered
from kiosk_tui.screens.attract import Attract
from kiosk_tui.screens.conversation import Conversation
from kiosk_tui.screens.leaving import Farewell
from kiosk_tui.screens.small import TooSmall
from kiosk_tui.talk import Talk
from kiosk_tui.themes import THEMES
from kiosk_tui.visit import Visit

FORGET_S = 0.3
"""After the last painting of what was wiped, the painting libraries' caches are emptied."""
KEPT = "This is sent as soon as the desk is back."


class Serving(App[None], inherit_bindings=False):
    """The lowest part of the terminal: `visit` and `talk` are None while nobody is served."""

    class Spoke(Message):
        """Somebody speaks, and nobody is served."""

    class Told(Message):
        """A conversation tells something."""

        def __init__(self, talk: Talk, event: ev.TalkEvent) -> None:
            super().__init__()
            self.talk = talk
            self.event = event

    def __init__(self, options: Options, kept: Remembered | None = None) -> None:
        super().__init__()
        self.options = options
        self.kept = kept or Remembered()
        self.desk: Desk | None = options.desk
        self.talk: Talk | None = None
        self.visit: Visit | None = None
        self.reading: Reading = options.reading
        self.guide = Guide(self)
        self.operator = Operator(self)
        self.ear = Ear(self, text_only=options.text_only, by_hand=options.by_hand)
        self.idle = Idle(options.clock, idle_s=options.idle_s, warning_s=options.warning_s)
        self.fault: BaseException | None = None
        self.troubles: list[str] = []
        self._recorder = Recorder(self, options.record) if options.record is not None else None
        self._talking: asyncio.Task[None] | None = None
        self._bare_context = contextvars.Context()
        self._away = False
        self._unheard_since: float | None = None
        self._farewell_until: float | None = None
        for theme in THEMES:
            self.register_theme(theme)
        self._usual_display()

    def get_default_screen(self) -> Screen[None]:
        """Below everything lies the invitation: it holds nothing of anybody."""
        return Attract()

    @property
    def conversation(self) -> Conversation | None:
        """The screen of the visit; None while nobody is served."""
        return next((screen for screen in self.screen_stack if isinstance(screen, Conversation)), None)

    @property
    def attract(self) -> Attract:
        """The screen below all others."""
        screen = self.screen_stack[0]
        assert isinstance(screen, Attract)
        return screen

    @property
    def waits_for_voice(self) -> bool:
        """Whether a voice may begin a visit."""
        return self.visit is None and self.screen is self.attract and self.desk is not None and self.attract.online

    @property
    def sounding(self) -> bool:
        """Whether a reply is to be heard now."""
        return self.ear.sound.sounding()

    @on(Attract.Begun)
    def begun(self, message: Attract.Begun) -> None:
        """Somebody is there; or they typed on, before the conversation's screen was there."""
        if self.visit is not None and self.conversation is not None:
            self.conversation.begin_with(message.typed, entered=message.entered)
        self.begin(typed=message.typed)

    def begin(self, *, typed: str = "", session_key: str | None = None, spoken: list[bytes] | None = None) -> None:
        """Serve somebody from here on. `spoken`: what they have said already (PCM16 mono 24 kHz)."""
        if self.desk is None or self.visit is not None or isinstance(self.screen, TooSmall):
            return
        self.visit = Visit(session_key) if session_key else Visit()
        self.push_screen(Conversation(large=self.options.large, typed=typed.strip()))
        self._converse(greet=spoken is None, spoken=spoken or [])
        self._unheard_since = self.options.clock() if spoken is not None else None
        self.idle.touch()

    @on(Spoke)
    def spoke(self) -> None:
        """Somebody speaks while nobody is served."""
        if self.waits_for_voice:
            self.begin(spoken=self.ear.take_spoken())

    def _converse(self, *, greet: bool, spoken: list[bytes]) -> None:
        assert self.desk is not None and self.visit is not None
        talk = Talk(
            self.desk,
            self.visit.session_key,
            lambda event: self._tell(talk, event),
            hears=self.ear.sound.hears,
            speaks=self.ear.sound.speaks,
            by_hand=self.ear.by_hand,
            greet=greet,
            voice=self.kept.voice,
            back_off=self.options.back_off,
        )
        self.talk = talk
        for pcm in spoken:
            talk.hear(pcm)

    @on(Conversation.Ready)
    def conversation_ready(self) -> None:
        """The screen stands: now the desk may talk. What was said before is kept by the conversation.

        It runs in a task and a context of its own: a worker would keep what was said in the traceback of its end.
        """
        if self.talk is not None and self._talking is None:
            self._talking = asyncio.create_task(self.talk.run(), name="talk", context=self._bare_context.copy())
            self._talking.add_done_callback(self._talk_ended)

    def _talk_ended(self, task: asyncio.Task[None]) -> None:
        """A conversation ends only when it is cancelled; a defect of ours is said, and the terminal goes on."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._defect("talk", error)

    def say(self, text: str, label: str) -> None:
        """The customer typed, touched or picked something; `label` is what may be seen of it."""
        screen = self.conversation
        if screen is None or self.talk is None or self.visit is None:
            return
        self.idle.touch()
        if not text:
            self.talk.retry()
            return
        self.action_stop_reply()
        self._unheard_since = None
        self.visit.met = True
        self.guide.answered()
        screen.customer().write(label)
        screen.asked()
        self.talk.say(text)
        screen.thinking = not self._away
        if self._away:
            self.notice(KEPT)

    @on(Conversation.Said)
    def said(self, message: Conversation.Said) -> None:
        """From the line or the choices."""
        self.say(message.text, message.label)

    def end_visit(self, reason: str = "", *, farewell: bool = True) -> None:
        """Wipe everything; say goodbye, or go straight back to the invitation."""
        if self.visit is None:
            return
        self.wipe()
        if farewell:
            self._farewell_until = self.options.clock() + self.reading.seconds(reason, 4.0)
            self.push_screen(Farewell(reason))

    def wipe(self) -> None:
        """Nothing of the visit stays: screens, buffers, clipboard, scrollback, session key."""
        if self._talking is not None:
            self._talking.cancel()
            self._talking = None
        self.workers.cancel_group(self, "resume-code")
        if self.talk is not None:
            self.talk.forget()
        self.talk = self.visit = None
        self.ear.forget()
        self._unheard_since = self._farewell_until = None
        self._away = False
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self._clipboard = ""
        if self._driver is not None:
            self._driver.write("\x1b[3J")
        self._usual_display()
        self.set_timer(FORGET_S, forget_painted)

    def _usual_display(self) -> None:
        self.theme = self.options.theme
        self.animation_level = "none" if self.options.reduced_motion else "basic"
        self.reading = self.options.reading

    def _tell(self, talk: Talk, event: ev.TalkEvent) -> None:
        """Sound at once; all else in order with the screen's own messages."""
        if talk is not self.talk:
            return
        playback = self.ear.sound.playback
        if isinstance(event, ev.ReplyAudio):
            if playback is not None:
                playback.add(event.item_id, event.pcm)
            return
        if isinstance(event, ev.SpeechStarted) and playback is not None:
            cut = playback.flush()
            if cut is not None:
                talk.stop_reply(*cut)
        self.post_message(self.Told(talk, event))

    def notice(self, text: str, *, kind: str = "note") -> None:
        """A line in the conversation, where there is one."""
        if self.conversation is not None and self.conversation.stands:
            self.conversation.log_view.notice(text, kind=kind)

    def tell(self, text: str) -> None:
        """A line for whoever is at the terminal, wherever they are."""
        self.notice(text)
        self.attract.say(text)

    def trouble(self, text: str) -> None:
        """Keep what went wrong, for the operator."""
        self.troubles = [*self.troubles[-19:], text]

    def sound_changed(self, notice: str) -> None:
        """Devices have come or gone."""
        if notice:
            self.notice(notice)
        if self.talk is not None:
            self.talk.use_sound(hears=self.ear.sound.hears, speaks=self.ear.sound.speaks)

    def record(self) -> None:
        """A picture of the screen once it is painted, where pictures are wanted."""
        if self._recorder is not None:
            self.call_after_refresh(self._recorder.take)

    def action_stop_reply(self) -> None:
        """Esc: stop the reply, in the loudspeaker and in the desk."""
        playback = self.ear.sound.playback
        cut = playback.flush() if playback is not None else None
        if self.talk is not None:
            self.talk.stop_reply(*(cut or (None, 0)))
        if self.conversation is not None:
            self.conversation.thinking = False

    def _defect(self, where: str, error: BaseException | None) -> None:
        self.trouble(f"{where}: {error!r}")
        self.notice("This terminal has a fault. Ctrl+N begins again.", kind="trouble")
