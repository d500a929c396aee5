"""The desk: router, agents and their kernels behind one door; runs a turn from words to reply."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from semantic_kernel.connectors.ai.chat_completion_client_base import ChatCompletionClientBase

from agents import identity
from agents.acts import ACTS, Acts
from agents.agent import Agent
from agents.beginnings import Beginnings
from agents.choices import asked
from agents.clauses import spoken
from agents.client_offer import Offer
from agents.client_tools import ClientTools, stems
from agents.expectation import enough, expectation
from agents.flow import Flow
from agents.grounding import Grounding
from agents.guesses import Guesses
from agents.history import DEFAULT_TURNS
from agents.learned import Learned
from agents.listening import Listening, is_ours
from agents.openings import OPENINGS
from agents.persona import Persona
from agents.planner.parked import MAX_PARKED
from agents.planner.service import PlannerChatCompletion
from agents.registry import Registry
from agents.router import Intent, Router
from agents.scope import TurnScope, enter
from agents.second_wish import second_wish
from agents.sounding import FlowSounds
from agents.tools.context import Elsewhere, ToolContext
from agents.turn import AgentChanged, Asked, Clause, Expectation, SourcesFound, TurnDone, TurnEvent
from agents.turn_state import evidence_in, got_answer, moved_to, state_after, with_lines, with_sound
from agents.understand.heard import Heard
from agents.understand.intents import TextEmbedder
from agents.understand.lexicon import Lexicon
from agents.understand.understanding import understand
from data.branch import Branch
from data.clock import BranchClock
from data.embeddings import Embedder
from data.kept_vectors import KeptVectors
from data.knowledge import KnowledgeBase
from sync.session import SessionState

log = logging.getLogger(__name__)

MAX_HAND_OVERS = 2
"""How often in one turn an agent may let another one go on, or have words weighed again."""

Thinker = Callable[[Persona], ChatCompletionClientBase]
"""Makes who thinks for a persona: the planner, or a large model behind the same Semantic Kernel interface."""


class AgentDesk:
    """Implements `agents.turn.Desk`. Get one with `AgentDesk.open`; it serves all sessions at once."""

    def __init__(
        self,
        registry: Registry,
        agents: Mapping[str, Agent],
        router: Router,
        lexicon: Lexicon,
        embedder: Embedder,
        listening: Listening,
        clock: BranchClock,
    ) -> None:
        self.registry = registry
        self.agents = agents
        self.router = router
        self.lexicon = lexicon
        self.listening = listening
        self._clock = clock
        self.elsewhere = Elsewhere()
        """How a session goes on elsewhere: for whoever can give codes for that."""
        self._grounding = Grounding(lexicon, registry.personas.values())
        own = [
            text
            for persona in registry.personas.values()
            for flow in persona.flows.values()
            if is_ours(persona, flow)
            for text in flow.utterances
        ]
        self._client_tools = ClientTools(self, embedder, stems(own))

    @classmethod
    async def open(
        cls,
        branch: Branch,
        knowledge: KnowledgeBase,
        embedder: Embedder,
        *,
        clock: BranchClock | None = None,
        persona_dirs: Sequence[Path] = (),
        vectors_file: Path | None = None,
        thinker: Thinker = lambda persona: PlannerChatCompletion(),
        history_turns: int = DEFAULT_TURNS,
    ) -> AgentDesk:
        """Load the personas (the shipped ones and those in `persona_dirs`) and make them ready; under two seconds.

        `clock` None: the branch's. `vectors_file` keeps the vectors of the personas' examples for the next start,
        `history_turns` says how much of the conversation thinkers are shown.
        Raises PersonaError for a persona or a tool that cannot be used.
        """
        registry = await asyncio.to_thread(Registry.load, persona_dirs)
        names = await branch.read(registry.names)
        lexicon = Lexicon([group for groups in names.values() for group in groups])
        owned = {owner: frozenset(group.type for group in groups if group.telling) for owner, groups in names.items()}
        personas = registry.personas
        told = {text for p in personas.values() for f in p.flows.values() for text in f.phrasings}
        general = {text: understand(text, lexicon=lexicon, today=date.min).general for text in told}
        examples = {n: {f: _in_general(flow, general) for f, flow in p.flows.items()} for n, p in personas.items()}
        texts = [text for persona in personas.values() for text in persona.utterances]
        texts += general.values()
        kept = KeptVectors(vectors_file, embedder) if vectors_file else embedder
        vectors = await asyncio.to_thread(_vectors, texts, kept)
        router = await asyncio.to_thread(Router, registry.taught, registry.default, embedder, vectors, owned)
        sounds = await asyncio.to_thread(FlowSounds, embedder, vectors, examples)
        learned = await asyncio.to_thread(Learned.load, OPENINGS)
        beginnings = Beginnings(learned, personas, registry.default) if learned.knows(embedder) else None
        replies = await asyncio.to_thread(Learned.load, ACTS)
        acts = Acts(replies) if replies.knows(embedder) else None
        offers = {persona.title: persona.offers for persona in personas.values() if not persona.default}
        context = ToolContext(branch, knowledge, offers)
        agents = {n: Agent(p, registry.modules, context, thinker(p), history_turns) for n, p in personas.items()}
        when = clock or branch.clock
        listening = Listening(registry, router, lexicon, sounds, Guesses(personas), beginnings, acts, when)
        desk = cls(registry, agents, router, lexicon, embedder, listening, when)
        desk.elsewhere = context.elsewhere
        return desk

    async def turn(
        self,
        state: SessionState,
        utterance: str,
        *,
        ended: asyncio.Event | None = None,
        offer: Offer | None = None,
        silences: int = 0,
    ) -> AsyncGenerator[TurnEvent, None]:
        """Answer `utterance` in the session `state`; see `agents.turn`. Closing the iterator abandons the turn."""
        if offer and (offer.outputs or not silences):
            async with contextlib.aclosing(self._client_tools.turn(state, utterance, offer, ended=ended)) as offered:
                async for told in offered:
                    yield told
            return
        now = self._clock.now().timestamp()
        state = identity.fresh(state, now)
        heard = replace(self.hear(state, utterance), silences=silences)
        state = with_sound(state, heard, utterance)
        began = time.perf_counter()
        intent, heard = await self.listening.addressed(state, heard)
        if (more := await second_wish(self.listening, state, heard, intent)) is not None:
            state = replace(state, parked=(more, *state.parked)[-MAX_PARKED:])
        route_ms = (time.perf_counter() - began) * 1000
        words, ungrounded, hand_overs, replies, history = heard.words, 0, 0, list[str](), state.history
        while True:
            moved = moved_to(state, intent, heard.words)
            if intent.agent != state.agent:
                yield AgentChanged(state.agent, intent.agent, intent.reason)
            agent = self.agents[intent.agent]
            scope = TurnScope.of(agent.persona, moved, heard, ended)
            async with contextlib.aclosing(self._spoken(agent, scope, replies)) as events:
                async for event in events:
                    yield event
            ungrounded += scope.ungrounded
            hand_overs += 1
            if scope.plan is not None and scope.plan.rest and hand_overs <= MAX_HAND_OVERS:
                # what stood behind a yes that was carried out: as if said next
                state = state_after(moved, scope, words, " ".join(replies), now)
                heard = replace(self.hear(state, scope.plan.rest), behind_yes=True)
                intent, heard = await self.listening.addressed(state, heard)
                continue
            if (goes_on := self._handed_over(scope)) is None or hand_overs > MAX_HAND_OVERS:
                break
            state = state_after(moved, scope, "", "", now)
            unasked = replace(state, flow=None, parked=(), history=())  # no question is open to words said before
            pin = heard.pin if scope.identity is None else None
            heard = replace(self.hear(unasked, scope.plan.words if scope.plan else ""), pin=pin)
            intent, heard = goes_on, await self.listening.handed(heard, goes_on.agent)
        reply = " ".join(replies)
        await self.router.expect_answer(reply)
        after = with_lines(replace(state_after(moved, scope, "", "", now), history=history), words, reply)
        yield TurnDone(after, got_answer(scope) and not scope.ungrounded, ungrounded, route_ms)

    async def _spoken(self, agent: Agent, scope: TurnScope, replies: list[str]) -> AsyncGenerator[TurnEvent, None]:
        """Run one agent's part of a turn; what it said is added to `replies`. Closing the iterator stops it."""
        events: asyncio.Queue[TurnEvent | None] = asyncio.Queue()
        thinking = asyncio.create_task(_think(agent, scope, self._grounding, events), name=f"turn {scope.state.key}")
        try:
            while (event := await events.get()) is not None:
                yield event
            if said := await thinking:
                replies.append(said)
        finally:
            thinking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await thinking

    def fit(self, vector: NDArray[np.float32]) -> float:
        """How well the best flow of any agent fits words with this vector; see `agents.listening`."""
        return self.listening.fit(vector)

    def hear(self, state: SessionState, utterance: str) -> Heard:
        """What `utterance` says in `state`, PINs masked; see `agents.listening`."""
        return self.listening.hear(state, utterance)

    def expectation(self, state: SessionState, words: str) -> Expectation:
        """What the turn that begins with `words` is expected to hold; see `agents.expectation`."""
        speaker = self.registry.personas[state.agent or self.registry.default]
        return expectation(state, self.hear(state, words), self.listening.asked(state), patience=speaker.patience)

    def enough(self, done: TurnDone) -> bool | None:
        """Whether the words of a turn were all that it took; see `agents.expectation`."""
        return enough(done, self.registry.personas)

    def asked(self, state: SessionState) -> Asked:
        """What the last reply asked for, with the answers that it offers; see `agents.choices`."""
        return asked(state, self.listening.asked(state), self.registry.personas)

    async def detect_intent(self, utterance: str, state: SessionState) -> Intent:
        """Which persona would answer `utterance`, how sure that is and why."""
        heard = self.hear(state, utterance)
        return (await self.listening.addressed(state, heard))[0]

    def _handed_over(self, scope: TurnScope) -> Intent | None:
        """Who goes on with the turn after an agent that hands it over; None: nobody."""
        other = scope.plan.hand_over if scope.plan is not None else None
        if other is None or other not in self.agents:
            return None
        return Intent(other, 1.0, f"the {scope.persona.name} agent hands over")

    @property
    def clock(self) -> BranchClock:
        """The clock that the desk goes by."""
        return self._clock

    @property
    def grounding(self) -> Grounding:
        """The check of what replies state."""
        return self._grounding

    def vocabulary(self, state: SessionState) -> str:
        """Words to expect next, for the recogniser's prompt: short, the speaking agent's own words last."""
        first = self.registry.personas[state.agent or self.registry.default]
        others = [persona for persona in self.registry.personas.values() if persona is not first]
        words = [word for persona in (*others, first) for word in persona.vocabulary]
        names = [name for type_ in sorted(self.lexicon.spoken_types) for name in self.lexicon.names(type_)]
        return ", ".join(dict.fromkeys((*names, *words))) + "."

    def voice(self, agent: str | None) -> str:
        """The voice of a persona; the default persona's for None or a name that is not there."""
        return self._persona(agent).voice

    def filler(self, agent: str | None) -> str:
        """What a persona says when a tool takes long; the default persona's for None or a name that is not there."""
        return self._persona(agent).replies["wait"].text

    def _persona(self, name: str | None) -> Persona:
        personas = self.registry.personas
        return personas.get(name or self.registry.default, personas[self.registry.default])


