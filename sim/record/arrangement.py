"""How the waveform is opened: `waves.gtkw` for GTKWave, and `waves.sucl`, commands for Surfer.

Cables and hubs come first. Each box is a group, and in it each port is one, closed at first. Both files say
which window of time is shown and which instants are marked; `window` writes that part again for another one.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from vcd.gtkw import GTKWColor, GTKWFlag, GTKWSave

from hw.nets import Net, NetKind, dotted, port_number
from sim.record.places import first_frame, marks
from sim.record.reading import events
from sim.record.waves import Scope, shown_as

GTKWAVE, SURFER = "waves.gtkw", "waves.sucl"
_WIDTH, _NAMES = 1400, 280
_TICKS = 5
"""GTKWave draws a tick every 200 pixels, and its zoom is the logarithm of what lies between two."""
_MARKS = 26
"""GTKWave's markers are named by letters."""
_WINDOW = ("*", "[timestart]", "[markername]", "zoom_to", "cursor_set", "marker_set")
"""How the lines of a window begin."""


class _Group(NamedTuple):
    """What stands together: a box without its ports, or a port."""

    rows: list[tuple[Scope, str]]
    nets: list[Net]


class Arrangement:
    """The order of a waveform's rows. `rows` and `stations` are those of `sim.record.waves.Waves`."""

    def __init__(
        self, nets: Sequence[Net], rows: Mapping[tuple[Scope, str], str], stations: Mapping[Scope, str]
    ) -> None:
        self._stations = stations
        self._groups: dict[str, dict[str, _Group]] = {}
        """By box and port: the adapters of a router are in one group."""
        for scope, row in rows:
            self._group(scope).rows.append((scope, row))
        for net in nets:
            self._group(Scope(net.box, net.port)).nets.append(net)

    def _group(self, scope: Scope) -> _Group:
        box, port = scope.box.partition(".")[0], scope.port if port_number(scope.port) else ""
        return self._groups.setdefault(box, {}).setdefault(port, _Group([], []))

    def write(self, folder: Path, since: int = 0) -> None:
        """Write both files into a run folder that has its events, with the first frame `since` (ps) shown."""
        with (folder / GTKWAVE).open("w", encoding="utf-8", newline="\n") as file:
            save = GTKWSave(file)
            save.dumpfile("waves.vcd", abspath=False)
            save.size(_WIDTH, 900)
            save.signals_width(_NAMES)
            save.sst_expanded(False)
            for box, ports in self._groups.items():
                with save.group(box):
                    self._write_group(save, box, ports.get("", _Group([], [])))
                    for port, group in ports.items():
                        if port:
                            with save.group(dotted(box, port), closed=True):
                                self._write_group(save, dotted(box, port), group)
        lines = []
        for box, ports in self._groups.items():
            lines.append(f"divider_add {box}")
            for group in ports.values():
                lines += [f"variable_add {dotted(*scope, row)}" for scope, row in group.rows]
                lines += [f"variable_add {self._name(net)}" for net in group.nets]
        (folder / SURFER).write_text("\n".join(lines) + "\n", encoding="utf-8")
        place = first_frame(folder, since)
        begin = max(place.begin - (place.end - place.begin) // 20, since)
        for name in (GTKWAVE, SURFER):
            window(folder, name, name, begin, place.end)

    def _name(self, net: Net) -> str:
        return dotted(*shown_as(net, self._stations))

    def _write_group(self, save: GTKWSave, group_name: str, group: _Group) -> None:
        """The rows and nets of a box without its ports, or of a port."""
        for scope, row in group.rows:
            name = dotted(*scope, row)
            save.trace(name, alias=_alias(name, group_name), datafmt="ascii", color=GTKWColor.yellow)
        for net in group.nets:
            name = self._name(net)
            alias = _alias(name, group_name)
            if net.kind is NetKind.STATE:
                save.trace(name, alias=alias, datafmt="ascii")
            elif net.kind is NetKind.MILLIVOLT:
                save.trace(name, alias=alias, datafmt="real", extraflags=GTKWFlag.analog_step)
                save.blank(analog_extend=True)
            elif net.width > 1:
                save.trace(f"{name}[{net.width - 1}:0]", alias=alias, datafmt="hex")
            else:
                save.trace(name, alias=alias, datafmt="bin")


def window(folder: Path, name: str, new: str, begin: int, end: int) -> None:
    """Write the arrangement `name` of a run folder as `new`, with another window (ps, ps) and its marks."""
    marked = marks(events(folder), begin, _MARKS)
    kept = [line for line in (folder / name).read_text(encoding="utf-8").splitlines() if not _of_window(line)]
    shown = _surfer(begin, end, marked) if name == SURFER else _gtkwave(begin, end, marked)
    lines = [*kept, *shown] if name == SURFER else [*shown, *kept]
    (folder / new).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _of_window(line: str) -> bool:
    return line.startswith(_WINDOW)


def _gtkwave(begin: int, end: int, marked: Sequence[tuple[int, str]]) -> list[str]:
    zoom = -math.log2((end - begin) / _TICKS)
    at = [ps for ps, _ in marked] + [-1] * (_MARKS - len(marked))
    names = [f"[markername] {chr(ord('A') + n)}{name}" for n, (_, name) in enumerate(marked)]
    return [f"*{zoom:f} -1 {' '.join(map(str, at))}", *names, f"[timestart] {begin}"]


def _surfer(begin: int, end: int, marked: Sequence[tuple[int, str]]) -> list[str]:
    """Surfer's times are in the file's time scale, picoseconds; a marker is set where the cursor is."""
    lines = []
    for number, (ps, name) in enumerate(marked):
        lines += [f"cursor_set {ps}", f"marker_set {chr(ord('A') + number)}_{name.replace(' ', '_')}"]
    return [*lines, f"cursor_set {begin}", f"zoom_to {begin}ps {end}ps"]


def _alias(name: str, group: str) -> str:
    """Without the group's name and without dots: of a dotted name GTKWave shows the last part."""
    return name.removeprefix(f"{group}.").replace(".", " ")
