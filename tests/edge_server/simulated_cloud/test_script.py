"""The script file of the simulated cloud: what it says, how it fails, and what is told of one that cannot be read."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from openai import AsyncOpenAI
from openai.types.realtime import RealtimeConversationItemUserMessage as UserMessage
from openai.types.realtime.realtime_conversation_item_user_message import Content

from edge_server.simulated_cloud.script import Reply, Script, ScriptError
from tests.fakes.simulated_cloud import CheckedCloud

SHIPPED = Path(__file__).parents[3] / "edge_server" / "simulated_cloud" / "demo.yaml"
RULES = r"""
rules:
  - when: 'flight ([a-z]{2})\s?(\d+)'
    then:
      - calls: [{name: flight-flight_status, arguments: {flight_number: "{0}{1}"}}]
      - say: "Flight {{ number }} is {{ status }}."
otherwise: {say: "Hello."}
"""


async def kinds_of(cloud: CheckedCloud, words: str) -> tuple[str, list[str]]:
    """What the stock client hears in answer to `words`, and the types of the events, up to the end or an error."""
    said, kinds = "", list[str]()
    client = AsyncOpenAI(api_key="sk-test", websocket_base_url=cloud.url)
    async with client.realtime.connect(model="gpt-realtime") as session:
        item = UserMessage(type="message", role="user", content=[Content(type="input_text", text=words)])
        await session.conversation.item.create(item=item.model_dump(exclude_none=True))  # type: ignore[arg-type]
        await session.response.create()
        async for event in session:
            kinds.append(event.type)
            if event.type == "response.output_audio_transcript.delta":
                said += event.delta
            if event.type in ("response.done", "error"):
                break
    return said, kinds


def test_a_rule_answers_words_and_puts_them_into_its_calls(tmp_path: Path) -> None:
    (tmp_path / "script.yaml").write_text(RULES, encoding="utf-8")
    script = Script.load(tmp_path / "script.yaml")
    asks, tells = script.to("What about flight lb 204?")
    assert asks.calls[0].arguments == {"flight_number": "LB204"}
    assert tells.words({"number": "LB204", "status": "on time"}) == "Flight LB204 is on time."
    assert tells.words({}) == "I cannot tell."
    assert [reply.say for reply in script.to("Good morning.")] == ["Hello."]


@pytest.mark.parametrize(
    ("text", "told"),
    [("replies: [{say: x, ends: cut}]", "replies.0.ends"), ("hears: [", "no YAML"), ("every: 0", "every")],
)
def test_a_script_that_cannot_be_used_says_where(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "script.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScriptError, match=told):
        Script.load(path)
    with pytest.raises(ScriptError, match="No such file"):
        Script.load(tmp_path / "none.yaml")


def test_the_script_of_the_demo_can_be_read() -> None:
    script = Script.load(SHIPPED)
    assert script.fails
    assert script.to("And flight LB118?")[0].calls[0].arguments == {"flight_number": "LB118"}


async def test_every_so_many_replies_fail_one_way_after_the_other() -> None:
    async with CheckedCloud(Script(fails=["refuse", "cut"], every=2)) as cloud:
        ends = [(await kinds_of(cloud, "Hello"))[1][-1] for _ in range(3)]
        with pytest.raises(Exception, match="close"):
            await kinds_of(cloud, "Hello")
        assert ends == ["response.done", "error", "response.done"]
        assert cloud.wrong == []


async def test_after_a_cut_nobody_is_let_in_for_a_while() -> None:
    async with CheckedCloud(Script(away_s=3600.0)) as cloud:
        cloud.failed()
        with pytest.raises(Exception, match="503"):
            await kinds_of(cloud, "Hello")


async def test_a_session_expires_as_the_script_says() -> None:
    async with CheckedCloud(Script(session_s=0.1, otherwise=Reply(end="silent"))) as cloud:
        _, kinds = await kinds_of(cloud, "Hello")
        assert kinds[-1] == "error"
        assert cloud.wrong == []


async def test_a_slow_reply_comes_late_and_its_sound_in_real_time() -> None:
    slow = Reply(say="Four words in all.", after_ms=200, real_time=True)
    async with CheckedCloud(Script(otherwise=slow)) as cloud:
        began = time.monotonic()
        said, kinds = await kinds_of(cloud, "Hello")
        assert said == slow.say
        assert kinds[-1] == "response.done"
        assert time.monotonic() - began >= 1.2  # 200 ms, and 18 letters of 60 ms
        assert cloud.wrong == []
