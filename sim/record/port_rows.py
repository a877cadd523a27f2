"""A row of text beside each port of a hub in the waveform: what the port does, in one word."""

import re
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from sim.engine.interface import Changes, Net
from sim.record.waves import Text

ROW = "doing"
_PORT = re.compile(r"([^.]+\.port\d+)\.partitioned")
_WORDS = {
    "partitioned": "PARTITIONED",
    "aui_ci": "COLLISION",
    "aui_do_active": "OUT",
    "aui_di_active": "IN",
}
"""By the line that is high; the first one counts. What is sent is looped back: OUT comes before IN."""


class PortRow:
    """The row of one port, `scope` in the waveform. Nets are numbered by their places in `nets`."""

    def __init__(self, scope: str, nets: Sequence[Net]) -> None:
        self.scope = scope
        numbers = {net.name: number for number, net in enumerate(nets)}
        self._numbers = {line: numbers[f"{scope}.{line}"] for line in ("link", *_WORDS)}
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
    return [PortRow(port[1], nets) for net in nets if (port := _PORT.fullmatch(net.name))]
