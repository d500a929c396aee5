"""What stands behind a clear yes to what was read back, and whether it leaves that yes as it is.

Asked with the yes itself (`agreement.py`), and so by the planner and by the tool that writes.

| behind the yes | the yes |
|---|---|
| a question for another thing ("and is there a pool?"), or for another agent's | stands |
| a wish for another change, unless it ends or undoes this one ("and check me in", "and then the hotel") | stands |
| thanks, leave, a remark ("I'll ask about the rest there") | stands |
| a question for the money or the terms of it, or that points at it ("is it refundable?") | does not |
| a value that was not read back, a word of how it is wanted ("for two") | does not |
| a condition, a no, a doubt ("if it rains", "but not today") | does not |
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.flow import Flow
from agents.persona import Persona
from agents.planner.quote_heard import is_told
from agents.planner.slots import WEAK_TYPES
from agents.understand import behind_yes as behind
from agents.understand.assent import ends_here
from agents.understand.consent import consents, less_told, says_yes, thanks
from agents.understand.cues import cues_in
from agents.understand.heard import Found, Heard
from agents.understand.naming import one_or_more, whole_words
from agents.understand.offers import asks_else, asks_less, bargains
from agents.understand.questions import asks_anything
from sync.session import FlowState, PendingWrite, SessionState

BESIDE = frozenset({"phrase", "kept", "own_name"})
"""Types of values that say nothing against a yes."""
_MEASURED = re.compile(
    r"\W*(?:years?|foot|feet|inch(?:es)?|months?|weeks?|minutes?|hours?|miles?|pounds?|kilos?|times)\b|"
    r"(?<=foot five)|(?<=foot six)|(?<=foot four)|(?<=foot three)",
    re.IGNORECASE,
)
"""What stands behind a number that counts nothing of what is booked."""
_NEXT = re.compile(r"^\W*(?:(?:and|oh|so|then|please)\W+)*(?:now|next|also|then|after that)\b", re.IGNORECASE)
"""How words begin that go on to the next thing."""
_OTHER = re.compile(r"\b(?:(?:the|that|my|an) ?other one|the wrong)\b", re.IGNORECASE)
_AS_WELL = re.compile(r"^\W*(?:\w+\W+){1,4}(?:too|as well|also)\W*(?:please)?\W*$", re.IGNORECASE)
_BUT_IS_IT = re.compile(r"^(?:is|are|was|were|does|do|did|will|would) (?:it|that|this|they)\b", re.IGNORECASE)
_CAN_YOU = re.compile(r"^\W*(?:and\W+)?(?:can|could|would|will) (?:you|i|we)\b", re.IGNORECASE)
"""How a wish begins that is put as a question."""
_GENERAL = frozenset(
    {"price", "cost", "costs", "fee", "fees", "charge", "charges", "money", "refund", "refunds", "credit", "total"}
    | {"cancellation", "deposit", "rest", "change", "changes", "day", "date", "time", "number", "code", "name", "same"}
    | {"both", "all", "everything", "anything", "nothing", "something", "it's", "that's"}
)
"""Things that any change has: a question of one is about what was read back."""


def rest_of_yes(persona: Persona, state: SessionState, heard: Heard) -> Rest | None:
    """What of `heard` stands behind a clear yes to the write that waits in `state`; None: nothing does."""
    flow, pending = state.flow, state.pending
    spec = persona.flows.get(flow.name) if flow is not None else None
    if flow is None or spec is None or pending is None or heard.pin is not None:
        return None
    quoted = _Quoted(persona, spec, flow, pending)
    if quoted.agrees(heard):
        return None
    for at in behind.places(heard.words):
        if quoted.agrees(heard.part(0, at)):
            return Rest(quoted, heard, behind.whole_from(heard.words, at), len(heard.words))
    return None


def ends_in_a_clear_yes(persona: Persona, state: SessionState, heard: Heard) -> bool:
    """Whether `heard` ends in a clear yes to the write that waits in `state`, behind words that leave it as it is
    ("what a pity. Well, yes, change it anyway")."""
    flow, pending = state.flow, state.pending
    spec = persona.flows.get(flow.name) if flow is not None else None
    if flow is None or spec is None or pending is None or heard.pin is not None:
        return False
    return _Quoted(persona, spec, flow, pending).agrees(heard)


def turns_from_it(heard: Heard) -> bool:
    """Whether `heard` speak of another thing than the one that was read back, or say which it is not ("not Tuesday"): a
    yes behind that may be for either."""
    return _OTHER.search(heard.words) is not None or any(one.lead == "not" for one in heard.found)


@dataclass(frozen=True, slots=True)
class _Quoted:
    """What waits for a yes: `flow` of `persona`, of which `spec` is known, and what it quoted."""

    persona: Persona
    spec: Flow
    flow: FlowState
    pending: PendingWrite

    def agrees(self, head: Heard) -> bool:
        """Whether words are a clear yes, and nothing but what was read back is said with it, or what leaves it as it is
        comes before it."""
        if self._agrees(head):
            return True
        if head.answer == "no":
            return False
        for at in behind.yes_places(head.words):
            last = head.part(at, len(head.words))
            if behind.only_grumbles(head.words[:at]) and consents(last.words, self.spec.beside_a_yes):
                return True
            if self._agrees(last):
                return Rest(self, head, 0, at).only_tells
        return False

    def _agrees(self, head: Heard) -> bool:
        beside = self.spec.beside_a_yes
        named = bool(self.spec.agree) and whole_words(*self.spec.agree).search(head.words) is not None
        if not (behind.is_clear(head.words) or named):
            return False
        if consents(head.without(self.flow.slots.values()), beside):
            return True
        if asks_anything(head.words):  # "yes, and do I get"
            return False
        less = less_told(head.words, self.pending.read_back)
        return says_yes(less) and consents(less, beside)


class Rest:
    """The words of `heard` from `start` to `end`, beside a yes to what was `quoted`."""

    def __init__(self, quoted: _Quoted, heard: Heard, start: int, end: int) -> None:
        self._persona = quoted.persona
        self._spec = quoted.spec
        self._flow = quoted.flow
        self._pending = quoted.pending
        self._words = heard.words[start:end].strip()
        values = (one for one in heard.found if start <= one.start < end and one.type not in BESIDE and one.value != 1)
        values = (one for one in values if _MEASURED.match(heard.words, one.end) is None)  # "he's six foot five"
        slots = quoted.flow.slots.values()
        self._new: Sequence[Found] = [one for one in values if not is_told(one, quoted.pending, slots)]
        self._said_new = [heard.words[one.start : one.end] for one in self._new]

    @property
    def leaves_it(self) -> bool:
        """Whether it leaves the yes before it as it is."""
        words, body = self._words, behind.without_joint(self._words)
        if not body or any(one.of_the_quote and one.is_asked(words) for one in self._spec.told):
            return False
        if bargains(words) or any(spec.means(body) for spec in self._persona.flows.values() if _turns_back(spec)):
            return False
        if behind.remarks(words) or (self._spec.ends and behind.gives_up(words)):
            return not self._new and not self._chooses
        if behind.asks(words):
            if behind.objects(words) and (self._new or _BUT_IS_IT.match(body)):
                return False  # "yes, but is it really the Friday, I thought I was leaving on Saturday"
            if _CAN_YOU.match(body) is not None and self._others and self._wishes_other:
                return True
            return not any(map(self._doubts, behind.questions_of(words)))
        if (thanks(body) or ends_here(body) or self._takes_leave(body)) and not self._new and not behind.revokes(body):
            return True
        if behind.revokes(body):
            return False
        return self._wishes_other or self._says_nothing_of_it(body)

    @property
    def only_tells(self) -> bool:
        """Whether words before a yes ask and wish for nothing ("what a pity")."""
        of_another = self._persona.speaks_for_another(self._words) or bool(self._others)
        wanted = bool(self._new) or self._chooses or of_another
        return not (wanted or behind.sets_back(self._words) or behind.asks(self._words))

    @property
    def taken_up(self) -> str:
        """The words of it that ask or wish for something, or take leave; "" for thanks and a remark."""
        words, body = self._words, behind.without_joint(self._words)
        leaves = ends_here(body) or self._takes_leave(body)
        more = not behind.remarks(words) and (behind.asks(words) or self._wishes_other)
        return behind.from_the_wish(words).lstrip(" ,;.!?-") if leaves or more else ""

    def _takes_leave(self, body: str) -> bool:
        return any(spec.closes and spec.stops_flow and spec.means(body) for spec in self._persona.flows.values())

    def _doubts(self, question: str) -> bool:
        """Whether the yes may depend on the answer to a question."""
        if self._chooses:
            return True
        if behind.asks_if_on_time(question):
            return False
        if self._is_of_another_agent(question) and not behind.points_at_it(question):
            return False
        if asks_less(question) or asks_else(question):
            return True
        plain = question
        for said in self._said_new:
            plain = plain.replace(said, " ")
        things = {one for one in behind.things_asked_of(plain) if not behind.asks_terms_of_it(one)}
        if {one for one in things if not self._is_its_own(one)}:
            return False
        if self._new or things:
            return True
        return behind.points_at_it(question) or behind.asks_terms_of_it(question) or self._spec.cued(question)

    def _is_its_own(self, thing: str) -> bool:
        """Whether a thing is what was read back, or belongs to any such change."""
        if thing in _GENERAL:
            return True
        owned = self._persona.owned and cues_in(self._persona.owned).search(thing) is not None
        told = whole_words(thing).search(self._pending.read_back) is not None
        named = (word for slot in self._spec.slots.values() for word in (*slot.named, *slot.units))
        return bool(owned) or told or self._spec.cued(thing) or thing in {*named}

    def _is_of_another_agent(self, words: str) -> bool:
        return self._persona.speaks_for_another(words) and not self._persona.speaks_for(words)

    @property
    def _wishes_other(self) -> bool:
        """Whether it asks for another change, which neither ends nor undoes this one."""
        if self._persona.speaks_for_another(self._words):
            return True
        if _AS_WELL.search(self._words) is not None:  # "and my seat too" may mean that it goes with it
            return False
        if behind.objects(self._words) or behind.modifies(behind.without_joint(self._words)):
            return False
        if others := self._others:
            against = any(
                spec.ends or spec.undoes == self._flow.name or self._spec.undoes == name or spec.becomes is not None
                for name, spec in others.items()
            )
            return not against and not self._spec.ends and not self._chooses
        own = bool(self._persona.owned) and cues_in(self._persona.owned).search(self._words) is not None
        names = any(one.type not in WEAK_TYPES and one.type != "day_shift" for one in self._new)
        return own and names and _NEXT.match(self._words) is not None and not self._spec.cued(self._words)

    @property
    def _others(self) -> dict[str, Flow]:
        """The other changes of the same agent that the words ask for."""
        flows = self._persona.flows.items()
        return {n: f for n, f in flows if f.confirm is not None and n != self._flow.name and self._asks_for(f)}

    def _asks_for(self, other: Flow) -> bool:
        """Whether a pattern, or a word of the flow `other` that is none of this one, is in the words."""
        if other.means(self._words):
            return True
        mine = {word.lower() for word in self._spec.beside_a_yes}
        said = cues_in(other.cues).finditer(self._words) if other.cues else ()
        return any(match.group().lower() not in mine and not self._spec.cued(match.group()) for match in said)

    def _says_nothing_of_it(self, body: str) -> bool:
        """Whether a statement says nothing of how the change is wanted."""
        named = [word for slot in self._spec.slots.values() for word in (*slot.named, *slot.units)]
        speaks = self._spec.cued(body) or (bool(named) and whole_words(*named).search(body) is not None)
        speaks = speaks or bool(self._others)
        return not (self._new or speaks or self._chooses or behind.modifies(body) or behind.names_a_thing(body))

    @property
    def changes_it(self) -> bool:
        """Whether it says how the change is wanted otherwise than it was read back ("for my wife")."""
        return bool(self._new) or self._chooses or behind.modifies(behind.without_joint(self._words))

    @property
    def _chooses(self) -> bool:
        """Whether it names an option of the flow's choices that was not read back ("and a window")."""
        told = self._pending.read_back
        options = ((value, names) for slot in self._spec.slots.values() for value, names in slot.options.items())
        return any(
            any(one_or_more(one).search(self._words) is not None for one in (value, *names))
            and whole_words(value).search(told) is None
            for value, names in options
        )


def _turns_back(spec: Flow) -> bool:
    """Whether a flow is for words that turn back, or want to hear it again: no yes before them stands."""
    return spec.repeats or spec.hands_off or (spec.stops_flow and not spec.closes)
