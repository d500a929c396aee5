"""Each screen over the conversation: what brings it, what its keys do, what closes it. Before a scripted desk."""

from __future__ import annotations

import re

import pytest
from textual import events
from textual.widgets import Button

from kiosk_tui.screens.confirm import ConfirmScreen
from kiosk_tui.screens.conversation import Conversation
from kiosk_tui.screens.pin import PinScreen
from kiosk_tui.screens.receipt import ReceiptScreen
from tests.kiosk_tui.scripted_desk import Json, Reply, ScriptedDesk, agent, expecting, scripted_desk, tool
from tests.kiosk_tui.terminal import Terminal, terminal
from tests.kiosk_tui.wire_samples import DONE, QUOTE
from tests.tool_results import DELAYED

SIZES = [(80, 24), (120, 36), (240, 67)]
WELCOME = Reply("Welcome.", before=[agent("concierge")])


async def begun(screen: Terminal) -> None:
    await screen.greeted()
    assert "Welcome" in screen.bubbles[0].text


async def answered(screen: Terminal, desk: ScriptedDesk, *lines: str) -> None:
    await screen.until(lambda: desk.heard == list(lines))


@pytest.mark.parametrize("before", [(), ("enter",)], ids=["typed at once", "begun with Enter"])
async def test_nothing_is_lost_of_a_question_typed_at_the_invitation_at_full_speed(before: tuple[str, ...]) -> None:
    async with scripted_desk(WELCOME) as desk, terminal(desk.url) as screen:
        await screen.until(lambda: screen.app.attract.online)
        for key in (*before, *"My", "space", *"bookings", "enter"):  # nobody waits for a screen
            screen.app.post_message(events.Key(key, {"space": " ", "enter": "\r"}.get(key, key)))
        await answered(screen, desk, "My bookings")
        assert screen.line.value == ""


@pytest.mark.parametrize("size", SIZES)
async def test_what_was_looked_up_is_a_card(size: tuple[int, int]) -> None:
    found = Reply("LB204 is late.", before=[agent("flight", "concierge"), tool("flight_status", DELAYED)])
    async with scripted_desk(WELCOME, found) as desk, terminal(desk.url, size=size) as screen:
        await begun(screen)
        await screen.type("Is LB204 late?")
        await screen.sees("Boston → Denver", "B12", "delayed, 35 min late", "10:00 PM")


async def test_a_card_gives_way_to_a_newer_one_of_the_same_thing() -> None:
    on_time = {**DELAYED, "delay_minutes": 0, "status": "on time", "gate": "C3"}
    replies = (
        Reply("Late.", before=[tool("flight_status", DELAYED)]),
        Reply("Now.", before=[tool("flight_status", on_time)]),
    )
    async with scripted_desk(WELCOME, *replies) as desk, terminal(desk.url, size=(120, 36)) as screen:
        await begun(screen)
        await screen.type("LB204?")
        await screen.sees("B12")
        await screen.type("And now?")
        await screen.sees("C3")
        assert "B12" not in screen.painted


async def test_a_choice_is_picked_by_its_number_by_tab_or_by_touch() -> None:
    offer = Reply(
        "Which seat?", after=[expecting("seat", choices=[("Window", "a window seat"), ("Aisle", "an aisle seat")])]
    )
    async with scripted_desk(WELCOME, offer) as desk, terminal(desk.url) as screen:
        await begun(screen)
        await screen.type("Another seat")
        await screen.sees("1  Window", "2  Aisle")
        await screen.type("2")
        await answered(screen, desk, "Another seat", "an aisle seat")
        await screen.sees("1  Window")
        await screen.pilot.press("shift+tab", "shift+tab", "enter")
        await answered(screen, desk, "Another seat", "an aisle seat", "a window seat")
        await screen.sees("2  Aisle")
        assert await screen.pilot.click(screen.app.screen.query(Button).last())
        await answered(screen, desk, "Another seat", "an aisle seat", "a window seat", "an aisle seat")


@pytest.mark.parametrize("size", SIZES)
async def test_a_pin_is_typed_on_a_keypad_and_never_shown(size: tuple[int, int]) -> None:
    ask = Reply("What is your PIN?", after=[expecting("pin", secret=True)])
    async with scripted_desk(WELCOME, ask, Reply("Thank you.")) as desk, terminal(desk.url, size=size) as screen:
        await begun(screen)
        await screen.type("My bookings")
        await screen.sees("Your PIN")
        await screen.pilot.press("4", "0", "9", "backspace", "7")
        assert await screen.pilot.click("#keys Button:first-of-type")
        await screen.sees("● ● ● ●")
        await screen.pilot.press("tab", "enter")  # the first key of the pad: 1
        await screen.sees("● ● ● ● ●")
        await screen.pilot.press("backspace")
        assert "407" not in screen.painted
        screen.app.screen.query_one("Keypad").focus()
        await screen.pilot.press("enter")
        await answered(screen, desk, "My bookings", "4071")
        await screen.until(lambda: [bubble.text.strip() for bubble in screen.bubbles[-2:]] == ["••••", "Thank you."])
        assert "4071" not in screen.painted


