"""Switches in the compiled engine: what `hw.switch.wiring` describes, and the fabric."""

from __future__ import annotations

import ctypes
from ctypes import POINTER
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hw.analogue import fabric, memory
from hw.switch import wiring
from hw.switch.sizes import PLACE_BITS, WORD_BITS
from sim.engine.probes import switch_port_probes, switch_probes
from sim.engine.station import modes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hw.switch.wiring import Bridge, Oscillation, Timing
    from sim.engine.compiled.engine import Box, CompiledEngine
    from sim.scenario.model import Switch

CIRCUITS = tuple(instance.circuit for instance in (*wiring.CORE_INSTANCES, *wiring.PORT_INSTANCES))


@dataclass(frozen=True, slots=True)
class SwitchTwin:
    """Numbers of the core's wires and of each port's; the memory of the address table."""

    core: dict[str, int]
    ports: list[dict[str, int]]
    table: Any


def build(
    engine: CompiledEngine, switch: Switch, bridge: Bridge, cabled: Sequence[bool], *, waves: bool
) -> SwitchTwin:
    """The twin of `hw.switch.box.Switch` in `engine`'s LAN."""
    kernel, lan = engine.kernel, engine.lan
    timing = wiring.timing(bridge)
    initial = wiring.CORE_WIRES | wiring.core_straps(bridge, cabled) | {"t_sel": memory.WHOLE_WORD}
    core = engine.build_modules(wiring.CORE_INSTANCES, wiring.CORE_CLOCKS, initial)
    straps = [
        wiring.PORT_WIRES | wiring.port_straps(bridge, number, mode, link=link)
        for number, (mode, link) in enumerate(zip(modes(switch), cabled, strict=True), start=1)
    ]
    ports = [engine.build_modules(wiring.PORT_INSTANCES, wiring.PORT_CLOCKS, made) for made in straps]
    for port in ports:
        engine.build_receiver(port)
        engine.build_transmit_clocks(port, timing.half_bit_fs, timing.phase_ps)
        for oscillation in wiring.PORT_OSCILLATIONS:
            _oscillate(engine, oscillation, timing, port)
        kernel.lan_switch_port(lan, _pins(port.wires, fabric.PORT_PINS))
    kernel.lan_fabric(lan, _pins(core.wires, fabric.CORE_PINS), WORD_BITS, PLACE_BITS)
    octets = wiring.table_octets(bridge)
    first = kernel.lan_memory(lan, octets, *(core.wires[name] for name in wiring.TABLE_PINS))
    for oscillation in wiring.CORE_OSCILLATIONS:
        _oscillate(engine, oscillation, timing, core)
    engine.record(switch_probes(waves=waves), core, initial, wiring.CORE_INSTANCES, switch.name)
    for number, (port, made) in enumerate(zip(ports, straps, strict=True), start=1):
        below = f"{switch.name}.port{number}"
        engine.record(switch_port_probes(waves=waves), port, made, wiring.PORT_INSTANCES, below)
    table = ctypes.cast(first, POINTER(ctypes.c_uint8 * octets)).contents
    return SwitchTwin(core.wires, [port.wires for port in ports], table)


def _oscillate(engine: CompiledEngine, oscillation: Oscillation, timing: Timing, box: Box) -> None:
    gate = engine.build_gate(oscillation.gate, box.wires)
    clock = box.clocks[oscillation.clock]
    period_fs = oscillation.ticks * timing.tick_fs
    engine.kernel.lan_crystal(engine.lan, clock, period_fs, timing.phase_ps, oscillation.residue, gate)


def _pins(wires: dict[str, int], names: Sequence[str]) -> Any:
    return (ctypes.c_int * len(names))(*(wires[name] for name in names))
