"""Cuts the cloud in mid-sentence, again and again, and looks at what the customer gets.

A server with `--engine auto`, a simulated cloud and a customer's client, all on the loopback. The cloud speaks in real
time; at a random moment of its reply the line is broken without a word. Then the customer is to hear this machine soon,
with a whole answer, and nothing may be lost: who they are, what they were about to do, what was written.

`python -m bench.cuts [--cuts 50] [--seed 1] [--json]`; each cut takes about 10 s. Four kinds take turns:

| kind | the cloud is cut while it | this machine is to |
|---|---|---|
| question | tells what a tool gave | answer the question |
| identity | tells the bookings of a customer who has proved who they are | tell them, without asking again |
| read-back | reads a quote back | read it back; a yes then writes once |
| written | says that a change is written | say so; it is written once |
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from pydantic import SecretStr
from sqlalchemy import select, update
from websockets.asyncio.client import connect

from bench.customer import TOO_LONG_S, Customer
from data.branch import Branch
from data.schema import bookings
from edge_server.engines.bridges import LINE_DROPPED
from edge_server.serving import EdgeServer
from edge_server.settings import CloudDeployment, Settings
from edge_server.simulated_cloud.script import Call, Reply, Script
from edge_server.simulated_cloud.server import SimulatedCloud

Kind = Literal["question", "identity", "read-back", "written"]
KINDS: tuple[Kind, ...] = ("question", "identity", "read-back", "written")
CODE, PIN = "K7M2QX", "4071"
PROVE = Call(name="identity-prove", arguments={"booking_code": CODE})
QUOTE = Call(name="flight_changes-quote_bag", arguments={"booking_code": CODE, "bags": 1})
CONFIRM = Call(name="changes-confirm")
STATUS = Call(name="flight-flight_status", arguments={"flight_number": "LB204"})
BOOKINGS = Call(name="flight-my_bookings")
PRICE = "{{ due_cents | money }}"


@dataclass(frozen=True, slots=True)
class Cut:
    """What came of one cut. Times in ms from the cut, as the client hears them; `wrong`: what should not be."""

    kind: Kind
    after_ms: int
    first_audio_ms: float
    answer_audio_ms: float
    wrong: tuple[str, ...]


class Bench:
    """The server, the cloud, and the branch's data behind both."""

    def __init__(self, server: EdgeServer, cloud: SimulatedCloud, chance: random.Random) -> None:
        assert server.services is not None
        self._server = server
        self._cloud = cloud
        self._chance = chance
        self._branch: Branch = server.services.branch
        self._store = server.services.store

    async def cut(self, number: int, kind: Kind) -> Cut:
        """One customer, one cut."""
        await self._set_bags(0)
        key = f"cut-{number}"
        address = self._server.url.replace("http://", "ws://")
        async with connect(f"{address}/realtime?session_state_key={key}&extensions=1", max_size=None) as socket:
            customer = Customer(socket)
            question = await self._lead_up(customer, kind)
            begin = await customer.say(question)
            cut_at, after_ms = await self._broken(customer, begin)
            switched = await customer.until("extension.engine_changed", begin)
            done = await customer.until("response.done", begin)
            first, own = _first_audio(customer, switched, done)
            said = customer.said(begin)
            wrong = await self._wrong(customer, kind, said)
            await customer.close()
        wrong += await self._wrong_history(key, said)
        return Cut(kind, after_ms, (first - cut_at) * 1000, (own - cut_at) * 1000, tuple(wrong))

    async def _lead_up(self, customer: Customer, kind: Kind) -> str:
        """What was said before, through the cloud. Gives the words whose answer will be cut."""
        script = self._cloud.script
        script.replies = [Reply(say="Of course. What can I do for you?")]
        await self._answered_by_cloud(customer)
        proof = f"It is booking {CODE}, my PIN is {PIN}."
        ends = Reply(say="", end="wait", real_time=True)
        if kind == "question":
            told = "I have looked that up for you, and I will tell you all that is known about your flight today."
            script.replies = [Reply(calls=[STATUS]), ends.model_copy(update={"say": told})]
            return "What is the status of flight LB204?"
        script.replies = [Reply(calls=[PROVE]), Reply(say="Thank you, that is right.")]
        await customer.asked(proof)
        if kind == "identity":
            told = "You have more than I can say in a word, so let me go through them, and please stop me at any time."
            script.replies = [Reply(calls=[BOOKINGS]), ends.model_copy(update={"say": told})]
            return "Show me my bookings."
        asked = f"I need one more bag on booking {CODE}."
        quoted = f"One more checked bag on that booking costs {PRICE}. Shall I do that for you now?"
        if kind == "read-back":
            script.replies = [Reply(calls=[QUOTE]), ends.model_copy(update={"say": quoted})]
            return asked
        script.replies = [Reply(calls=[QUOTE]), Reply(say=quoted)]
        await customer.asked(asked)
        told = "That is done, and the bag is on your booking now. You will find it there whenever you look for it."
        script.replies = [Reply(calls=[CONFIRM]), ends.model_copy(update={"say": told})]
        return "Yes, please."

    async def _answered_by_cloud(self, customer: Customer) -> None:
        """Wait until the cloud answers this session: it may still rest from the cut before."""
        said = await customer.asked("Hello there.")
        if "What can I do for you" not in said:
            raise RuntimeError(f"the cloud does not answer: {said}")

    async def _broken(self, customer: Customer, begin: int) -> tuple[float, int]:
        """Cut the line when so much of the reply was heard. Gives when, and how much (ms)."""
        wanted = self._chance.uniform(200, 2400)
        async with asyncio.timeout(TOO_LONG_S):
            while customer.heard_ms(begin) < wanted:
                await customer.more()
        [session] = self._cloud.sessions
        session.cut()
        return time.monotonic(), round(customer.heard_ms(begin))

    async def _wrong(self, customer: Customer, kind: Kind, said: str) -> list[str]:
        """What is not as it should be, at the end of the answer `said`."""
        wrong: list[str] = []
        if LINE_DROPPED not in said:
            wrong.append("no bridge")
        answer = said.partition(LINE_DROPPED)[2]
        wanted = {"question": "LB204", "identity": "booked", "read-back": "$", "written": ""}[kind]
        if wanted not in answer or not answer.strip():
            wrong.append(f"no answer: {answer}")
        if "PIN" in answer:
            wrong.append("identity lost")
        bags = 0
        if kind == "read-back":
            after = len(customer.events)
            await customer.asked("Yes, please.")
            if ("confirm", "done") not in customer.outcomes(after):
                wrong.append(f"flow lost: {customer.outcomes(after)}")
        if kind in ("read-back", "written"):
            bags = 1
            told = [one for one in customer.events if one["type"] == "extension.booking_changed"]
            if len(told) != 1:
                wrong.append(f"{len(told)} receipts")
        if (held := await self._bags()) != bags:
            wrong.append(f"{held} bags written, not {bags}")
        return wrong

    async def _wrong_history(self, key: str, said: str) -> list[str]:
        """History may hold nothing of the answer that was not sent."""
        state = await self._store.load(key)
        if state is None:
            return ["session lost"]
        lines = [line.text for line in state.history if line.role == "agent"]
        answer = said.partition(LINE_DROPPED)[2].strip()
        # "One moment" before an answer that takes long is never part of the history
        return [] if any(line and answer.endswith(line) for line in lines) else [f"history holds {lines[-1:]}"]

    async def _bags(self) -> int:
        query = select(bookings.c.bags).where(bookings.c.code == CODE)
        return int(await self._branch.read(lambda conn: conn.execute(query).scalar_one()))

    async def _set_bags(self, count: int) -> None:
        change = update(bookings).where(bookings.c.code == CODE).values(bags=count)
        await self._branch.write(lambda conn: conn.execute(change).rowcount)

    async def until_well(self) -> None:
        """The cloud rests for a moment after each cut."""
        assert self._server.services is not None
        shared = self._server.services.cloud
        assert shared is not None
        deployments = shared.deployments
        await asyncio.sleep(max(0.0, deployments.next_try() - deployments.clock()))


