"""A row of text beside a MAU's control-in line: what its signal means.

The MAU reports a collision and the SQE test by the same signal on `aui_ci` (802.3 clause 7.2.1.2.3). The test
comes when the adapter has sent, not while it sends: 0.6 to 1.6 us after the end of its output, for 5 to 15
bit times (clause 8.2.2).
"""

from collections.abc import Iterable, Sequence

from hw.nets import Net
from sim.engine.interface import Changes
from sim.record.waves import Scope, Text

ROW = "aui_ci_means"
IDLE, TEST, COLLISION = "IDLE", "SQE_TEST", "COLLISION"
_LATEST_PS = 2_000_000
"""After the end of the output, with the time that the signal takes to the adapter."""


class AuiRow:
    """The row of one adapter's MAU. The nets `control` and `active` are `aui_ci` and `aui_do_active`."""

    def __init__(self, scope: Scope, control: int, active: int) -> None:
        self.scope = scope
        self.row, self.word = ROW, IDLE
        """What it is called, and shows at first."""
        self._control = control
        self._active = active
        self._sending = False
        self._ended: int | None = None

    def changes(self, batch: Changes) -> list[Text]:
        """What it shows from each instant of `batch` on."""
        moves = []
        for line in (self._active, self._control):
            ps, levels = batch.history(line)
            moves += [
                (at, line == self._control, level)
                for at, level in zip(ps.tolist(), levels.tolist(), strict=True)
            ]
        texts = []
        for at, control, level in sorted(moves):
            if control:
                texts.append(Text(at, self.scope, ROW, self._meaning(at) if level else IDLE))
            else:
                self._sending = bool(level)
                self._ended = at
        return texts

    def _meaning(self, ps: int) -> str:
        after = not self._sending and self._ended is not None and ps - self._ended <= _LATEST_PS
        return TEST if after else COLLISION


def aui_rows(nets: Sequence[Net], adapters: Iterable[str]) -> list[AuiRow]:
    """A row for each adapter with a MAU."""
    numbers = {(net.box, net.port, net.signal): number for number, net in enumerate(nets)}
    rows = []
    for adapter in adapters:
        control = numbers.get((adapter, "mau", "aui_ci"))
        active = numbers.get((adapter, "adapter", "aui_do_active"))
        if control is not None and active is not None:
            rows.append(AuiRow(Scope(adapter, "mau"), control, active))
    return rows
