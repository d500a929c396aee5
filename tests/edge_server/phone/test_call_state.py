"""The course of a call, whatever comes and in whatever order."""

from hypothesis import given
from hypothesis import strategies as st

from edge_server.phone.call_state import MOST_RESTARTS, CallState, Do, Event


def after(*events: Event) -> tuple[CallState, list[Do]]:
    call, done = CallState(), list[Do]()
    for event in events:
        done += call.take(event)
    return call, done


def test_a_call_from_the_first_ring_to_its_end() -> None:
    call, done = after(Event.ADMITTED, Event.CONNECTED, Event.MEDIA_OPENED, Event.DISCONNECTED)
    assert call.state == "ended"
    assert done == [Do.ANSWER, Do.BEGIN_DESK, Do.CLEAN_UP]


def test_the_sound_may_be_there_before_the_call_is_said_to_be() -> None:
    call, done = after(Event.ADMITTED, Event.MEDIA_OPENED, Event.CONNECTED)
    assert call.state == "streaming" and done == [Do.ANSWER, Do.BEGIN_DESK]


def test_a_clerk_who_takes_it_ends_the_desks_part() -> None:
    steps = (Event.ADMITTED, Event.MEDIA_OPENED, Event.PERSON_WANTED, Event.CLERK_TOOK_IT)
    call, done = after(*steps)
    assert call.state == "bridged" and done[-2:] == [Do.CALL_CLERK, Do.END_DESK]
    assert call.take(Event.MEDIA_LOST) == (), "the desk's own socket may close now"
    assert call.take(Event.ONE_LEFT) == (Do.HANG_UP, Do.CLEAN_UP)


def test_people_who_could_not_be_joined_come_back_to_the_desk() -> None:
    call, _ = after(Event.ADMITTED, Event.MEDIA_OPENED, Event.PERSON_WANTED, Event.CLERK_TOOK_IT)
    assert call.take(Event.JOIN_FAILED) == (Do.RESTART_MEDIA,)
    assert call.take(Event.MEDIA_OPENED) == (Do.BEGIN_DESK,)


def test_no_clerk_brings_the_customer_back_to_the_desk() -> None:
    call, done = after(Event.ADMITTED, Event.MEDIA_OPENED, Event.PERSON_WANTED, Event.NO_CLERK)
    assert call.state == "streaming" and done[-1] is Do.OFFER


def test_a_lost_socket_is_asked_for_again_but_not_for_ever() -> None:
    call, _ = after(Event.ADMITTED, Event.MEDIA_OPENED)
    for _ in range(MOST_RESTARTS):
        assert call.take(Event.MEDIA_LOST) == (Do.RESTART_MEDIA,)
        assert call.take(Event.MEDIA_OPENED) == (Do.BEGIN_DESK,)
    assert call.take(Event.MEDIA_LOST) == (Do.HANG_UP, Do.CLEAN_UP)


@given(st.lists(st.sampled_from(Event), max_size=40))
def test_no_order_of_events_breaks_a_call(events: list[Event]) -> None:
    call, done = CallState(), list[Do]()
    for event in events:
        was = call.state
        todo = call.take(event)
        done += todo
        assert not (was == "ended" and todo), "a call that is over does nothing"
        assert (call.state == "ended") == (Do.CLEAN_UP in done)
    assert done.count(Do.ANSWER) + done.count(Do.REJECT) <= 1
    assert done.count(Do.HANG_UP) <= 1 and done.count(Do.CLEAN_UP) <= 1
    assert Do.BEGIN_DESK not in done or done[0] is Do.ANSWER
    assert done.count(Do.BEGIN_DESK) <= 1 + MOST_RESTARTS
