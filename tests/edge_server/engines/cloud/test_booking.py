"""A booking changed through the cloud's model, which asks for tools as it likes: the gate before writes holds."""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from agents.desk import AgentDesk
from data.fare_rules import bag_cents
from data.schema import bookings
from edge_server.engines.cloud.deployments import Deployments
from edge_server.speech.service import SpeechService
from tests.edge_server.engines.cloud.conftest import Caller, auto_caller, deployment
from tests.fakes.simulated_cloud import Call, CheckedCloud, Reply, Script

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROVE = Call(name="identity-prove", arguments={"booking_code": "K7M2QX"})
QUOTE = Call(name="flight_changes-quote_bag", arguments={"booking_code": "K7M2QX", "bags": 1})
CONFIRM = Call(name="changes-confirm")


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def no_bags(desk: AgentDesk) -> None:
    """The branch is shared by many tests, and a booking holds only so many bags."""
    branch = desk.agents["flight"].kernel.plugins["changes"].functions["confirm"].method.__self__._branch  # type: ignore[attr-defined]
    change = update(bookings).where(bookings.c.code == "K7M2QX").values(bags=0)
    await branch.write(lambda conn: conn.execute(change).rowcount)


async def bags_of(desk: AgentDesk) -> int:
    branch = desk.agents["flight"].kernel.plugins["changes"].functions["confirm"].method.__self__._branch  # type: ignore[attr-defined]
    query = select(bookings.c.bags).where(bookings.c.code == "K7M2QX")
    return int(await branch.read(lambda conn: conn.execute(query).scalar_one()))


async def ask_for_a_bag(caller: Caller, cloud: CheckedCloud, *, then: Reply) -> str:
    """Proof, quote and read-back in one turn; gives the outcome of the quote."""
    cloud.script = Script(replies=[Reply(calls=[PROVE]), Reply(calls=[QUOTE]), then])
    caller.say("I need one more bag on my flight K7M2QX, my PIN is 4071.")
    await caller.until("response.done")
    return str(caller.all("extension.tool_call")[-1]["result"]["outcome"])  # type: ignore[index]


async def read_back(desk: AgentDesk) -> Reply:
    """What a good model says after the quote."""
    cents = bag_cents("economy", await bags_of(desk) + 1)
    return Reply(say=f"One more bag costs ${cents // 100}. Shall I do that?")


async def test_a_quote_and_a_yes_in_a_turn_of_its_own_write_once(
    desk: AgentDesk, speech: SpeechService, cloud: CheckedCloud
) -> None:
    before = await bags_of(desk)
    async with auto_caller(desk, speech, Deployments([deployment(cloud)])) as caller:
        assert await ask_for_a_bag(caller, cloud, then=await read_back(desk)) == "quoted"
        assert "4071" not in str(caller.all("extension.tool_call"))
        assert await bags_of(desk) == before
        cloud.script = Script(replies=[Reply(calls=[CONFIRM]), Reply(say="That is done.")])
        caller.say("Yes, please.")
        await caller.until("response.done")
        assert caller.all("extension.tool_call")[-1]["result"]["outcome"] == "done"  # type: ignore[index]
        assert await bags_of(desk) == before + 1


async def test_a_model_that_confirms_in_the_turn_of_its_quote_writes_nothing(
    desk: AgentDesk, speech: SpeechService, cloud: CheckedCloud
) -> None:
    before = await bags_of(desk)
    async with auto_caller(desk, speech, Deployments([deployment(cloud)])) as caller:
        assert await ask_for_a_bag(caller, cloud, then=Reply(calls=[CONFIRM])) == "not_quoted"
        assert await bags_of(desk) == before


