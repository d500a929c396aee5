"""What the desk tells, shown; and what is looked at ten times a second: the clock, the sound, who is to speak."""

from __future__ import annotations

import contextvars

from textual import events, on, work

from kiosk_tui import events as ev
from kiosk_tui.idle import Presence
from kiosk_tui.screens.base import DeskModal
from kiosk_tui.screens.confirm import ConfirmScreen
from kiosk_tui.screens.conversation import Conversation
from kiosk_tui.screens.leaving import Farewell, IdleScreen
from kiosk_tui.serving import Serving
from kiosk_tui.widgets.status import Mood, StatusLine, TitleBar

METER_S = 0.1
"""How often the level meter and the loudspeaker are looked at."""
UNHEARD_S = 10.0
"""A voice that began a visit and turned out to say nothing: the visit ends after so long."""
PLAIN_AWAY = "The desk does not answer just now."
TRIED_AGAIN = "It is tried again by itself; what you type is kept."
CLOUD_GONE = "The connection to the outside is gone: the desk goes on by itself, here on this machine."
CLOUD_BACK = "The connection to the outside is back."


class Showing(Serving, inherit_bindings=False):
    """Between what happens and what is seen."""

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

    @on(Serving.Told)
    def told(self, message: Serving.Told) -> None:
        """Show what the conversation tells."""
        screen, visit = self.conversation, self.visit
        if message.talk is not self.talk or screen is None or visit is None or not screen.stands:
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
                    why = PLAIN_AWAY if self.options.kiosk else reason
                    self.notice(f"{why} {TRIED_AGAIN}", kind="trouble")
                self._away = True

    def _show_engine(self, screen: Conversation, event: ev.EngineChanged) -> None:
        here = event.engine != "cloud"
        screen.query_one(TitleBar).engine = "▣ by itself" if here else "☁ cloud"
        if here and event.previous == "cloud":
            self.trouble(f"cloud left: {event.reason}")
            self.notice(CLOUD_GONE)
        elif not here and event.reason == "well_again":
            self.notice(CLOUD_BACK)

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

    async def on_event(self, event: events.Event) -> None:
        """Whatever key or touch: somebody is there."""
        if isinstance(event, events.Key | events.MouseDown | events.Paste):
            self.idle.touch()
        await super().on_event(event)
