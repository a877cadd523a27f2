"""What the kernel sees of an engine (docs/architecture.md).

The kernel stands outside and owns time; an engine knows boxes and cables. The kernel asks it to
advance, the engine stops at the first instant at which an adapter has something to say (a *bell*),
with all hardware settled. Recorders read the changes of the declared nets afterwards, in batches:
circuits emit no events, everything the recorders know of the hardware is decoded from these changes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from driver.bus import Read, Write
from hw.analogue.generator import Move
from hw.analogue.segment import Hop
from hw.netlist import Unit
from hw.nets import Net

Column = npt.NDArray[np.int64]
Table = npt.NDArray[np.int64]
"""Columns of equal length, the first index is the column's."""


class BellKind(IntEnum):
    """Why an adapter rings. The order is the order of delivery within one instant."""

    DONE = 0
    IRQ = 1


class Bell(NamedTuple):
    """One adapter's message to its host at the instant at which `advance` stopped.

    `value` is the word read for DONE (0 after a write) and the new level of `irq` for IRQ.
    """

    adapter: int
    kind: BellKind
    value: int


class Change(NamedTuple):
    """Net number `net` (its index in `Engine.nets`) takes `value` at `ps`."""

    ps: int
    net: int
    value: int


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """Many changes, net by net and each net's in the order of time; one column per field of `Change`.

    A bit has a few changes, and an object for each would cost more than all that is done with them.
    """

    ps: Column
    net: Column
    value: Column

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int, int]]) -> "Changes":
        """Make columns of rows that are in the order of time."""
        table = np.array([*rows], np.int64).reshape(-1, len(Change._fields))
        return cls(*np.ascontiguousarray(table[np.argsort(table[:, 1], kind="stable")].T))

    def __len__(self) -> int:
        return len(self.ps)

    def history(self, net: int) -> tuple[Column, Column]:
        """When one net changed (ps), and to which values."""
        begin, end = np.searchsorted(self.net, (net, net + 1))
        return self.ps[begin:end], self.value[begin:end]

    def nets(self) -> dict[int, None]:
        """The nets that change, in ascending order: most of a quiet network's do not."""
        return dict.fromkeys(self.net[np.flatnonzero(np.diff(self.net, prepend=-1))].tolist())

    def only(self, nets: Column) -> "Changes":
        """The changes of `nets`, which are sorted."""
        begins, ends = np.searchsorted(self.net, nets), np.searchsorted(self.net, nets, "right")
        parts = [slice(*part) for part in zip(begins.tolist(), ends.tolist(), strict=True)]
        return Changes(
            *(np.concatenate([column[:0], *(column[part] for part in parts)]) for column in self._columns())
        )

    def in_time(self) -> Table:
        """The columns `ps`, `net`, `value` in the order of time and then of nets."""
        return np.stack(self._columns())[:, np.argsort(self.ps, kind="stable")]

    def rows(self) -> Iterator[Change]:
        """The same one by one, in ordinary integers."""
        return map(Change, *self.in_time().tolist())

    def _columns(self) -> tuple[Column, Column, Column]:
        return self.ps, self.net, self.value


class Engine(Protocol):
    """Boxes and cables in simulated time. Adapters are numbered in the order of the buses in the netlist."""

    @property
    def now(self) -> int:
        """Simulated time in ps."""

    @property
    def nets(self) -> Sequence[Net]:
        """The recorded nets; fixed for the whole run."""

    def advance(self, limit: int) -> list[Bell]:
        """Run to the first instant <= `limit` (ps) with bells, settled; else to `limit`, inclusive.

        Bells are ordered by adapter, DONE before IRQ. What software wrote at `now` (`submit`) is seen
        by the hardware at the same picosecond. `limit` may equal `now`.
        """

    def submit(self, adapter: int, operation: Read | Write) -> None:
        """Begin one bus cycle. At most one is outstanding per adapter; it ends as a DONE bell."""

    def memory(self, adapter: int) -> memoryview:
        """Host memory as the adapter's DMA sees it; what was handed out can be read after `close` as well."""

    def octets(self, unit: Unit) -> memoryview:
        """What is in the memory of a unit."""

    def changes(self) -> Changes:
        """The changes since the last call, settled: of a net at most one in an instant,
        and never to the value that it has."""

    def value(self, unit: Unit, wire: str) -> int:
        """What stands on a wire now."""

    def drive(self, unit: Unit, wire: str, value: int) -> None:
        """Give a wire that no part of the unit drives another value now."""

    def plug(self, cable: str, *, plugged: bool) -> None:
        """Take a cable of two pairs off, or put it on again, now: what is under way is lost."""

    def reroute(self, coax: str, hops: Sequence[Sequence[Hop]]) -> None:
        """A coax has other paths from now on (`hw.netlist.Coax`)."""

    def close(self) -> None:
        """Free the simulator. Idempotent."""


class Workbench(Engine, Protocol):
    """An engine with its instruments, which the kernel does not touch."""

    def play(self, generator: int, moves: Sequence[Move], start_ps: int | None) -> None:
        """Have a signal generator play `moves` (`hw.analogue.generator`) from `start_ps` on; with None, each
        time that carrier appears at its tap. Generators are numbered in their order in the netlist.

        Raises ValueError for moves that are not in order or not in the future.
        """
