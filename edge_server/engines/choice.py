"""Which engine answers a session: as `LOBBY_ENGINE` says. The cloud's modules are loaded only when it is chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edge_server.engines.announced import Announced
from edge_server.engines.attended import Attended
from edge_server.engines.embedded import EmbeddedEngine
from edge_server.realtime.effects import EngineEvent
from edge_server.settings import CloudDeployment, Settings, SettingsError
from sync.kept_session import KeptSession

if TYPE_CHECKING:
    from edge_server.engines.cascade.endpoint import ChatEndpoint
    from edge_server.engines.cloud.auto import AutoEngine
    from edge_server.engines.cloud.deployments import Deployments
    from edge_server.engines.cloud.engine import CloudEngine
    from edge_server.engines.cloud.line import CloudOptions
    from edge_server.services import Services


READY_S = 0.8
"""How long a turn waits for the cloud's line to open, where this machine can answer as well."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """The cloud as all sessions share it. `settle_s` None: there is no falling back to the embedded engine."""

    deployments: Deployments
    options: CloudOptions
    settle_s: float | None


def cloud_of(settings: Settings) -> Cloud | None:
    """The cloud that the settings describe; None when only this machine answers.

    Raises SettingsError when a deployment's key file cannot be read.
    """
    if settings.engine not in ("cloud", "auto"):
        return None
    from edge_server.engines.cloud.line import CloudOptions

    first_audio_s = settings.cloud_first_audio_seconds
    options = CloudOptions(
        voice=settings.cloud_voice,
        transcriber=settings.cloud_transcriber,
        renew_s=settings.cloud_renew_minutes * 60,
        ready_s=min(READY_S, first_audio_s) if settings.engine == "auto" else first_audio_s,
        first_audio_s=first_audio_s,
        history_turns=settings.history_turns,
    )
    return Cloud(
        deployments_of(settings), options, settings.cloud_settle_seconds if settings.engine == "auto" else None
    )


def deployments_of(settings: Settings) -> Deployments:
    """The deployments that the settings describe, whichever engine answers.

    Raises SettingsError when a deployment's key file cannot be read.
    """
    from edge_server.engines.cloud.deployments import Deployment, Deployments

    given = settings.cloud_deployments or (
        CloudDeployment(name="openai", model=settings.cloud_model, url=settings.cloud_url),
    )
    deployments: list[Deployment] = []
    for one in given:
        key = settings.openai_api_key if one.kind == "openai" else settings.azure_openai_api_key
        try:
            key = one.key(key)
        except OSError as error:
            raise SettingsError(f"The key file of cloud deployment {one.name} cannot be read: {error}.") from None
        deployments.append(Deployment(one.name, one.model, one.kind, one.url, key, one.api_version))
    return Deployments(deployments)


def chat_of(settings: Settings) -> ChatEndpoint | None:
    """The chat model that the settings describe; None when none is to think."""
    if settings.engine != "cascade" or settings.chat_url is None or settings.chat_model is None:
        return None
    from edge_server.engines.cascade.endpoint import ChatEndpoint

    return ChatEndpoint(
        settings.chat_url,
        settings.chat_model,
        settings.chat_api_key,
        first_words_s=settings.chat_first_words_seconds,
    )


def make_engine(session: KeptSession, services: Services, emit: Callable[[EngineEvent], None]) -> Announced:
    """The engine for one session, with a seat for a person. Call it inside a running event loop."""

    def attended(tell: Callable[[EngineEvent], None]) -> Attended:
        return Attended(
            lambda told: _engine(session, services, told),
            desk=services.desk,
            speech=services.speech,
            keep=session.keep,
            emit=tell,
        )

    return Announced(attended, desk=services.desk, speech=services.speech, emit=emit)


def _engine(
    session: KeptSession, services: Services, emit: Callable[[EngineEvent], None]
) -> EmbeddedEngine | CloudEngine | AutoEngine:
    if services.chat is not None:
        from edge_server.engines.cascade.desk import CASCADE, ChatDesk

        return EmbeddedEngine(
            replace(session.state, engine=CASCADE),
            desk=ChatDesk(services.desk, services.chat),
            speech=services.speech,
            keep=session.keep,
            emit=emit,
            active=CASCADE,
        )
    cloud = services.cloud
    if cloud is None:
        return EmbeddedEngine(session.state, desk=services.desk, speech=services.speech, keep=session.keep, emit=emit)
    if cloud.settle_s is None:
        from edge_server.engines.cloud.engine import CloudEngine

        return CloudEngine(
            session.state,
            desk=services.desk,
            speech=services.speech,
            keep=session.keep,
            emit=emit,
            deployments=cloud.deployments,
            options=cloud.options,
        )
    from edge_server.engines.cloud.auto import AutoEngine

    return AutoEngine(
        session.state,
        desk=services.desk,
        speech=services.speech,
        keep=session.keep,
        emit=emit,
        deployments=cloud.deployments,
        options=cloud.options,
        settle_s=cloud.settle_s,
    )
