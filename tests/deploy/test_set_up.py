"""Set-up: what it takes over from pip's settings, when it has nothing to do, and what it says while it works."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy import set_up
from deploy.progress import Progress, SetupError, run
from deploy.set_up import parse_pip_settings, uv_settings

ROOT = Path(__file__).resolve().parent.parent.parent


def test_pip_settings_of_the_environment_win_over_those_of_files() -> None:
    listing = (
        ":env:.index-url='https://from.environment/simple'\n"
        "global.cert='/etc/ssl/branch.pem'\n"
        "global.index-url='https://from.file/simple'\n"
        "install.timeout='7'\n"
        "freeze.timeout='99'\n"
    )
    assert parse_pip_settings(listing) == {
        "index-url": "https://from.environment/simple",
        "cert": "/etc/ssl/branch.pem",
        "timeout": "7",
    }


def test_uv_gets_the_mirror_that_pip_uses_but_no_extra_index_and_no_folder_that_is_not_there(tmp_path: Path) -> None:
    there = f"file://{tmp_path}"
    settings = uv_settings(
        {
            "index-url": "https://mirror.branch/simple",
            "extra-index-url": f"https://second.branch/simple {there}",
            "find-links": f"{tmp_path} /no/such/wheels",
            "cert": "/etc/ssl/branch.pem",
        }
    )
    assert settings["UV_DEFAULT_INDEX"] == "https://mirror.branch/simple"
    assert "UV_INDEX" not in settings
    assert settings["UV_FIND_LINKS"] == str(tmp_path)
    assert settings["SSL_CERT_FILE"] == "/etc/ssl/branch.pem"


def test_without_pip_settings_uv_keeps_its_own() -> None:
    assert not {"UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "SSL_CERT_FILE"} & uv_settings({}).keys()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose `.venv` a set-up has just finished."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    venv = tmp_path / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    (venv / "bin" / "lobby").touch()
    for name, path in {"ROOT": tmp_path, "VENV": venv, "BIN": venv / "bin", "STAMP": venv / "stamp"}.items():
        monkeypatch.setattr(set_up, name, path)
    stamp = {"groups": ["run"], "fingerprint": set_up.fingerprint(["run"])}
    (venv / "stamp").write_text(json.dumps(stamp))
    return tmp_path


def test_a_finished_set_up_is_recognised(checkout: Path) -> None:
    assert set_up.is_ready(["run"])


def test_the_tests_need_more_than_the_desk(checkout: Path) -> None:
    assert not set_up.is_ready(["run", "dev"])


@pytest.mark.parametrize("name", ["requirements/run.txt", "requirements/setup.txt", "pyproject.toml"])
def test_a_changed_lock_or_project_asks_for_set_up(checkout: Path, name: str) -> None:
    path = checkout / name
    path.write_text(path.read_text().replace("0.1.0", "0.1.1").replace("sha256:", "sha256:0"))
    assert not set_up.is_ready(["run"])


def test_changed_lint_rules_ask_for_nothing(checkout: Path) -> None:
    path = checkout / "pyproject.toml"
    path.write_text(path.read_text() + '\n[tool.other]\nline = "100"\n')
    assert set_up.is_ready(["run"])


@pytest.mark.parametrize("gone", ["bin/lobby", "bin/python", "stamp"])
def test_a_damaged_environment_asks_for_set_up(checkout: Path, gone: str) -> None:
    (checkout / ".venv" / gone).unlink()
    assert not set_up.is_ready(["run"])


def test_a_stamp_that_was_cut_off_asks_for_set_up(checkout: Path) -> None:
    (checkout / ".venv" / "stamp").write_text('{"groups": ["ru')
    assert not set_up.is_ready(["run"])


def test_a_full_disk_is_said_before_anything_is_done(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(set_up, "NEEDED_GB", 1e9)
    with pytest.raises(SetupError, match="make room"):
        set_up.check_room()


def test_progress_counts_downloads() -> None:
    progress = Progress()
    for line in ("Resolved 133 packages in 2ms", "Downloading duckdb (23.2MiB)", "Downloading numpy (15.9MiB)"):
        progress.note(line)
    assert "0 of 2 downloads done; now duckdb (23.2MiB), numpy (15.9MiB)" in progress.status()
    progress.note(" Downloaded duckdb")
    assert "1 of 2 downloads done; now numpy (15.9MiB)" in progress.status()
    progress.note("Prepared 133 packages in 7.06s")
    assert progress.status().endswith("installing")


def test_a_program_that_fails_is_named_with_what_it_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = [sys.executable, "-c", "import sys; print('no such package'); sys.exit(3)"]
    with pytest.raises(SetupError, match="sys.exit"):
        run(words, cwd=tmp_path)
    assert "no such package" in capfd.readouterr().err


def run_py(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "run.py", *words], capture_output=True, text=True, check=False, env=dict(os.environ)
    )


def test_run_py_explains_itself() -> None:
    done = run_py("--help")
    assert done.returncode == 0
    assert "run.py demo" in done.stdout


def test_run_py_without_a_word_is_bad_usage() -> None:
    assert run_py().returncode == 2
