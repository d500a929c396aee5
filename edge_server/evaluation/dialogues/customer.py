"""A scripted customer at work: hears a reply, says the next line, or leaves.

| what the reply does | what the customer does |
|---|---|
| matches a line of `when` | says that line, once |
| comes after a slip of the tongue | corrects it |
| asks something, and there is an aside left | asks the aside, once, and then answers |
| asks what the script or the facts have | says it; plainly when asked again |
| asks what they do not know | says so |
| did not understand | says it in other words, where the script has some |
| asks nothing, or what else there is | says the next line of `then`, or leaves |
"""

from __future__ import annotations

import re
from collections import Counter

from edge_server.evaluation.dialogues import manner
from edge_server.evaluation.dialogues.reply import asked, understood
from edge_server.evaluation.dialogues.script import Asked, Script

_PATIENCE = 4
"""How often the same thing may be asked before the customer gives up."""
_OPEN: tuple[Asked | None, ...] = (None, "anything_else", "more")
"""Where the customer is free to say what they want."""

_WISHES = {
    "seat": "seat",
    "bag": "bag",
    "breakfast": "breakfast",
    "late check-out": "longer|late",
    "check-in": "check in",
    "change stay": "change (hotel|stay|room|reservation)",
    "cancel stay": "cancel (hotel|stay|room|reservation)",
    "book room": "room",
    "find rooms": "room",
    "find flights": "flights",
    "flight status": "time|status|leaves",
    "load bookings": "booked",
    "load reservations": "booked",
}
"""By what somebody comes for, the words (regular expressions) that a question for just that has."""
_HOTEL = re.compile(r"hotel|stay|room|reservation|breakfast|late check-out")
"""What somebody comes for who means the hotel."""


class Customer:
    """One customer in one conversation. `gave_up`: whether they left because the same thing was asked too often."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.gave_up = False
        self._times: Counter[Asked | None] = Counter()
        self._when = list(script.when)
        self._then = list(script.then)
        self._again = list(script.again)
        self._correction: str | None = None
        self._aside = script.aside
        if script.manner == "off_topic" and self._aside is None:
            self._aside = manner.chosen(manner.ASIDES, script.id)
        self._waiting: Asked | None = None
        self._turn = 0

    def opening(self) -> str:
        """The first line."""
        return self._spoken(self.script.opening)

    def answer(self, reply: str) -> str | None:
        """What the customer says to `reply`; None when they leave."""
        self._turn += 1
        line = self._line(reply)
        return None if line is None else self._spoken(line)

    def _line(self, reply: str) -> str | None:
        for one in self._when:
            if _found(one[0], reply):
                self._when.remove(one)
                return one[1]
        if self._correction is not None:
            line, self._correction = self._correction, None
            return line
        what = self._meant(asked(reply))
        if what in _OPEN and self._waiting is not None:
            what = self._waiting
        self._waiting = None
        if self._aside is not None and what not in (*_OPEN, "confirm"):
            line, self._aside, self._waiting = self._aside, None, what
            return line
        if (what == "again" or (what in _OPEN and not understood(reply))) and "again" not in self.script.answers:
            if self._again:
                return self._again.pop(0)
            what = None if what != "again" else what
        if what in _OPEN and what not in self.script.answers:
            return self._then.pop(0) if self._then else None
        self._times[what] += 1
        if self._times[what] > _PATIENCE:
            self.gave_up = True
            return None
        return self._told(what, reply) if what is not None else None

    def _meant(self, found: tuple[Asked, ...]) -> Asked | None:
        """Which of the things asked for the customer hears: the first that they can say something to and have not
        said yet; where nothing special is asked, that."""
        script = self.script
        if not found or found[0] in _OPEN:
            return found[0] if found else None
        known = {*script.answers, *script.corrects, *script.knows}
        if script.expect.changes:
            known.add("confirm")
        to_say = [what for what in found if what in known]
        return next((what for what in to_say if not self._times[what]), to_say[0] if to_say else found[0])

    def _told(self, what: Asked, reply: str) -> str:
        script, first = self.script, self._times[what] == 1
        if first and what in script.corrects:
            self._correction = script.corrects[what].then
            return script.corrects[what].first
        if what in script.answers:
            lines = script.answers[what]
            line = lines[min(self._times[what], len(lines)) - 1]
        elif what in script.knows:
            line = manner.says(what, str(script.knows[what]), script.id)
        elif what == "confirm" and script.expect.changes:
            line = manner.yes(script.id, not first)
        elif what == "wish":
            line = self._wished(script.tool, reply)
        elif what == "subject":
            line = "the hotel" if _HOTEL.search(script.tool) else "the flight"
        elif what in ("staff", "more"):
            line = "no thanks"
        else:
            return manner.dont_know(self._turn)
        return manner.in_manner(line, script.manner, script.id, self._turn) if first else line

    def _wished(self, tool: str, reply: str) -> str:
        """What they say when asked whether they want something: yes where it is what they came for, which of two."""
        asked = [one for one in re.split(r", or | or to ", reply.lower()) if one]
        wanted = [one for one in asked if all(re.search(word, one) for word in _WISHES.get(tool, tool).split())]
        if not wanted:
            return self._again.pop(0) if self._again else "no"
        return "yes please" if len(asked) == 1 else f"{tool}, please"

    def _spoken(self, line: str) -> str:
        told = {name: str(value) for name, value in self.script.knows.items()}
        for name, value in told.items():
            line = line.replace(f"{{{name}}}", value)
        return manner.as_heard(line) if self.script.heard else line


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None
