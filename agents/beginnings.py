"""Which flow words begin, or which are asked about, by what was learned of first sentences (`agents/openings.py`).

| likeliest flow | what happens |
|---|---|
| likely enough; for one that only looks something up, together with the like and what it leads on to | it begins |
| a fallback (questions about the rules) | it begins; without an answer the others are asked about |
| less likely | it is asked about, with the next where that is not much less likely |
| none: other talk, or a flow that nothing was learned of fits better by its examples | as by examples alone |
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from agents.flow import Flow
from agents.learned import Learned, Likely, grams
from agents.persona import Persona
from agents.sounding import Sounding, clauses_of
from agents.understand.heard import Guess, Heard

BEGINS = 0.7
"""From this likelihood on a flow begins. Of sentences by a hand that was in no training, those between 0.7 and 0.85
begin rightly in three of four cases, and between 0.5 and 0.7 in less than two of three."""
ALMOST = 0.5
"""From this one on a flow is asked about that the router takes for nobody's."""
ALSO = 0.12
"""From this likelihood on a second flow is asked about, too."""
NEARNESS = 3.0
"""How much nearness to a flow's examples adds to its log odds."""
CLAUSES, LEAST = 0.5, 1e-3
"""What the clauses' likelihoods count beside that of the whole, as an exponent, and the least that one is taken for. Of
462 customers' first sentences the likeliest flow is right in 80.7 % so, and in 79.9 % by the whole alone."""
WITHIN = 0.4
"""How likely all flows of the agent that the words are given to must be for the likeliest of them to count."""
FEWEST_WORDS = 4
"""In a conversation fewer words lean on what was said before."""

NOBODYS = "other"
"""The default agent's label for what no agent does."""
CHAT = "small_talk"
"""Its label for talk of the weather, the family, the day: it asks the desk nothing."""
CHATS = 0.9
"""From this likelihood on words are such talk."""
Named = tuple[str, str]
"""A flow: the agent's name and its own."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What words begin: the `agent` who takes them, the `flow` that begins (None: the customer is asked first), and the
    flows to ask about, at once or when `flow` has no answer. `likelihood` is the likeliest flow's."""

    agent: str
    flow: str | None
    guesses: tuple[Guess, ...]
    likelihood: float


