"""Which engine answers a session: as `LOBBY_ENGINE` says. The cloud's modules are loaded only when it is chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_server.engines.embedded import EmbeddedEngine
from edge_server.realtime.effects import EngineEvent
from edge_server.settings import CloudDeployment, Settings, SettingsError
from sync.kept_session import KeptSession

if TYPE_CHECKING:
    from edge_server.engines.cloud.auto import AutoEngine
    from edge_server.engines.cloud.deployments import Deployments
    from edge_server.engines.cloud.engine import CloudEngine
    from edge_server.engines.cloud.line import CloudOptions
    from edge_server.services import Services


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
    if settings.engine == "embedded":
        return None
    from edge_server.engines.cloud.deployments import Deployment, Deployments
    from edge_server.engines.cloud.line import CloudOptions

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
    options = CloudOptions(
        voice=settings.cloud_voice,
        transcriber=settings.cloud_transcriber,
        renew_s=settings.cloud_renew_minutes * 60,
        first_audio_s=settings.cloud_first_audio_seconds,
        history_turns=settings.history_turns,
    )
    return Cloud(
        Deployments(deployments), options, settings.cloud_settle_seconds if settings.engine == "auto" else None
    )


def make_engine(
    session: KeptSession, services: Services, emit: Callable[[EngineEvent], None]
) -> EmbeddedEngine | CloudEngine | AutoEngine:
    """The engine for one session. Call it inside a running event loop."""
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
