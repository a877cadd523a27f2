"""The floor plan: no circle of imports, imports point downwards, and no file is too long.

Imports are read from the source: those for type checkers only count as well, and those inside functions.
"""

import ast
from collections.abc import Set
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("journal", "hw", "driver", "stack", "sim")
MOST_LINES = 450

FLOORS: dict[str, tuple[str, ...]] = {
    "journal": (),
    "hw": ("journal",),
    "driver": ("journal",),
    "stack": ("journal",),
    "sim.events": ("journal",),
    "sim.words": (),
    "sim.engine": ("hw", "driver"),
    "sim.scenario": ("journal", "hw", "driver", "sim.words", "sim.engine"),
    "sim.os": ("journal", "driver", "stack", "sim.engine"),
    "sim.python": ("journal", "stack", "sim.os"),
    "sim.apps": ("journal", "driver", "stack", "sim.os", "sim.python"),
    "sim.record": (
        *("journal", "hw", "driver", "stack", "sim.events", "sim.words"),
        *("sim.scenario", "sim.engine", "sim.os", "sim.python"),
    ),
}
"""What each folder may import in addition to itself, from the ground up; the rest of `sim` is above all."""


@cache
def imports() -> dict[str, set[str]]:
    """For each module those of the repository that it names in an import."""
    files = {module_name(file): file for package in PACKAGES for file in (ROOT / package).rglob("*.py")}
    return {name: named(file, files.keys()) - {name} for name, file in files.items()}


def module_name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def named(file: Path, modules: Set[str]) -> set[str]:
    """Those of `modules` in the imports of `file`: `from a import b` is a.b, if that is a module, else a."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None and not node.level, f"{file}:{node.lineno}: a relative import"
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inner if inner <= modules else inner | {node.module}
    return found & modules


def circle(graph: dict[str, set[str]]) -> list[str]:
    """The modules that are left when those that import none of the others are taken away, again and again."""
    left = dict(graph)
    while done := {name for name, imported in left.items() if not imported & left.keys()}:
        left = {name: imported for name, imported in left.items() if name not in done}
    return sorted(left)


def floor(module: str) -> str:
    """`journal`, `hw`, `driver`, `stack`, or what is directly in `sim`."""
    package, *rest = module.split(".")
    return ".".join([package, *rest[:1]]) if package == "sim" else package


def test_no_circle_of_imports() -> None:
    assert circle(imports()) == []


def test_a_circle_is_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}
    assert circle(graph) == ["a", "b", "c"]


@pytest.mark.parametrize("lower", FLOORS)
def test_imports_point_downwards(lower: str) -> None:
    allowed = {lower, *FLOORS[lower]}
    assert [
        f"{name} imports {one}"
        for name, imported in imports().items()
        if floor(name) == lower
        for one in sorted(imported)
        if floor(one) not in allowed
    ] == []


def test_a_file_is_one_idea() -> None:
    """No file has more than `MOST_LINES` lines."""
    files = [file for folder in (*PACKAGES, "tests") for file in (ROOT / folder).rglob("*.py")]
    lengths = {str(file.relative_to(ROOT)): file.read_text(encoding="utf-8").count("\n") for file in files}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


def test_the_floors_stand_on_each_other() -> None:
    order = list(FLOORS)
    for upper, allowed in FLOORS.items():
        assert all(order.index(lower) < order.index(upper) for lower in allowed), upper
    assert {"hw", "driver", "stack"} == {name for name in PACKAGES if FLOORS.get(name) == ("journal",)}
