"""The line of one session to a provider: opened, renewed before its time is over, and opened again when it breaks.

| state | event | next |
|---|---|---|
| closed | a deployment is well | opening |
| opening | `session.created` | open; `greet` writes the session into it |
| opening | refused, or too slow | closed; that deployment rests |
| open | its time is nearly over, and all is quiet | open, at a new session of the provider |
| open | it breaks, or is given up | closed; the deployment rests, unless its time was over |
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from edge_server.engines import failures
from edge_server.engines.cloud.deployments import Deployment, Deployments
from edge_server.engines.cloud.upstream import Body, Upstream, UpstreamError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CloudOptions:
    """How the cloud is used.

    `renew_s`: age at which a session at the provider is replaced; `connect_s`: how long opening one may take;
    `ready_s`: how long a turn waits for one that is being opened; `first_audio_s`: how long it may take in a reply
    until something comes; `history_turns`: how much of what was said before is written into a new session.
    """

    voice: str = "marin"
    transcriber: str = "gpt-4o-mini-transcribe"
    renew_s: float = 1500.0
    connect_s: float = 5.0
    ready_s: float = 4.0
    first_audio_s: float = 4.0
    history_turns: int = 3


class ProviderLine:
    """Keeps a line open from its making to `close`. Made inside a running event loop.

    `greet` writes into a new session what it must know, `take` gets each event, `lost` why there is no line any more
    (once, until it is open again), `quiet` says whether the line may be exchanged now.
    """

    def __init__(
        self,
        deployments: Deployments,
        options: CloudOptions,
        *,
        greet: Callable[[Upstream], None],
        take: Callable[[Body], None],
        lost: Callable[[UpstreamError], None],
        quiet: Callable[[], bool],
    ) -> None:
        self.upstream: Upstream | None = None
        self.open_since: float | None = None
        self._deployments = deployments
        self._options = options
        self._greet = greet
        self._take = take
        self._lost = lost
        self._is_quiet = quiet
        self._open = asyncio.Event()
        self._idle = asyncio.Event()
        self._broken = asyncio.Event()
        self._looked = asyncio.Event()
        self._listener: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._keeper = asyncio.create_task(self._keep(), name="line to provider")

    async def ready(self) -> None:
        """Return when the line is open and no response runs on it."""
        await self._open.wait()
        await self._idle.wait()

    def send(self, event: Body) -> None:
        """Send a client event; without a line it is dropped, since a new one is greeted with all that counts."""
        if self.upstream is not None:
            if event["type"] == "response.create":
                self._idle.clear()
            self.upstream.send(event)

    def no_response(self) -> None:
        """The provider has refused the response that was asked for."""
        self._idle.set()

    def look_quiet(self) -> None:
        """Something has ended: it may be quiet now."""
        self._looked.set()

    def give_up(self, error: UpstreamError) -> None:
        """Leave this line because of `error` and open another."""
        upstream = self._leave()
        if upstream is None:
            return
        self.open_since = None
        if error.code != failures.EXPIRED:
            self._deployments.failed(upstream.deployment)
        self._broken.set()
        self._lost(error)

    async def close(self) -> None:
        """Leave for good."""
        self._keeper.cancel()
        await asyncio.gather(self._keeper, return_exceptions=True)
        self._leave()
        await asyncio.gather(*self._leaving, return_exceptions=True)

    async def _keep(self) -> None:
        while True:
            self._use(await self._opened())
            renewing = asyncio.create_task(self._renew(), name="renewal")
            try:
                await self._broken.wait()
                self._broken.clear()
            finally:
                renewing.cancel()
                await asyncio.gather(renewing, return_exceptions=True)

    async def _opened(self) -> Upstream:
        """A line at any deployment, as soon as one can be had."""
        told = False
        while True:
            deployment = self._deployments.pick()
            if deployment is not None:
                try:
                    return await self._opened_at(deployment)
                except UpstreamError as error:
                    log.warning("%s", error)
                    reason = error
            else:
                reason = UpstreamError("every deployment rests after a failure", failures.RESTING)
            if self._deployments.pick() is not None:
                continue
            if not told:
                told = True
                self._lost(reason)
            await asyncio.sleep(max(0.02, self._deployments.next_try() - self._deployments.clock()))

    async def _opened_at(self, deployment: Deployment) -> Upstream:
        """A new session at `deployment`, which rests if that fails. Raises UpstreamError."""
        self._deployments.opened(deployment)
        upstream: Upstream | None = None
        try:
            upstream = await Upstream.open(deployment, timeout_s=self._options.connect_s)
            async with asyncio.timeout(self._options.connect_s):
                first = await upstream.receive()
            if first["type"] != "session.created":
                reason = failures.reason_in(first)
                raise UpstreamError(f"{deployment.name} refused: {first.get('error')}", reason)
        except BaseException as error:
            self._deployments.closed(deployment)
            if upstream is not None:
                await upstream.close()
            if isinstance(error, Exception):
                self._deployments.failed(deployment)
            if isinstance(error, TimeoutError):
                raise UpstreamError(f"{deployment.name} does not greet", failures.SLOW) from None
            raise
        return upstream

    def _use(self, upstream: Upstream) -> None:
        renewed = self._leave() is not None
        self.upstream = upstream
        if not renewed or self.open_since is None:
            self.open_since = asyncio.get_running_loop().time()
        self._greet(upstream)
        self._listener = asyncio.create_task(self._listen(upstream), name="from provider")
        self._idle.set()
        self._open.set()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._options.renew_s)
            await self._until_quiet()
            fresh = await self._opened()
            await self._until_quiet()
            self._use(fresh)

    async def _until_quiet(self) -> None:
        while not (self._is_quiet() and self._idle.is_set()):
            self._looked.clear()
            await self._looked.wait()

    def _leave(self) -> Upstream | None:
        upstream, self.upstream = self.upstream, None
        self._open.clear()
        if self._listener is not None and self._listener is not asyncio.current_task():
            self._listener.cancel()
        self._listener = None
        if upstream is not None:
            self._deployments.closed(upstream.deployment)
            task = asyncio.create_task(upstream.close())
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
        return upstream

    async def _listen(self, upstream: Upstream) -> None:
        try:
            while True:
                event = await upstream.receive()
                if event["type"] == "response.done":
                    self._idle.set()
                self._take(event)
        except UpstreamError as error:
            self.give_up(error)
        except (KeyError, TypeError, ValueError, AssertionError):
            log.exception("the provider sent what cannot be read")
            self.give_up(UpstreamError("the provider sent what cannot be read", failures.SERVER))