def _in_general(flow: Flow, general: Mapping[str, str]) -> tuple[str, ...]:
    """A flow's examples with names replaced by what they are called in general, as `Heard.general` has them."""
    return tuple(dict.fromkeys(general[text] for text in flow.phrasings))


def _vectors(texts: Iterable[str], embedder: TextEmbedder) -> dict[str, NDArray[np.float32]]:
    """Each text with its unit vector; about a millisecond a text."""
    ordered = sorted(set(texts))
    return dict(zip(ordered, embedder.embed(ordered), strict=True))


async def _think(agent: Agent, scope: TurnScope, grounding: Grounding, events: asyncio.Queue[TurnEvent | None]) -> str:
    """Run the agent in this task's own context; tool calls and sources go out before the words they led to.

    A clause that states what nothing in the session says is not spoken, nor what follows it.
    """
    enter(scope)
    told, reply, sent, silent = 0, list[str](), False, False
    try:
        async for piece in spoken(agent.answer(scope.state, scope.heard.words)):
            if silent:
                continue
            for call in scope.calls[told:]:
                events.put_nowait(call)
            told = len(scope.calls)
            if scope.sources and not sent:
                events.put_nowait(SourcesFound(tuple(scope.sources)))
                sent = True
            invented = grounding.ungrounded(piece, evidence_in(scope))
            if invented:
                scope.ungrounded += 1
                kinds = ", ".join(sorted({fact.kind for fact in invented}))
                log.warning("a clause of %s was not spoken: no tool gave its %s", agent.persona.name, kinds)
                wrote = any(
                    isinstance(call.result, dict) and call.result.get("outcome") == "done" for call in scope.calls
                )
                piece = agent.persona.replies["unread" if wrote else "unknown_of_it"].text
            manner = scope.plan.state if scope.plan is not None else scope.state
            events.put_nowait(Clause(piece, manner.pace, manner.loudness))
            reply.append(piece)
            silent = bool(invented)
    finally:
        events.put_nowait(None)
    return " ".join(reply)
