"""With no network at all, not even a route out, the desk hears, thinks and speaks."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import soundfile

from tests.server_tools import LOBBY, ROOT, clean_environment
from tests.speech_tools import speak_with_other_voice

ALONE = ("unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
"""Runs a command in a network namespace of its own that holds nothing but loopback."""


def can_be_alone() -> bool:
    """Whether this machine lets a user make a network namespace."""
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return False
    return subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_be_alone(), reason="this machine lets nobody make a network namespace (unshare, ip)")
def test_a_spoken_question_is_answered_aloud_with_no_network_from_an_empty_data_folder(tmp_path: Path) -> None:
    question, reply = tmp_path / "question.wav", tmp_path / "reply.wav"
    soundfile.write(question, speak_with_other_voice("How much is a second checked bag?", 16_000), 16_000)
    done = subprocess.run(
        [*ALONE, *LOBBY, "ask", "--wav", question, "--out", reply, "--data-dir", tmp_path / "branch", "--json"],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert "$45" in answer["text"]
    assert "50 pounds" in answer["text"]
    assert reply.stat().st_size > 48_000
