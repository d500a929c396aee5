"""Tools that a client brings: when the desk calls one, what it asks first, what it makes of the answer."""

from __future__ import annotations

import asyncio
import json
from typing import Literal

import pytest

from agents.client_offer import Asked, ClientTool, ClientToolCall, Offer, ToolAsked, ToolOutput
from agents.desk import AgentDesk
from agents.turn import Clause, TurnDone
from sync.session import SessionState

CODE = r"^[A-Z]{2}\d{4}$"


def tool(name: str, description: str, required: tuple[str, ...] = (), **properties: dict[str, object]) -> ClientTool:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return ClientTool(name, description, json.loads(json.dumps(schema)))


TOOLS = (
    tool("set_volume", "Sets the loudness of the speaker.", ("level",), level={"type": "integer", "maximum": 10}),
    tool("get_weather", "Get the current weather for a city", ("city",), city={"type": "string"}),
    tool("open_gate", "Opens the gate of the car park."),
    tool(
        "call_taxi",
        "Orders a taxi to the branch.",
        ("destination",),
        destination={"type": "string"},
        passengers={"type": "integer"},
        day={"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
    ),
    tool("turn_on_lights", "Switch the lights of the lobby on or off", ("on",), on={"type": "boolean"}),
    tool(
        "set_language",
        "Change the language of the screen",
        ("language",),
        language={"type": "string", "enum": ["english", "spanish", "french"]},
    ),
    tool(
        "points",
        "Loyalty points of a member",
        ("member_id",),
        member_id={"type": "string", "pattern": CODE},
    ),
)


class Ending(asyncio.Event):
    """The end of a turn, which shows when somebody waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.waited_for = asyncio.Event()

    async def wait(self) -> Literal[True]:
        self.waited_for.set()
        return await super().wait()


class Customer:
    """Talks to the desk with the client's tools on offer."""

    def __init__(self, desk: AgentDesk, tools: tuple[ClientTool, ...] = TOOLS, choice: str = "auto") -> None:
        self.desk = desk
        self.tools = tools
        self.choice = choice
        self.state = SessionState("customer")
        self.asked: Asked | None = None
        self.call: ClientToolCall | None = None

    async def say(self, words: str, *outputs: str) -> str:
        offer = Offer(self.tools, self.choice, tuple(ToolOutput("tool", one) for one in outputs), self.asked)
        self.asked = self.call = None
        said: list[str] = []
        async for event in self.desk.turn(self.state, words, offer=offer):
            match event:
                case Clause(text=text):
                    said.append(text)
                case ClientToolCall():
                    self.call = event
                case ToolAsked(asked=asked):
                    self.asked = asked
                case TurnDone(state=state):
                    self.state = state
        return " ".join(said)

    @property
    def called(self) -> tuple[str, dict[str, object]] | None:
        return None if self.call is None else (self.call.name, json.loads(self.call.arguments))


@pytest.mark.parametrize(
    ("words", "name", "arguments"),
    [
        ("turn the volume to five", "set_volume", {"level": 5}),
        ("What's the weather in Denver?", "get_weather", {"city": "Denver"}),
        ("What is the weather like in Paris?", "get_weather", {"city": "Paris"}),
        ("please open the gate", "open_gate", {}),
        ("I need a taxi to the airport for three people", "call_taxi", {"destination": "airport", "passengers": 3}),
        ("switch the lights off", "turn_on_lights", {"on": False}),
        ("can the screen be in Spanish", "set_language", {"language": "spanish"}),
    ],
)
async def test_words_that_fit_a_tool_of_the_client_call_it(
    desk: AgentDesk, words: str, name: str, arguments: dict[str, object]
) -> None:
    customer = Customer(desk)
    assert await customer.say(words) == ""
    assert customer.called == (name, arguments)


@pytest.mark.parametrize(
    "words",
    [
        "What is the status of LB204?",
        "I want to change my flight to Friday",
        "when can I check in at Front Range Inn",
        "is there parking",
        "how much is a second bag",
        "hello",
        "yes please",
        "talk to a person",
        "do you have rooms in Denver tonight",
    ],
)
async def test_what_the_agents_do_themselves_stays_with_them(desk: AgentDesk, words: str) -> None:
    customer = Customer(desk)
    assert await customer.say(words)
    assert customer.called is None


async def test_a_missing_argument_is_asked_for_and_the_answer_completes_the_call(desk: AgentDesk) -> None:
    customer = Customer(desk)
    assert await customer.say("can you order me a cab") == "Which destination, please?"
    await customer.say("to Union Station")
    assert customer.called == ("call_taxi", {"destination": "Union Station"})


async def test_an_answer_that_is_none_of_the_choices_is_asked_for_once_more(desk: AgentDesk) -> None:
    customer = Customer(desk)
    question = "Which language: english, spanish or french?"
    assert await customer.say("change the language please") == question
    assert await customer.say("klingon") == question
    await customer.say("French")
    assert customer.called == ("set_language", {"language": "french"})


async def test_a_question_for_an_argument_gives_way_to_a_question_for_the_desk(desk: AgentDesk) -> None:
    customer = Customer(desk)
    await customer.say("change the language please")
    assert "LB204" in await customer.say("What's the status of LB204?")
    assert customer.called is None


async def test_a_string_of_a_certain_form_is_taken_only_in_that_form(desk: AgentDesk) -> None:
    customer = Customer(desk)
    assert await customer.say("how many loyalty points do I have") == "Which member id, please?"
    assert await customer.say("It is somewhere in my wallet") == "Which member id, please?"
    await customer.say("It is AB1234")
    assert customer.called == ("points", {"member_id": "AB1234"})


async def test_a_tool_that_must_be_used_is_called_whatever_was_said(desk: AgentDesk) -> None:
    named = Customer(desk, choice="open_gate")
    await named.say("hello")
    assert named.called == ("open_gate", {})
    required = Customer(desk, choice="required")
    await required.say("the sky over Boston, is it blue, will it rain?")
    assert required.called is not None


async def test_no_tool_is_called_when_the_client_says_none(desk: AgentDesk) -> None:
    customer = Customer(desk, choice="none")
    assert await customer.say("please open the gate")
    assert customer.called is None


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ('{"message": "The gate is open"}', "The gate is open."),
        ("sunny, 20 degrees", "sunny, 20 degrees."),
        ('{"temperature": 21, "condition": "sunny", "ok": true}', "Temperature: 21. Condition: sunny."),
        ('{"ok": true}', "That is done."),
        ("", "That is done."),
        ('{"error": "no such city"}', "That did not work: no such city."),
        ('{"data": {"balance": 300}}', "Balance: 300."),
    ],
)
async def test_the_clients_answer_is_told_in_a_short_sentence(desk: AgentDesk, output: str, said: str) -> None:
    customer = Customer(desk)
    assert await customer.say("", output) == said
    assert customer.state.history[-1].text == said
    assert customer.called is None


async def test_a_tool_that_had_to_be_used_is_not_called_again_for_its_own_answer(desk: AgentDesk) -> None:
    customer = Customer(desk, choice="required")
    assert await customer.say("", '{"message": "Done."}') == "Done."
    assert customer.called is None


async def test_no_call_goes_out_before_the_customer_has_ended(desk: AgentDesk) -> None:
    ended = Ending()
    turn = desk.turn(SessionState("customer"), "please open the gate", ended=ended, offer=Offer(TOOLS))
    first = asyncio.create_task(anext(turn))
    await ended.waited_for.wait()
    assert not first.done()
    ended.set()
    assert isinstance(await first, ClientToolCall)
    await turn.aclose()


async def test_a_pin_never_reaches_a_tool_of_the_client(desk: AgentDesk) -> None:
    note = tool("take_note", "Writes a note down", ("text",), text={"type": "string"})
    customer = Customer(desk, (note,), "take_note")
    await customer.say("write down that my PIN is 4071")
    assert customer.call is not None
    assert "4071" not in customer.call.arguments
