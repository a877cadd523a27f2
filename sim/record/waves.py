"""`waves.vcd`: every net in picoseconds, with rows of text beside the bits.

The header is written with pyvcd. A row of text is a VCD string variable, which GTKWave shows as it stands;
a blank would end it, so states are written without. Levels are real numbers, with their unit in the name. A
tap of a coax is named by who is there.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from vcd import VCDWriter
from vcd.writer import Variable

from hw.nets import Net, NetKind, dotted
from sim.engine.interface import Column, Table

_FEW = 64
"""Values of a net whose lines are all made beforehand."""
_REMEMBERED = 4096
"""Lines of one variable; a bus may have any number of values."""

ROWS = {"field": "IDLE", "octet": "-"}
"""The rows of text of a segment, or of one direction of a pair, with what they show of an idle cable."""


class Scope(NamedTuple):
    """A part of a box or cable, in the words of `hw.nets.Net`."""

    box: str
    port: str

    @property
    def name(self) -> str:
        """Both, dotted."""
        return dotted(*self)


class Text(NamedTuple):
    """Row `row` of `scope` shows `text` from `ps` on."""

    ps: int
    scope: Scope
    row: str
    text: str


class _Lines(dict[int, str]):
    """The line for each value of one variable, as pyvcd writes it.

    Made once, since most values come again and pyvcd takes more than a microsecond for each.
    """

    def __init__(self, variable: Variable[Any], meaning: Callable[[int], Any]) -> None:
        super().__init__()
        self._variable = variable
        self._meaning = meaning

    def __missing__(self, value: int) -> str:
        line: str = self._variable.format_value(self._meaning(value))
        if len(self) < _REMEMBERED:
            self[value] = line
        return line

    def begin(self, writer: VCDWriter, value: int) -> None:
        """Have `value` at time 0."""
        writer.change(self._variable, 0, self._meaning(value))


class Waves:
    """Writes the waveform. Changes and texts come in the order of time, whole instants at a time.

    `rows` of text are named by scope and name, and have what they show at first. `stations`
    are who is at a tap.
    """

    def __init__(
        self,
        path: Path,
        nets: Sequence[Net],
        rows: Mapping[tuple[Scope, str], str],
        stations: Mapping[Scope, str],
    ) -> None:
        self._stations = stations
        self._file = path.open("w", encoding="utf-8", newline="\n")
        # A fixed date: two runs with the same seed leave the same bytes.
        self._writer = VCDWriter(self._file, timescale="1 ps", date="simulated time", version="thicknet")
        self._variables = [_Lines(self._register(net), _meaning(net)) for net in nets]
        self._words: list[str] = []
        """Texts that have been shown; a row's value is the place of one."""
        self._places: dict[str, int] = {}
        self._rows: dict[tuple[Scope, str], int] = {}
        """The variable of each row, by scope and name."""
        self._shown = dict(rows)
        for (scope, row), shown in rows.items():
            variable = self._writer.register_var(scope.name, row, "string", init=shown)
            self._rows[scope, row] = len(self._variables)
            self._variables.append(_Lines(variable, self._words.__getitem__))
        self._place_lines(nets)
        self.size = 0
        """Octets that have been written behind the header."""
        self.written = 0
        """The last instant in the file, whose header has the values of time 0."""

    def _place_lines(self, nets: Sequence[Net]) -> None:
        """Put the lines of nets with few values one behind the other, so that many are looked up at once."""
        sizes = [
            _FEW + 1 if net.kind is NetKind.MILLIVOLT else len(net.states) or 1 << net.width for net in nets
        ]
        self._few = np.array([*(size <= _FEW for size in sizes), *[False] * len(self._rows)], np.bool_)
        self._firsts = np.zeros(len(self._few), np.int64)
        """Where the lines of such a net begin."""
        lines = [""]
        for number in np.flatnonzero(self._few).tolist():
            self._firsts[number] = len(lines)
            lines += [self._variables[number][value] for value in range(sizes[number])]
        self._lines = np.array(lines, np.object_)

    def _register(self, net: Net) -> Variable[Any]:
        scope, name = shown_as(net, self._stations)
        initial = _meaning(net)(net.initial)
        if net.kind is NetKind.STATE:
            return self._writer.register_var(scope, name, "string", init=initial)
        if net.kind is NetKind.MILLIVOLT:
            return self._writer.register_var(scope, name, "real", init=initial)
        return self._writer.register_var(scope, name, "wire", size=net.width, init=initial)

    def write(self, table: Table) -> None:
        """Write the next changes (ps, net, value), in the order of time.

        Nets have the numbers of their places, rows of text those that `numbered` gives them.
        """
        if not self.written:
            table = self._write_beginning(table)
        ps = table[0]
        if not len(ps):
            return
        news = np.flatnonzero(np.diff(ps, prepend=self.written))
        self.written = int(ps[-1])
        first = np.zeros(len(ps), np.int64)
        first[news] = 1
        places = np.arange(len(ps)) + np.cumsum(first)  # each line behind the instants up to its own
        lines = np.empty(len(ps) + len(news), np.object_)
        lines[places] = self._find(*table[1:])
        lines[places[news] - 1] = [*map("#%d".__mod__, ps[news].tolist())]
        self.size += self._file.write("\n".join(lines.tolist()) + "\n")

    def _find(self, nets: Column, values: Column) -> npt.NDArray[np.object_]:
        """The lines of many changes."""
        few = self._few[nets]
        lines = self._lines[np.where(few, self._firsts[nets] + values, 0)]
        rest = np.flatnonzero(~few)
        variables = self._variables
        changes = zip(nets[rest].tolist(), values[rest].tolist(), strict=True)
        lines[rest] = [variables[net][value] for net, value in changes]
        return lines

    def numbered(self, texts: Iterable[Text]) -> Table:
        """The texts that differ from what their row shows, as changes of the rows."""
        rows = []
        for ps, scope, row, text in texts:
            if self._shown.get((scope, row), text) != text:
                self._shown[scope, row] = text
                if text not in self._places:
                    self._places[text] = len(self._words)
                    self._words.append(text)
                rows.append((ps, self._rows[scope, row], self._places[text]))
        return np.array(rows, np.int64).reshape(-1, 3).T

    def _write_beginning(self, table: Table) -> Table:
        """Give pyvcd what happens at time 0, for its header; return the rest."""
        begin = int(np.searchsorted(table[0], 1))
        for net, value in zip(*table[1:, :begin].tolist(), strict=True):
            self._variables[net].begin(self._writer, value)
        if begin < table.shape[1]:
            self._writer.flush()
        return table[:, begin:]

    def close(self, now: int) -> None:
        """End the waveform at `now` (ps)."""
        self._writer.close(now if now != self.written else None)
        self._file.close()


def shown_as(net: Net, stations: Mapping[Scope, str]) -> tuple[str, str]:
    """Scope and name of a net in the waveform: `yellow.pc`, `level_V`."""
    place = Scope(net.box, net.port)
    unit = "_V" if net.kind is NetKind.MILLIVOLT else ""
    return dotted(net.box, stations.get(place, net.port)), net.signal + unit


def _meaning(net: Net) -> Callable[[int], Any]:
    """How pyvcd wants a value of `net`."""
    if net.kind is NetKind.MILLIVOLT:
        return lambda mv: mv / 1000
    if net.kind is NetKind.STATE:
        return [_text(state) for state in net.states].__getitem__
    return int


def _text(state: str) -> str:
    return state.replace(" ", "_")
