"""The link to a Redis: how it is opened, and what its failures mean to whoever runs the desk."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError

from sync.store import StoreError

PATIENCE_S = 0.5
"""How long Redis may take for one answer. A session's turn never waits for it; its start does."""
_VALKEY = re.compile(r"\Avalkey(?=s?://)")
_REFUSED = re.compile(r"\AError (\d+) connecting to (\S+?)\. Connect call failed .*")
"""How redis-py words it that nothing can be reached: the error's number in the system, and where to."""


class RedisGoneError(StoreError):
    """Redis does not answer, or not in time."""


def redis_at(url: str) -> Redis:
    """The Redis at `url`: `redis://` or `rediss://` (TLS), with user and password where the server has accounts;
    `valkey://` and `valkeys://` mean the same. It connects when it is first asked. Raises StoreError for a URL that
    cannot be used."""
    try:
        redis: Redis = Redis.from_url(
            _VALKEY.sub("redis", url, count=1),
            socket_timeout=PATIENCE_S,
            socket_connect_timeout=PATIENCE_S,
            retry=Retry(ExponentialBackoff(cap=0.1, base=0.02), 1),
            decode_responses=True,
            encoding_errors="replace",
            client_name="lobby",
        )
    except ValueError as e:
        raise StoreError(f"LOBBY_REDIS_URL cannot be used ({e}): write redis://HOST:PORT/0") from e
    return redis


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """Turn what redis-py raises into a StoreError that says what to do, without the URL's password."""
    try:
        yield
    except (AuthenticationError, NoPermissionError) as e:
        raise RedisGoneError("Redis refuses this user: check user, password and rights in LOBBY_REDIS_URL") from e
    except (RedisError, OSError) as e:
        if "CERTIFICATE_VERIFY_FAILED" in str(e):
            advice = "for a CA of your own add ?ssl_ca_certs=/path/ca.pem to LOBBY_REDIS_URL"
            raise RedisGoneError(f"Redis is not trusted (certificate verify failed): {advice}") from e
        reason = _in_words(e) or type(e).__name__
        raise RedisGoneError(f"Redis does not answer ({reason}): see that it runs at LOBBY_REDIS_URL") from e


async def ended(task: asyncio.Task[None]) -> None:
    """Cancel a task that talks to Redis until it ends: redis-py may take a cancellation for a time that ran out."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=PATIENCE_S)


def _in_words(error: Exception) -> str:
    return _REFUSED.sub(lambda found: f"{found[2]}: {os.strerror(int(found[1])).lower()}", str(error)).rstrip(".")
