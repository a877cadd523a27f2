"""`waves.vcd`, every net in picoseconds with rows of text beside the bits, and `waves.gtkw` to open it.

Both are written with pyvcd. A row of text is a VCD string variable, which GTKWave shows as it stands;
a blank would end it, so states are written without. Levels are real volts.
"""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from vcd import VCDWriter
from vcd.gtkw import GTKWColor, GTKWFlag, GTKWSave
from vcd.writer import Variable

from sim.engine.interface import Change, Net, NetKind

_TICKS = 5
"""GTKWave draws a tick every 200 pixels, and its zoom is the logarithm of what lies between two."""


ROWS = {"field": "IDLE", "octet": "-"}
"""The rows of text of a segment, with what they show of an idle cable."""


class Text(NamedTuple):
    """Row `row` of segment `coax` shows `text` from `ps` on."""

    ps: int
    coax: str
    row: str
    text: str


class Waves:
    """Writes the waveform. Changes and texts come in the order of time, whole instants at a time."""

    def __init__(self, path: Path, nets: Sequence[Net], coaxes: Sequence[str]) -> None:
        self._path = path
        self._nets = nets
        self._coaxes = coaxes
        self._file = path.open("w", encoding="utf-8", newline="\n")
        # A fixed date: two runs with the same seed leave the same bytes.
        self._writer = VCDWriter(self._file, timescale="1 ps", date="simulated time", version="thicknet")
        self._variables = [self._register(net) for net in nets]
        self._texts = {
            (coax, row): self._writer.register_var(f"{coax}.tap0", row, "string", init=idle)
            for coax in coaxes
            for row, idle in ROWS.items()
        }
        self._states = [[_text(state) for state in net.states] for net in nets]
        self._kinds = [net.kind for net in nets]

    def _register(self, net: Net) -> Variable[Any]:
        scope, _, name = net.name.rpartition(".")
        if net.kind is NetKind.STATE:
            return self._writer.register_var(scope, name, "string", init=_text(net.states[net.initial]))
        if net.kind is NetKind.MILLIVOLT:
            return self._writer.register_var(scope, name, "real", init=net.initial / 1000)
        return self._writer.register_var(scope, name, "wire", size=net.width, init=net.initial)

    def write(self, changes: Iterable[Change], texts: Iterable[Text]) -> None:
        """Write the next `changes` and `texts`, each in the order of time."""
        change = self._writer.change
        waiting = iter(texts)
        text = next(waiting, None)
        for ps, net, value in changes:
            while text is not None and text.ps <= ps:
                change(self._texts[text.coax, text.row], text.ps, text.text)
                text = next(waiting, None)
            kind = self._kinds[net]
            if kind is NetKind.MILLIVOLT:
                change(self._variables[net], ps, value / 1000)
            elif kind is NetKind.STATE:
                change(self._variables[net], ps, self._states[net][value])
            else:
                change(self._variables[net], ps, value)
        while text is not None:
            change(self._texts[text.coax, text.row], text.ps, text.text)
            text = next(waiting, None)

    def close(self, now: int) -> None:
        """End the waveform at `now` (ps)."""
        self._writer.close(now)
        self._file.close()

    def arrange(self, path: Path, view: tuple[int, int]) -> None:
        """Write GTKWave's save file: cables first, a group per box, `view` (ps, ps) in the window."""
        with path.open("w", encoding="utf-8", newline="\n") as file:
            save = GTKWSave(file)
            save.dumpfile(self._path.name, abspath=False)
            save.size(1400, 900)
            save.signals_width(280)
            save.sst_expanded(False)
            start, end = view
            save.zoom_markers(-math.log2((end - start) / _TICKS))
            save.timestart(start)
            for box in dict.fromkeys([*self._coaxes, *map(_box, self._nets)]):
                with save.group(box):
                    for row in ROWS if box in self._coaxes else ():
                        save.trace(f"{box}.tap0.{row}", alias=row, datafmt="ascii", color=GTKWColor.yellow)
                    for net in self._nets:
                        if _box(net) == box:
                            self._trace(save, net)

    def _trace(self, save: GTKWSave, net: Net) -> None:
        alias = net.name.partition(".")[2].replace(".", " ")  # of a dotted name GTKWave shows the last part
        if net.kind is NetKind.STATE:
            save.trace(net.name, alias=alias, datafmt="ascii")
        elif net.kind is NetKind.MILLIVOLT:
            save.trace(net.name, alias=alias, datafmt="real", extraflags=GTKWFlag.analog_step)
            save.blank(analog_extend=True)
        elif net.width > 1:
            save.trace(f"{net.name}[{net.width - 1}:0]", alias=alias, datafmt="hex")
        else:
            save.trace(net.name, alias=alias, datafmt="bin")


def _box(net: Net) -> str:
    return net.name.partition(".")[0]


def _text(state: str) -> str:
    return state.replace(" ", "_")
