"""Building the page: what it needs, and when it is built again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deploy import page
from deploy.progress import SetupError


def program(folder: Path, name: str, says: str) -> None:
    """A program `name` that prints `says`; it makes an empty page when npm builds one, and notes what it was asked."""
    path = folder / name
    path.write_text(
        f'#!/bin/sh\necho "{name} $*" >> "{folder}/asked"\necho "{says}"\n'
        'if [ "$1" = run ]; then mkdir -p dist; echo "<title>page</title>" > dist/index.html; fi\n'
        'if [ "$1" = ci ]; then mkdir -p node_modules; fi\n'
    )
    path.chmod(0o755)


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    web = tmp_path / "web"
    (web / "src").mkdir(parents=True)
    (web / "src" / "main.tsx").write_text("// the page")
    (web / "package-lock.json").write_text("{}")
    for name, path in (("ROOT", tmp_path), ("WEB", web), ("DIST", web / "dist"), ("MODULES", web / "node_modules")):
        monkeypatch.setattr(page, name, path)
    return web


def asked(folder: Path) -> list[str]:
    return [line for line in (folder / "asked").read_text().splitlines() if line.startswith("npm")]


def test_without_node_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sources: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match=r"node or npm is not on the PATH.*20\.19"):
        page.build_page()


def test_an_old_node_is_refused_by_its_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sources: Path) -> None:
    program(tmp_path, "node", "v18.20.4")
    program(tmp_path, "npm", "")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(SetupError, match=r"node is v18\.20\.4"):
        page.build_page()


def test_it_builds_once_and_again_only_when_something_has_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sources: Path
) -> None:
    program(tmp_path, "node", "v20.19.1")
    program(tmp_path, "npm", "")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    page.build_page()
    page.build_page()
    assert asked(tmp_path) == ["npm ci --no-audit --no-fund", "npm run build"]
    (sources / "src" / "main.tsx").write_text("// another page")
    page.build_page()
    assert asked(tmp_path)[2:] == ["npm run build"]
    (sources / "package-lock.json").write_text('{"packages": {}}')
    page.build_page()
    assert asked(tmp_path)[3:] == ["npm ci --no-audit --no-fund", "npm run build"]
