"""The compiled engine: the same network, with every circuit verilated and the events in C++.

A network is built from the same netlist as under MyHDL: nothing is elaborated, and a new topology compiles
nothing. After that Python is called per bell, not per bit.
"""

from collections.abc import Mapping, Sequence
from ctypes import POINTER, byref, c_int64
from pathlib import Path
from typing import Any

import numpy as np

from driver.bus import Read, Write
from hw.analogue.generator import Move, check
from hw.analogue.segment import Hop
from hw.netlist import Backplane, Coax, Fabric, Netlist, Pair, Unit
from hw.nets import Net
from sim.engine.compiled import binding, twins
from sim.engine.compiled.parts import Assembly
from sim.engine.interface import Bell, BellKind, Changes

REGISTER_OCTETS = 4
_KINDS = tuple(BellKind)
KERNEL_SOURCES = (Path(__file__).parent / "src" / "kernel.cpp",)
KERNEL_HEADERS = {twins.HEADER: twins.header()}


class CompiledEngine:
    """The network of `netlist`, from the `kernel`'s library and one library for each of its circuits.

    With `waves`, every declared probe is recorded; without, only what captures and events are decoded from.
    """

    def __init__(self, netlist: Netlist, kernel: Path, libraries: Mapping[str, Path], *, waves: bool) -> None:
        self._kernel = binding.load(kernel)
        self._lan = self._kernel.lan_create()
        self._adapters = netlist.adapters
        self._assembly = Assembly(self._kernel, self._lan, libraries)
        for item in netlist.items:
            self._build(item, waves=waves)
        nets = self._assembly.nets
        self._kernel.lan_begin(self._lan, (c_int64 * len(nets))(*(net.initial for net in nets)), len(nets))
        self._bells = POINTER(binding.interface()[0]["Bell"])()
        self.now = 0
        """Simulated time in ps."""

    def _build(self, item: Any, *, waves: bool) -> None:
        """Build one item of the netlist."""
        match item:
            case Unit():
                self._assembly.unit(item, waves=waves)
            case Backplane():
                self._assembly.backplane(item)
            case Fabric():
                self._assembly.fabric(item)
            case Coax():
                self._assembly.coax(item, waves=waves)
                self.reroute(item.name, item.hops)
            case Pair():
                self._assembly.pair(item)
            case _:
                raise TypeError(f"the compiled engine knows no {type(item).__name__}")

    @property
    def nets(self) -> Sequence[Net]:
        """The recorded nets."""
        return self._assembly.nets

    def advance(self, limit: int) -> list[Bell]:
        """See `Engine.advance`."""
        while True:  # it comes back now and then, so that Python sees a signal
            count = self._kernel.lan_advance(self._lan, limit, byref(self._bells))
            self.now = self._kernel.lan_now(self._lan)
            if count or self.now >= limit:
                break
        bells = self._bells
        return [Bell(bells[n].adapter, _KINDS[bells[n].kind], bells[n].value) for n in range(count)]

    def submit(self, adapter: int, operation: Read | Write) -> None:
        """See `Engine.submit`."""
        write = isinstance(operation, Write)
        value = operation.value if isinstance(operation, Write) else 0
        self._kernel.lan_submit(self._lan, adapter, operation.register // REGISTER_OCTETS, write, value)

    def memory(self, adapter: int) -> memoryview:
        """See `Engine.memory`."""
        return self.octets(self._adapters[adapter])

    def octets(self, unit: Unit) -> memoryview:
        """See `Engine.octets`."""
        return memoryview(self._assembly.memories[unit]).cast("B")

    def value(self, unit: Unit, wire: str) -> int:
        """See `Engine.value`."""
        return int(self._kernel.lan_value(self._lan, self._assembly.wires[unit][wire]))

    def drive(self, unit: Unit, wire: str, value: int) -> None:
        """See `Engine.drive`."""
        self._kernel.lan_drive(self._lan, self._assembly.wires[unit][wire], value)

    def plug(self, cable: str, *, plugged: bool) -> None:
        """See `Engine.plug`."""
        self._kernel.lan_plug(self._lan, self._assembly.pairs[cable], plugged)

    def reroute(self, coax: str, hops: Sequence[Sequence[Hop]]) -> None:
        """See `Engine.reroute`."""
        rows = [(sender, *hop) for sender, of_sender in enumerate(hops) for hop in of_sender]
        columns = [(c_int64 * len(rows))(*(row[place] for row in rows)) for place in range(5)]
        self._kernel.lan_reroute(self._lan, self._assembly.coaxes[coax], len(hops), *columns, len(rows))

    def play(self, generator: int, moves: Sequence[Move], start_ps: int | None) -> None:
        """See `Engine.play`."""
        check(moves, start_ps, self.now)
        column = c_int64 * len(moves)
        times, levels = column(*(ps for ps, _ in moves)), column(*(level for _, level in moves))
        triggered = start_ps is None
        self._kernel.lan_play(self._lan, generator, triggered, start_ps or 0, times, levels, len(moves))

    def changes(self) -> Changes:
        """See `Engine.changes`."""
        count = self._kernel.lan_settled_changes(self._lan)
        ps, net, value = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)
        self._kernel.lan_take_changes(self._lan, ps.ctypes.data, net.ctypes.data, value.ctypes.data)
        return Changes(ps, net, value)

    def close(self) -> None:
        """See `Engine.close`."""
        if self._lan is not None:
            self._kernel.lan_destroy(self._lan)
            self._lan = None
