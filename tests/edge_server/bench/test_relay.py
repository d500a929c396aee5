"""`lobby bench relay`: a real server, a simulated cloud and a bare pass-through, each a process of its own."""

from __future__ import annotations

import json
import sys

import pytest
from click.testing import CliRunner

from edge_server.cli.main import cli


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads CPU time from /proc")
def test_every_frame_comes_back_through_the_relay_and_is_counted() -> None:
    words = ["bench", "relay", "--sessions", "3", "--seconds", "2.5", "--frame-ms", "50", "--json"]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["sessions"] == 3
    assert found["frames"] > 100
    assert found["frames_lost"] == 0
    assert found["added_latency_ms_p50"] <= found["relay_latency_ms_p99"]
    assert found["relay_cpu_us_per_frame"] > 0
    ratio = found["relay_cpu_us_per_frame"] / found["passthrough_cpu_us_per_frame"]
    assert found["cpu_ratio_to_passthrough"] == pytest.approx(ratio, rel=0.02)
