"""Ids of events, items, responses: the prefixes that clients know, and where the rest comes from."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Literal

Prefix = Literal["event", "item", "resp", "sess", "call"]
NewId = Callable[[Prefix], str]


def random_id(prefix: Prefix) -> str:
    """A fresh id such as `item_9f2c…` (96 random bits)."""
    return f"{prefix}_{secrets.token_hex(12)}"


def conversation_id(session_id: str) -> str:
    """The id of a session's one conversation."""
    return f"conv_{session_id.removeprefix('sess_')}"
