"""The phone's settings: a part of `edge_server.settings.Settings`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, Field, SecretStr

E164 = r"^\+[1-9][0-9]{5,14}$"
"""A telephone number as the phone network writes it: `+` and up to 15 digits."""


def _number(given: object) -> object:
    """An environment variable's digits as the number that they are."""
    return int(given) if isinstance(given, str) and given.isascii() and given.isdigit() else given


class PhoneSettings(BaseModel):
    """What calls need. `phone` switches the channel on; `why_not` says what is missing then."""

    phone: bool = Field(default=False, description="Answer calls that come through Azure Communication Services.")
    phone_endpoint: str | None = Field(
        default=None,
        pattern="^https?://",
        description="Address of the Communication Services resource (`https://NAME.communication.azure.com`).",
    )
    phone_access_key: SecretStr | None = Field(
        default=None, description="Access key of that resource; without one a token of Entra ID is asked for."
    )
    phone_public_url: str | None = Field(
        default=None,
        pattern="^https?://",
        description="Address at which Azure reaches this server (`https://desk.example`): a port or a tunnel.",
    )
    phone_event_secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Secret that Event Grid shows with each event, as `?secret=` or in the header `x-lobby-secret`.",
    )
    phone_entra_tenant: str | None = Field(
        default=None, description="Entra tenant whose tokens Event Grid may show in place of the secret."
    )
    phone_entra_audience: str | None = Field(
        default=None, description="Application (its ID or URI) that those tokens must be made for."
    )
    phone_entra_keys: str | None = Field(
        default=None,
        description="Address of the keys that sign those tokens; the tenant's own by default.",
    )
    phone_number: str | None = Field(
        default=None, pattern=E164, description="The desk's own number, shown to whoever it calls: `+15551230100`."
    )
    phone_rate: Annotated[Literal[16000, 24000], BeforeValidator(_number)] = Field(
        default=24000, description="Samples a second of the audio exchanged with Communication Services."
    )
    phone_caller_salt_file: Path | None = Field(
        default=None,
        description="File of the secret with which caller ids are hashed; `phone-salt` in the data folder by default.",
    )
    phone_return_minutes: float = Field(
        default=60.0, ge=0, description="A caller who calls back within this time is asked whether to go on."
    )
    phone_calls: int = Field(default=20, ge=1, description="Calls at once; further ones are rejected as busy.")
    phone_call_minutes: float = Field(default=30.0, gt=0, description="Longest call; it ends with a goodbye.")
    phone_minute_price: float = Field(
        default=0.0, ge=0, description="What a minute of a call costs, in any currency; for the limit below."
    )
    phone_daily_cost: float | None = Field(
        default=None, gt=0, description="Cost of a day, in the same currency, after which calls are rejected."
    )
    phone_silence_seconds: float = Field(
        default=8.0, ge=5, le=30, description="Silence on a call after which the desk asks again; the third ends it."
    )
    phone_notice: str = Field(
        default="You can press zero for a person.",
        description="Said at the beginning of a caller's first call; empty for nothing.",
    )
    phone_clerk: str | None = Field(
        default=None, pattern=E164, description="Number of the branch's staff; callers who ask are handed to it."
    )
    phone_clerk_seconds: float = Field(
        default=40.0, ge=5, description="How long the staff's phone rings, and then waits for their yes."
    )
    phone_call_backs: bool = Field(
        default=False, description="Call customers back who agreed to it. Off: every wish for it is refused."
    )
    phone_call_back_minutes: float = Field(
        default=10.0, gt=0, description="How long after the call a customer is called back."
    )
    phone_text_messages: bool = Field(
        default=False, description="Send bookings as a text message to callers who agree by keypad."
    )
    phone_prefixes: tuple[str, ...] = Field(
        default=(), description='What numbers that the desk calls or texts must begin with: `["+1"]`; none by default.'
    )

    def why_not(self) -> str | None:
        """What keeps the phone from working, as one line that says what to set; None when nothing does."""
        if not self.phone:
            return None
        if self.phone_endpoint is None or self.phone_public_url is None:
            return "The phone needs LOBBY_PHONE_ENDPOINT and LOBBY_PHONE_PUBLIC_URL. See docs/phone.md."
        if self.phone_event_secret is None and (self.phone_entra_tenant is None or self.phone_entra_audience is None):
            return (
                "The phone needs a way to tell Event Grid from others: set LOBBY_PHONE_EVENT_SECRET (16 characters or "
                "more), or LOBBY_PHONE_ENTRA_TENANT and LOBBY_PHONE_ENTRA_AUDIENCE. See docs/phone.md."
            )
        public = urlsplit(self.phone_public_url)
        if public.scheme != "https" and public.hostname not in ("127.0.0.1", "localhost", "::1"):
            return "LOBBY_PHONE_PUBLIC_URL must be https: calls and their secrets go over it. See docs/phone.md."
        if (
            self.phone_clerk is not None or self.phone_call_backs or self.phone_text_messages
        ) and not self.phone_number:
            return "Calls and messages from the desk need LOBBY_PHONE_NUMBER, the number that they come from."
        if (self.phone_call_backs or self.phone_text_messages) and not self.phone_prefixes:
            return "Calls and messages to customers need LOBBY_PHONE_PREFIXES, which numbers are allowed."
        return None
