"""Tools that the client brings and carries out itself: when to call one, what to ask first, how to tell its output.

The agents' own tools never go to the client, and these never reach an agent's kernel. A turn with an offer:

| the offer has | and | then |
|---|---|---|
| outputs of calls | | they are told; words that came with them are answered by the desk |
| a tool with a question open | the words fill it | the call, or the next question |
| a tool that must be used | | the call, or a question for what it lacks |
| tools | one fits clearly better than anything the agents do | the call, or a question for what it lacks |
| tools | none does | the desk answers |
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import Stemmer
from numpy.typing import NDArray
from pydantic import JsonValue

from agents.clauses import clauses
from agents.client_arguments import Parameter, fillable, filled, parameters_of
from agents.client_offer import Asked, ClientTool, ClientToolCall, Offer, ToolAsked
from agents.client_outputs import told
from agents.turn import Clause, TurnDone, TurnEvent
from agents.understand.heard import Heard
from agents.understand.intents import TextEmbedder
from sync.session import Line, SessionState

FITS = 0.42
"""Lowest score of a tool that is called unasked. Over 30 utterances and ten tools, wrong tools scored .38 at most, but
for one of .47 that a flow of the desk beat."""
LEADS = 0.05
"""How much better than the agents' best flow a tool must fit."""
STANDS_OUT = 0.08
"""How much better than the next tool."""
NAMED = 0.25
"""What one of a tool's own words in the utterance ("weather") adds, if no agent's examples have that word."""
MOST_TRIES = 2
"""How often one missing argument is asked for."""
_STEMMER = Stemmer.Stemmer("english")
_WORD = re.compile(r"[A-Za-z0-9]+")


class OwnDesk(Protocol):
    """What is needed of the desk."""

    def turn(
        self, state: SessionState, utterance: str, *, ended: asyncio.Event | None = None
    ) -> AsyncGenerator[TurnEvent, None]:
        """A turn without the client's tools."""
        ...

    def hear(self, state: SessionState, utterance: str) -> Heard:
        """What `utterance` says."""
        ...

    def fit(self, vector: NDArray[np.float32]) -> float:
        """How well the best flow of any agent fits words with this vector."""
        ...


