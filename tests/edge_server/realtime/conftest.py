"""A client of one conversation."""

from __future__ import annotations

import pytest

from tests.conversation_tools import Client


@pytest.fixture
def client() -> Client:
    return Client()
