"""Filling `.venv` from the lock files, with uv or pip. Needs nothing but Python itself and a pip.

uv installs in seconds what takes pip minutes, so pip fetches uv (pinned and hashed like everything else), and uv
the rest. uv does not read pip's configuration: a mirror, a certificate or a proxy that is set for pip is handed on.
"""

import ast
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.progress import SetupError, run, say, step

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMP = VENV / "lobby-ready.json"
UNFINISHED = VENV / "lobby-unfinished"
OLDEST_PIP = (22, 3)
"""The first pip with `--python`, which installs into another environment."""
NEEDED_GB = 2.0
"""A filled `.venv` takes 1.4 GB; the rest is room for one download at a time."""


def lock_files(groups: Sequence[str]) -> list[Path]:
    """The lock files of dependency groups (`run`, `dev`, `setup`)."""
    return [ROOT / "requirements" / f"{group}.txt" for group in groups]


def fingerprint(groups: Sequence[str]) -> str:
    """SHA-256 over all that an environment depends on: locks, project metadata, Python and the checkout's place."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [project["project"], project["build-system"], project["tool"]["hatch"], list(sys.version_info[:2])]
    digest = hashlib.sha256(json.dumps([wanted, str(ROOT)], sort_keys=True).encode())
    for path in lock_files(("setup", *groups)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def ready_groups() -> tuple[str, ...]:
    """The dependency groups that a finished set-up left in `.venv`: none, `run`, or `run` and `dev`."""
    try:
        stamp = json.loads(STAMP.read_text("utf-8"))
        return tuple(str(group) for group in stamp["groups"])
    except (OSError, ValueError, KeyError):
        return ()


def is_ready(groups: Sequence[str]) -> bool:
    """Whether `.venv` already holds exactly what the locks say for `groups`."""
    there = ready_groups()
    if not set(groups) <= set(there) or not (BIN / "python").exists() or not (BIN / "lobby").exists():
        return False
    stamp = json.loads(STAMP.read_text("utf-8"))
    return bool(stamp.get("fingerprint") == fingerprint(there))


def venv_version() -> tuple[int, ...] | None:
    """The Python version of `.venv`, or None where there is no environment that works."""
    try:
        line = re.search(r"^version\s*=\s*(\S+)", (VENV / "pyvenv.cfg").read_text("utf-8"), re.MULTILINE)
    except OSError:
        return None
    if line is None or not (BIN / "python").exists():
        return None
    return tuple(int(part) for part in line[1].split(".")[:2])


def parse_pip_settings(listing: str) -> dict[str, str]:
    """What `pip config list` prints as a mapping; the environment wins over the section `install`, that over `global`.

    In: lines such as `global.index-url='https://mirror/simple'`. Out: `{"index-url": "https://mirror/simple"}`.
    """
    found: dict[str, dict[str, str]] = {}
    for line in listing.splitlines():
        match = re.fullmatch(r"(global|install|:env:)\.([\w-]+)=(.*)", line.strip())
        if match:
            found.setdefault(match[1], {})[match[2]] = str(ast.literal_eval(match[3]))
    return {**found.get("global", {}), **found.get("install", {}), **found.get(":env:", {})}


def uv_settings(pip: Mapping[str, str]) -> dict[str, str]:
    """pip's settings of where packages come from, as the environment variables that uv reads.

    Folders and `file:` addresses that do not exist are left out: pip passes over them, uv stops. So are extra indexes:
    of one version uv takes the file of the extra index, be it a wheel without its library; pip takes the best of all.
    Where packages are only to be had from an extra index, pip installs them.
    """

    def there(place: str) -> bool:
        path = place.removeprefix("file://")
        return "://" in path or Path(path).exists()

    settings = {
        "UV_DEFAULT_INDEX": pip.get("index-url", ""),
        "UV_FIND_LINKS": ",".join(filter(there, pip.get("find-links", "").split())),
        "UV_INSECURE_HOST": " ".join(pip.get("trusted-host", "").split()),
        "SSL_CERT_FILE": pip.get("cert", ""),
        "HTTPS_PROXY": pip.get("proxy", ""),
        "UV_HTTP_TIMEOUT": pip.get("timeout", pip.get("default-timeout", "60")),
    }
    return {name: value for name, value in settings.items() if value}


def pip_settings() -> dict[str, str]:
    """What is set for pip on this machine, by files and by the environment."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    return parse_pip_settings(listing)


def uv_environment(pip: Mapping[str, str]) -> dict[str, str]:
    """The environment for uv: pip's settings, where the person has set nothing for uv itself."""
    return {**uv_settings(pip), **os.environ, "UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": str(VENV)}


