"""Set Lobby up and run it: needs Python 3.11 to 3.13 with pip, and nothing else.

    python3 run.py demo              the desk, its sample branch and a conversation in this terminal
    python3 run.py test [ARGS]       lint, types and tests; ARGS go to pytest
    python3 run.py lint              lint and types only
    python3 run.py setup [--again]   only prepare .venv (--again: from nothing)
    python3 run.py lock [ARGS]       renew requirements/*.txt from pyproject.toml; ARGS go to "uv lock"
    python3 run.py WORDS...          anything else is a lobby command: ask, serve, doctor, --help ...

The first start fills .venv beside this file with the packages of requirements/*.txt, each checked against its
hash. Later starts find a stamp there and go straight on, with no network. Set-up talks on the error stream, so
that the output of a command stays its own.
"""

import os
import shutil
import sys

OLDEST, NEWEST = (3, 11), (3, 13)

# Before anything that an older Python would stumble over.
if not OLDEST <= sys.version_info[:2] <= NEWEST:
    for _minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        _other = shutil.which(f"python3.{_minor}")
        if _other:
            os.execv(_other, [_other, *sys.argv])
    sys.exit(
        f"Lobby runs on Python 3.11, 3.12 or 3.13; this is Python {sys.version_info[0]}.{sys.version_info[1]}, and no "
        "python3.11, python3.12 or python3.13 is on the PATH. Install one, then start this again with it: "
        "python3.13 run.py ..."
    )

import ast
import hashlib
import json
import platform
import re
import subprocess
import threading
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
STAMP = VENV / "lobby-ready.json"
UNFINISHED = VENV / "lobby-unfinished"
OLDEST_PIP = (22, 3)
"""The first pip with `--python`, which installs into another environment."""


class SetupError(Exception):
    """Set-up cannot go on; the message says what to do."""


def say(text: str) -> None:
    """One line to the person who waits."""
    print(text, file=sys.stderr, flush=True)


# --- what is wanted, and what is there -------------------------------------------------------------------------


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


# --- progress --------------------------------------------------------------------------------------------------


@contextmanager
def step(number: int, of: int, title: str) -> Iterator[None]:
    """Announce a step, keep saying that it still runs (where nobody can see a progress bar), say how long it took."""
    started = time.monotonic()
    over = threading.Event()

    def keep_saying() -> None:
        while not over.wait(10):
            count = sum(1 for _ in VENV.glob("lib/python*/site-packages/*.dist-info"))
            say(f"      still at it, {time.monotonic() - started:.0f} s; {count} packages in place")

    say(f"[{number}/{of}] {title}")
    if not sys.stderr.isatty():
        threading.Thread(target=keep_saying, daemon=True).start()
    try:
        yield
    finally:
        over.set()
    say(f"[{number}/{of}] done in {time.monotonic() - started:.1f} s")


def run(command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> None:
    """Run a command of set-up, its output on the error stream; SetupError when it fails."""
    words = [str(word) for word in command]
    if subprocess.run(words, env=dict(env) if env else None, cwd=ROOT, stdout=sys.stderr, check=False).returncode:
        raise SetupError(f"this failed: {' '.join(words)}\nThe lines above say why.")


# --- pip and uv ------------------------------------------------------------------------------------------------


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

    Folders and `file:` addresses that do not exist are left out: pip passes over them, uv stops.
    """

    def there(place: str) -> bool:
        path = place.removeprefix("file://")
        return "://" in path or Path(path).exists()

    settings = {
        "UV_DEFAULT_INDEX": pip.get("index-url", ""),
        "UV_INDEX": " ".join(filter(there, pip.get("extra-index-url", "").split())),
        "UV_FIND_LINKS": ",".join(filter(there, pip.get("find-links", "").split())),
        "UV_INSECURE_HOST": " ".join(pip.get("trusted-host", "").split()),
        "UV_NO_INDEX": "1" if pip.get("no-index", "").lower() in ("1", "true", "yes", "on") else "",
        "SSL_CERT_FILE": pip.get("cert", ""),
        "HTTPS_PROXY": pip.get("proxy", ""),
        "UV_HTTP_TIMEOUT": pip.get("timeout", pip.get("default-timeout", "60")),
        # as pip does: any of the places may have a package; the hashes say which file is the right one
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }
    return {name: value for name, value in settings.items() if value}


def uv_environment() -> dict[str, str]:
    """The environment for uv: pip's settings, where the person has set nothing for uv itself."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    fixed = {"UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": str(VENV)}
    return {**uv_settings(parse_pip_settings(listing)), **os.environ, **fixed}


def pip_command() -> list[str | Path]:
    """A pip that installs into `.venv`: the machine's own where it can, else the one that comes with Python."""
    found = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"pip (\d+)\.(\d+)", found.stdout)
    if version and (int(version[1]), int(version[2])) >= OLDEST_PIP:
        return [sys.executable, "-m", "pip", "--python", BIN / "python"]
    unpacked = subprocess.run([BIN / "python", "-m", "ensurepip"], capture_output=True, text=True, check=False)
    if unpacked.returncode:
        raise SetupError(
            f"{sys.executable} has no pip of version 22.3 or newer, and cannot unpack one.\n"
            "On Debian or Ubuntu: sudo apt-get install python3-pip python3-venv; then start this again."
        )
    return [BIN / "python", "-m", "pip"]


def install(pip: Sequence[str | Path], groups: Sequence[str]) -> None:
    """Put the locked packages of `groups` into `.venv` with uv, or with pip where uv cannot."""
    files = [word for path in lock_files(groups) for word in ("-r", path)]
    env = uv_environment()
    words: list[str | Path] = ["install", "--no-deps", "--require-hashes", "--no-build-isolation", *files]
    try:
        run([BIN / "uv", "pip", *words, "--compile-bytecode"], env)
    except SetupError:
        say("      uv could not do it; pip will, and takes some minutes")
        run([*pip, *words], pip_environment())


