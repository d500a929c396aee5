"""A person answers in place of the cloud: the provider goes on hearing, is not asked, and learns what was said."""

from __future__ import annotations

import pytest

from agents.desk import AgentDesk
from edge_server.channels.connection import Engine
from edge_server.engines.attended import Attended, Emit
from edge_server.engines.cloud.deployments import Deployments
from edge_server.engines.cloud.engine import CloudEngine
from edge_server.engines.cloud.line import CloudOptions
from edge_server.speech.service import SpeechService
from sync.session import SessionState
from tests.edge_server.engines.cloud.conftest import Caller, deployment
from tests.fakes.simulated_cloud import CheckedCloud, Reply, Script, texts

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_cloud_is_silent_while_a_person_is_there_and_knows_both_sides_after(
    desk: AgentDesk, speech: SpeechService, cloud: CheckedCloud
) -> None:
    cloud.script = Script(
        hears=["Good morning.", "Is anybody there?"],
        replies=[Reply(say="Good morning."), Reply(say="I can help you with that.")],
    )
    kept: list[SessionState] = []
    seats: list[Attended] = []

    def make(emit: Emit) -> Engine:
        def cloud_engine(told: Emit) -> CloudEngine:
            return CloudEngine(
                SessionState(key="person"),
                desk=desk,
                speech=speech,
                keep=kept.append,
                emit=told,
                deployments=Deployments([deployment(cloud)]),
                options=CloudOptions(),
            )

        seats.append(Attended(cloud_engine, desk=desk, speech=speech, keep=kept.append, emit=emit))
        return seats[0]

    caller = Caller(make)
    [seat] = seats
    try:
        caller.speak()
        await caller.until("response.done")
        caller.now += 10  # the reply is heard
        seat.take_over("Ann")
        await caller.until("extension.person")
        asked = len(cloud.of_type("response.create"))
        caller.speak()
        heard = await caller.until("conversation.item.input_audio_transcription.completed")
        assert heard["transcript"] == "Is anybody there?"
        await caller.until("response.done")
        seat.say("Yes, this is Ann.")
        await caller.until("response.done")
        assert caller.said() == "Yes, this is Ann."
        assert len(cloud.of_type("response.create")) == asked, "the provider is not asked"
        await cloud.until(
            lambda: ["Yes, this is Ann."] in [texts(event) for event in cloud.of_type("conversation.item.create")]
        )
        seat.give_back()
        caller.say("Can you help me?")
        await caller.until("response.done")
        assert caller.said() == "I can help you with that."
        assert [line.text for line in kept[-1].history] == [
            "Good morning.",
            "Good morning.",
            "Is anybody there?",
            "Yes, this is Ann.",
            "Can you help me?",
            "I can help you with that.",
        ]
    finally:
        await caller.engine.close()