def _first_audio(customer: Customer, begin: int, end: int) -> tuple[float, float]:
    """When the first audio after the switch came, and the first of the answer itself, behind the bridge."""
    first = own = 0.0
    bridge_over = False
    for at in range(begin, end):
        match customer.events[at]["type"]:
            case "response.output_audio_transcript.delta":
                bridge_over = LINE_DROPPED not in str(customer.events[at]["delta"])
            case "response.output_audio.delta":
                first = first or customer.at[at]
                own = own or (customer.at[at] if bridge_over else 0.0)
    return first, own


async def run(cuts: int, seed: int, data_dir: Path, kinds: Sequence[Kind] = KINDS) -> list[Cut]:
    """So many cuts on a server of our own, with the sample branch in `data_dir`."""
    async with SimulatedCloud(Script()) as cloud:
        settings = Settings(
            port=0,
            data_dir=data_dir,
            engine="auto",
            openai_api_key=SecretStr("simulated"),
            cloud_deployments=(CloudDeployment(name="simulated", model="simulated", url=cloud.url),),
            cloud_settle_seconds=3600,
        )
        async with EdgeServer(settings) as server:
            bench, done = Bench(server, cloud, random.Random(seed)), list[Cut]()
            for number in range(cuts):
                await bench.until_well()
                done.append(await bench.cut(number, kinds[number % len(kinds)]))
                one = done[-1]
                told = f"{number + 1:>3} {one.kind:<10} {one.first_audio_ms:6.0f} {one.answer_audio_ms:6.0f} ms"
                print(told, *one.wrong, file=sys.stderr, flush=True)
            return done


def figures(done: Sequence[Cut]) -> dict[str, object]:
    """The cuts in figures."""

    def percentile(values: list[float], share: float) -> float:
        ordered = sorted(values)
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)

    first, own = [one.first_audio_ms for one in done], [one.answer_audio_ms for one in done]
    return {
        "cuts": len(done),
        "wrong": sum(bool(one.wrong) for one in done),
        "first_audio_ms_p50": percentile(first, 0.5),
        "first_audio_ms_p95": percentile(first, 0.95),
        "first_audio_ms_max": round(max(first), 1),
        "answer_audio_ms_p50": percentile(own, 0.5),
        "answer_audio_ms_p95": percentile(own, 0.95),
        "within_800_ms": sum(0 < one <= 800 for one in first),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="each cut, too")
    parser.add_argument("--data-dir", type=Path, help="an own sample branch, made where there is none")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lobby-cuts-") as folder:
        found = asyncio.run(run(given.cuts, given.seed, given.data_dir or Path(folder) / "data"))
    each = {"each": [asdict(one) for one in found]} if given.json else {}
    print(json.dumps({**figures(found), **each}, indent=2))
