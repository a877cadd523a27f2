"""Bits and their clock as rows of the waveform, decoded from signals that are recorded anyway.

A Manchester code is the exclusive OR of a bit and a clock that is high in the first half of each bit's cell
(802.3 clause 7.3.1.1: the first half is the complement of the bit, the second half the bit). `sent_bit` and
`sent_clock` of an adapter are what its PHY has combined into `aui_do`; `recovered_bit` and `recovered_clock`
of a cable are what a receiver at its first tap, or of what an end of a pair drives, takes apart again
(`sim.record.cells`). A clock stands still where no bit is recognised.

The rows are nets like those of the engine, numbered after them.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from hw.nets import Net
from sim.engine.interface import Changes, Column, Table
from sim.record.cells import BIT_PS, HALF_PS
from sim.record.waves import Scope
from sim.record.wire import WireDecoder

_CHANGES = 3
"""Of a cell at most: its bit, and both edges of its clock."""


class _Pair:
    """Two nets for a row of cells, `first` is the number of the bit's; `prefix` is `sent` or `recovered`."""

    def __init__(self, scope: Scope, prefix: str, first: int) -> None:
        self.nets = (Net(*scope, f"{prefix}_bit"), Net(*scope, f"{prefix}_clock"))
        self._first = first
        self._bit = 0

    def table(self, begins: Column, middles: Column, bits: Column) -> Table:
        """What the cells change that begin and have their middles there, in the order of time."""
        changed = np.flatnonzero(np.diff(bits, prepend=self._bit))
        if len(bits):
            self._bit = int(bits[-1])
        ps = np.concatenate([begins[changed], begins, middles])
        net = np.full(len(ps), self._first + 1)
        net[: len(changed)] = self._first
        value = np.concatenate([bits[changed], np.ones_like(begins), np.zeros_like(begins)])
        return np.stack([ps, net, value])


class _Recovered:
    """The cells that the decoder of a cable has found."""

    def __init__(self, scope: Scope, wire: WireDecoder, first: int) -> None:
        self.pair = _Pair(scope, "recovered", first)
        self._wire = wire

    def take(self, now: int | None) -> Table:
        """The changes by cells that have begun before `now`, up to which the decoder has settled."""
        middles, bits = self._wire.take_cells(now)
        return self.pair.table(middles - HALF_PS, middles, bits)


class _Sent:
    """The cells that an adapter sends. What follows its own crystal is half a cell or a whole one apart."""

    def __init__(self, scope: Scope, numbers: tuple[int, int], first: int) -> None:
        self.pair = _Pair(scope, "sent", first)
        self._line, self._active = numbers
        self._sending = False
        self._halves = 0
        """Half cells from the first bit to the last edge."""
        self._edge = 0
        self._start = 0
        self._parts: list[Table] = []

    def changes(self, batch: Changes) -> None:
        """Take the next changes, whole instants only."""
        ps, levels = batch.history(self._line)
        starts, active = batch.history(self._active)
        begin = 0
        for at, sending in zip(starts.tolist(), active.tolist(), strict=True):
            end = int(np.searchsorted(ps, at))
            self._cells(ps[begin:end], levels[begin:end])
            self._sending = bool(sending)
            self._edge = self._start = at
            self._halves = 0
            begin = end
        self._cells(ps[begin:], levels[begin:])

    def _cells(self, ps: Column, levels: Column) -> None:
        if not self._sending or not len(ps):
            return
        apart = np.diff(ps, prepend=self._edge)
        halves = self._halves + np.cumsum((apart + HALF_PS // 2) // HALF_PS)
        self._halves, self._edge = int(halves[-1]), int(ps[-1])
        middle = np.flatnonzero(halves % 2)
        middles = ps[middle]
        self._parts.append(
            self.pair.table(np.maximum(middles - HALF_PS, self._start), middles, levels[middle])
        )

    def settled(self, now: int) -> int:
        """Up to when (exclusive) all changes are known: a bit shows in the middle of its cell."""
        return now - BIT_PS if self._sending else now

    def take(self) -> list[Table]:
        """The changes since the last call."""
        parts, self._parts = self._parts, []
        return parts


class ClockRows:
    """The rows of all adapters and cables. `wires` are the cables' decoders by their scopes."""

    def __init__(
        self, nets: Sequence[Net], adapters: Iterable[str], wires: Mapping[Scope, WireDecoder]
    ) -> None:
        numbers = {(net.box, net.port, net.signal): number for number, net in enumerate(nets)}
        self.nets: list[Net] = []
        """All rows, in the order of their numbers, which follow those of `nets`."""
        self._recovered: dict[Scope, _Recovered] = {}
        for scope, wire in wires.items():
            self._recovered[scope] = _Recovered(scope, wire, len(nets) + len(self.nets))
            self.nets += self._recovered[scope].pair.nets
        self._sent: list[_Sent] = []
        for adapter in adapters:
            lines = [numbers.get((adapter, "adapter", name)) for name in ("aui_do", "aui_do_active")]
            if lines[0] is not None and lines[1] is not None:
                sent = _Sent(Scope(adapter, "adapter"), (lines[0], lines[1]), len(nets) + len(self.nets))
                self._sent.append(sent)
                self.nets += sent.pair.nets

    def changes(self, batch: Changes) -> None:
        """Take the next changes, whole instants only."""
        for sent in self._sent:
            sent.changes(batch)

    def settled(self, now: int) -> int:
        """Up to when (exclusive) the sent bits are known."""
        return min((sent.settled(now) for sent in self._sent), default=now)

    def take(self, settled: Mapping[Scope, int | None]) -> list[Table]:
        """What has changed since the last call; of a cable, before what its decoder has settled."""
        parts = [recovered.take(settled[scope]) for scope, recovered in self._recovered.items()]
        return parts + [part for sent in self._sent for part in sent.take()]


def drawn(nets: Sequence[Net], rows: Sequence[Net]) -> list[Net]:
    """`nets` with the `rows` where they are looked for: bit and clock, and then what is made of them."""
    places = {
        (net.box, net.port): [row for row in rows if (row.box, row.port) == (net.box, net.port)]
        for net in rows
    }
    ordered = [row for row in rows if row.signal.startswith("recovered")]
    for net in nets:
        if net.signal == "aui_do":
            ordered += places.get((net.box, net.port), [])
        ordered.append(net)
    return ordered