async def test_a_pin_may_be_typed_in_the_line_or_spoken_about_instead() -> None:
    ask = Reply("What is your PIN?", after=[expecting("pin", secret=True)])
    async with scripted_desk(WELCOME, ask, Reply("Well.")) as desk, terminal(desk.url) as screen:
        await begun(screen)
        await screen.type("My bookings")
        await screen.sees("Your PIN")
        await screen.pilot.press("escape")
        await screen.until(lambda: isinstance(screen.app.screen, Conversation))
        await screen.pilot.press("4", "0", "7", "1")
        assert "4071" not in screen.painted
        await screen.pilot.press("enter")
        await answered(screen, desk, "My bookings", "4071")
        await screen.sees("Well.")
        assert "4071" not in screen.painted and not screen.line.password


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("key", "said"), [("y", "yes"), ("n", "no")])
async def test_money_is_read_back_on_screen_and_wants_a_yes_or_a_no(size: tuple[int, int], key: str, said: str) -> None:
    ask = Reply("It costs $94. Shall I?", after=[expecting("confirm", quote=QUOTE)])
    async with scripted_desk(WELCOME, ask, Reply("Well.")) as desk, terminal(desk.url, size=size) as screen:
        await begun(screen)
        await screen.type("To Friday")
        await screen.sees("Change flight  K7M2QX", "Fri, Nov 27, 6:40 PM", "$80", "$14 more", "$94", "Nothing is done")
        await screen.sees("It costs $94. Shall I?")
        await screen.pilot.press(key)
        await answered(screen, desk, "To Friday", said)
        await screen.until(lambda: isinstance(screen.app.screen, Conversation))


async def test_enter_alone_agrees_to_nothing_but_tab_and_enter_do() -> None:
    ask = Reply("Shall I?", after=[expecting("confirm", quote=QUOTE)])
    async with scripted_desk(WELCOME, ask, Reply("Well.")) as desk, terminal(desk.url) as screen:
        await begun(screen)
        await screen.type("To Friday")
        await screen.until(lambda: isinstance(screen.app.screen, ConfirmScreen))
        await screen.pilot.press("enter", "space", "enter")
        assert desk.heard == ["To Friday"]
        await screen.pilot.press("tab", "enter")
        await answered(screen, desk, "To Friday", "yes")


async def test_a_sentence_that_is_typed_while_a_yes_is_asked_for_says_none() -> None:
    ask = Reply("Shall I?", after=[expecting("confirm", quote=QUOTE)])
    async with scripted_desk(WELCOME, ask, Reply("Well.")) as desk, terminal(desk.url) as screen:
        await begun(screen)
        await screen.type("To Friday")
        await screen.until(lambda: isinstance(screen.app.screen, ConfirmScreen))
        await screen.sees("Shall I?")
        await screen.pilot.press(*"maybelater")
        await screen.until(lambda: isinstance(screen.app.screen, Conversation))
        await screen.pilot.press("enter")
        await screen.until(lambda: len(desk.heard) == 2)
        assert desk.heard[1] not in ("yes", "no") and desk.heard[1].endswith("later")


async def test_a_yes_waits_until_the_read_back_has_been_heard() -> None:
    ask = Reply("Shall I?", after=[expecting("confirm", quote=QUOTE)])
    async with scripted_desk(WELCOME, ask) as desk, terminal(desk.url) as screen:
        await begun(screen)
        await screen.type("To Friday")
        await screen.until(lambda: isinstance(screen.app.screen, ConfirmScreen))
        confirm = screen.app.screen
        assert isinstance(confirm, ConfirmScreen)
        confirm.set_heard(False)
        confirm.action_answer("yes")
        assert confirm.is_current and confirm.query_one("#yes", Button).disabled
        confirm.action_answer("no")
        await answered(screen, desk, "To Friday", "no")


@pytest.mark.parametrize("size", SIZES)
async def test_a_receipt_has_the_code_what_was_paid_a_qr_code_and_a_code_to_go_on_elsewhere(
    size: tuple[int, int],
) -> None:
    done = Reply("Done.", before=[DONE], after=[expecting(None)])
    async with scripted_desk(WELCOME, done) as desk, terminal(desk.url, size=size) as screen:
        desk.http["/v1/realtime/resume_codes"] = (200, {"code": "482913", "expires_at": 0})
        await begun(screen)
        await screen.type("yes")
        await screen.until(lambda: isinstance(screen.app.screen, ReceiptScreen))
        await screen.sees("Done: Change flight", "Paid now", "$94", "482 913", "█")
        assert all(
            asked.endswith(screen.app.visit.session_key)
            for asked in desk.asked
            if "resume" in asked and screen.app.visit
        )
        await screen.pilot.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, Conversation))
        await screen.pilot.press("f5")
        await screen.sees("Done: Change flight", "482 913")
        await screen.pilot.press("escape")
        await screen.until(lambda: isinstance(screen.app.screen, Conversation))


