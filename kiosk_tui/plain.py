"""The conversation as plain lines: for pipes, scripts and terminals without a screen.

A line of standard input is a question; the answer comes as `Agent: words`, with a line for each of its sources. No
prompt and no colour unless a person sits at a terminal. Ends at the end of the input, or at "bye".
"""

from __future__ import annotations

import asyncio
import sys
import threading
import uuid
from typing import TextIO

from kiosk_tui import events as ev
from kiosk_tui.remembered import Desk
from kiosk_tui.talk import Talk

GOODBYES = frozenset({"bye", "goodbye", "exit", "quit"})
PROMPT = "> "


class DeskGoneError(Exception):
    """The server does not answer; the message is one line that says what to do."""


async def converse(desk: Desk, *, session_key: str | None, lines: TextIO, out: TextIO) -> None:
    """Greet, then answer each of `lines` on `out`. Raises DeskGoneError."""
    told: asyncio.Queue[ev.TalkEvent] = asyncio.Queue()
    talk = Talk(desk, session_key or str(uuid.uuid4()), told.put_nowait)
    running = asyncio.create_task(talk.run())
    prompt = PROMPT if lines.isatty() and out.isatty() else ""
    try:
        agent = await _print_reply(told, running, out, None)
        questions = _read(lines)
        while True:
            out.write(prompt)
            out.flush()
            question = await _next_question(questions, told, running)
            if question is None or question.lower().rstrip(".!") in GOODBYES:
                return
            if question:
                talk.say(question)
                agent = await _print_reply(told, running, out, agent)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _next_question(
    questions: asyncio.Queue[str | None], told: asyncio.Queue[ev.TalkEvent], running: asyncio.Task[None]
) -> str | None:
    """The next line; None at the end. Raises DeskGoneError when the server goes meanwhile."""
    line = asyncio.create_task(questions.get())
    while not line.done():
        news = asyncio.create_task(told.get())
        await asyncio.wait({line, news, running}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        if news.done():
            match news.result():
                case ev.Away(reason=reason):
                    line.cancel()
                    raise DeskGoneError(reason)
        news.cancel()
    return line.result()


async def _print_reply(
    told: asyncio.Queue[ev.TalkEvent], running: asyncio.Task[None], out: TextIO, agent: str | None
) -> str | None:
    """Print one reply when it is complete; the agent that gave it. Raises DeskGoneError."""
    text, titles = "", list[str]()
    while True:
        news = asyncio.create_task(told.get())
        await asyncio.wait({news, running}, return_when=asyncio.FIRST_COMPLETED)
        if not news.done():
            news.cancel()
            running.result()
        match news.result():
            case ev.Away(reason=reason):
                raise DeskGoneError(reason)
            case ev.AgentChanged(agent=agent):
                pass
            case ev.ReplyText(delta=delta):
                text += delta
            case ev.Sources(titles=more):
                titles += [title for title in more if title not in titles]
            case ev.TurnDone(agent=answered_by):
                agent = answered_by or agent
                break
            case ev.ReplyDone(status=status, message=message) if status != "completed":
                text = message or f"{text} …".strip()
                break
            case ev.Refused(message=message):
                text = message
                break
    out.write(f"{ev.title_of(agent)}: {text}\n")
    out.writelines(f"  source: {title}\n" for title in titles)
    out.flush()
    return agent


def _read(lines: TextIO) -> asyncio.Queue[str | None]:
    """The lines as they come; None at the end. A thread reads, for a read cannot be given up."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        try:
            for line in lines:
                loop.call_soon_threadsafe(queue.put_nowait, line.strip())
            loop.call_soon_threadsafe(queue.put_nowait, None)
        except RuntimeError:
            return  # the conversation is over and the loop is closed

    threading.Thread(target=read, name="lines", daemon=True).start()
    return queue


def run(desk: Desk, session_key: str | None) -> int:
    """Hold the conversation on standard input and output; the exit code."""
    try:
        asyncio.run(converse(desk, session_key=session_key, lines=sys.stdin, out=sys.stdout))
    except DeskGoneError as gone:
        sys.stderr.write(f"{gone}\n")
        return 1
    except (KeyboardInterrupt, BrokenPipeError):
        return 0
    return 0
