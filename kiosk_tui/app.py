"""The terminal as a Textual application: who is served, and what goes where.

| state | event | next |
|---|---|---|
| waiting (`Attract`) | a key, a touch, a voice | serving: a new visit, a new session key |
| serving (`Conversation`) | F10, nobody there any more, a fault | leaving: everything of the visit is wiped |
| leaving (`Farewell`) | it has been read | waiting |

Nothing heavy is imported before the first paint: sound and the `openai` client are opened by workers behind it.
"""

from __future__ import annotations

import asyncio
import contextvars
from typing import ClassVar

from textual import events, on, work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from kiosk_tui import events as ev
from kiosk_tui.ear import Ear
from kiosk_tui.forgetting import forget_painted
from kiosk_tui.guide import Guide
from kiosk_tui.idle import Idle, Presence
from kiosk_tui.operator import Operator
from kiosk_tui.options import Options, Reading
from kiosk_tui.recorder import Recorder
from kiosk_tui.remembered import Desk, Remembered
from kiosk_tui.screens.attract import Attract
from kiosk_tui.screens.base import DeskModal
from kiosk_tui.screens.code import CodeScreen
from kiosk_tui.screens.confirm import ConfirmScreen
from kiosk_tui.screens.conversation import Conversation
from kiosk_tui.screens.display import Display, DisplayScreen
from kiosk_tui.screens.help import Help
from kiosk_tui.screens.leaving import Farewell, IdleScreen
from kiosk_tui.screens.small import TooSmall, too_small
from kiosk_tui.talk import Talk
from kiosk_tui.themes import THEMES
from kiosk_tui.visit import Visit
from kiosk_tui.widgets.status import Mood, StatusLine, TitleBar

METER_S = 0.1
"""How often the level meter and the loudspeaker are looked at."""
STYLES = ("kiosk", "attract", "conversation", "modal", "operator")
FORGET_S = 0.3
"""After the last painting of what was wiped, the painting libraries' caches are emptied."""
UNHEARD_S = 10.0
"""A voice that began a visit and turned out to say nothing: the visit ends after so long."""
KEPT = "This is sent as soon as the desk is back."
PERSON = "I would like to talk to a person"
PLAIN_AWAY = "The desk does not answer just now. It is tried again by itself; what you type is kept."
CLOUD_GONE = "The connection to the outside is gone: the desk goes on by itself, here on this machine."
CLOUD_BACK = "The connection to the outside is back."


