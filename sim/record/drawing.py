"""What goes into a run's waveform, and when it is decided: nets, and the rows that are decoded from them.

The recorder gives it the engine's changes and the events in the order of time. It holds back what is not
settled: the waveform lags behind by up to 40 bits, since which four octets are the FCS shows when the frame
ends.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from hw.nets import Net
from journal.event import Event
from sim.engine.interface import Changes, Table
from sim.record.arrangement import Arrangement
from sim.record.aui_row import AuiRow, aui_rows
from sim.record.clock_rows import ClockRows, drawn
from sim.record.port_rows import PortRow, port_rows
from sim.record.step_rows import NOTHING, StepRows
from sim.record.waves import ROWS, Scope, Text, Waves
from sim.record.wire import WireDecoder
from sim.scenario.model import Scenario


class Drawing:
    """Writes the waveform of a run folder. `wires` are the cables' decoders by their scopes."""

    def __init__(
        self, folder: Path, scenario: Scenario, nets: Sequence[Net], wires: Mapping[Scope, WireDecoder]
    ) -> None:
        self._folder = folder
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
        self._waves = Waves(folder / "waves.vcd", [*nets, *self._clocks.nets], rows, stations)
        self._arrangement = Arrangement(drawn(nets, self._clocks.nets), rows, stations)
        self._waiting: list[Table] = []
        """Changes that are not in the waveform yet."""
        self._texts: list[Text] = []

    def changes(self, batch: Changes) -> None:
        """Take the next changes of the engine's nets, whole instants only."""
        self._waiting.append(np.stack([batch.ps, batch.net, batch.value]))
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
        table = np.hstack([shown, *self._waiting, *self._clocks.take(settled)])
        table = table[:, np.argsort(table[0], kind="stable")]
        count = table.shape[1] if horizon is None else int(np.searchsorted(table[0], horizon))
        self._waves.write(table[:, :count])
        self._waiting = [table[:, count:]]

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
        self._waves.close(now)
        self._arrangement.write(self._folder)
