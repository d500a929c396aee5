"""The terminal as a Textual application: its keys, its size, its faults.

It stands on `Serving` (who is served) and `Showing` (what is seen). Nothing heavy is imported before the first paint:
sound and the `openai` client are opened by workers behind it.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.worker import Worker, WorkerState

from kiosk_tui.options import Reading
from kiosk_tui.screens.code import CodeScreen
from kiosk_tui.screens.display import Display, DisplayScreen
from kiosk_tui.screens.help import Help
from kiosk_tui.screens.small import TooSmall, too_small
from kiosk_tui.showing import Showing

STYLES = ("kiosk", "attract", "conversation", "modal", "operator")
PERSON = "I would like to talk to a person"


class KioskApp(Showing, inherit_bindings=False):
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

    def _handle_exception(self, error: Exception) -> None:  # Textual's own way to a traceback on the screen
        """A defect of ours is no traceback on a customer's screen: whoever started the terminal starts it anew."""
        self.fault = error
        self.exit(return_code=70)

    def on_unmount(self) -> None:
        """Give the devices back, and say goodbye to the desk."""
        if self._talking is not None:
            self._talking.cancel()
        self.ear.close()