def pip_environment() -> dict[str, str]:
    """The environment for pip, without a setting that would install elsewhere than in `.venv`."""
    elsewhere = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
    mine = {name: value for name, value in os.environ.items() if name not in elsewhere}
    return {**mine, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


# --- set-up ----------------------------------------------------------------------------------------------------


@contextmanager
def alone() -> Iterator[None]:
    """Let one set-up of this checkout run at a time; a second one waits."""
    import fcntl

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


def set_up(groups: Sequence[str], *, again: bool = False) -> None:
    """Make `.venv` hold the packages of `groups`, and Lobby itself; at once where it already does.

    A set-up that was interrupted starts over from an empty environment; one for changed locks installs the
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
        counts = [len(re.findall(r"^\S+==", path.read_text("utf-8"), re.MULTILINE)) for path in lock_files(groups)]
        say(f"Setting Lobby up in {VENV} (once; Python {platform.python_version()}, {platform.machine()})")
        STAMP.unlink(missing_ok=True)
        with step(1, 4, "an empty environment" if fresh else "the environment that is there"):
            if fresh:
                own = getattr(sys, "_base_executable", sys.executable)
                run([own, "-m", "venv", "--without-pip", "--clear", VENV])
            UNFINISHED.touch()
            pip = pip_command()
        with step(2, 4, "the installer and the build tools"):
            quiet = ["install", "--quiet", "--no-deps", "--require-hashes", "--no-warn-script-location"]
            run([*pip, *quiet, "-r", *lock_files(["setup"])], pip_environment())
        with step(3, 4, f"{sum(counts)} locked packages, each checked against its hash"):
            install(pip, groups)
        with step(4, 4, "Lobby itself"):
            editable: list[str | Path] = ["install", "--quiet", "--no-deps", "--no-build-isolation", "-e", ROOT]
            run([*pip, *editable], pip_environment())
        STAMP.write_text(json.dumps({"groups": groups, "fingerprint": fingerprint(groups)}), "utf-8")
        UNFINISHED.unlink()
        say(f"Lobby is set up ({time.monotonic() - started:.0f} s). From now on no network is needed.")


# --- the words -------------------------------------------------------------------------------------------------

LINT = (
    ("lint", ["ruff", "check", "."]),
    ("format", ["ruff", "format", "--check", "."]),
    ("types", ["mypy"]),
)


def check(checks: Sequence[tuple[str, Sequence[str]]]) -> int:
    """Run each check to its end, from the checkout; 0 when all passed, else 1, with a line for each on top of it."""
    results = []
    for name, command in checks:
        say(f"--- {name}: {' '.join(command)}")
        started = time.monotonic()
        code = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, check=False).returncode
        results.append((name, code, time.monotonic() - started))
    for name, code, seconds in results:
        say(f"{'passed' if code == 0 else f'FAILED (exit code {code})'}: {name}, {seconds:.0f} s")
    return int(any(code for _, code, _ in results))


def test(arguments: Sequence[str]) -> int:
    """Everything that a change must pass. pytest that finds no tests (exit code 5) is a failure too."""
    packages = ROOT / "deploy" / "install-system-packages"
    if subprocess.run([packages], cwd=ROOT, stdout=sys.stderr, check=False).returncode:
        say("going on without those system packages: the tests that need them will say so")
    return check([*LINT, ("tests", ["pytest", *arguments])])


def lock(arguments: Sequence[str]) -> int:
    """Renew the lock files. They carry hashes and no addresses; `uv.lock`, which does, stays out of git."""
    uv, env = BIN / "uv", uv_environment()
    # what lies around on this machine alone has no place in a lock
    env = {name: value for name, value in env.items() if name not in ("UV_INDEX", "UV_FIND_LINKS")}
    run([uv, "lock", *arguments], env)
    for group, option in (("run", "--no-dev"), ("dev", "--only-dev"), ("setup", "--only-group=setup")):
        [path] = lock_files([group])
        form = ["--format", "requirements-txt", "--no-header", "--no-annotate", "--no-emit-project", "--quiet"]
        run([uv, "export", "--frozen", option, *form, "-o", path], env)
        say(f"{path.relative_to(ROOT)} is renewed")
    return 0


def lobby(arguments: Sequence[str]) -> NoReturn:
    """Become the `lobby` command, so that signals and the exit code are its own."""
    sys.stdout.flush()
    os.execv(BIN / "lobby", [str(BIN / "lobby"), *arguments])


def main(arguments: Sequence[str]) -> int:
    """Do what the words say; the exit code: 0 done, 1 failed, 2 bad usage, 130 interrupted."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(__doc__)
        return 0 if arguments else 2
    word, rest = arguments[0], arguments[1:]
    if sys.platform == "win32":
        say("Lobby runs on Linux; on Windows, start this inside WSL 2.")
        return 1
    try:
        set_up(("run", "dev") if word in ("test", "lint") else ("run",), again=word == "setup" and "--again" in rest)
        if word == "test":
            return test(rest)
        if word == "lint":
            return check(LINT)
        if word == "lock":
            return lock(rest)
        if word == "setup":
            say(f"ready: {BIN / 'lobby'}")
            return 0
        lobby(arguments)
    except SetupError as error:
        say(f"Set-up stopped: {error}\nStart the same command again when that is mended; nothing half-done is kept.")
        return 1
    except KeyboardInterrupt:
        say("interrupted; start the same command again to go on")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
