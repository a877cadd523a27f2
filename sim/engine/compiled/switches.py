"""Switches in the compiled engine: what `hw.switch.wiring` describes, and the fabric."""

import ctypes
from collections.abc import Sequence
from ctypes import POINTER
from dataclasses import dataclass
from typing import Any

from hw.analogue import fabric, memory
from hw.analogue.carrier_sense import TIMES
from hw.nets import PORT
from hw.switch import wiring
from hw.switch.sizes import PLACE_BITS, WORD_BITS
from hw.switch.wiring import Bridge, Oscillation, Timing
from sim.engine.compiled.builder import Box, Builder
from sim.engine.probes import switch_port_probes, switch_probes
from sim.engine.station import modes
from sim.scenario.model import Switch

CIRCUITS = tuple(instance.circuit for instance in (*wiring.CORE_INSTANCES, *wiring.PORT_INSTANCES))


@dataclass(frozen=True, slots=True)
class SwitchTwin:
    """Numbers of the core's wires and of each port's; the memory of the address table."""

    core: dict[str, int]
    ports: list[dict[str, int]]
    table: Any


def build(
    builder: Builder, switch: Switch, bridge: Bridge, cabled: Sequence[bool], *, waves: bool
) -> SwitchTwin:
    """The twin of `hw.switch.box.Switch` in the builder's LAN."""
    kernel, lan = builder.kernel, builder.lan
    timing = wiring.timing(bridge)
    initial = wiring.CORE_WIRES | wiring.core_straps(bridge, cabled) | {"t_sel": memory.WHOLE_WORD}
    core = builder.modules(wiring.CORE_INSTANCES, wiring.CORE_CLOCKS, initial)
    straps = [
        wiring.PORT_WIRES | wiring.port_straps(bridge, number, mode, link=link)
        for number, (mode, link) in enumerate(zip(modes(switch), cabled, strict=True), start=1)
    ]
    ports = [builder.modules(wiring.PORT_INSTANCES, wiring.PORT_CLOCKS, made) for made in straps]
    for port in ports:
        builder.receiver(port, TIMES)
        builder.transmit_clocks(port, timing.half_bit_fs, timing.phase_ps)
        for oscillation in wiring.PORT_OSCILLATIONS:
            _oscillate(builder, oscillation, timing, port)
        kernel.lan_switch_port(lan, _pins(port.wires, fabric.PORT_PINS))
    kernel.lan_fabric(lan, _pins(core.wires, fabric.CORE_PINS), WORD_BITS, PLACE_BITS)
    octets = wiring.table_octets(bridge)
    first = kernel.lan_memory(lan, octets, *(core.wires[name] for name in wiring.TABLE_PINS))
    for oscillation in wiring.CORE_OSCILLATIONS:
        _oscillate(builder, oscillation, timing, core)
    builder.record(switch_probes(waves=waves), core, initial, wiring.CORE_INSTANCES, switch.name)
    for number, (port, made) in enumerate(zip(ports, straps, strict=True), start=1):
        place = (switch.name, f"{PORT}{number}")
        builder.record(switch_port_probes(waves=waves), port, made, wiring.PORT_INSTANCES, *place)
    table = ctypes.cast(first, POINTER(ctypes.c_uint8 * octets)).contents
    return SwitchTwin(core.wires, [port.wires for port in ports], table)


def _oscillate(builder: Builder, oscillation: Oscillation, timing: Timing, box: Box) -> None:
    gate = builder.gate(oscillation.gate, box.wires)
    clock = box.clocks[oscillation.clock]
    period_fs = oscillation.ticks * timing.tick_fs
    builder.kernel.lan_crystal(builder.lan, clock, period_fs, timing.phase_ps, oscillation.residue, gate)


def _pins(wires: dict[str, int], names: Sequence[str]) -> Any:
    return (ctypes.c_int * len(names))(*(wires[name] for name in names))
