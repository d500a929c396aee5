"""What set-up says where Node is missing or too old."""

from pathlib import Path

import pytest

from deploy.node import node_version
from deploy.progress import SetupError

OLDEST = (20, 0)


def on_the_path(folder: Path, name: str, says: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\necho {says}\n")
    program.chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_without_node_set_up_says_how_to_get_it(path: Path) -> None:
    with pytest.raises(SetupError, match="node or npm is not on the PATH.*Install both"):
        node_version(OLDEST, "The page is built with")


def test_a_node_that_is_too_old_is_named(path: Path) -> None:
    on_the_path(path, "npm", "9.2.0")
    on_the_path(path, "node", "v18.20.4")
    with pytest.raises(SetupError, match=r"node is v18\.20\.4\. .* built with Node\.js 20 or newer"):
        node_version(OLDEST, "The page is built with")


def test_a_node_that_is_new_enough_is_taken(path: Path) -> None:
    on_the_path(path, "npm", "11.0.0")
    on_the_path(path, "node", "v24.1.0")
    assert node_version(OLDEST, "The page is built with") == "24.1.0"


def test_the_second_number_counts_too(path: Path) -> None:
    on_the_path(path, "npm", "10.0.0")
    on_the_path(path, "node", "v20.18.1")
    with pytest.raises(SetupError, match=r"node is v20\.18\.1\. .* Node\.js 20\.19 or newer"):
        node_version((20, 19), "The page is built with")
