"""What goes into a run's waveform, and when it is decided: nets, and the rows that are decoded from them.

The recorder gives it the engine's changes and the events in the order of time. It holds back what is not
settled: the waveform lags behind by up to 40 bits, since which four octets are the FCS shows when the frame
ends.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from hw.nets import Net
from journal.event import Event
from sim.engine.interface import Changes, Table
from sim.record.arrangement import Arrangement
from sim.record.aui_row import AuiRow, aui_rows
from sim.record.clock_rows import ClockRows, drawn
from sim.record.extent import Extent
from sim.record.port_rows import PortRow, port_rows
from sim.record.step_rows import NOTHING, StepRows
from sim.record.waves import ROWS, Scope, Text, Waves
from sim.record.wire import WireDecoder
from sim.scenario.model import Scenario

_LARGE = 100_000_000
"""Octets of a waveform from which on its size is announced, each time it has doubled."""


class Drawing:
    """Writes the waveform of a run folder. `wires` are the cables' decoders by their scopes."""

    def __init__(
        self,
        folder: Path,
        scenario: Scenario,
        nets: Sequence[Net],
        wires: Mapping[Scope, WireDecoder],
        *,
        extent: Extent,
        tell: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._extent = extent
        self._tell = tell
        self._announced = _LARGE // 2
        """The size (octets) that was announced last; at first, half of the one to announce."""
        self._wires = wires
        self._lines: list[PortRow | AuiRow] = [*port_rows(nets), *aui_rows(nets, scenario.adapters)]
        self._clocks = ClockRows(nets, scenario.adapters, wires)
        switches = [box.name for box in scenario.switches]
        self._steps = StepRows([host.name for host in scenario.hosts], scenario.adapters, switches)
        stations = {
            Scope(coax.name, f"tap{number}"): tap.host
            for coax in scenario.coaxes
            for number, tap in enumerate(coax.taps)
        }
        rows = {(scope, row): idle for scope in wires for row, idle in ROWS.items()}
        rows |= dict.fromkeys(self._steps.rows, NOTHING)
        for line in self._lines:
            rows[line.scope, line.row] = line.word
        every = [*nets, *self._clocks.nets]
        chosen = [net for net in every if extent.has(net.box)]
        places = {net: place for place, net in enumerate(chosen)}
        self._numbers = np.array([places.get(net, -1) for net in every], np.int64)
        """The number of each net in the waveform, -1 for those that are not in it."""
        self._missed: dict[int, int] = {}
        """By number, what has its last value from before the window."""
        rows = {(scope, row): text for (scope, row), text in rows.items() if extent.has(scope.box)}
        self._waves = Waves(folder / "waves.vcd", chosen, rows, stations)
        arranged = [net for net in drawn(nets, self._clocks.nets) if extent.has(net.box)]
        self._arrangement = Arrangement(arranged, rows, stations)
        self._waiting: list[Table] = []
        """Changes that are not in the waveform yet."""
        self._texts: list[Text] = []

    def changes(self, batch: Changes) -> None:
        """Take the next changes of the engine's nets, whole instants only."""
        self._waiting.append(self._chosen(np.stack([batch.ps, batch.net, batch.value])))
        self._clocks.changes(batch)
        for line in self._lines:
            self._texts += line.changes(batch)

    def event(self, event: Event) -> None:
        """Take the next event."""
        text = self._steps.text(event)
        if text is not None:
            self._texts.append(text)

    def write(self, now: int | None) -> None:
        """Write what is settled before `now` (ps); None: everything."""
        settled = {scope: None if now is None else wire.settled(now) for scope, wire in self._wires.items()}
        horizon = None
        if now is not None:
            horizon = min([self._clocks.settled(now), *(ps for ps in settled.values() if ps is not None)])
        for scope, wire in self._wires.items():
            for row, texts in (("field", wire.fields), ("octet", wire.values)):
                until = settled[scope]
                ready = [text for text in texts if until is None or text[0] < until]
                self._texts += [Text(ps, scope, row, text) for ps, text in ready]
                del texts[: len(ready)]
        self._texts.sort(key=lambda text: (text.ps, text.scope.name, text.row))
        shown = self._waves.numbered(self._before(horizon))
        table = np.hstack([shown, *self._waiting, *map(self._chosen, self._clocks.take(settled))])
        table = table[:, np.argsort(table[0], kind="stable")]
        count = table.shape[1] if horizon is None else int(np.searchsorted(table[0], horizon))
        self._waves.write(self._within(table[:, :count]))
        self._waiting = [table[:, count:]]
        if self._waves.size >= 2 * self._announced:
            self._announced = self._waves.size
            self._announce_size()

    def _chosen(self, table: Table) -> Table:
        """The changes of nets that are in the waveform, under their numbers there."""
        if not self._extent.boxes:
            return table
        table[1] = self._numbers[table[1]]
        return table[:, table[1] >= 0]

    def _within(self, table: Table) -> Table:
        """What of the next changes is in the window; it begins with all values that there are then."""
        begin, end = self._extent.begin_ps, self._extent.end_ps
        if end is not None:
            table = table[:, : np.searchsorted(table[0], end)]
        if not begin:
            return table
        early = int(np.searchsorted(table[0], begin))
        self._missed |= dict(zip(table[1, :early].tolist(), table[2, :early].tolist(), strict=True))
        table = table[:, early:]
        if not table.shape[1]:
            return table
        missed = np.array([(begin, *one) for one in self._missed.items()], np.int64).reshape(-1, 3).T
        self._missed.clear()
        return np.hstack([missed, table])

    def _announce_size(self) -> None:
        ms = (self._waves.written - self._extent.begin_ps) / 1e9
        size = self._waves.size / 1e6
        self._tell(
            f"waves.vcd has {size:.0f} MB after {ms:.1f} ms of simulated time, {size / ms:.1f} MB a ms; "
            "--waves NAMES with --from and --to records less, --no-vcd none"
        )

    def _before(self, horizon: int | None) -> list[Text]:
        """Take the texts before `horizon`. Of several of a row at one instant the last counts."""
        count = len(self._texts)
        if horizon is not None:
            count = bisect_left(self._texts, horizon, key=lambda text: text.ps)
        taken = {(text.ps, text.scope, text.row): text for text in self._texts[:count]}
        del self._texts[:count]
        return [*taken.values()]

    def close(self, now: int) -> None:
        """End the waveform at `now` (ps), and arrange it; the run's events are on disk."""
        end = self._extent.end_ps
        self._waves.close(now if end is None else min(now, end))
        self._arrangement.write(self._folder, self._extent.begin_ps)
