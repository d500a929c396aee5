"""All settings of the edge server: environment variables with the prefix `LOBBY_`, or a `lobby.toml` beside them.

The environment wins over the file. Secrets (`api_key`) come from the environment or from a file named there.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from edge_server.defaults import HOST, LAN_PORT, PORT
from edge_server.phone.settings import PhoneSettings

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class CloudDeployment(BaseModel):
    """One realtime model at a provider. The key is in `key_file`, or else the provider's key setting."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    model: str
    kind: Literal["openai", "azure"] = "openai"
    url: str | None = None
    key_file: Path | None = None
    api_version: str = "2025-08-28"

    def key(self, default: SecretStr | None) -> SecretStr | None:
        """The key in the file, else `default`. Raises OSError when the file cannot be read."""
        return default if self.key_file is None else SecretStr(self.key_file.read_text("utf-8").strip())


class Settings(PhoneSettings, BaseSettings):
    """The settings tree. Each field's description is its line in docs/settings.md."""

    model_config = SettingsConfigDict(
        env_prefix="LOBBY_", env_nested_delimiter="__", toml_file="lobby.toml", extra="forbid", frozen=True
    )

    host: str = Field(default=HOST, description="Address to listen on. Beyond this machine an API key is needed.")
    port: int = Field(default=PORT, ge=0, le=65_535, description="Port to listen on; 0 takes a free one.")
    lan: bool = Field(
        default=False,
        description="Serve the local network too, over TLS, with a certificate of the server's own (docs/lan.md).",
    )
    lan_port: int = Field(
        default=LAN_PORT, ge=0, le=65_535, description="Port for the local network; 0 takes a free one."
    )
    mdns: bool = Field(default=True, description="Tell the local network by mDNS where the desk is.")
    name: str = Field(
        default_factory=socket.gethostname,
        min_length=1,
        max_length=60,
        description="What the desk is called on the local network.",
    )
    pairing_minutes: float = Field(default=10.0, gt=0, le=60, description="How long a pairing code is good for.")
    device_key_days: float = Field(default=90.0, gt=0, description="How long a paired device stays paired, in days.")
    data_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("lobby")),
        description="Folder of the branch's data: business data, knowledge base, sessions.",
    )
    data_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL database that several nodes share for the business data: "
        "`postgresql+psycopg://USER@HOST/DATABASE`. Without one they are a file in the data folder.",
    )
    data_password_file: Path | None = Field(
        default=None, description="File with that database's password, where the address has none."
    )
    models_dir: Path | None = Field(
        default=None, description="Folder with an operator's own model files, tried before those in the packages."
    )
    engine: Literal["embedded", "cascade", "cloud", "auto"] = Field(
        default="embedded",
        description="What answers: `embedded` does everything on this machine, `cascade` hears and speaks here and has "
        "a chat model think, `cloud` relays to a realtime model, `auto` does so while the cloud is well.",
    )
    chat_url: str | None = Field(
        default=None,
        pattern="^https?://",
        description="Base address of the chat model for `cascade`: any OpenAI-compatible API (`http://HOST:PORT/v1`).",
    )
    chat_model: str | None = Field(default=None, description="Name of the chat model there.")
    chat_api_key: SecretStr | None = Field(default=None, description="Key for the chat model, where it wants one.")
    chat_first_words_seconds: float = Field(
        default=3.0,
        gt=0,
        description="How long the chat model may leave the customer without words before the planner answers instead.",
    )
    openai_api_key: SecretStr | None = Field(default=None, description="Key for OpenAI's realtime models.")
    azure_openai_api_key: SecretStr | None = Field(
        default=None, description="Key for Azure OpenAI; without one a token of Entra ID is asked for."
    )
    cloud_model: str = Field(default="gpt-realtime", description="Realtime model at OpenAI.")
    cloud_url: str | None = Field(
        default=None, description="Base address of the realtime API (`wss://HOST/v1`); OpenAI's own by default."
    )
    cloud_deployments: tuple[CloudDeployment, ...] = Field(
        default=(), description="Several models to share the sessions, in place of the two settings above; see below."
    )
    cloud_voice: str = Field(default="marin", description="Voice of the cloud's model.")
    cloud_transcriber: str = Field(
        default="gpt-4o-mini-transcribe", description="Model at the provider that writes down what customers say."
    )
    cloud_renew_minutes: float = Field(
        default=25.0, gt=0, description="Age at which a session at the provider is replaced, between two turns."
    )
    cloud_first_audio_seconds: float = Field(
        default=3.0, gt=0, description="How long the cloud may take until something of a reply comes."
    )
    cloud_settle_seconds: float = Field(
        default=20.0, ge=0, description="With `auto`: how long the cloud must be connected before it answers again."
    )
    api_key: SecretStr | None = Field(
        default=None, description="Key that every client must show. Needed to listen beyond this machine."
    )
    operator_key: SecretStr | None = Field(
        default=None,
        description="Key of the operator API and of the page `/desk`; without one, that in the file `operator.key` in "
        "the data folder (`lobby operator key` makes it), and without that they are off.",
    )
    recording: Literal["off", "transcript", "audio"] = Field(
        default="off", description="What is kept of conversations for replay; customers are told."
    )
    recording_days: float = Field(default=14.0, gt=0, description="How long a recording is kept, in days.")
    recording_notice: str = Field(
        default="This conversation is recorded.",
        min_length=1,
        max_length=300,
        description="What customers are told at the start of a conversation that is recorded.",
    )
    allowed_origins: tuple[str, ...] = Field(
        default=(), description="Web origins, besides the server's own, whose pages may talk to the desk."
    )
    recognition_workers: int = Field(default=1, ge=1, le=16, description="Processes that recognise speech.")
    synthesis_workers: int = Field(default=1, ge=1, le=16, description="Processes that speak.")
    voice: str | None = Field(
        default=None,
        description="Voice of all agents, whatever their personas say: `joe`, `june`, `alma` or an added one.",
    )
    speed: float = Field(default=1.0, ge=0.5, le=1.5, description="How fast the desk speaks, as a factor.")
    redis_url: SecretStr | None = Field(
        default=None,
        description="Redis (6 or later) or Valkey that shares sessions with other nodes: `redis://HOST:PORT/0`, "
        "`rediss://` for TLS (`valkey://` and `valkeys://` mean the same). Without one, or "
        "while it is gone, this machine's disk keeps them.",
    )
    session_days: float = Field(default=7.0, gt=0, description="How long an idle session is remembered, in days.")
    second_socket: Literal["takes_over", "listens"] = Field(
        default="takes_over",
        description="What a second connection to an open session does: `takes_over` it (the first is closed), or "
        "`listens` to it until the first has gone.",
    )
    resume_minutes: float = Field(
        default=10.0, gt=0, le=1440, description="How long a code lives with which a session goes on elsewhere."
    )
    history_turns: int = Field(
        default=3, ge=1, le=6, description="Turns of the conversation that whoever thinks is shown."
    )
    largest_frame: int = Field(
        default=16 * 1024 * 1024, ge=65_536, description="Largest frame a client may send, in bytes."
    )
    largest_event: int = Field(
        default=15 * 1024 * 1024,
        ge=65_536,
        description="Largest client event, in bytes. A larger one that fits a frame gets an error event.",
    )
    events_per_second: float = Field(
        default=500.0,
        gt=0,
        description="Events that are taken of one client; one 10 s ahead of that is slowed down, with an error.",
    )
    bytes_per_second: float = Field(
        default=4_000_000.0,
        gt=0,
        description="Bytes that are taken of one client, by the same rule; audio/pcm takes 64 000 a second.",
    )
    open_sessions: int = Field(default=200, ge=1, description="Sessions that may be open at once.")
    idle_seconds: float = Field(
        default=3_600.0, ge=1, description="A connection over which the client sends nothing for so long is closed."
    )
    session_seconds: float = Field(
        default=86_400.0,
        ge=1,
        description="Longest that one connection may last; its session may go on at another.",
    )
    largest_backlog: int = Field(
        default=8 * 1024 * 1024,
        ge=65_536,
        description="Bytes that may wait for a client that reads slowly; beyond it the connection is closed.",
    )
    drain_seconds: float = Field(
        default=10.0, ge=0, description="How long a server that is told to stop lets running responses end."
    )
    otlp_endpoint: str | None = Field(
        default=None,
        pattern="^https?://",
        description="Where OpenTelemetry spans of turns go (`http://HOST:PORT`, OTLP over HTTP); none without it.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much goes to the log."
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line, then environment, then file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


class SettingsError(Exception):
    """A setting that cannot be used; the message names it and says why."""


def load(**given: object) -> Settings:
    """The settings in force; what is `given` (and not None) wins. Raises SettingsError."""
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(str(step) for step in first["loc"]).upper()
        raise SettingsError(f"Setting LOBBY_{name}: {first['msg']}. See docs/settings.md.") from None
    if settings.engine == "cascade" and not (settings.chat_url and settings.chat_model):
        raise SettingsError(
            "The engine cascade needs a chat model: set LOBBY_CHAT_URL and LOBBY_CHAT_MODEL. See docs/settings.md."
        )
    needs_key = settings.engine in ("cloud", "auto") and not settings.cloud_deployments
    if needs_key and settings.openai_api_key is None:
        raise SettingsError(
            f"The engine {settings.engine} needs a cloud: set LOBBY_OPENAI_API_KEY, or LOBBY_CLOUD_DEPLOYMENTS. "
            "See docs/settings.md."
        )
    if settings.host not in LOOPBACK and settings.api_key is None:
        raise SettingsError(
            f"Listening on {settings.host} needs a key: set LOBBY_API_KEY, or listen on {HOST} for this machine only."
        )
    if (missing := settings.why_not()) is not None:
        raise SettingsError(missing)
    return settings
