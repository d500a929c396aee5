"""Which desk this terminal belongs to: those that tell of themselves on the network, and pairing with a code."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from kiosk_tui.access import RequestError
from kiosk_tui.discovery import About, Found, about, browsing, pair
from kiosk_tui.screens.base import DeskModal
from kiosk_tui.screens.code import CodeScreen

if TYPE_CHECKING:
    from kiosk_tui.serving import Serving

import asyncio

LOOKING = "Looking for desks on this network …"
NONE_YET = "None has told of itself yet. Is the server running, and does it tell of itself on the network?"
NONE_AFTER_S = 6.0


class FindScreen(DeskModal[None]):
    """Each desk is a button, as it is found."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Back")]

    def __init__(self) -> None:
        super().__init__()
        self._found: list[Found] = []
        self._about: About | None = None

    @property
    def kiosk(self) -> Serving:
        """The terminal."""
        return cast("Serving", self.app)

    def compose(self) -> ComposeResult:
        """What is found, what is wrong, back."""
        with Vertical(classes="dialog"):
            yield Static(Content("Find a desk"), classes="dialog-title")
            yield Static(Content(LOOKING), classes="dialog-hint", id="hint")
            yield VerticalScroll(id="desks")
            yield Button("Esc  Back", id="back")

    def on_mount(self) -> None:
        """Begin to look."""
        self.run_worker(self._browse(), group="browse", exclusive=True, exit_on_error=False)

    def say(self, words: str) -> None:
        """What is to be known or done."""
        self.query_one("#hint", Static).update(Content(words))

    async def _browse(self) -> None:
        try:
            async with browsing(self.found):
                await asyncio.sleep(NONE_AFTER_S)
                if not self._found:
                    self.say(NONE_YET)
                await asyncio.Event().wait()
        except OSError as error:
            self.say(f"This machine has no network to look on ({error.strerror or error}).")

    def found(self, found: Found) -> None:
        """A desk told of itself."""
        if any(one.url == found.url for one in self._found) or not self.is_mounted:
            return
        self._found.append(found)
        safe = f"   {found.fingerprint[:16]} …" if found.fingerprint else ""
        self.query_one("#desks").mount(Button(f"{found.name}   {found.url}{safe}", name=str(len(self._found) - 1)))
        self.say("Choose the desk that this terminal belongs to.")
        if len(self._found) == 1:
            self.call_after_refresh(lambda: self.query("#desks Button").first().focus())

    @on(Button.Pressed)
    def pressed(self, event: Button.Pressed) -> None:
        """A desk, or back."""
        event.stop()
        if event.button.id == "back":
            self.action_close()
        else:
            found = self._found[int(event.button.name or 0)]
            self.run_worker(self._choose(found), group="choose", exclusive=True, exit_on_error=False)

    async def _choose(self, found: Found) -> None:
        self.say(f"Asking {found.name} …")
        try:
            told = await about(found)
        except RequestError as error:
            self.say(str(error))
            return
        self._about = told
        if not told.key_needed:
            self._take()
        elif told.pairing:
            mark = f"\nIts certificate: {told.fingerprint[:32]} …" if told.fingerprint else ""
            hint = f"Type the pairing code that {told.desk.name or 'the desk'} shows its operator.{mark}"
            self.app.push_screen(CodeScreen("Pair with this desk", hint, purpose="pair", masked=False, most=8))
        else:
            self.say("This desk wants a key and offers no pairing: start this terminal with LOBBY_API_KEY.")

    def pair(self, screen: CodeScreen, code: str) -> None:
        """The pairing code was entered."""
        self.run_worker(self._pair(screen, code), group="pair", exclusive=True, exit_on_error=False)

    async def _pair(self, screen: CodeScreen, code: str) -> None:
        if self._about is None:
            return
        try:
            desk = await pair(self._about.desk, code, socket.gethostname())
        except RequestError as error:
            screen.say({"wrong_pairing_code": "This is not the code."}.get(error.code, str(error)))
            return
        self._about = replace(self._about, desk=desk)
        screen.dismiss()
        self._take()

    def _take(self) -> None:
        assert self._about is not None
        kiosk = self.kiosk
        kiosk.desk = self._about.desk
        kiosk.operator.keep(replace(kiosk.kept, desk=self._about.desk))
        self.call_after_refresh(self.action_close)

    def action_close(self) -> None:
        """Esc: back; without any desk the screen comes again."""
        if self.is_current:
            self.dismiss()
