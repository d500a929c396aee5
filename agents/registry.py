"""Finds and loads every persona with its tools.

A persona is a YAML file in `agents/personas/` or in a folder that the branch adds; its tools are the module of the
same name in `agents/tools/`, or in `tools/` of the added folder. Adding the two files adds the agent.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from sqlalchemy import Connection

from agents.flow import Flow
from agents.persona import Persona, PersonaError, Shared, load_persona, load_shared
from agents.tools.context import ToolContext
from agents.understand.heard import BUILT_IN_TYPES
from agents.understand.lexicon import Names

_HERE = Path(__file__).parent
PERSONAS = _HERE / "personas"
SHARED = _HERE / "common.yaml"


@dataclass(frozen=True, slots=True)
class ToolModule:
    """The Python module with a persona's tools. `file` is where it was found, for messages."""

    name: str
    module: ModuleType
    file: Path

    def make(self, context: ToolContext) -> object:
        """Its `Tools`, made for a branch: the object whose `@kernel_function` methods are the tools."""
        tools: object = getattr(self.module, "Tools", None)
        if not isinstance(tools, type):
            raise PersonaError(f"{self.file}: has no class Tools: write one that takes a ToolContext")
        made: object = tools(context)
        return made

    def names(self, conn: Connection) -> tuple[Names, ...]:
        """The branch's names that it brings, none when it has no function `names`."""
        function: object = getattr(self.module, "names", None)
        return tuple(function(conn)) if callable(function) else ()


@dataclass(frozen=True, slots=True)
class Registry:
    """All personas by name, the tool modules they use, and which persona speaks first.

    `taught` are the personas with only their own flows, which the router learns from; `personas` also have the flows
    that the default persona lends to all (`everywhere`).
    """

    personas: Mapping[str, Persona]
    taught: Mapping[str, Persona]
    modules: Mapping[str, ToolModule]
    default: str

    @classmethod
    def load(cls, persona_dirs: Sequence[Path] = ()) -> Registry:
        """Load the shipped personas and those of `persona_dirs`; a later file of the same name replaces an earlier.

        Raises PersonaError, with file and line, for a file that cannot be used, a tool module that is missing,
        or when not exactly one persona is the default.
        """
        shared = load_shared(SHARED)
        folders = [PERSONAS, *persona_dirs]
        personas: dict[str, Persona] = {}
        homes: dict[str, Path] = {}
        for folder in folders:
            if not folder.is_dir():
                raise PersonaError(f"{folder}: there is no such folder of personas: make it or correct the setting")
            for path in sorted(folder.glob("*.yaml")):
                persona = load_persona(path)
                if persona.name != path.stem:
                    raise PersonaError(f"{path}: name is {persona.name!r}: call the file {persona.name}.yaml")
                personas[persona.name] = persona.with_shared(shared)
                homes[persona.name] = folder
        defaults = [name for name, persona in personas.items() if persona.default]
        if len(defaults) != 1:
            raise PersonaError(f"{len(defaults)} personas say `default: true` ({', '.join(defaults)}): one must")
        subjects = tuple(persona.subject for persona in personas.values() if not persona.default)
        hints = {n: tuple(one for m, p in personas.items() if m != n for one in p.hints) for n in personas}
        personas = {
            n: p.model_copy(update={"desk_subjects": subjects, "elsewhere": hints[n]}) for n, p in personas.items()
        }
        taught, personas = personas, _with_lent(personas, defaults[0])
        modules: dict[str, ToolModule] = {}
        for name, persona in personas.items():
            for tool in persona.tools:
                owner = tool_parts(persona, tool)[0]
                if owner not in modules:
                    modules[owner] = _tool_module(owner, homes.get(owner, homes[name]))
        return cls(personas, taught, modules, defaults[0])

    def names(self, conn: Connection) -> dict[str, tuple[Names, ...]]:
        """The branch's names by tool module. Raises PersonaError when a persona's slot has a type nobody brings."""
        found = {owner: module.names(conn) for owner, module in self.modules.items()}
        types = BUILT_IN_TYPES | {group.type for groups in found.values() for group in groups}
        for persona in self.personas.values():
            for flow_name, flow in persona.flows.items():
                for slot_name, slot in flow.slots.items():
                    if slot.type not in types:
                        raise PersonaError(
                            f"{persona.name}.yaml: flows.{flow_name}.slots.{slot_name}: there is no slot type "
                            f"{slot.type!r}: use one of {', '.join(sorted(types))}, or give its names in "
                            f"tools/{persona.name}.py"
                        )
        return found


def _with_lent(personas: Mapping[str, Persona], default: str) -> dict[str, Persona]:
    """The personas with the flows that the persona `default` lends to all, its tools named as its own."""
    lent: dict[str, Flow] = {}
    for name, flow in personas[default].flows.items():
        if flow.everywhere:
            tool = None if flow.tool is None else ".".join(tool_parts(personas[default], flow.tool))
            lent[name] = flow.model_copy(update={"tool": tool})
    tools = tuple(dict.fromkeys(flow.tool for flow in lent.values() if flow.tool is not None))
    shared = Shared(tools=tools, flows=lent)
    return {name: one if name == default else one.with_shared(shared) for name, one in personas.items()}


def tool_parts(persona: Persona, tool: str) -> tuple[str, str]:
    """Module and function of a persona's tool: its own module, unless written as `module.function`."""
    owner, dot, function = tool.rpartition(".")
    return (owner, function) if dot else (persona.name, tool)


def _tool_module(name: str, home: Path) -> ToolModule:
    beside = home / "tools" / f"{name}.py"
    if beside.is_file():
        spec = importlib.util.spec_from_file_location(f"lobby_tools_{name}", beside)
        if spec is None or spec.loader is None:
            raise PersonaError(f"{beside}: cannot be imported: check that it is a Python file")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return ToolModule(name, module, beside)
    shipped = _HERE / "tools" / f"{name}.py"
    if not shipped.is_file():
        raise PersonaError(f"there is no tool module {name}.py: put it into {beside.parent} or {shipped.parent}")
    return ToolModule(name, importlib.import_module(f"agents.tools.{name}"), shipped)
