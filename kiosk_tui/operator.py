"""The operator's way in: the code, how often it may be tried, and what lies behind it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kiosk_tui.remembered import LONGEST_CODE, ConfigError, Remembered, is_code, save
from kiosk_tui.screens.code import CodeScreen

if TYPE_CHECKING:
    from kiosk_tui.serving import Serving

TRIES = 3
WAIT_S = 30.0
"""After so many wrong codes in a row none is looked at for so long."""
NO_CODE = "No operator's code is set. Set one with: lobby kiosk --set-operator-code"


class Operator:
    """`ask_code` puts up the keypad; the right code opens the operator's screen."""

    def __init__(self, app: Serving) -> None:
        self._app = app
        self._wrong = 0
        self._locked_until = 0.0
        self._next_refresh = 0.0
        self._offered_find = False

    def ask_code(self) -> None:
        """F12, or Ctrl+Q in kiosk mode."""
        from kiosk_tui.screens.operator import OperatorScreen

        if isinstance(self._app.screen, CodeScreen | OperatorScreen):
            return
        hint = "Your code, then OK." if self._app.kept.operator_code else NO_CODE
        self._app.push_screen(CodeScreen("Operator", hint, purpose="operator", masked=True, most=LONGEST_CODE))

    def code_entered(self, screen: CodeScreen, code: str) -> None:
        """Look at a code; its hash takes a moment, so beside the loop."""
        if screen.purpose == "pair":
            from kiosk_tui.screens.find import FindScreen

            for one in self._app.screen_stack:
                if isinstance(one, FindScreen):
                    one.pair(screen, code)
            return
        self._app.run_worker(self._check(screen, code), group="code", exclusive=True, exit_on_error=False)

    async def _check(self, screen: CodeScreen, code: str) -> None:
        now = self._app.options.clock()
        if now < self._locked_until:
            screen.say(f"Too many tries. Wait {round(self._locked_until - now) + 1} seconds.")
            return
        if not await asyncio.to_thread(is_code, self._app.kept, code):
            self._wrong += 1
            if self._wrong >= TRIES:
                self._wrong, self._locked_until = 0, now + WAIT_S
            screen.say("This is not the code.")
            self._app.trouble("a wrong operator's code was entered")
            return
        self._wrong = 0
        screen.dismiss()
        from kiosk_tui.screens.operator import OperatorScreen

        self._app.push_screen(OperatorScreen())

    def look(self, now: float) -> None:
        """Keep the operator's screen fresh."""
        from kiosk_tui.screens.operator import REFRESH_S, OperatorScreen

        screen = self._app.screen
        if isinstance(screen, OperatorScreen) and screen.is_mounted:
            screen.show_sound()
            if now >= self._next_refresh:
                self._next_refresh = now + REFRESH_S
                self._app.run_worker(screen.refresh_desk(), group="operator", exclusive=True, exit_on_error=False)

    def desk_known(self) -> None:
        """A desk was found: nobody has to look any more."""
        from kiosk_tui.screens.find import FindScreen

        if isinstance(self._app.screen, FindScreen):
            self._app.screen.action_close()

    def find_desk(self, *, asked: bool = False) -> None:
        """Look for a desk: because somebody `asked`, or once where none is known."""
        from kiosk_tui.screens.find import FindScreen

        if not asked and self._offered_find:
            return
        self._offered_find = True
        if not any(isinstance(screen, FindScreen) for screen in self._app.screen_stack):
            self._app.push_screen(FindScreen())

    def keep(self, kept: Remembered) -> None:
        """Remember this over the next start."""
        self._app.kept = kept
        if self._app.options.config is not None:
            try:
                save(self._app.options.config, kept)
            except ConfigError as error:
                self._app.trouble(str(error))
                self._app.tell(str(error))
