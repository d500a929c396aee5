"""Set Lobby up and run it: needs Python 3.11 to 3.13 with pip, and nothing else.

    python3 run.py demo              the desk, its sample branch and a conversation in this terminal
    python3 run.py web [--again]     build the web page, which the server then serves (needs Node.js 20.19 with npm)
    python3 run.py test [ARGS]       lint, types and tests but the slow ones; ARGS go to pytest
    python3 run.py slow [ARGS]       the slow tests: whole servers, real time, kills, browser and telephone by voice
    python3 run.py lint              lint and types only
    python3 run.py conformance       stock clients of other makers speak with the desk; arguments go to pytest
    python3 run.py setup [--again]   only prepare .venv (--again: from nothing)
    python3 run.py lock [--upgrade]  renew requirements/*.txt from pyproject.toml (--upgrade: newer versions)
    python3 run.py WORDS...          anything else is a lobby command: ask, serve, doctor, --help ...

The first start fills .venv beside this file with the packages of requirements/*.txt, each checked against its
hash. Later starts find a stamp there and go straight on, with no network. Set-up talks on the error stream, so
that the output of a command stays its own.
"""

import os
import shutil
import subprocess
import sys

if sys.platform == "win32":
    sys.exit("Lobby runs on Linux; on Windows, start this inside WSL 2.")

OLDEST, NEWEST = (3, 11), (3, 13)

# Before anything that an older Python would stumble over.
if not OLDEST <= sys.version_info[:2] <= NEWEST:
    for _minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        _other = shutil.which(f"python3.{_minor}")
        if _other and subprocess.call([_other, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            os.execv(_other, [_other, *sys.argv])
    sys.exit(
        f"Lobby runs on Python 3.11, 3.12 or 3.13; this is Python {sys.version_info[0]}.{sys.version_info[1]}, and no "
        "python3.11, python3.12 or python3.13 is on the PATH. Install one, then start this again with it: "
        "python3.13 run.py ..."
    )

import time
from collections.abc import Sequence
from typing import NoReturn

from deploy.conformance import conformance_environment, renew_locks, set_up_clients
from deploy.page import build_page, page_checks, renew_page_lock
from deploy.progress import SetupError, run, say
from deploy.set_up import BIN, ROOT, lock_files, pip_settings, set_up, uv_environment

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
    try:
        build_page()
        page = page_checks()
    except SetupError as error:
        say(f"going on without the web page: its tests are skipped. {error}")
        page = []
    # a file's tests stay in one process; four of them, with their models and servers, fit into a small machine
    spread = ["--numprocesses", "auto", "--maxprocesses", "4", "--dist", "loadfile"]
    return check([*LINT, *page, ("tests", ["pytest", "-m", "not slow", *spread, *arguments])])


def slow(arguments: Sequence[str]) -> int:
    """The tests that take long: whole servers, real time, kills, a browser and a telephone by voice."""
    subprocess.run([ROOT / "deploy" / "install-system-packages"], cwd=ROOT, stdout=sys.stderr, check=False)
    try:
        build_page()
    except SetupError as error:
        say(f"going on without the web page: its tests are skipped. {error}")
    return check([("slow tests", ["pytest", "-m", "slow", "--ignore=tests/conformance", *arguments])])


def lock(arguments: Sequence[str]) -> int:
    """Renew the lock files, with hashes and without addresses; versions that still fit stay as they are."""
    # what lies around on this machine alone has no place in a lock
    here_alone = ("UV_INDEX", "UV_FIND_LINKS")
    env = {name: value for name, value in uv_environment(pip_settings()).items() if name not in here_alone}
    [run_lock, dev_lock, setup_lock] = lock_files(["run", "dev", "setup"])
    form = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate", "--no-header", "--quiet"]
    for path, source in (
        (run_lock, ["pyproject.toml"]),
        (dev_lock, ["--group", "dev", "--constraint", str(run_lock)]),
        (setup_lock, ["--group", "setup", "--constraint", str(run_lock), "--constraint", str(dev_lock)]),
    ):
        run([BIN / "uv", "pip", "compile", *form, *arguments, *source, "--output-file", path], cwd=ROOT, env=env)
        say(f"{path.relative_to(ROOT)} is renewed")
    renew_locks(arguments, form, env)
    renew_page_lock()
    return 0


def conformance(arguments: Sequence[str]) -> int:
    """Conversations of stock clients with a running server, each client in an environment of its own."""
    set_up_clients()
    command = [str(BIN / "pytest"), "tests/conformance", *arguments]
    return int(subprocess.run(command, cwd=ROOT, env=conformance_environment(), check=False).returncode != 0)


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
    try:
        if word == "web":
            build_page(again="--again" in rest)
            return 0
        set_up(
            ("run", "dev") if word in ("test", "slow", "lint", "conformance") else ("run",),
            again=word == "setup" and "--again" in rest,
        )
        if word == "test":
            return test(rest)
        if word == "slow":
            return slow(rest)
        if word == "lint":
            return check(LINT)
        if word == "conformance":
            return conformance(rest)
        if word == "lock":
            return lock(rest)
        if word == "setup":
            say(f"ready: {BIN / 'lobby'}")
            return 0
        lobby(arguments)
    except SetupError as error:
        say(f"Set-up stopped: {error}\nStart the same command again when that is mended.")
        return 1
    except KeyboardInterrupt:
        say("interrupted; start the same command again to go on")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
