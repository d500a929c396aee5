"""The operator's key: from the settings, or from a file that comes and changes while the server runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from edge_server.cli.main import cli
from edge_server.operator.key import KEY_FILE, OperatorKey, hand_on_key
from edge_server.settings import Settings


def lobby(folder: Path, *words: str) -> str:
    done = CliRunner().invoke(cli, ["operator", "key", *words, "--data-dir", str(folder)])
    assert done.exit_code == 0, done.output
    return done.output.strip()


def test_a_running_server_takes_the_key_that_the_command_makes_and_changes(tmp_path: Path) -> None:
    key = OperatorKey(Settings(data_dir=tmp_path))
    assert key() is None
    first = lobby(tmp_path)
    assert first.startswith("ok_") and key() == first == lobby(tmp_path)
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    second = lobby(tmp_path, "--new")
    assert second != first and key() == second
    (tmp_path / KEY_FILE).unlink()
    assert key() is None


def test_the_setting_goes_before_the_file(tmp_path: Path) -> None:
    lobby(tmp_path)
    assert OperatorKey(Settings(data_dir=tmp_path, operator_key=SecretStr("given")))() == "given"


def test_the_terminal_is_told_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOBBY_OPERATOR_KEY", "")
    monkeypatch.delenv("LOBBY_OPERATOR_KEY")
    hand_on_key(Settings(data_dir=tmp_path))
    assert "LOBBY_OPERATOR_KEY" not in os.environ
    made = lobby(tmp_path)
    hand_on_key(Settings(data_dir=tmp_path))
    assert os.environ["LOBBY_OPERATOR_KEY"] == made
    monkeypatch.delenv("LOBBY_OPERATOR_KEY")
