"""A folder imports only from folders below it, and no two modules need each other to be imported."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = {"data": 0, "sync": 1, "agents": 2, "edge_server": 3, "kiosk_tui": 4}
OVER_THE_WIRE_ONLY = {"kiosk_tui"}


@dataclass(frozen=True)
class Import:
    """`module` imports `target`, at `line`. `at_once` is False where that happens only later, or only for types."""

    module: str
    target: str
    line: int
    at_once: bool


def modules_of(root: Path) -> dict[str, Path]:
    """Every module of the five folders under `root`, by its dotted name."""
    found = {}
    for folder in FLOORS:
        for path in sorted((root / folder).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports_of(name: str, path: Path) -> Iterator[Import]:
    """Every import in a module, wherever it stands; `from a import b` gives `a.b`."""
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]

    def walk(node: ast.AST, at_once: bool) -> Iterator[Import]:
        match node:
            case ast.Import(names=names, lineno=line):
                yield from (Import(name, alias.name, line, at_once) for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level, lineno=line):
                above = package[: len(package) - level + 1] if level else []
                base = ".".join([*above, *([module] if module else [])])
                yield from (Import(name, f"{base}.{alias.name}", line, at_once) for alias in names)
            case ast.Call(
                func=ast.Name(id="__import__" | "import_module") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(target)), *_],
                lineno=line,
            ):
                yield Import(name, target, line, at_once)
            case ast.If(
                test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"), body=body, orelse=other
            ):
                for statement in body:
                    yield from walk(statement, at_once=False)
                for statement in other:
                    yield from walk(statement, at_once)
                return
        later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for child in ast.iter_child_nodes(node):
            yield from walk(child, at_once and not later)

    yield from walk(ast.parse(path.read_text("utf-8"), str(path)), at_once=True)


def all_imports(root: Path) -> list[Import]:
    return [found for name, path in modules_of(root).items() for found in imports_of(name, path)]


def climbing(root: Path) -> list[str]:
    """The imports that go to a floor above, or into a server that may be reached over the wire only."""
    wrong = []
    for found in all_imports(root):
        here, there = found.module.split(".")[0], found.target.split(".")[0]
        if there in FLOORS and there != here and (FLOORS[there] > FLOORS[here] or here in OVER_THE_WIRE_ONLY):
            wrong.append(f"{found.module}:{found.line} imports {found.target}")
    return wrong


def cycle(root: Path) -> list[str]:
    """Modules that import each other in a circle when they are imported; empty when none do."""
    modules = modules_of(root)
    needs: dict[str, set[str]] = {name: set() for name in modules}
    for found in all_imports(root):
        target = nearest_module(found.target, modules)
        if found.at_once and target not in (None, found.module):
            needs[found.module].add(str(target))
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def nearest_module(target: str, modules: Mapping[str, Path]) -> str | None:
    """The module that an import of `target` runs: itself, or the module that it is a name of."""
    while target and target not in modules:
        target = target.rpartition(".")[0]
    return target or None


def test_no_folder_imports_from_a_floor_above_it() -> None:
    assert len(modules_of(ROOT)) > 5
    assert climbing(ROOT) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert cycle(ROOT) == []


def tree(root: Path, files: Mapping[str, str]) -> Path:
    """A made-up checkout with these files."""
    for name, source in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(source)
    return root


@pytest.mark.parametrize(
    "source",
    [
        "import sync.session",
        "from sync import session",
        "def later():\n    from sync.session import SessionState",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from sync.session import SessionState",
        "import importlib\nimportlib.import_module('sync.session')",
        "try:\n    import sync\nexcept ImportError:\n    pass",
    ],
)
def test_an_import_that_climbs_is_found_wherever_it_stands(tmp_path: Path, source: str) -> None:
    root = tree(tmp_path, {"data/clock.py": source, "sync/session.py": "import data.clock"})
    [line] = climbing(root)
    assert line.startswith("data.clock:")
    assert "imports sync" in line


def test_an_import_that_goes_down_is_fine(tmp_path: Path) -> None:
    desk = "import data.clock, sync\nimport logging\nfrom .turn import Clause"
    assert climbing(tree(tmp_path, {"agents/desk.py": desk})) == []


@pytest.mark.parametrize("below", ["data", "sync", "agents", "edge_server"])
def test_the_kiosk_imports_nothing_of_the_server(tmp_path: Path, below: str) -> None:
    assert climbing(tree(tmp_path, {"kiosk_tui/app.py": f"import {below}\nimport kiosk_tui.audio"})) == [
        f"kiosk_tui.app:1 imports {below}"
    ]


def test_a_circle_is_found_through_relative_imports_and_packages(tmp_path: Path) -> None:
    root = tree(
        tmp_path,
        {
            "agents/__init__.py": "from agents.desk import Desk",
            "agents/desk.py": "from . import router",
            "agents/router.py": "import agents",
        },
    )
    assert set(cycle(root)) == {"agents", "agents.desk", "agents.router"}


def test_an_import_inside_a_function_makes_no_circle(tmp_path: Path) -> None:
    later = "def route():\n    import agents.desk"
    root = tree(tmp_path, {"agents/desk.py": "import agents.router", "agents/router.py": later})
    assert cycle(root) == []
