"""What `lobby doctor` looks at beyond this machine: the cloud and the chat model. Nothing is asked where none is set.

Nothing that costs is asked for: a session is opened and closed, models are listed. No key is shown.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from edge_server.engines import failures
from edge_server.findings import Finding, Verdict
from edge_server.settings import Settings, SettingsError

if TYPE_CHECKING:
    from edge_server.engines.cloud.deployments import Deployment

PATIENCE_S = 5.0
ADVICE = {
    failures.KEY: "the key is refused or missing: set it anew",
    failures.MODEL: "there is no such model or deployment: correct its name",
    failures.QUOTA: "the account has nothing left to spend: see the provider's billing page",
    failures.RATE: "the provider takes no more requests for now: try again later",
    failures.SLOW: "the provider does not answer in time: look at the network",
    failures.UNREACHABLE: "nobody answers at that address: look at it, and at the network",
}
"""What to do, by the reason."""


def is_cloud_set(settings: Settings) -> bool:
    """Whether a cloud is configured, whichever engine answers."""
    named = bool(settings.cloud_deployments) or settings.openai_api_key is not None
    return named or settings.engine in ("cloud", "auto")


def cloud(settings: Settings) -> Iterator[Finding]:
    """Each deployment: whether a session can be opened on it, and how long that takes."""
    if not is_cloud_set(settings):
        return
    from edge_server.engines.choice import deployments_of

    try:
        deployments = deployments_of(settings)
    except SettingsError as error:
        yield Finding("cloud", _bad(settings, "cloud"), "cannot be asked", str(error))
        return
    for one in deployments.all:
        what = f"cloud: {one.name}"
        reached = asyncio.run(_opened(one))
        if isinstance(reached, float):
            yield Finding(what, "ok", f"{one.model} answers, session open after {reached:.0f} ms")
        else:
            reason, found = reached
            yield Finding(what, _bad(settings, "cloud"), found, ADVICE.get(reason, "see what it says"))


def chat(settings: Settings) -> Iterator[Finding]:
    """The chat model's endpoint: whether it answers, takes the key, and has the model."""
    if settings.chat_url is None:
        return
    what = "chat model"
    try:
        models, took_ms = asyncio.run(_models(settings))
    except _UnreachableError as error:
        yield Finding(what, _bad(settings, "chat"), str(error), ADVICE.get(error.reason, "see what it says"))
        return
    answers = f"{settings.chat_url} answers after {took_ms:.0f} ms"
    if settings.chat_model is None:
        advice = f"set LOBBY_CHAT_MODEL to one of: {', '.join(models[:5])}" if models else "set LOBBY_CHAT_MODEL"
        yield Finding(what, "note", answers, advice)
    elif not models or settings.chat_model in models:
        known = f"and has {settings.chat_model}" if models else "and lists no models"
        yield Finding(what, "ok", f"{answers} {known}")
    else:
        advice = f"it has no {settings.chat_model}: set LOBBY_CHAT_MODEL to one of {', '.join(models[:5])}"
        yield Finding(what, _bad(settings, "chat"), answers, advice)


def _bad(settings: Settings, what: str) -> Verdict:
    """How bad it is: only `cloud` has nothing else that answers."""
    return "problem" if what == "cloud" and settings.engine == "cloud" else "note"


async def _opened(deployment: Deployment) -> float | tuple[str, str]:
    """How long it took to open a session (ms); or the reason why not, and what was found."""
    from edge_server.engines.cloud.upstream import Upstream, UpstreamError

    began = time.monotonic()
    try:
        upstream = await Upstream.open(deployment, timeout_s=PATIENCE_S)
    except UpstreamError as error:
        return error.code, str(error)
    try:
        async with asyncio.timeout(PATIENCE_S):
            first = await upstream.receive()
    except TimeoutError:
        return failures.SLOW, f"{deployment.name} is reached and says nothing"
    except UpstreamError as error:
        return error.code, str(error)
    finally:
        await upstream.close()
    if first["type"] != "session.created":
        reason = failures.reason_in(first)
        return reason, f"{deployment.name} refuses: {reason}"
    return (time.monotonic() - began) * 1000


class _UnreachableError(Exception):
    """The endpoint does not say which models it has."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


async def _models(settings: Settings) -> tuple[list[str], float]:
    """The names of the models at the chat endpoint, and how long the answer took (ms). Raises _UnreachableError."""
    import openai

    key = settings.chat_api_key.get_secret_value() if settings.chat_api_key is not None else "none"
    client = openai.AsyncOpenAI(api_key=key, base_url=settings.chat_url, max_retries=0, timeout=PATIENCE_S)
    began = time.monotonic()
    try:
        listed = await client.models.list()
        return [one.id for one in listed.data or ()], (time.monotonic() - began) * 1000
    except openai.APITimeoutError:
        raise _UnreachableError(failures.SLOW, f"{settings.chat_url} does not answer") from None
    except openai.APIStatusError as error:
        if error.status_code in (404, 405):  # it answers, and lists no models
            return [], (time.monotonic() - began) * 1000
        reason = failures.reason_in(error.body, status=error.status_code)
        raise _UnreachableError(reason, f"{settings.chat_url} answers {error.status_code}") from None
    except openai.OpenAIError:
        raise _UnreachableError(failures.UNREACHABLE, f"{settings.chat_url} cannot be reached") from None
    finally:
        await client.close()