class Beginnings:
    """Says what words begin. Safe to share."""

    def __init__(self, openings: Learned, personas: Mapping[str, Persona], default: str) -> None:
        self._openings = openings
        self._default = default
        self._flows: Mapping[Named, Flow] = {
            (name, flow): spec for name, persona in personas.items() for flow, spec in persona.flows.items()
        }
        named = {label: label.partition(".")[::2] for label in openings.labels}
        known = {label: (agent, flow) for label, (agent, flow) in named.items() if (agent, flow) in self._flows}
        self._nobodys = next(((default, flow) for flow, spec in personas[default].flows.items() if spec.fallback), None)
        if self._nobodys is not None:
            known[f"{default}.{NOBODYS}"] = self._nobodys
        self._known: Mapping[str, Named] = known
        taught = set(self._known.values())
        lent = {flow for (agent, flow) in taught if agent == default}
        self.untaught = frozenset(one for one in self._flows if one not in taught and one[1] not in lent)
        """The flows that nothing was learned of."""
        self.agents = frozenset(agent for agent, _ in taught)

    def says_untaught(self, words: str, agent: str | None = None) -> bool:
        """Whether `words` mean a flow (of `agent`; None: of any) that nothing was learned of by one of its patterns."""
        ours = (self._flows[one] for one in self.untaught if agent in (None, one[0]))
        return any(flow.means(words) for flow in ours if not flow.about_proof)

    def likely(self, heard: Heard, sounding: Sounding, fits: Mapping[Named, float]) -> Likely:
        """How likely the words, which sound like `sounding`, begin what each label stands for; `fits` is how near they
        are to each flow's examples. Where all of them together leave it open, their clauses count by themselves, too:
        people put their wish beside other things.
        """
        learned = self._openings.of(grams(heard.general, heard.types), sounding.whole)
        if sounding.clauses and max(learned.values()) < BEGINS:
            said = self._by_clauses(heard, sounding)
            learned = {label: odds * said[label] for label, odds in learned.items()}
        near = {label: fits.get(self._known[label], 0.0) if label in self._known else 0.0 for label in learned}
        odds = {label: share * math.exp(NEARNESS * near[label]) for label, share in learned.items()}
        whole = sum(odds.values())
        return {label: one / whole for label, one in odds.items()}

    def chats(self, likely: Likely) -> bool:
        """Whether words only make talk ("did you have a nice weekend")."""
        return likely.get(f"{self._default}.{CHAT}", 0.0) >= CHATS

    def _by_clauses(self, heard: Heard, sounding: Sounding) -> Mapping[str, float]:
        """What the clauses of words say for each label, as a factor on its odds."""
        spans = zip(clauses_of(heard.general), sounding.clauses, strict=True)
        parts = [self._openings.of(grams(heard.general[start:end]), vector) for (start, end), vector in spans]
        share = CLAUSES / len(parts)
        return {label: math.prod((part[label] + LEAST) ** share for part in parts) for label in parts[0]}

    def first(self, likely: Likely, turned_down: tuple[Named, ...] = ()) -> Beginning | None:
        """What words begin that stand alone, `turned_down` left out; None: nothing that was learned of."""
        left = {label: odds for label, odds in likely.items() if self._known.get(label) not in turned_down}
        best = max(left, key=lambda label: left[label])
        if self._known.get(best) in (None, self._nobodys):
            return None
        flows = {self._known[label]: odds for label, odds in left.items() if label in self._known}
        return self._chosen(flows)

    def within(self, agent: str, likely: Likely, turned_down: tuple[Named, ...] = ()) -> Beginning | None:
        """The same of words that `agent` has been given, by its own flows alone."""
        flows = {
            one: odds
            for label, odds in likely.items()
            if (one := self._known.get(label)) and one[0] == agent and one not in turned_down
        }
        whole = sum(flows.values())
        if not flows or whole < WITHIN:
            return None
        return self._chosen({one: odds / whole for one, odds in flows.items()})

    def doubted(self, begun: Beginning, likely: Likely) -> Beginning | None:
        """`begun` where other evidence says that no agent does it: nothing begins by it, but it may be asked about."""
        guess = self._guess((begun.agent, begun.flow)) if begun.flow is not None else None
        nobodys = likely.get(f"{self._default}.{NOBODYS}", 0.0)
        if begun.likelihood < ALMOST or nobodys >= ALSO or (begun.flow is not None and guess is None):
            return None
        if guess is None:
            return begun
        return None if self._flows[begun.agent, guess.flow].fallback else replace(begun, flow=None, guesses=(guess,))

    def _chosen(self, flows: Mapping[Named, float]) -> Beginning:
        ordered = sorted(flows, key=lambda one: -flows[one])
        first = ordered[0]
        if flows[first] < BEGINS:
            first = next((one for one in ordered[1:2] if self._leads_on(one, first)), first)
        rest = [one for one in ordered if one != first]
        others = tuple(guess for one in rest[:2] if flows[one] >= ALSO and (guess := self._guess(one)) is not None)
        alike = [one for one in rest if self._leads_on(first, one) or (self._looks_up(one) and one[0] == first[0])]
        whole = flows[first] + sum(flows[one] for one in alike if self._looks_up(first))
        guess = self._guess(first)
        if whole >= BEGINS or self._flows[first].fallback or guess is None:
            return Beginning(*first, others, flows[first])
        return Beginning(first[0], None, (guess, *others[:1]), flows[first])

    def _looks_up(self, one: Named) -> bool:
        """Whether a flow only tells what anybody may know."""
        return self._flows[one].confirm is None and not self._flows[one].needs_identity

    def _leads_on(self, first: Named, second: Named) -> bool:
        """Whether what the flow `first` finds can be taken up by the flow `second`."""
        return first[0] == second[0] and self._flows[first].on_pick == second[1]

    def _guess(self, one: Named) -> Guess | None:
        wish = self._flows[one].wish
        return Guess(*one, wish) if wish is not None else None