async def test_a_read_back_without_its_price_is_no_ground_for_a_yes(
    desk: AgentDesk, speech: SpeechService, cloud: CheckedCloud
) -> None:
    before = await bags_of(desk)
    async with auto_caller(desk, speech, Deployments([deployment(cloud)])) as caller:
        assert await ask_for_a_bag(caller, cloud, then=Reply(say="Shall I add that bag?")) == "quoted"
        cloud.script = Script(replies=[Reply(calls=[CONFIRM]), Reply(say="Let me say it again.")])
        caller.say("Yes, please.")
        await caller.until("response.done")
        assert caller.all("extension.tool_call")[-1]["result"]["outcome"] == "not_quoted"  # type: ignore[index]
        assert await bags_of(desk) == before


async def test_a_yes_over_a_read_back_agrees_to_nothing_before_the_rest_of_it_is_heard(
    desk: AgentDesk, speech: SpeechService, cloud: CheckedCloud
) -> None:
    before = await bags_of(desk)
    async with auto_caller(desk, speech, Deployments([deployment(cloud)])) as caller:
        said = await read_back(desk)
        assert await ask_for_a_bag(caller, cloud, then=said) == "quoted"
        caller.now += 0.5
        caller.speak(then_silent=False)
        await caller.until("conversation.item.truncated")
        cloud.script = Script(hears=["Yes."])
        caller.speak()
        await caller.until("response.done")
        assert said.say.endswith(caller.said())
        assert await bags_of(desk) == before
        cloud.script = Script(replies=[Reply(calls=[CONFIRM]), Reply(say="That is done.")])
        caller.say("Yes, please.")
        await caller.until("response.done")
        assert caller.all("extension.tool_call")[-1]["result"]["outcome"] == "done"  # type: ignore[index]
        assert await bags_of(desk) == before + 1


async def test_a_read_back_that_was_cut_off_by_other_words_is_no_ground_for_a_yes(
    desk: AgentDesk, speech: SpeechService, cloud: CheckedCloud
) -> None:
    before = await bags_of(desk)
    async with auto_caller(desk, speech, Deployments([deployment(cloud)])) as caller:
        assert await ask_for_a_bag(caller, cloud, then=await read_back(desk)) == "quoted"
        caller.now += 0.5
        caller.speak(then_silent=False)
        await caller.until("conversation.item.truncated")
        replies = [Reply(calls=[CONFIRM]), Reply(say="Let me say it again.")]
        cloud.script = Script(hears=["Yes, go ahead with that bag then."], replies=replies)
        caller.speak()
        await caller.until("response.done")
        assert caller.all("extension.tool_call")[-1]["result"]["outcome"] == "not_agreed"  # type: ignore[index]
        assert await bags_of(desk) == before


async def test_the_yes_to_what_the_cloud_read_back_can_be_given_to_this_machine(
    desk: AgentDesk, speech: SpeechService, cloud: CheckedCloud
) -> None:
    before = await bags_of(desk)
    async with auto_caller(desk, speech, Deployments([deployment(cloud)])) as caller:
        assert await ask_for_a_bag(caller, cloud, then=await read_back(desk)) == "quoted"
        cloud.sessions[0].cut()
        await caller.until("extension.engine_changed")
        caller.say("Yes, please.")
        await caller.until("response.done")
        assert caller.all("extension.tool_call")[-1]["result"]["outcome"] == "done"  # type: ignore[index]
        assert await bags_of(desk) == before + 1


async def test_a_write_is_not_repeated_when_the_cloud_is_lost_while_it_says_so(
    desk: AgentDesk, speech: SpeechService, cloud: CheckedCloud
) -> None:
    before = await bags_of(desk)
    async with auto_caller(desk, speech, Deployments([deployment(cloud)])) as caller:
        assert await ask_for_a_bag(caller, cloud, then=await read_back(desk)) == "quoted"
        cloud.script = Script(replies=[Reply(calls=[CONFIRM]), Reply(say="That is all done for you now.", end="cut")])
        caller.say("Yes, please.")
        await caller.until("response.done")
        outcomes = [call["result"]["outcome"] for call in caller.all("extension.tool_call")]  # type: ignore[index]
        assert outcomes[-2:] == ["done", "done"]
        assert len(caller.all("extension.booking_changed")) == 1
        assert await bags_of(desk) == before + 1