def check_room() -> None:
    """SetupError when the disk cannot take a whole environment."""
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < NEEDED_GB:
        raise SetupError(f"{ROOT} has {free:.1f} GB free, and set-up needs {NEEDED_GB:.0f} GB: make room.")


def pip_command(python: Path | None = None) -> list[str | Path]:
    """A pip that installs into the environment of `python` (`.venv` if left out).

    It is the machine's own where that can, else the one that comes with Python.
    """
    python = python or BIN / "python"
    found = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"pip (\d+)\.(\d+)", found.stdout)
    if version and (int(version[1]), int(version[2])) >= OLDEST_PIP:
        return [sys.executable, "-m", "pip", "--python", python]
    unpacked = subprocess.run([python, "-m", "ensurepip"], capture_output=True, text=True, check=False)
    if unpacked.returncode:
        raise SetupError(
            f"{sys.executable} has no pip of version 22.3 or newer, and cannot unpack one.\n"
            "On Debian or Ubuntu: sudo apt-get install python3-pip python3-venv; then start this again."
        )
    return [python, "-m", "pip"]


def install(pip: Sequence[str | Path], groups: Sequence[str]) -> None:
    """Put the locked packages of `groups` into `.venv` with uv, or with pip where uv cannot."""
    files = [word for path in lock_files(groups) for word in ("-r", path)]
    settings = pip_settings()
    nowhere_else = ["--no-index"] if settings.get("no-index", "").lower() in ("1", "true", "yes", "on") else []
    words: list[str | Path] = ["install", "--no-deps", "--require-hashes", "--no-build-isolation", *files]
    try:
        run(
            [BIN / "uv", "pip", *words, *nowhere_else, "--compile-bytecode"],
            cwd=ROOT,
            env=uv_environment(settings),
        )
    except SetupError:
        say("      uv could not do it; pip will, and takes some minutes")
        run([*pip, *words], cwd=ROOT, env=pip_environment())


def pip_environment() -> dict[str, str]:
    """The environment for pip, without a setting that would install elsewhere than in `.venv`."""
    elsewhere = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
    mine = {name: value for name, value in os.environ.items() if name not in elsewhere}
    return {**mine, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


@contextmanager
def alone() -> Iterator[None]:
    """Let one set-up of this checkout run at a time; a second one waits."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up of this checkout is running; waiting for it")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def fill(pip: Sequence[str | Path], groups: Sequence[str]) -> None:
    """Install the build tools, the locked packages of `groups`, and Lobby, in that order."""
    counts = [len(re.findall(r"^\S+==", path.read_text("utf-8"), re.MULTILINE)) for path in lock_files(groups)]
    with step(2, 4, "the installer and the build tools"):
        quiet = ["install", "-qq", "--no-deps", "--require-hashes"]
        run([*pip, *quiet, "-r", *lock_files(["setup"])], cwd=ROOT, env=pip_environment())
    with step(3, 4, f"{sum(counts)} locked packages, each checked against its hash"):
        install(pip, groups)
    with step(4, 4, "Lobby itself"):
        editable: list[str | Path] = ["install", "-qq", "--no-deps", "--no-build-isolation", "-e", ROOT]
        run([*pip, *editable], cwd=ROOT, env=pip_environment())


def set_up(groups: Sequence[str], *, again: bool = False) -> None:
    """Make `.venv` hold the packages of `groups`, and Lobby itself; at once where it already does.

    A set-up that was killed starts over from an empty environment; one for changed locks installs the
    difference. SetupError says what to do when it cannot.
    """
    if not again and is_ready(groups):
        return
    with alone():
        if not again and is_ready(groups):
            return
        groups = tuple(dict.fromkeys((*groups, *ready_groups())))
        started = time.monotonic()
        fresh = again or UNFINISHED.exists() or venv_version() != sys.version_info[:2]
        say(f"Setting Lobby up in {VENV} (once; Python {platform.python_version()}, {platform.machine()})")
        STAMP.unlink(missing_ok=True)
        with step(1, 4, "an empty environment" if fresh else "the environment that is there"):
            if fresh:
                check_room()
                own = getattr(sys, "_base_executable", sys.executable)
                run([own, "-m", "venv", "--without-pip", "--clear", VENV], cwd=ROOT)
            UNFINISHED.touch()
            pip = pip_command()
        try:
            fill(pip, groups)
        except SetupError:
            UNFINISHED.unlink()  # a program that fails by itself leaves whole packages; only a killed one does not
            raise
        STAMP.write_text(json.dumps({"groups": groups, "fingerprint": fingerprint(groups)}), "utf-8")
        UNFINISHED.unlink()
        say(f"Lobby is set up ({time.monotonic() - started:.0f} s). From now on no network is needed.")
