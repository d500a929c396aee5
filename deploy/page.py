"""Building the web page: `web/` into `web/dist`. Needs Node.js and npm, and the network once."""

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from deploy.node import node_version
from deploy.progress import run, say, step
from deploy.set_up import ROOT, alone

WEB = ROOT / "web"
DIST = WEB / "dist"
MODULES = WEB / "node_modules"
OLDEST_NODE = (20, 19)
"""What Vite runs on."""
_NOT_SOURCES = frozenset({"node_modules", "dist"})


def build_page(*, again: bool = False) -> None:
    """Make `web/dist` hold the page as its sources say; at once where it does. SetupError says what is missing."""
    node = node_version(OLDEST_NODE, "The web page is built with")
    with alone():
        if not again and _kept(DIST / ".built") == _digest(_sources(), node):
            return
        _install(node)
        with step(2, 2, "the web page"):
            run(["npm", "run", "build"], cwd=WEB)
        (DIST / ".built").write_text(_digest(_sources(), node), "utf-8")
    say(f"the page is built: {DIST.relative_to(ROOT)}")


def page_checks() -> list[tuple[str, list[str]]]:
    """The types and tests of the page itself, as commands from the checkout."""
    npm = shutil.which("npm") or "npm"
    return [(f"page {name}", [npm, "--prefix", str(WEB), "run", "--silent", name]) for name in ("types", "test")]


def renew_page_lock() -> None:
    """Renew `web/package-lock.json`, without addresses of downloads."""
    run(["npm", "install", "--package-lock-only", "--no-audit", "--no-fund"], cwd=WEB)
    say(f"{(WEB / 'package-lock.json').relative_to(ROOT)} is renewed")


def _install(node: str) -> None:
    wanted = _digest([WEB / "package-lock.json"], node)
    if _kept(MODULES / ".installed") == wanted:
        return
    with step(1, 2, "the packages that build the web page"):
        run(["npm", "ci", "--no-audit", "--no-fund"], cwd=WEB)
    (MODULES / ".installed").write_text(wanted, "utf-8")


def _sources() -> list[Path]:
    """All files that the page is made of."""
    tops = sorted(path for path in WEB.iterdir() if path.name not in _NOT_SOURCES)
    return [path for top in tops for path in (sorted(top.rglob("*")) if top.is_dir() else [top]) if path.is_file()]


def _digest(files: Iterable[Path], node: str) -> str:
    digest = hashlib.sha256(f"{node} {WEB}".encode())
    for path in files:
        digest.update(f"{path.relative_to(WEB)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _kept(stamp: Path) -> str | None:
    try:
        return stamp.read_text("utf-8")
    except OSError:
        return None
