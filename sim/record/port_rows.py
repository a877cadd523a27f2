"""A row of text beside each port of a hub in the waveform: what the port does, in one word."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from hw.nets import Net
from sim.engine.interface import Changes
from sim.record.waves import Scope, Text

ROW = "doing"
_WORDS = {
    "partitioned": "PARTITIONED",
    "aui_ci": "COLLISION",
    "aui_do_active": "OUT",
    "aui_di_active": "IN",
}
"""By the line that is high; the first one counts. What is sent is looped back: OUT comes before IN."""


class PortRow:
    """The row of one port. Nets are numbered by their places in `nets`."""

    def __init__(self, scope: Scope, nets: Sequence[Net]) -> None:
        self.scope = scope
        self.row = ROW
        numbers = {net.signal: number for number, net in enumerate(nets) if (net.box, net.port) == scope}
        self._numbers = {line: numbers[line] for line in ("link", *_WORDS)}
        self._levels = {line: nets[number].initial for line, number in self._numbers.items()}

    @property
    def word(self) -> str:
        """What it shows now."""
        if not self._levels["link"]:
            return "NO_LINK"
        return next((word for line, word in _WORDS.items() if self._levels[line]), "IDLE")

    def changes(self, batch: Changes) -> list[Text]:
        """What it shows from each instant of `batch` on; an instant is not split between two batches."""
        moves = []
        for line, number in self._numbers.items():
            ps, levels = batch.history(number)
            moves += [(at, line, level) for at, level in zip(ps.tolist(), levels.tolist(), strict=True)]
        texts = []
        for at, together in groupby(sorted(moves), itemgetter(0)):
            self._levels |= {line: level for _, line, level in together}
            texts.append(Text(at, self.scope, ROW, self.word))
        return texts


def port_rows(nets: Sequence[Net]) -> list[PortRow]:
    """A row for each port of a hub, in the order of `nets`, which are those of a waveform."""
    scopes = [Scope(net.box, net.port) for net in nets if net.signal == "partitioned"]
    return [PortRow(scope, nets) for scope in scopes]
