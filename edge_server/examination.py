"""What `lobby doctor` looks at: each check gives findings, none of them changes anything."""

from __future__ import annotations

import errno
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from edge_server import examination_far
from edge_server.findings import Finding
from edge_server.settings import Settings

Progress = Callable[[str, int, int], None]

PYTHONS = ((3, 11), (3, 13))
LEAST_FREE_MB = 500
"""Free disk that the branch's data, sessions and logs should find."""
LEAST_MEMORY_MB = 2_000
SOUND_CHECK_S = 60.0


def examine(settings: Settings, progress: Progress, *, audio: bool = False, phone: bool = False) -> list[Finding]:
    """Look at everything, in the order in which a person would mend it. `audio`: play a sound and listen to it, too;
    `phone`: ask Communication Services and the public address."""
    checks: list[tuple[str, Callable[[Settings], Iterator[Finding]]]] = [
        ("Python", lambda _: _python()),
        ("models", _models),
        ("sound", lambda _: _sound()),
        ("data", _data),
        ("disk", _disk),
        ("port", _port),
        ("cloud", examination_far.cloud),
        ("chat model", examination_far.chat),
    ]
    if audio:
        checks.append(("whether the desk hears itself", lambda _: hands_free()))
    if phone:
        from edge_server.phone import check as calls

        checks.append(("phone", calls.phone))
    findings: list[Finding] = []
    for done, (name, check) in enumerate(checks):
        progress(f"looking: {name}", done, len(checks))
        findings += check(settings)
    return findings


def _python() -> Iterator[Finding]:
    version = platform.python_version()
    lowest, highest = PYTHONS
    if lowest <= sys.version_info[:2] <= highest:
        yield Finding("Python", "ok", version)
    else:
        advice = "set Lobby up with Python 3.11, 3.12 or 3.13"
        yield Finding("Python", "problem", f"{version} is not supported", advice)
    cores = os.cpu_count() or 1
    memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    found = f"{cores} cores, {memory_mb} MB of memory"
    if cores < 2 or memory_mb < LEAST_MEMORY_MB:
        advice = f"answers will be slow: Lobby is made for 2 cores and {LEAST_MEMORY_MB} MB or more"
        yield Finding("machine", "note", found, advice)
    else:
        yield Finding("machine", "ok", found)


def _models(settings: Settings) -> Iterator[Finding]:
    from data.embeddings import MINILM, MINILM_TOKENIZER
    from data.model_files import ModelError, verify
    from edge_server.speech.kokoro_voice import NETWORK, STYLES, SYMBOLS, kokoro_voices
    from edge_server.speech.piper_voice import JOE, piper_voices
    from edge_server.speech.vad import SILERO
    from edge_server.speech.whisper_files import WHISPER_BASE as WHISPER

    whisper = (WHISPER.model, WHISPER.config, WHISPER.tokenizer, WHISPER.vocabulary)
    for file in (SILERO, *whisper, JOE.model, JOE.config, NETWORK, STYLES, SYMBOLS, MINILM, MINILM_TOKENIZER):
        try:
            found = verify(file, settings.models_dir)
        except ModelError as error:
            yield Finding(file.what, "problem", "missing or damaged", str(error))
        else:
            origin = "from the models folder" if found.own else "from its package"
            yield Finding(file.what, "ok", f"{file.name}, {origin}, SHA-256 {found.sha256[:12]}…")
    with suppress(ModelError):  # said above
        voices = {**piper_voices(settings.models_dir), **kokoro_voices(settings.models_dir)}
        yield Finding("voices", "ok", ", ".join(voices))


def _sound() -> Iterator[Finding]:
    try:
        import sounddevice
    except OSError:
        advice = "install it to talk at this machine (Debian: apt-get install libportaudio2); typing works without"
        yield Finding("PortAudio", "note", "not installed", advice)
        return
    yield Finding("PortAudio", "ok", str(sounddevice.get_portaudio_version()[1]))
    for what, channels in (("microphone", "max_input_channels"), ("loudspeaker", "max_output_channels")):
        devices = [device for device in sounddevice.query_devices() if device[channels] > 0]
        if devices:
            yield Finding(what, "ok", ", ".join(str(device["name"]) for device in devices[:3]))
        else:
            yield Finding(what, "note", "none", "plug one in to talk at this machine; typing works without")


def hands_free(kiosk: tuple[str, ...] = (sys.executable, "-m", "kiosk_tui")) -> Iterator[Finding]:
    """What the terminal's own check says, run by the command `kiosk`; it plays a sound for some seconds."""
    try:
        done = subprocess.run(
            [*kiosk, "--check-sound", "--json"], capture_output=True, text=True, timeout=SOUND_CHECK_S, check=False
        )
        verdict = json.loads(done.stdout)
        works, line = bool(verdict["hands_free"]), str(verdict["line"])
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError):
        advice = "run `python -m kiosk_tui --check-sound` in a terminal to see why"
        yield Finding("hands-free", "note", "the check of the sound did not end", advice)
        return
    yield Finding("hands-free", "ok" if works else "note", line)


def _data(settings: Settings) -> Iterator[Finding]:
    from data.branch import Branch
    from data.errors import DataError
    from data.prepare import is_prepared
    from edge_server.cli.reach import running_server
    from edge_server.services import server_of

    folder = settings.data_dir
    nearest = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not os.access(nearest, os.W_OK) or not nearest.is_dir():
        advice = "make it writable for this user, or choose another with --data-dir"
        yield Finding("data folder", "problem", f"{folder} cannot be written", advice)
        return
    yield Finding("data folder", "ok", str(folder))
    url = running_server(settings, elsewhere=False)
    try:
        server = server_of(settings)
        prepared = url is not None or is_prepared(folder, server)
    except DataError as error:
        yield Finding("data", "problem", "cannot be opened", str(error))
        return
    if server is not None:
        yield Finding("data server", "ok", str(server))
    if url is not None:
        yield Finding("data", "ok", f"in use by the server at {url}")
    elif not prepared:
        advice = "the first start makes the sample branch; or `lobby data init`"
        yield Finding("data", "note", "none yet", advice)
    else:
        try:
            branch = Branch.open(server or folder)
        except DataError as error:
            yield Finding("data", "problem", "cannot be opened", str(error))
            return
        version, today = branch.data_version, branch.clock.today()
        branch.close()
        found = f"schema {version.schema}, {version.flights} flights, {version.customers} customers, day {today}"
        old = version.sample_day is not None and version.sample_day != today
        stale = f"the sample was made for {version.sample_day}; `lobby data reset` makes it anew"
        yield Finding("data", "note" if old else "ok", found, stale if old else None)


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    nearest: Path = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    free_mb = shutil.disk_usage(nearest).free // 2**20
    found = f"{free_mb} MB free for {folder}"
    if free_mb < LEAST_FREE_MB:
        yield Finding("disk", "problem", found, f"make room: {LEAST_FREE_MB} MB or more")
    else:
        yield Finding("disk", "ok", found)


def _port(settings: Settings) -> Iterator[Finding]:
    from edge_server.cli.reach import answers

    address = f"{settings.host}:{settings.port}"
    family, kind, _, _, target = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(target)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and answers(f"http://{address}"):
                yield Finding("port", "ok", f"a Lobby server answers at {address}")
            else:
                advice = "choose another with --port (LOBBY_PORT), or stop what listens there"
                yield Finding("port", "problem", f"{address}: {error.strerror}", advice)
        else:
            yield Finding("port", "ok", f"{address} is free")
