"""What boxes of a compiled LAN are built from, by numbers: wires, modules, gates, clocks, recorded nets."""

import dataclasses
from collections.abc import Mapping, Sequence
from ctypes import c_int
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hw.adapter import wiring
from hw.analogue import carrier_sense, clock_recovery
from hw.analogue.carrier_sense import Times
from hw.analogue.events import SLOW_CLOCK
from hw.assembly import Instance
from hw.gate import Gate, bit_of
from hw.modules import MODULES
from hw.ports import Direction
from sim.engine.compiled.wrapper import PROBES
from sim.engine.probes import Inner, Probe

if TYPE_CHECKING:
    from hw.nets import Net


class Form(NamedTuple):
    """A circuit as `lan_module` wants it: its clock, the kinds of its ports, its inputs with their starting
    values, and the names of the wires at all ports but the clock's."""

    clock: str
    ports: bytes
    inputs: tuple[tuple[str, int], ...]
    wires: tuple[str, ...]


class Box:
    """Numbers of the wires, modules and clocks of an adapter, or of a core or port of a hub or switch."""

    def __init__(self) -> None:
        self.wires: dict[str, int] = {}
        self.modules: dict[str, int] = {}
        self.clocks: dict[str, int] = {}
        self.memory: Any = None


class Builder:
    """Builds in the LAN `lan` of the `kernel`'s library, with one library per module. `nets` are recorded."""

    def __init__(self, kernel: Any, lan: Any, libraries: Mapping[str, Path]) -> None:
        self.kernel = kernel
        self.lan = lan
        self._libraries = libraries
        self.nets: list[Net] = []

    def wire(self, wires: dict[str, int], name: str, initial: int = 0) -> int:
        """The wire `name`; an input that no module drives is made here."""
        if name not in wires:
            wires[name] = self.kernel.lan_wire(self.lan, initial)
        return wires[name]

    def outputs(self, instances: tuple[Instance, ...], wires: dict[str, int]) -> None:
        """The wires that modules drive, but for those that are there already."""
        for name, initial in _driven(instances).items():
            self.wire(wires, name, initial)

    def module(self, instance: Instance, wires: dict[str, int], clocks: Mapping[str, int]) -> int:
        """One module on its wires. OSError when its library cannot be loaded."""
        kernel, lan = self.kernel, self.lan
        form = _form(instance)
        for name, initial in form.inputs:
            self.wire(wires, name, initial)
        numbers = (c_int * len(form.wires))(*map(wires.__getitem__, form.wires))
        path = str(self._libraries[instance.circuit]).encode()
        clock = clocks[form.clock] if form.clock else -1
        module = int(kernel.lan_module(lan, path, clock, form.ports, numbers))
        if module < 0:
            raise OSError(kernel.lan_error(lan).decode())
        return module

    def modules(
        self, instances: tuple[Instance, ...], clocks: Sequence[str], initial: Mapping[str, int]
    ) -> Box:
        """Modules of a box and their wires; `initial` has those that no module drives."""
        kernel, lan = self.kernel, self.lan
        box = Box()
        box.clocks = {name: kernel.lan_clock(lan) for name in clocks}
        box.wires = {name: kernel.lan_wire(lan, value) for name, value in initial.items()}
        self.outputs(instances, box.wires)
        for instance in instances:
            box.modules[instance.circuit] = self.module(instance, box.wires, box.clocks)
        for module in box.modules.values():
            kernel.lan_settle(lan, module)
        return box

    def gate(self, gate: Gate, wires: Mapping[str, int]) -> int:
        """The gate of a clock."""
        kernel, lan = self.kernel, self.lan
        number = int(kernel.lan_gate(lan))
        for name in gate.levels:
            wire, bit = bit_of(name)
            kernel.lan_gate_level(lan, number, wires[wire], bit)
        for one, other in gate.pairs:
            (first, first_bit), (second, second_bit) = bit_of(one), bit_of(other)
            kernel.lan_gate_pair(lan, number, wires[first], first_bit, wires[second], second_bit)
        return number

    def receiver(self, box: Box, carrier: Times) -> None:
        """The analogue half of a receiver."""
        kernel, lan, wires, clocks = self.kernel, self.lan, box.wires, box.clocks
        kernel.lan_carrier_sense(lan, *(self.wire(wires, name) for name in carrier_sense.PINS), *carrier)
        pins = [self.wire(wires, name) for name in clock_recovery.PINS]
        kernel.lan_clock_recovery(lan, *pins, clocks["rx_bit_clk"], clocks["rx_clk"])

    def transmit_clocks(self, box: Box, half_bit_fs: int, phase_ps: int) -> None:
        """The crystal of MAC and PHY, and the slow clocks that are divided from it."""
        kernel, lan, wires, clocks = self.kernel, self.lan, box.wires, box.clocks
        transmit = kernel.lan_transmit_crystal(
            lan,
            clocks["bit_clk"],
            clocks["tx_clk"],
            half_bit_fs,
            phase_ps,
            self.gate(wiring.BIT_GATE, wires),
            self.gate(wiring.TX_GATE, wires),
            *(self.wire(wires, name) for name in wiring.ENCODER_WIRES),
        )
        for division in wiring.DIVISIONS:
            gate = self.gate(division.gate, wires)
            clock = clocks[division.clock]
            kernel.lan_divider(lan, clock, transmit, division.nibbles, division.lead, SLOW_CLOCK, gate)

    def record(
        self,
        recorded: Sequence[Probe],
        box: Box,
        analogue: Mapping[str, int],
        instances: tuple[Instance, ...],
        name: str,
        port: str = "",
    ) -> None:
        """Record the probes of the box `name`, or of its `port`.

        `analogue` has its wires without a module.
        """
        kernel, lan = self.kernel, self.lan
        for probe in recorded:
            net = dataclasses.replace(probe.net, box=name, port=port or probe.net.port)
            if isinstance(probe.source, Inner):
                place = PROBES[probe.source.circuit].index(probe.source.register)
                kernel.lan_probe(lan, box.modules[probe.source.circuit], place, len(self.nets))
            else:
                kernel.lan_record(lan, box.wires[probe.source], len(self.nets))
                initial = analogue.get(probe.source, _driven(instances).get(probe.source, 0))
                net = dataclasses.replace(net, initial=initial)
            self.nets.append(net)


@cache
def _form(instance: Instance) -> Form:
    """What there is to say of every instance."""
    circuit = MODULES[instance.circuit]
    clock, letters, inputs, wires = "", "", [], []
    for port in circuit.ports:
        name = instance.renamed.get(port.name, port.name)
        if port.name == circuit.clock:
            clock = name
            letters += "c"
            continue
        wires.append(name)
        letters += "o" if port.direction is Direction.OUT else "i"
        if port.direction is Direction.IN:
            inputs.append((name, port.initial))
    return Form(clock, letters.encode(), tuple(inputs), tuple(wires))


@cache
def _driven(instances: tuple[Instance, ...]) -> dict[str, int]:
    """The wires that modules drive, with their starting values."""
    return {
        instance.renamed.get(port.name, port.name): port.initial
        for instance in instances
        for port in MODULES[instance.circuit].ports
        if port.direction is Direction.OUT
    }
