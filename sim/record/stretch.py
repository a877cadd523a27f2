"""A stretch of a run's waveform, read back from its folder: each row with its values between two instants.

`waves.vcd` is read line by line up to the end of the stretch; nothing of it is kept but the rows asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from sim.record.reading import ReadingError
from sim.words import no_such

WAVES = "waves.vcd"


@dataclass(slots=True)
class Row:
    """A variable of the waveform: `kind` is that of VCD (`wire`, `real`, `string`)."""

    name: str
    kind: str
    width: int
    values: list[tuple[int, str]] = field(default_factory=list)
    """(ps, value): the first is what it shows when the stretch begins, whenever it took that value."""


def read_stretch(folder: Path, patterns: Sequence[str], begin: int, end: int) -> list[Row]:
    """The rows of the run in `folder` whose names fit the `patterns`, from `begin` to `end` (ps).

    They come in the order of the patterns; `*` stands for anything. Raises ReadingError.
    """
    path = folder / WAVES
    try:
        file = path.open(encoding="utf-8")
    except OSError as error:
        raise ReadingError(f"{folder}: has no waveform: {WAVES}: {error.strerror}") from None
    with file:
        rows: dict[str, Row] = {}
        scopes: list[str] = []
        for line in file:
            words = line.split()
            if words[:1] == ["$scope"]:
                scopes.append(words[2])
            elif words[:1] == ["$upscope"]:
                scopes.pop()
            elif words[:1] == ["$var"]:
                rows[words[3]] = Row(".".join([*scopes, words[4]]), words[1], int(words[2]))
            elif words[:1] == ["$enddefinitions"]:
                break
        chosen = _chosen(rows, patterns)
        ps = 0
        for line in file:
            if line[-1] != "\n":  # the run was killed while it was written
                break
            if line[0] == "#":
                ps = int(line[1:])
                if ps > end:
                    break
                continue
            value, _, code = line[:-1].rpartition(" ") if line[0] in "bsr" else (line[0], "", line[1:-1])
            row = chosen.get(code)
            if row is not None:
                if ps <= begin:
                    row.values.clear()
                row.values.append((ps, value[1:] if line[0] in "bsr" else value))
    order = {row.name: row for row in chosen.values()}
    return [order[name] for name in _names(order, patterns)]


def _chosen(rows: dict[str, Row], patterns: Sequence[str]) -> dict[str, Row]:
    names = [row.name for row in rows.values()]
    for pattern in patterns:
        if not _names(names, [pattern]):
            raise ReadingError(no_such(pattern, "row", names, f"there are {', '.join(names)}"))
    wanted = set(_names(names, patterns))
    return {code: row for code, row in rows.items() if row.name in wanted}


def _names(names: Sequence[str] | dict[str, Row], patterns: Sequence[str]) -> list[str]:
    fitting = (name for pattern in patterns for name in names if fnmatchcase(name, pattern))
    return list(dict.fromkeys(fitting))
