"""The lock files hold what pyproject.toml asks for, each file by its hash, and docs/dependencies.md explains it."""

import ast
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
ASKED = {
    "run": PYPROJECT["project"]["dependencies"],
    "dev": PYPROJECT["dependency-groups"]["dev"],
    "setup": PYPROJECT["dependency-groups"]["setup"],
}
FOLDERS = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
PAGE = json.loads((ROOT / "web" / "package.json").read_text("utf-8"))
PAGE_PACKAGES: tuple[str, ...] = (*PAGE["dependencies"], *PAGE["devDependencies"])
"""What the web page is made with, from npm."""
CLIENTS = tuple(path.stem for path in sorted((ROOT / "requirements").glob("conformance-*.txt")))
"""The locks of the stock clients that the conformance suite speaks with, each for an environment of its own."""
PYTHONS = ("3.11", "3.12", "3.13")


def pins(group: str) -> Iterator[tuple[Requirement, list[str]]]:
    """Every pinned requirement of a lock file with its hashes."""
    text = (ROOT / "requirements" / f"{group}.txt").read_text("utf-8").replace("\\\n", " ")
    for line in filter(None, map(str.strip, text.splitlines())):
        words = re.split(r"\s+--hash=", line)
        yield Requirement(words[0]), [word.strip() for word in words[1:]]


def locked(group: str, python: str) -> dict[str, Version]:
    """The version of each package that a lock file gives to a Python on Linux."""
    there = {"python_version": python, "python_full_version": f"{python}.1", "sys_platform": "linux"}
    found: dict[str, Version] = {}
    for pin, _ in pins(group):
        if pin.marker is None or pin.marker.evaluate({**there, "platform_machine": "x86_64"}):
            name = canonicalize_name(pin.name)
            assert name not in found, f"{name} is pinned twice for Python {python}"
            [specifier] = pin.specifier
            assert specifier.operator == "=="
            found[name] = Version(specifier.version)
    return found


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("group", ASKED)
def test_the_lock_satisfies_every_dependency(group: str, python: str) -> None:
    versions = locked(group, python)
    for line in ASKED[group]:
        asked = Requirement(line)
        version = versions.get(canonicalize_name(asked.name))
        assert version is not None, f"{asked.name} is not locked; run: python3 run.py lock"
        assert asked.specifier.contains(version, prereleases=True), f"{line}, but {version} is locked"


@pytest.mark.parametrize("python", PYTHONS)
def test_the_locks_agree_on_the_packages_they_share(python: str) -> None:
    everything: dict[str, Version] = {}
    for group in ASKED:
        for name, version in locked(group, python).items():
            assert everything.setdefault(name, version) == version, name


@pytest.mark.parametrize("group", [*ASKED, *CLIENTS])
def test_every_pin_has_hashes_and_no_address(group: str) -> None:
    for pin, hashes in pins(group):
        assert pin.url is None, pin.name
        assert hashes, f"{pin.name} has no hash"
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", word) for word in hashes), pin.name
    assert "://" not in (ROOT / "requirements" / f"{group}.txt").read_text("utf-8")


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("client", CLIENTS)
def test_the_lock_of_a_client_holds_what_was_asked_for(client: str, python: str) -> None:
    versions = locked(client, python)
    [line] = (ROOT / "requirements" / f"{client}.in").read_text("utf-8").splitlines()
    asked = Requirement(line)
    assert asked.specifier.contains(versions[canonicalize_name(asked.name)]), "run: python3 run.py lock"


def test_the_lock_of_the_node_client_has_a_hash_for_each_package_and_no_address() -> None:
    folder = ROOT / "tests" / "conformance" / "clients" / "node"
    packages = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]
    asked = json.loads((folder / "package.json").read_text("utf-8"))["dependencies"]
    assert packages.pop("")["dependencies"] == asked
    for name, package in packages.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name


def outside_imports(folder: Path) -> set[str]:
    """The top-level names that the modules of a folder import from outside of Lobby and Python."""
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found - set(FOLDERS) - sys.stdlib_module_names


@pytest.mark.parametrize("folder", FOLDERS)
def test_whatever_the_desk_imports_is_asked_for_by_name(folder: str) -> None:
    asked = {canonicalize_name(Requirement(line).name) for line in ASKED["run"]}
    carriers = packages_distributions()
    for name in sorted(outside_imports(ROOT / folder)):
        distributions = {canonicalize_name(distribution) for distribution in carriers.get(name, [])}
        assert distributions & asked, f"{folder}/ imports {name}: add {distributions or name} to pyproject.toml"


def test_torch_stays_out() -> None:
    for group in (*ASKED, *CLIENTS):
        names = {canonicalize_name(pin.name) for pin, _ in pins(group)}
        assert not names & {"torch", "transformers", "sentence-transformers"}


@pytest.mark.parametrize("group", ASKED)
def test_every_direct_dependency_is_explained(group: str) -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8").lower()
    rows = {
        canonicalize_name(name)
        for row in text.splitlines()
        if row.startswith("|")
        for name in re.findall(r"`(.+?)`", row)
    }
    missing = {canonicalize_name(Requirement(line).name) for line in ASKED[group]} - rows
    assert not missing, f"docs/dependencies.md has no row for {sorted(missing)}"


def test_every_package_of_the_page_is_explained_and_locked_without_an_address() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    lock = json.loads((ROOT / "web" / "package-lock.json").read_text("utf-8"))["packages"]
    for name in PAGE_PACKAGES:
        assert f"`{name}`" in text, name
        assert f"node_modules/{name}" in lock, f"{name} is not locked; run: python3 run.py lock"
    assert not [path for path, package in lock.items() if "resolved" in package]
    assert all("integrity" in package for path, package in lock.items() if path)


def test_no_row_explains_a_package_that_is_gone() -> None:
    asked = {canonicalize_name(name) for name in PAGE_PACKAGES} | {
        canonicalize_name(Requirement(line).name) for lines in ASKED.values() for line in lines
    }
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    named = {canonicalize_name(name) for name in re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)}
    assert named - asked == set()
