"""Which sound devices this machine has, which of them are wanted, and looking anew when they change.

PortAudio lists devices once, when it starts; so it is started again, which needs every stream closed. Whether that is
worth while is seen from the system's own lists, which cost nothing to read.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Side = Literal["input", "output"]
_CARDS = Path("/dev/snd")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Names of devices that are wanted; None: the system's default, else the first that opens."""

    microphone: str | None = None
    loudspeaker: str | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A device as PortAudio names it."""

    index: int
    name: str


def devices_there() -> str:
    """The system's sound devices as a text that changes when they do."""
    try:
        cards = sorted(entry.name for entry in _CARDS.iterdir())
    except OSError:
        cards = []
    runtime = os.environ.get("PULSE_RUNTIME_PATH") or str(Path(os.environ.get("XDG_RUNTIME_DIR", "/nowhere")) / "pulse")
    servers = [name for name in ("native", "pid") if (Path(runtime) / name).exists()]
    return " ".join([*cards, *servers, "looked"])


def rescan() -> None:
    """Let PortAudio list the devices anew. All streams must be closed."""
    try:
        import sounddevice
    except (OSError, ImportError):
        return
    with suppress(sounddevice.PortAudioError):
        sounddevice._terminate()
        sounddevice._initialize()


def listed(side: Side) -> list[Device]:
    """The devices of one side; none where there is no PortAudio."""
    try:
        import sounddevice
    except (OSError, ImportError):
        return []
    try:
        found = sounddevice.query_devices()
    except sounddevice.PortAudioError:
        return []
    channels = f"max_{side}_channels"
    return [Device(number, str(one["name"])) for number, one in enumerate(found) if one[channels] > 0]


def candidates(side: Side, wanted: str | None) -> list[int | None]:
    """Devices in the order in which they are tried: the wanted one, the default (None), then all others."""
    others = listed(side)
    named = [one.index for one in others if wanted and wanted in one.name]
    return [*named, None, *(one.index for one in others if one.index not in named)]
