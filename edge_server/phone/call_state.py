"""The course of one call, from the first ring to its end. No await, no I/O.

| state | event | next | to do |
|---|---|---|---|
| ringing | admitted | answering | answer |
| ringing | refused | ended | reject |
| answering, connected | failed | ended | hang up, since it may have been answered all the same |
| answering | connected | connected | |
| answering, connected | media opened | streaming | begin the desk |
| answering, connected | `MEDIA_WITHIN_S` passed | ended | hang up |
| streaming, seeking | media lost | connected | ask for it again (`MOST_RESTARTS` times; then hang up) |
| streaming | a person is wanted | seeking | call the clerk |
| seeking | the clerk took the call | bridged | end the desk |
| seeking | no clerk | streaming | offer something else |
| bridged | one of the two left | ended | hang up |
| bridged | they could not be joined | connected | ask for the media socket again (as often as above) |
| all but ended | the desk has said goodbye, or time is up | ended | hang up |
| all but ended | disconnected | ended | clean up |

Everything else changes nothing: callbacks come twice, late and in any order. `tests/edge_server/phone/
test_call_state.py` runs random orders of events through it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

MEDIA_WITHIN_S = 15.0
"""How long a call may be without its media socket."""
MOST_RESTARTS = 2
"""How often a lost media socket is asked for again in one call."""

State = Literal["ringing", "answering", "connected", "streaming", "seeking", "bridged", "ended"]


class Event(Enum):
    """What happens to a call."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    FAILED = "failed"
    CONNECTED = "connected"
    MEDIA_OPENED = "media opened"
    MEDIA_LATE = "media late"
    MEDIA_LOST = "media lost"
    PERSON_WANTED = "person wanted"
    CLERK_TOOK_IT = "clerk took it"
    NO_CLERK = "no clerk"
    ONE_LEFT = "one left"
    JOIN_FAILED = "join failed"
    DONE = "done"
    TIME_UP = "time up"
    DISCONNECTED = "disconnected"


class Do(Enum):
    """What is to be done about it."""

    ANSWER = "answer"
    REJECT = "reject"
    BEGIN_DESK = "begin the desk"
    RESTART_MEDIA = "restart media"
    CALL_CLERK = "call the clerk"
    END_DESK = "end the desk"
    OFFER = "offer something else"
    HANG_UP = "hang up"
    CLEAN_UP = "clean up"


@dataclass(slots=True)
class CallState:
    """One call's state. A call that the desk makes begins in `answering`."""

    state: State = "ringing"
    restarts: int = 0

    def take(self, event: Event) -> tuple[Do, ...]:
        """Something has happened. Gives what to do, in order; nothing for what does not fit the state."""
        before = self.state
        self.state, todo = self._next(event)
        if self.state == "ended" and before != "ended" and Do.CLEAN_UP not in todo:
            todo = (*todo, Do.CLEAN_UP)
        return todo

    def _next(self, event: Event) -> tuple[State, tuple[Do, ...]]:
        same: tuple[State, tuple[Do, ...]] = (self.state, ())
        match self.state, event:
            case "ended", _:
                return same
            case _, Event.DISCONNECTED:
                return "ended", ()
            case "ringing", Event.ADMITTED:
                return "answering", (Do.ANSWER,)
            case "ringing", Event.REFUSED:
                return "ended", (Do.REJECT,)
            case "ringing", _:
                return same
            case (("answering" | "connected"), Event.FAILED):
                return "ended", (Do.HANG_UP,)
            case "answering", Event.CONNECTED:
                return "connected", ()
            case (("answering" | "connected"), Event.MEDIA_OPENED):
                return "streaming", (Do.BEGIN_DESK,)
            case (("answering" | "connected"), Event.MEDIA_LATE):
                return "ended", (Do.HANG_UP,)
            case (("streaming" | "seeking"), Event.MEDIA_LOST) | ("bridged", Event.JOIN_FAILED):
                if self.restarts >= MOST_RESTARTS:
                    return "ended", (Do.HANG_UP,)
                self.restarts += 1
                return "connected", (Do.RESTART_MEDIA,)
            case "streaming", Event.PERSON_WANTED:
                return "seeking", (Do.CALL_CLERK,)
            case "seeking", Event.CLERK_TOOK_IT:
                return "bridged", (Do.END_DESK,)
            case "seeking", Event.NO_CLERK:
                return "streaming", (Do.OFFER,)
            case "bridged", Event.ONE_LEFT:
                return "ended", (Do.HANG_UP,)
            case _, (Event.DONE | Event.TIME_UP):
                return "ended", (Do.HANG_UP,)
        return same
