"""What of a session's history whoever thinks is shown: the last turns, each line in its speaker's role."""

from __future__ import annotations

from collections.abc import Sequence

from semantic_kernel.contents import ChatHistory, ChatHistoryTruncationReducer

from sync.session import Line

DEFAULT_TURNS = 3


async def chat_history(instructions: str, lines: Sequence[Line], turns: int = DEFAULT_TURNS) -> ChatHistory:
    """`instructions` as the system's message, then the last `turns` turns of `lines` (a customer's line and the reply
    to it), cut by Semantic Kernel's truncation reducer."""
    said = ChatHistoryTruncationReducer(target_count=2 * turns, threshold_count=0)
    for line in lines:
        if line.role == "customer":
            said.add_user_message(line.text)
        else:
            said.add_assistant_message(line.text)
    await said.reduce()
    return ChatHistory(messages=said.messages, system_message=instructions)
