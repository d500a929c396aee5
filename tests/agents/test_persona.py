from __future__ import annotations

from pathlib import Path

import pytest

from agents.persona import PersonaError, load_persona
from agents.registry import PERSONAS, Registry

GOOD = """\
name: rail
title: the rail desk
description: Trains.
subject: trains
offers: train times
voice: joe
greeting: Hello.
instructions: You are {{ agent }}.
examples: [a train, the train, two train tickets]
tools: [times]
flows:
  times:
    examples: [when does the train leave]
    slots:
      date: {type: date, ask: "When?"}
    needs: [[date]]
    tool: times
    say: {found: "At {{ at | clock_time }}."}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "rail.yaml"
    path.write_text(text)
    return path


def test_every_shipped_persona_loads() -> None:
    registry = Registry.load()
    assert {"concierge", "flight", "hotel"} <= set(registry.personas)
    assert registry.default == "concierge"
    assert {path.stem for path in PERSONAS.glob("*.yaml")} == set(registry.personas)


@pytest.mark.parametrize(
    ("was", "becomes", "line", "says"),
    [
        ("voice: joe", "voice: joe\nvioce: joe", 7, "vioce: there is no such key"),
        ("subject: trains\n", "", 1, "subject: it is missing"),
        ('{type: date, ask: "When?"}', '{typ: date, ask: "When?"}', 15, "flows.times.slots.date.type"),
        ("needs: [[date]]", "needs: [[day]]", 12, "the slot 'day'"),
        ("tool: times", "tool: timetable", 1, "'timetable': list it under tools"),
        ("voice: joe", "voice: joe\nasks: {hotel: {tool: hotel.policy}}", 1, "'hotel.policy': list it under tools"),
        ("{{ at | clock_time }}", "{{ at | clock_tme }}", 12, "clock_tme"),
    ],
)
def test_a_mistake_in_a_persona_is_reported_with_its_line(
    tmp_path: Path, was: str, becomes: str, line: int, says: str
) -> None:
    assert was in GOOD
    path = write(tmp_path, GOOD.replace(was, becomes))
    with pytest.raises(PersonaError) as caught:
        load_persona(path)
    assert f"rail.yaml, line {line}: " in str(caught.value)
    assert says in str(caught.value)


def test_a_file_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    with pytest.raises(PersonaError, match="rail.yaml: is not YAML"):
        load_persona(write(tmp_path, "name: [rail"))


def test_a_persona_without_its_tool_module_says_where_to_put_it(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    with pytest.raises(PersonaError, match=r"no tool module rail\.py: put it into"):
        Registry.load([tmp_path])


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PersonaError, match="no such folder of personas"):
        Registry.load([tmp_path / "missing"])


def test_a_key_that_stands_twice_is_named_with_both_lines(tmp_path: Path) -> None:
    with pytest.raises(PersonaError) as caught:
        load_persona(write(tmp_path, GOOD.replace("voice: joe", "voice: joe\nvoice: amy")))
    assert all(one in str(caught.value) for one in ("the key 'voice'", "line 6", "line 7", "put both together"))
