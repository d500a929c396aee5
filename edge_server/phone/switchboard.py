"""The phone of one server: which calls there are, which are taken, and what they need."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Protocol

from pydantic import JsonValue
from starlette.routing import BaseRoute

from edge_server.channels.ownership import LiveSessions
from edge_server.observation.observation import Observation
from edge_server.phone.allowance import COST_FILE, Allowance
from edge_server.phone.briefing import briefing
from edge_server.phone.call import Call
from edge_server.phone.call_state import Event
from edge_server.phone.caller_keys import kept_salt, session_key
from edge_server.phone.carrier import Carrier, CarrierError
from edge_server.phone.clerk import ClerkLeg
from edge_server.phone.desk_channel import DeskChannel
from edge_server.phone.follow_up import FollowUps, RefusedError
from edge_server.phone.grid import GridEvent, IncomingCall
from edge_server.phone.line import Line
from edge_server.phone.paths import Paths
from edge_server.phone.rung import Rung
from edge_server.readiness import Readiness
from edge_server.settings import Settings
from sync.notes import Notes

log = logging.getLogger(__name__)


class ResumeCodes(Protocol):
    """Takes codes with which a customer goes on with a conversation that began elsewhere."""

    async def redeem(self, code: str, *, source: str) -> str | None:
        """The session key behind `code`; None when there is none. `source`: who tries, for limits."""
        ...


class Switchboard:
    """All calls of one server. Made inside a running event loop; `routes` go into the application."""

    def __init__(
        self,
        settings: Settings,
        readiness: Readiness,
        live: LiveSessions,
        observation: Observation,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.carrier = Carrier(settings)
        self._settings, self._readiness = settings, readiness
        self._live, self._observation, self._clock = live, observation, clock
        self._paths = Paths(settings, self._rings, observation.metrics.refused)
        self._rung = Rung(self._notes, clock)
        self._salt: bytes | None = None
        self._allowance = Allowance(
            settings.data_dir / COST_FILE,
            settings.phone_calls,
            settings.phone_minute_price,
            settings.phone_daily_cost,
            clock,
        )
        self.calls: dict[str, Call] = {}
        """The calls with customers, by their ids, until nothing of them is left to be done."""
        self.resumes: ResumeCodes | None = None
        """Set by a server that gives out resume codes; without it six digits are only digits."""
        self._follow_ups = FollowUps(settings, self.carrier, self.place)

    @property
    def routes(self) -> list[BaseRoute]:
        """The paths that Azure calls."""
        return self._paths.routes

    def _notes(self) -> Notes | None:
        services = self._readiness.services
        return None if services is None else services.store.notes

    # Calls that come and go

    async def _rings(self, event: GridEvent, rung: IncomingCall) -> None:
        """A call rings: once, however often Event Grid says so."""
        if not await self._rung.first(event, rung):
            return
        refusal = self._allowance.refusal()
        if self._readiness.services is None or self._readiness.draining:
            refusal = "not_ready"
        if len(self._live) >= self._settings.open_sessions:
            refusal = refusal or "too_many_sessions"
        call = await self._begin(rung.caller.identity, rung.caller.number, rung.context)
        if refusal is not None:
            log.warning("call %s: rejected (%s)", call.id, refusal)
            self._observation.metrics.refused(refusal)
            call.happened(Event.REFUSED)
            return
        self._allowance.begin(call.id)
        call.happened(Event.ADMITTED)

    async def _begin(
        self, identity: str | None, number: str | None, context: str | None, key: str | None = None
    ) -> Call:
        key = key or session_key(identity, await self._get_salt())
        if self._on_the_line(key):
            key = session_key(None, b"")  # a shared number: nobody's call goes to somebody else
        settings = self._settings
        seconds = settings.phone_call_minutes * 60
        call = Call(self, key, number=number, context=context, seconds=seconds, notice=settings.phone_notice)
        self.calls[call.id] = call
        self._paths.add(call)
        return call

    def _on_the_line(self, key: str) -> bool:
        """Whether somebody else speaks in the session `key`. A call that has ended is only to put it down yet."""
        calls = [call for call in self.calls.values() if call.key == key]
        return any(call.state.state != "ended" for call in calls) or (key in self._live and not calls)

    async def _get_salt(self) -> bytes:
        if self._salt is None:
            self._salt = await asyncio.to_thread(kept_salt, self._settings)
        return self._salt

    # What calls need (exchange.Exchange)

    async def channel(self, line: Line, call: Call) -> DeskChannel | None:
        """See `Exchange`."""
        services = self._readiness.services
        if services is None or self._readiness.draining:
            return None
        return DeskChannel(line, call, services, self._settings, self._live, self._observation, now=self._clock)

    def address(self, kind: str, secret: str) -> str:
        """See `Exchange`."""
        return self._paths.address(kind, secret)

    def ended(self, call: Call) -> None:
        """See `Exchange`."""
        self._allowance.end(call.id)
        self._allowance.end(_clerk_of(call))
        self._paths.drop(call)

    def gone(self, call: Call) -> None:
        """See `Exchange`."""
        self.calls.pop(call.id, None)

    def seek_clerk(self, call: Call) -> ClerkLeg | None:
        """See `Exchange`."""
        number, services = self._settings.phone_clerk, self._readiness.services
        channel = call.channel
        if number is None or services is None or channel is None or channel.session is None or self._allowance.spent:
            return None
        state = channel.session.state

        def ended(leg: ClerkLeg) -> None:
            self._paths.drop(leg)
            if leg.state != "taken":
                self._allowance.end(_clerk_of(call))

        leg = ClerkLeg(
            self,
            call,
            services.speech,
            number=number,
            text=briefing(state, self._clock()),
            voice=services.speech.house_voice or services.desk.voice(state.agent),
            seconds=self._settings.phone_clerk_seconds,
            ended=ended,
        )
        self._paths.add(leg)
        self._allowance.begin(_clerk_of(call), beside=True)
        return leg

    def may_call_back(self, call: Call) -> bool:
        """See `Exchange`."""
        return self._follow_ups.may_call(call.number)

    def may_text(self, call: Call) -> bool:
        """See `Exchange`."""
        return self._follow_ups.may_text(call.number)

    def call_back_later(self, call: Call) -> None:
        """See `Exchange`: the customer has pressed the key."""
        try:
            self._follow_ups.call_later(call.number, call.key, agreed=True)
        except RefusedError as error:
            log.warning("call %s: %s", call.id, error)

    async def text(self, call: Call, details: dict[str, JsonValue]) -> None:
        """See `Exchange`: the customer has pressed the key."""
        try:
            await self._follow_ups.text(call.number, details, agreed=True)
        except RefusedError as error:
            log.warning("call %s: %s", call.id, error)

    async def redeem(self, code: str, call: Call) -> str | None:
        """See `Exchange`. Guesses are counted by caller; those of callers without a number together."""
        if self.resumes is None:
            return None
        try:
            return await self.resumes.redeem(code, source=call.key if call.number else "callers without a number")
        except Exception as error:
            log.warning("call %s: its resume code was not taken: %s", call.id, type(error).__name__)
            return None

    async def place(self, number: str, key: str) -> None:
        """Call a customer who agreed to it. Raises CarrierError, RefusedError."""
        if (refusal := self._allowance.refusal()) is not None:
            raise RefusedError(f"no call may be made now ({refusal})")
        call = await self._begin(None, number, None, key)
        self._allowance.begin(call.id)
        callbacks, media = self.address("callbacks", call.callback_secret), self.address("media", call.media_secret)
        try:
            call.connection = await self.carrier.call(number, callbacks, media)
        except CarrierError:
            call.happened(Event.FAILED)
            raise

    async def close(self) -> None:
        """End all calls, and let go of everything."""
        await self._follow_ups.close()
        await asyncio.gather(*(call.close() for call in list(self.calls.values())), return_exceptions=True)
        await asyncio.to_thread(self.carrier.close)


def _clerk_of(call: Call) -> str:
    """How the allowance names the call to the staff for `call`."""
    return f"{call.id} clerk"
