"""Environments for the stock clients of the conformance suite: one for each client, apart from Lobby's own.

The Python clients get an environment each in `.conformance/`, filled from their own lock in `requirements/`; the Node
client gets its `node_modules` beside its script, from `package-lock.json`. Every file is checked against its hash.
"""

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.node import node_version
from deploy.progress import SetupError, run, say, step
from deploy.set_up import BIN, ROOT, alone, lock_files, pip_command, pip_environment, pip_settings, uv_environment

FOLDER = ROOT / ".conformance"
CLIENTS = ("openai-agents", "pipecat", "livekit")
"""Those in Python. The `openai` SDK is Lobby's own dependency and needs no environment."""
NODE = ROOT / "tests" / "conformance" / "clients" / "node"
OLDEST_NODE = (20, 0)


def lock_of(client: str) -> Path:
    """The lock file of a Python client."""
    return ROOT / "requirements" / f"conformance-{client}.txt"


def wishes_of(client: str) -> Path:
    """What a Python client's lock is made from."""
    return lock_of(client).with_suffix(".in")


def python_of(client: str) -> Path:
    """The interpreter of a Python client's environment."""
    return FOLDER / client / "bin" / "python"


def set_up_clients() -> None:
    """Make every client's environment hold what its lock says; at once where it already does.

    Needs `.venv` with its installer. SetupError says what to do when it cannot.
    """
    node = node_version(OLDEST_NODE, "The client @openai/agents-realtime runs on")
    with alone():
        FOLDER.mkdir(exist_ok=True)
        steps = len(CLIENTS) + 1
        for number, client in enumerate(CLIENTS, 1):
            if not _is_filled(client):
                with step(number, steps, f"the environment of {client}"):
                    _fill(client)
        if _stamp("node").exists() and _stamp("node").read_text("utf-8") == _node_digest(node):
            return
        with step(steps, steps, "the environment of @openai/agents-realtime"):
            run(["npm", "ci", "--no-audit", "--no-fund"], cwd=NODE)
            _stamp("node").write_text(_node_digest(node), "utf-8")


def _fill(client: str) -> None:
    """Make an environment from nothing and install the locked packages of `client` into it."""
    folder, python = FOLDER / client, python_of(client)
    own = getattr(sys, "_base_executable", sys.executable)
    _stamp(client).unlink(missing_ok=True)
    run([own, "-m", "venv", "--without-pip", "--clear", folder], cwd=ROOT)
    # build tools first: a package that comes as source alone is built with them, and with nothing that is not locked
    for locks in (lock_files(["setup"]), [lock_of(client)]):
        _install(python, locks)
    _stamp(client).write_text(_digest(client), "utf-8")


def _install(python: Path, locks: Sequence[Path]) -> None:
    files = [word for path in locks for word in ("-r", str(path))]
    words = ["install", "--no-deps", "--require-hashes", "--no-build-isolation", *files]
    settings = pip_settings()
    try:
        environment = {**uv_environment(settings), "VIRTUAL_ENV": str(python.parent.parent)}
        run([BIN / "uv", "pip", *words], cwd=ROOT, env=environment)
    except SetupError:
        say("      uv could not do it; pip will, and takes some minutes")
        run([*pip_command(python), *words], cwd=ROOT, env=pip_environment())


def _stamp(client: str) -> Path:
    return FOLDER / f"{client}.ready"


def _is_filled(client: str) -> bool:
    there = _stamp(client).exists() and python_of(client).exists()
    return there and _stamp(client).read_text("utf-8") == _digest(client)


def _digest(client: str) -> str:
    """SHA-256 over what an environment depends on: its lock, Python, and where it stands."""
    about = f"{sys.version_info[:2]} {FOLDER}".encode()
    return hashlib.sha256(about + lock_of(client).read_bytes()).hexdigest()


def _node_digest(node: str) -> str:
    about = f"{node} {NODE} {(NODE / 'node_modules').is_dir()}".encode()
    return hashlib.sha256(about + (NODE / "package-lock.json").read_bytes()).hexdigest()


def conformance_environment() -> dict[str, str]:
    """The environment variables that the suite needs to find its clients."""
    return {**os.environ, "CONFORMANCE_FOLDER": str(FOLDER)}


def renew_locks(arguments: Sequence[str], form: Sequence[str], env: dict[str, str]) -> None:
    """Renew the locks of the clients; `form` are the installer's words for how a lock looks."""
    for client in CLIENTS:
        source, lock = wishes_of(client), lock_of(client)
        run([BIN / "uv", "pip", "compile", *form, *arguments, source, "--output-file", lock], cwd=ROOT, env=env)
        say(f"{lock.relative_to(ROOT)} is renewed")
    run(["npm", "install", "--package-lock-only", "--no-audit", "--no-fund"], cwd=NODE)
    say(f"{(NODE / 'package-lock.json').relative_to(ROOT)} is renewed")
