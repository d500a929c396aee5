"""YAML in which a key stands once: PyYAML's safe loader keeps the last of several and says nothing."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import yaml


class _Strict(yaml.SafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        places: dict[str, yaml.Mark] = {}
        for key, _ in node.value:
            if key.value in places and key.tag != "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(
                    f"the key {key.value!r} first stands here",
                    places[key.value],
                    "and here again: put both together under one",
                    key.start_mark,
                )
            places[key.value] = key.start_mark
        return super().construct_mapping(node, deep=deep)


def strict_load(text: str) -> object:
    """What the YAML document `text` holds. Raises yaml.YAMLError, which names the line, also for a key that stands
    twice in one mapping."""
    return yaml.load(text, Loader=_Strict)  # a safe loader
