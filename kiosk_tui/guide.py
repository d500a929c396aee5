"""Which screen lies over the conversation: the keypad, the read-back, the receipt, the ticket. Decided by what the desk
waits for and has done; what the customer says by voice closes it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk_tui import events as ev
from kiosk_tui.access import RequestError, new_resume_code
from kiosk_tui.cards import quote_card, receipt_card
from kiosk_tui.private import DOTS
from kiosk_tui.screens.confirm import NO, YES, ConfirmScreen
from kiosk_tui.screens.person import PersonScreen
from kiosk_tui.screens.pin import PinScreen
from kiosk_tui.screens.receipt import ReceiptScreen

if TYPE_CHECKING:
    from kiosk_tui.serving import Serving

ANSWERS = {YES: "Yes, do it", NO: "No"}


class Guide:
    """Follows one visit."""

    def __init__(self, app: Serving) -> None:
        self._app = app

    def take(self, event: ev.TalkEvent) -> None:
        """One thing that the desk tells."""
        visit = self._app.visit
        if visit is None:
            return
        match event:
            case ev.Expecting():
                visit.expecting = event
                self._ask(event)
            case ev.BookingChanged():
                visit.receipt, visit.receipt_shown, visit.resume_code = event, False, None
                if self._app.conversation is not None:
                    self._app.conversation.add_card(receipt_card(event.kind, event.code, event.details))
                self._app.run_worker(
                    self._fetch_resume_code(), group="resume-code", exclusive=True, exit_on_error=False
                )
            case ev.HandedOff(ticket=ticket):
                self.close()
                self._app.push_screen(PersonScreen(ticket))
            case ev.Heard(text=text) if text:
                self.answered()
            case ev.ReplyBegun():
                self.answered()
            case ev.TurnDone():
                self._show_new_receipt()
            case ev.Away():
                self.answered()

    def answered(self) -> None:
        """What was asked is answered or over: its screen goes."""
        if self._app.visit is not None:
            self._app.visit.expecting = None
        self.close()

    def close(self) -> None:
        """Take away what this guide has put up."""
        while isinstance(self._app.screen, PinScreen | ConfirmScreen | ReceiptScreen):
            self._app.pop_screen()

    def _ask(self, expecting: ev.Expecting) -> None:
        self.close()
        if expecting.secret:
            self._app.push_screen(PinScreen(), self._pin)
        elif expecting.asks == "confirm" and expecting.quote is not None:
            card = quote_card(expecting.quote)
            self._app.push_screen(ConfirmScreen(card, heard=not self._app.sounding), self._confirmed)

    def _pin(self, digits: str | None) -> None:
        if digits:
            self._app.say(digits, DOTS)

    def _confirmed(self, answer: str | None) -> None:
        if answer is not None:
            self._app.say(answer, ANSWERS[answer])

    # Receipts

    def _show_new_receipt(self) -> None:
        visit = self._app.visit
        if visit is None or visit.receipt is None or visit.receipt_shown:
            return
        busy = visit.expecting is not None and (visit.expecting.secret or visit.expecting.quote is not None)
        if not busy:
            self.show_receipt()

    def show_receipt(self) -> None:
        """The last receipt of this visit, where there is one."""
        visit = self._app.visit
        if visit is None or visit.receipt is None or isinstance(self._app.screen, ReceiptScreen):
            return
        visit.receipt_shown = True
        card = receipt_card(visit.receipt.kind, visit.receipt.code, visit.receipt.details)
        self._app.push_screen(ReceiptScreen(card, resume_code=visit.resume_code))

    async def _fetch_resume_code(self) -> None:
        visit = self._app.visit
        desk = self._app.desk
        if visit is None or desk is None:
            return
        try:
            visit.resume_code = await new_resume_code(desk, visit.session_key)
        except RequestError:
            return  # a desk that gives none: the receipt does without
        if isinstance(self._app.screen, ReceiptScreen):
            self._app.screen.show_resume_code(visit.resume_code)
