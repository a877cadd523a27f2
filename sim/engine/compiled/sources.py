"""The source files that a circuit's Verilog is made of, found without importing any of them.

They are the file of the circuit, what it imports from `hw`, what these import and so on, and the same of the
converter. So a change in one circuit builds that one again, and those that it is part of. `hw.modules`, the
table of all circuits, imports them all: its imports say in which file a circuit is, and are not followed.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "hw"
CONVERTER = "hw.convert"
TABLE = "hw.modules"
_IMPORT = re.compile(
    rf"^[ \t]*(?:from ({PACKAGE}(?:\.\w+)*) import (\([^)]*\)|.*)|import ({PACKAGE}[\w.]*))", re.MULTILINE
)


def circuit_sources(name: str, home: Path | None = None) -> list[tuple[str, Path]]:
    """Names and paths of the files that the circuit `name` is made of, in the order of names.

    Of another package's circuit they are all in `home`, the folder of its file. A circuit that is Verilog
    already (`hw.substitute`) has none but the converter's.
    """
    own = sorted(home.rglob("*.py")) if home is not None else []
    begin = [CONVERTER, *_home_of(name), *(module for path in own for module in _imports(path))]
    known = _closure(begin)
    return [*sorted(known.items()), *((str(path.relative_to(home or path)), path) for path in own)]


def _closure(begin: Iterable[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    waiting = list(begin)
    while waiting:
        module = waiting.pop()
        path = _path(module)
        if module not in found and path is not None:
            found[module] = path
            # Whoever imports a module imports the packages that it is in.
            waiting.append(module.rpartition(".")[0])
            if module != TABLE:
                waiting += _imports(path)
    return found


def _home_of(name: str) -> list[str]:
    """The module that the circuit `name` is in, by the table's imports."""
    table = _path(TABLE)
    assert table is not None
    return [module for module, imported in _statements(table) if name in imported]


def _imports(path: Path) -> Iterator[str]:
    """The modules that a file imports; a name that is imported may be one."""
    for module, imported in _statements(path):
        yield module
        yield from (f"{module}.{name}" for name in imported)


@cache
def _statements(path: Path) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = _IMPORT.findall(path.read_text(encoding="utf-8"))
    return tuple((module or plain, tuple(re.findall(r"\w+", names))) for module, names, plain in found)


@cache
def _path(module: str) -> Path | None:
    """Where a module of `hw` is; None if there is none of that name."""
    inner = module.split(".")[1:]
    for place in _places() if module.partition(".")[0] == PACKAGE else ():
        for path in (place.joinpath(*inner, "__init__.py"), place.joinpath(*inner).with_suffix(".py")):
            if path.is_file():
                return path
    return None


@cache
def _places() -> tuple[Path, ...]:
    spec = find_spec(PACKAGE)
    return tuple(Path(place) for place in (spec and spec.submodule_search_locations) or ())
