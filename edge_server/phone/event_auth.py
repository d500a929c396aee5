"""Who may bring events: whoever shows the shared secret, or a token of the operator's Entra tenant."""

from __future__ import annotations

import asyncio
import hmac
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from starlette.requests import Request

from edge_server.phone.settings import PhoneSettings

if TYPE_CHECKING:
    from jwt import PyJWKClient

log = logging.getLogger(__name__)

HEADER = "x-lobby-secret"
KEYS_URL = "https://login.microsoftonline.com/{tenant}/discovery/v2.0/keys"
ISSUERS = ("https://login.microsoftonline.com/{tenant}/v2.0", "https://sts.windows.net/{tenant}/")
ALGORITHMS = ("RS256",)
LEEWAY_S = 60.0
THREADS = 2


class EventAuth:
    """Checks of one server's webhook."""

    def __init__(self, settings: PhoneSettings) -> None:
        secret = settings.phone_event_secret
        self._secret = secret.get_secret_value().encode() if secret is not None else None
        self._tenant = settings.phone_entra_tenant
        self._audience = settings.phone_entra_audience
        self._keys_url = settings.phone_entra_keys or KEYS_URL.format(tenant=self._tenant)
        self._keys: PyJWKClient | None = None
        self._threads = ThreadPoolExecutor(THREADS, "event tokens")
        """Of its own: keys are fetched over the network, and calls are heard by the loop's threads."""

    async def accepts(self, request: Request) -> bool:
        """Whether the request shows the secret (in the query or a header) or a good token."""
        shown = request.query_params.get("secret") or request.headers.get(HEADER)
        if shown and self._secret is not None and hmac.compare_digest(shown.encode(), self._secret):
            return True
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token or self._tenant is None or self._audience is None:
            return False
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._token_good, token.strip())

    def _token_good(self, token: str) -> bool:
        import jwt

        if self._keys is None:
            self._keys = jwt.PyJWKClient(self._keys_url, cache_keys=True, lifespan=3600)
        try:
            key = self._keys.get_signing_key_from_jwt(token)
            jwt.decode(
                token,
                key.key,
                algorithms=list(ALGORITHMS),
                audience=self._audience,
                issuer=[issuer.format(tenant=self._tenant) for issuer in ISSUERS],
                leeway=LEEWAY_S,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.PyJWTError as error:
            log.warning("a token shown with an event was refused: %s", type(error).__name__)
            return False
        return True
