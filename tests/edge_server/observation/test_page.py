"""The page about observation names what there is, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from edge_server.observation.observation import Observation

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "observation.md").read_text("utf-8")


def test_every_metric_is_on_the_page_and_no_other() -> None:
    observation = Observation()
    observation.metrics.watch(lambda: True, dict)
    families = text_string_to_metric_families(observation.metrics.page().decode())
    there = {f"{one.name}_total" if one.type == "counter" else one.name for one in families}
    named = set(re.findall(r"^\| `(lobby_\w+)`", PAGE, re.MULTILINE))
    assert named == {name for name in there if name.startswith("lobby_")}
