"""What a device needs before it has a key: `GET /v1/server`, `POST /v1/pair`, `GET /ca.crt`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from edge_server.bodies import body_of
from edge_server.errors import error_response
from edge_server.guard import LAN
from edge_server.lan.devices import LONGEST_NAME, Devices, DevicesError
from edge_server.lan.network import LAN_FOLDER, LocalNetwork
from edge_server.lan.pairing import Pairing, PairingCode
from edge_server.settings import Settings

log = logging.getLogger(__name__)

LARGEST_BODY = 10_000


@dataclass(slots=True)
class Lan:
    """What these answers are made of. `network` None: the server is not on the local network."""

    name: str
    devices: Devices
    pairing: Pairing
    needs_key: bool
    network: LocalNetwork | None = None

    @property
    def pairs(self) -> bool:
        """Whether there is anything to pair a device for."""
        return self.needs_key or self.network is not None


def lan_of(settings: Settings, told: Callable[[PairingCode], None] = lambda code: None) -> Lan:
    """What the settings say; `told` is called with each new pairing code."""
    folder = settings.data_dir / LAN_FOLDER
    devices = Devices(folder, days=settings.device_key_days)
    pairing = Pairing(folder, minutes=settings.pairing_minutes, told=told)
    return Lan(settings.name, devices, pairing, settings.api_key is not None)


class PairRequest(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    code: str = Field(max_length=32)
    name: str = Field(default="Device", min_length=1, max_length=LONGEST_NAME)


async def server(request: Request) -> Response:
    """What this server is, for a client that has no key yet."""
    lan: Lan = request.app.state.lan
    on_lan = bool(request.scope.get(LAN))
    body = {
        "name": lan.name,
        "tls": request.url.scheme == "https",
        "ca_fingerprint": lan.network.authority.fingerprint if lan.network is not None else None,
        "pairing": lan.pairs,
        "key_needed": lan.needs_key or on_lan,
        "address": lan.network.urls[0] if lan.network is not None else None,
    }
    return JSONResponse(body)


async def ca(request: Request) -> Response:
    """The certificate that devices have to trust. Its type makes phones offer to install it."""
    lan: Lan = request.app.state.lan
    if lan.network is None:
        return error_response(404, "no_certificate_authority", "This server is not on the local network (--lan).")
    headers = {"content-disposition": 'attachment; filename="lobby-ca.crt"', "cache-control": "no-cache"}
    return Response(lan.network.authority.pem, media_type="application/x-x509-ca-cert", headers=headers)


async def pair(request: Request) -> Response:
    """A key for a device whose user has read the pairing code."""
    lan: Lan = request.app.state.lan
    if not lan.pairs:
        return error_response(404, "pairing_off", "No key is needed here.")
    body = await body_of(request, LARGEST_BODY)
    try:
        wanted = PairRequest.model_validate_json(body)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "body"
        return error_response(400, "invalid_value", f"{where}: {first['msg']}")
    name = " ".join("".join(letter if letter.isprintable() else " " for letter in wanted.name).split()) or "Device"
    code = "".join(letter for letter in wanted.code if letter not in " -")
    source = request.client.host if request.client is not None else ""
    verdict = await asyncio.to_thread(lan.pairing.redeem, code, source)
    if verdict == "too_many":
        message = "Too many wrong codes: wait ten minutes, or have the desk show a new code (`lobby pair code`)."
        return error_response(429, "too_many_pairing_attempts", message)
    if verdict == "wrong":
        return error_response(403, "wrong_pairing_code", "That is not the code that the desk shows now.")
    try:
        key, device = await asyncio.to_thread(lan.devices.pair, name)
    except DevicesError as error:
        log.error("a device could not be paired: %s", error)
        return error_response(503, "cannot_pair", "The device could not be paired: the server's log says why.")
    log.info("device %s is paired", device.id)
    return JSONResponse(
        {"device_key": key, "expires_at": int(device.expires_at), "server": lan.name},
        headers={"cache-control": "no-store"},
    )


ROUTES = [
    Route("/v1/server", server),
    Route("/v1/pair", pair, methods=["POST"]),
    Route("/ca.crt", ca),
]