async def test_a_desk_without_resume_codes_still_gives_a_receipt() -> None:
    async with scripted_desk(WELCOME, Reply("Done.", before=[DONE])) as desk, terminal(desk.url) as screen:
        await begun(screen)
        await screen.type("yes")
        await screen.sees("Done: Change flight", "$94")
        await screen.until(lambda: any("resume_codes" in path for path in desk.asked))
        assert "Go on elsewhere" not in screen.painted


async def test_a_called_person_is_told_with_the_ticket() -> None:
    called = Reply("Somebody comes.", before=[{"type": "extension.handoff", "ticket": 104, "summary": "a bag"}])
    async with scripted_desk(WELCOME, called) as desk, terminal(desk.url) as screen:
        await begun(screen)
        await screen.pilot.press("f2")
        await answered(screen, desk, "I would like to talk to a person")
        await screen.sees("A person has been called", "wait here")
        await screen.pilot.press("enter")
        await screen.until(lambda: isinstance(screen.app.screen, Conversation))


async def test_the_display_is_changed_for_this_customer_only() -> None:
    async with scripted_desk(WELCOME) as desk, terminal(desk.url) as screen:
        await begun(screen)
        await screen.pilot.press("f3")
        await screen.sees("Colours: usual")
        await screen.pilot.press("enter", "tab", "enter", "tab", "enter", "tab", "enter")
        await screen.sees("high contrast, dark", "Large letters: on", "Moving things: on", "Time to read: slower")
        assert screen.app.theme == "contrast-dark" and screen.app.reading.words_a_minute == 100
        assert screen.app.conversation is not None and screen.app.conversation.large is True
        await screen.pilot.press("escape", "f10")
        await screen.sees("wiped")
        assert screen.app.theme == "lobby" and screen.app.reading.words_a_minute == 150


async def test_large_letters_are_wrapped_and_the_words_stay_readable_at_small_sizes() -> None:
    gate = Reply("The gate is B12 and it boards at 6:10 PM.")
    async with scripted_desk(WELCOME, gate) as desk, terminal(desk.url, size=(240, 67)) as screen:
        await begun(screen)
        await screen.type("Gate?")
        await screen.until(lambda: len(re.findall("[▌▐▛▀▙▄▚▞▘▝▖▗]", screen.painted)) > 200)
        await screen.pilot.resize_terminal(80, 24)
        await screen.sees("The gate is B12 and it boards at 6:10 PM.")


async def test_the_cloud_that_goes_is_said_and_signed() -> None:
    gone: Json = {
        "type": "extension.engine_changed",
        "previous": "cloud",
        "engine": "embedded",
        "reason": "connection_lost",
    }
    back: Json = {"type": "extension.engine_changed", "previous": "embedded", "engine": "cloud", "reason": "well_again"}
    replies = (WELCOME, Reply("One.", before=[gone]), Reply("Two.", before=[back]))
    async with scripted_desk(*replies) as desk, terminal(desk.url) as screen:
        await begun(screen)
        await screen.type("one")
        await screen.sees("▣ by itself", "goes on by itself")
        await screen.type("two")
        await screen.sees("☁ cloud", "outside is back")


async def test_a_conversation_goes_on_with_a_code_from_elsewhere() -> None:
    async with scripted_desk(WELCOME) as desk, terminal(desk.url) as screen:
        await screen.until(lambda: screen.app.attract.online)
        await screen.pilot.press("f6", "1", "1", "1", "1", "1", "1", "enter")
        await screen.sees("This code is not known")
        desk.http["/v1/realtime/resume"] = (200, {"session_state_key": "key-of-before"})
        await screen.pilot.press("4", "8", "2", "9", "1", "3", "enter")
        await screen.until(lambda: screen.app.visit is not None)
        assert screen.app.visit is not None and screen.app.visit.session_key == "key-of-before"
        await screen.greeted()


async def test_what_the_desk_expects_is_over_when_the_connection_goes() -> None:
    ask = Reply("What is your PIN?", after=[expecting("pin", secret=True)])
    async with scripted_desk(WELCOME, ask) as desk, terminal(desk.url) as screen:
        await begun(screen)
        await screen.type("My bookings")
        await screen.until(lambda: isinstance(screen.app.screen, PinScreen))
        await desk.connections[-1].close()
        await screen.until(lambda: not isinstance(screen.app.screen, PinScreen))