@dataclass(slots=True)
class ClientTools:
    """The desk's sense for the tools of its clients. `own_words`: stems of the words that begin the agents' flows."""

    desk: OwnDesk
    embedder: TextEmbedder
    own_words: frozenset[str]

    async def turn(
        self, state: SessionState, utterance: str, offer: Offer, *, ended: asyncio.Event | None = None
    ) -> AsyncGenerator[TurnEvent, None]:
        """A turn of the desk with the client's tools; by the rules of `agents.turn.Desk.turn`.

        A `ClientToolCall` comes right before the `TurnDone`; nothing is said after it.
        """
        heard = self.desk.hear(state, utterance)
        if offer.outputs:
            reply = [piece for output in offer.outputs for piece in clauses(told(output.output))]
            for piece in reply:
                yield Clause(piece)
            state = state.with_line(Line("agent", " ".join(reply), agent=state.agent))
            if not heard.words:
                yield TurnDone(state)
                return
        call = None if offer.outputs and offer.choice != "auto" else await self._wanted(state, heard, offer)
        if call is None:
            async with contextlib.aclosing(self.desk.turn(state, utterance, ended=ended)) as turn:
                async for event in turn:
                    yield event
            return
        if heard.words:
            state = state.with_line(Line("customer", heard.words))
        if isinstance(call, Asked):
            tool = next(tool for tool in offer.tools if tool.name == call.name)
            question = parameters_of(tool.parameters)[call.missing].question
            yield Clause(question)
            yield ToolAsked(call)
            yield TurnDone(state.with_line(Line("agent", question, agent=state.agent)))
            return
        if ended is not None:
            await ended.wait()
        yield call
        yield TurnDone(state)

    async def _wanted(self, state: SessionState, heard: Heard, offer: Offer) -> ClientToolCall | Asked | None:
        """The call that the words ask for, or what it lacks; None when the desk is to answer."""
        asked = offer.asked
        if asked is not None and any(tool.name == asked.name for tool in offer.tools):
            tool = next(tool for tool in offer.tools if tool.name == asked.name)
            answer = await self._answer(tool, asked, heard)
            if answer is not None:
                return answer
        chosen = await self._chosen(state, heard, offer)
        if chosen is None:
            return None
        parameters = parameters_of(chosen.parameters)
        return _call_or_ask(chosen, parameters, filled(parameters, heard))

    async def _answer(self, tool: ClientTool, asked: Asked, heard: Heard) -> ClientToolCall | Asked | None:
        """What becomes of a question for an argument; None when the words are no answer to it."""
        parameters = parameters_of(tool.parameters)
        missing = parameters.get(asked.missing)
        if missing is None or heard.answer == "no":
            return None
        value = missing.answered_by(heard)
        if value is not None and not await self._is_for_desk(heard):
            return _call_or_ask(tool, parameters, {**asked.arguments, asked.missing: value})
        if value is None and asked.tries < MOST_TRIES and not await self._is_for_desk(heard):
            return replace(asked, tries=asked.tries + 1)
        return None

    async def _is_for_desk(self, heard: Heard) -> bool:
        vector = (await self._embedded([heard.general or heard.words]))[0]
        return self.desk.fit(vector) >= CLEARLY_THE_DESKS

    async def _chosen(self, state: SessionState, heard: Heard, offer: Offer) -> ClientTool | None:
        named = next((tool for tool in offer.tools if tool.name == offer.choice), None)
        if named is not None or not offer.tools or offer.choice == "none":
            return named
        if not heard.words and offer.choice != "required":
            return None
        scores = await self._scores(heard, offer.tools)
        best, *others = sorted(range(len(offer.tools)), key=lambda index: -scores[index])
        tool = offer.tools[best]
        if offer.choice == "required":
            return tool
        if _answers_the_desk(state, heard) or not fillable(parameters_of(tool.parameters)):
            return None
        own = self.desk.fit((await self._embedded([heard.general or heard.words]))[0])
        second = scores[others[0]] if others else -1.0
        clear = scores[best] >= max(FITS, own + LEADS, second + STANDS_OUT)
        return tool if clear else None

    async def _scores(self, heard: Heard, tools: Sequence[ClientTool]) -> list[float]:
        """How well each tool fits the words: the nearest of its name and its description, and its own words in them."""
        said = frozenset(_stems(heard.words)) - self.own_words
        vector = (await self._embedded([heard.words]))[0]
        scores: list[float] = []
        for tool in tools:
            texts = [tool.words, tool.description or tool.words]
            near = max(float(text @ vector) for text in await self._embedded(texts))
            scores.append(near + (NAMED if said & set(_stems(tool.words)) else 0.0))
        return scores

    async def _embedded(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return await asyncio.to_thread(self.embedder.embed, texts)


CLEARLY_THE_DESKS = 0.75
"""An utterance this near to a flow's examples is for that flow, also while a tool's argument is asked for."""


def stems(texts: Sequence[str]) -> frozenset[str]:
    """The stems of all words in `texts`."""
    return frozenset(stem for text in texts for stem in _stems(text))


def _stems(text: str) -> list[str]:
    return [str(stem) for stem in _STEMMER.stemWords([word.lower() for word in _WORD.findall(text)])]


def _answers_the_desk(state: SessionState, heard: Heard) -> bool:
    """Whether the words give what an agent's flow has asked for."""
    asking = state.flow is not None and state.flow.asking is not None
    return heard.pin is not None or (asking and (heard.answer is not None or bool(heard.found)))


def _call_or_ask(
    tool: ClientTool, parameters: Mapping[str, Parameter], arguments: Mapping[str, JsonValue]
) -> ClientToolCall | Asked:
    lacking = [name for name, parameter in parameters.items() if parameter.required and name not in arguments]
    missing = next((name for name in lacking if parameters[name].can_be_said), None)
    if missing is not None:
        return Asked(tool.name, arguments, missing)
    return ClientToolCall(tool.name, json.dumps(dict(arguments), ensure_ascii=False))
