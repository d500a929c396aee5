"""Customers at a running server, over the realtime endpoint with the stock `openai` client.

All share that server's branch, so those who change nothing come first, and a customer whose booking another one has
changed is left out. Judged are the words, and the facts in them by what the server's `extension.tool_call` and
`extension.sources` events tell; what its database holds is not looked at. The server must stand on the sample's day.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

import openai
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from pydantic import JsonValue, TypeAdapter
from websockets.exceptions import WebSocketException

from agents.registry import Registry
from edge_server.evaluation.dialogues.customer import Customer
from edge_server.evaluation.dialogues.desk import fixed_texts, judged_by_words, told
from edge_server.evaluation.dialogues.facts import Given
from edge_server.evaluation.dialogues.figures import Exchange, Served
from edge_server.evaluation.dialogues.script import Script
from edge_server.evaluation.files import EvaluationError
from edge_server.evaluation.listener import SAMPLE_DAY, Progress

ANSWER_WITHIN_S = 30
"""A server that has not answered by then is not working."""

_EVENT: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


def one_server_order(scripts: Sequence[Script]) -> list[Script]:
    """The customers that one branch can serve, in the order in which they do not get in each other's way: those who
    change nothing, those who change something (one for each booking), those who get an identity locked."""
    changed: set[str] = set()
    kept: list[Script] = []
    for script in sorted(scripts, key=lambda one: (_guesses(one), one.expect.changes > 0)):
        codes = {*script.expect.bookings, *script.expect.reservations}
        named = codes | {str(value) for key, value in script.knows.items() if key == "code"}
        if not named & changed:
            kept.append(script)
            changed |= codes
    return kept


async def evaluate_over_the_wire(
    scripts: Sequence[Script], url: str, api_key: str | None, progress: Progress
) -> list[Served]:
    """Serve `scripts` (see `one_server_order`) at the server at `url` (ws://host:port or http://host:port). Raises
    EvaluationError when it cannot be reached or does not answer."""
    personas = (await asyncio.to_thread(Registry.load)).personas.values()
    fixed = tuple(text for one in personas for text in fixed_texts(one))
    netloc, secure = urlsplit(url).netloc, urlsplit(url).scheme in ("wss", "https")
    if not netloc:
        raise EvaluationError(f"{url!r} is no address of a server: write it as ws://127.0.0.1:8484")
    client = AsyncOpenAI(
        api_key=api_key or "local",
        base_url=f"http{'s' if secure else ''}://{netloc}/v1",
        websocket_base_url=f"ws{'s' if secure else ''}://{netloc}/v1",
        max_retries=0,
    )
    served: list[Served] = []
    for number, script in enumerate(scripts, start=1):
        try:
            served.append(await _serve(client, script, Given(fixed, SAMPLE_DAY)))
        except TimeoutError:
            raise EvaluationError(f"{url} did not answer {script.id} within {ANSWER_WITHIN_S} s: see its log") from None
        except (OSError, WebSocketException, openai.OpenAIError) as error:
            raise EvaluationError(f"{url} cannot be talked to ({error}): start it with `lobby serve`") from None
        progress(f"customers: {script.id}", number, len(scripts))
    return served


def _guesses(script: Script) -> bool:
    return script.expect.proofs.get("failed", 0) > 1 or script.manner == "lying"


async def _serve(client: AsyncOpenAI, script: Script, given: Given) -> Served:
    query = {"session_state_key": f"evaluation-{script.id}-{uuid.uuid4()}", "extensions": "1"}
    customer = Customer(script)
    exchanges: list[Exchange] = []
    line: str | None = customer.opening()
    async with client.realtime.connect(model="lobby", extra_query=query) as connection:
        await connection.session.update(session={"type": "realtime", "output_modalities": ["text"]})
        while line is not None and len(exchanges) < script.expect.turns:
            given.add_text(line)
            async with asyncio.timeout(ANSWER_WITHIN_S):
                exchange = await _turn(connection, line, given)
            exchanges.append(exchange)
            line = customer.answer(exchange.desk)
    ended = "turn limit" if line is not None else "gave up" if customer.gave_up else "left"
    return Served(script, tuple(exchanges), ended, tuple(judged_by_words(script, exchanges, ended)))


async def _turn(connection: AsyncRealtimeConnection, line: str, given: Given) -> Exchange:
    await connection.conversation.item.create(
        item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": line}]}
    )
    await connection.response.create()
    exchange = Exchange(customer=line, desk="")
    async for received in connection:
        event = _EVENT.validate_python(received.to_dict())
        match event:
            case {"type": "error", "error": {"message": str(message)}}:
                raise EvaluationError(f"the server answered {line!r} with an error: {message}")
            case {"type": "response.output_text.done", "text": str(text)}:
                exchange = replace(exchange, desk=f"{exchange.desk} {text}".strip())
            case {"type": "extension.agent_changed", "agent": str(agent)}:
                exchange = replace(exchange, agent=agent)
            case {"type": "extension.sources", "sources": list(sources)}:
                for source in sources:
                    given.add_value(source)
            case {"type": "extension.tool_call", "name": str(name), "arguments": dict(arguments), "result": result}:
                given.add_value(result)
                exchange = replace(
                    exchange, tools=(*exchange.tools, told(f"{event['agent']}.{name}", arguments, result))
                )
            case {"type": "response.done"}:
                return replace(exchange, invented=tuple(given.lacks(exchange.desk)))
            case _:
                pass
    raise EvaluationError("the server closed the connection before it had answered: see its log")