class KioskApp(App[None], inherit_bindings=False):
    """A terminal for the desk of `options`."""

    CSS_PATH: ClassVar = [f"styles/{name}.tcss" for name in STYLES]
    TITLE = "Lobby"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "begin_again", "New", show=False, priority=True),
        Binding("ctrl+q", "leave", "Leave", show=False, priority=True),
        Binding("ctrl+c", "leave_hint", show=False, system=True, priority=True),
        Binding("f12", "operator", show=False, priority=True),
        Binding("f6", "resume", show=False),
    ]

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

    def on_mount(self) -> None:
        """Show the first screen, then open what takes time."""
        self._bare_context = contextvars.copy_context()
        self.set_interval(METER_S, self.look)
        self.call_after_refresh(self._open)

    @work(group="open", exclusive=True, exit_on_error=False)
    async def _open(self) -> None:
        """Find the sound devices, then the desk."""
        from kiosk_tui.beginning import begin

        await begin(self)

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

    # A visit

    @on(Attract.Begun)
    def begun(self, message: Attract.Begun) -> None:
        """Somebody is there."""
        self.begin(typed=message.typed)

    def begin(self, *, typed: str = "", session_key: str | None = None, spoken: list[bytes] | None = None) -> None:
        """Serve somebody from here on. `spoken`: what they have said already (PCM16 mono 24 kHz)."""
        if self.desk is None or self.visit is not None or isinstance(self.screen, TooSmall):
            return
        self.visit = Visit(session_key) if session_key else Visit()
        screen = Conversation(large=self.options.large)
        self.push_screen(screen)
        self._converse(greet=spoken is None, spoken=spoken or [])
        self._unheard_since = self.options.clock() if spoken is not None else None
        self.idle.touch()
        if typed:
            self.call_after_refresh(screen.begin_with, typed)

    def begin_by_voice(self, spoken: list[bytes]) -> None:
        """Somebody speaks while nobody is served."""
        self.begin(spoken=spoken)

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
        screen.thinking = self.talk.connected
        if not self.talk.connected:
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

    # From the desk

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

    @on(Told)
    def told(self, message: Told) -> None:
        """Show what the conversation tells."""
        screen, visit = self.conversation, self.visit
        if message.talk is not self.talk or screen is None or visit is None or not screen.is_mounted:
            return
        event = message.event
        match event:
            case ev.Connected() | ev.Away():
                self._show_desk(screen, event)
            case ev.EngineChanged():
                self._show_engine(screen, event)
            case ev.SpeechStarted():
                self.idle.touch()
                self._someone_is_there()
            case ev.Heard(text=text) if text:
                visit.met, self._unheard_since = True, None
            case ev.ReplyBegun():
                visit.caption = ""
            case ev.ReplyText(delta=delta):
                visit.caption += delta
                self._unheard_since = None
            case ev.ReplyDone():
                self.idle.touch(more_s=self.reading.seconds(visit.caption, 0.0))
        screen.show(event)
        self.guide.take(event)
        if isinstance(event, ev.TurnDone):
            self.record()
        self.look()

    def _show_desk(self, screen: Conversation, event: ev.Connected | ev.Away) -> None:
        title = screen.query_one(TitleBar)
        match event:
            case ev.Connected(again=again):
                title.state, title.online = "connected", True
                if again and self._away:
                    self.notice("The desk is back.")
                self._away = False
            case ev.Away(reason=reason):
                title.state, title.online = "away", False
                screen.hearing = screen.thinking = False
                self.trouble(reason)
                if not self._away:
                    self.notice(PLAIN_AWAY if self.options.kiosk else reason, kind="trouble")
                self._away = True

    def _show_engine(self, screen: Conversation, event: ev.EngineChanged) -> None:
        here = event.engine != "cloud"
        screen.query_one(TitleBar).engine = "▣ by itself" if here else "☁ cloud"
        if here and event.previous == "cloud":
            self.trouble(f"cloud left: {event.reason}")
            self.notice(CLOUD_GONE)
        elif not here and event.reason == "well_again":
            self.notice(CLOUD_BACK)

    def notice(self, text: str, *, kind: str = "note") -> None:
        """A line in the conversation, where there is one."""
        if self.conversation is not None and self.conversation.is_mounted:
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

    # Ten times a second

    def look(self) -> None:
        """Look at the clock, the sound and who is to speak."""
        if not self.is_running or not self.screen_stack:
            return
        now = self.options.clock()
        self.ear.look(now)
        self._look_at_clock(now)
        mood, level = self.mood(), self.ear.level
        screen = self.screen
        if isinstance(screen, DeskModal):
            screen.show_status(mood, level, self.visit.caption if self.visit else "")
        if isinstance(screen, ConfirmScreen) and screen.is_mounted and screen.heard == self.sounding:
            screen.set_heard(not self.sounding)
        for line in self.conversation.query(StatusLine) if self.conversation is not None else ():
            line.mood, line.level = mood, level
        self.operator.look(now)

    def _look_at_clock(self, now: float) -> None:
        if self._farewell_until is not None and now >= self._farewell_until and isinstance(self.screen, Farewell):
            self._farewell_until = None
            self.pop_screen()
        if self.visit is None:
            return
        screen = self.conversation
        if self._unheard_since is not None and now - self._unheard_since > UNHEARD_S:
            self.end_visit(farewell=False)
            return
        busy = self.sounding or (screen is not None and (screen.thinking or screen.hearing or screen.replying))
        match self.idle.look(busy=busy):
            case Presence.GONE:
                self.end_visit("Nobody has been here for a while.")
            case Presence.ASKED if isinstance(self.screen, IdleScreen):
                self.screen.show_left(round(self.idle.left_s()))
            case Presence.ASKED:
                self.push_screen(IdleScreen(round(self.idle.left_s())), self._still_there)
            case Presence.THERE:
                self._someone_is_there()

    def _someone_is_there(self) -> None:
        if isinstance(self.screen, IdleScreen):
            self.pop_screen()

    def _still_there(self, here: bool | None) -> None:
        if here:
            self.idle.touch()
        else:
            self.end_visit()

    def mood(self) -> Mood:
        """What the desk is at."""
        screen, sound = self.conversation, self.ear.sound
        if self.talk is None or not self.talk.connected:
            return Mood.AWAY if self._away else Mood.CONNECTING
        if screen is not None and screen.hearing:
            return Mood.HEARING
        if sound.sounding():
            if not self.ear.hears:
                return Mood.SPEAKING
            return Mood.SPEAKING_OPEN if sound.hears_over_replies else Mood.SPEAKING_DEAF
        if screen is not None and screen.thinking:
            return Mood.THINKING
        if self.ear.by_hand and sound.hears:
            return Mood.TALKING if self.ear.hears else Mood.BY_HAND
        if sound.hears and self.ear.muted:
            return Mood.MUTED
        return Mood.LISTENING if sound.hears else Mood.TYPING

    # Keys

    async def on_event(self, event: events.Event) -> None:
        """Whatever key or touch: somebody is there."""
        if isinstance(event, events.Key | events.MouseDown | events.Paste):
            self.idle.touch()
        await super().on_event(event)

    def action_stop_reply(self) -> None:
        """Esc: stop the reply, in the loudspeaker and in the desk."""
        playback = self.ear.sound.playback
        cut = playback.flush() if playback is not None else None
        if self.talk is not None:
            self.talk.stop_reply(*(cut or (None, 0)))
        if self.conversation is not None:
            self.conversation.thinking = False

    def action_begin_again(self) -> None:
        """Ctrl+N: wipe the screen and begin a conversation that knows nothing of the last."""
        if self.visit is not None:
            self.end_visit(farewell=False)
        self.begin()

    def action_end_visit(self) -> None:
        """F10."""
        self.end_visit("Thank you.")

    def action_help(self) -> None:
        """F1."""
        if not isinstance(self.screen, Help):
            self.push_screen(Help(kiosk=self.options.kiosk))

    def action_person(self) -> None:
        """F2: call a person."""
        self.say(PERSON, PERSON)

    def action_receipt(self) -> None:
        """F5: the last receipt."""
        self.guide.show_receipt()

    def action_microphone(self) -> None:
        """F8: the microphone off or on; where it is open by hand only, speak and have done."""
        self.ear.muted = not self.ear.muted
        if self.ear.by_hand and self.ear.muted and self.talk is not None:
            self.talk.end_turn()

    def action_display(self) -> None:
        """F3."""
        still = self.animation_level == "none"
        large = self.conversation.large if self.conversation is not None else self.options.large
        self.push_screen(DisplayScreen(Display(self.theme, large, still, self.reading.words_a_minute)))

    @on(DisplayScreen.Changed)
    def display_changed(self, message: DisplayScreen.Changed) -> None:
        """The customer wants it so."""
        self.theme = message.display.theme
        self.animation_level = "none" if message.display.still else "basic"
        self.reading = Reading(message.display.words_a_minute)
        if self.conversation is not None:
            self.conversation.set_large(message.display.large)

    def action_resume(self) -> None:
        """F6: go on with a conversation from another terminal."""
        if self.visit is None and self.desk is not None and self.screen is self.attract:
            hint = "Type the six digits that the other terminal showed."
            self.push_screen(CodeScreen("Go on with a code", hint, purpose="resume", masked=False, most=6))

    @on(CodeScreen.Entered)
    def code_entered(self, message: CodeScreen.Entered) -> None:
        """A code for whichever purpose."""
        if message.screen.purpose == "resume":
            self.run_worker(
                self._resume(message.screen, message.code), group="code", exclusive=True, exit_on_error=False
            )
        else:
            self.operator.code_entered(message.screen, message.code)

    async def _resume(self, screen: CodeScreen, code: str) -> None:
        from kiosk_tui.access import RequestError, session_of

        assert self.desk is not None
        try:
            key = await session_of(self.desk, code)
        except RequestError as error:
            screen.say(
                "Too many tries. Please wait a minute."
                if "too_many" in error.code
                else "This code is not known. Try again."
            )
            return
        screen.dismiss()
        await asyncio.sleep(0)
        self.begin(session_key=key)

    def action_leave(self) -> None:
        """Ctrl+Q: leave; in kiosk mode the operator's code is asked for."""
        if self.options.kiosk:
            self.operator.ask_code()
        else:
            self.exit()

    def action_leave_hint(self) -> None:
        """Ctrl+C."""
        if not self.options.kiosk:
            self.tell("Press Ctrl+Q to leave.")

    def action_operator(self) -> None:
        """F12."""
        self.operator.ask_code()

    # Size and faults

    def on_resize(self, event: events.Resize) -> None:
        """A window that can show nothing says so."""
        small = too_small(event.size.width, event.size.height)
        if small and not isinstance(self.screen, TooSmall):
            self.push_screen(TooSmall())
        elif not small and isinstance(self.screen, TooSmall):
            self.pop_screen()

    @on(Worker.StateChanged)
    def worker_changed(self, event: Worker.StateChanged) -> None:
        """A defect in a worker is said, and the terminal goes on."""
        if event.state is WorkerState.ERROR:
            self._defect(event.worker.group, event.worker.error)

    def _defect(self, where: str, error: BaseException | None) -> None:
        self.trouble(f"{where}: {error!r}")
        self.notice("This terminal has a fault. Ctrl+N begins again.", kind="trouble")

    def _handle_exception(self, error: Exception) -> None:  # Textual's own way to a traceback on the screen
        """A defect of ours is no traceback on a customer's screen: whoever started the terminal starts it anew."""
        self.fault = error
        self._exception = error
        self._exception_event.set()
        self.exit(return_code=70)

    def on_unmount(self) -> None:
        """Give the devices back, and say goodbye to the desk."""
        if self._talking is not None:
            self._talking.cancel()
        self.ear.close()
