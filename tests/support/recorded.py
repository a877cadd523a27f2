"""What circuits see in real life: their input pins at each of their clock's ticks while two stations talk.

Those of a hub and of a switch, while their stations send.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import fresh_simulator
from bridging import BROADCAST, Bridged, station, switch
from bridging import frame as to
from closet import HEAD, Closet
from lan import CABLE_MM, Lan, address
from myhdl import _Waiter
from myhdl._block import _Block
from pattern import BIT_PS, bits, with_fcs
from shared import made_once

from hw.modules import MODULES
from hw.ports import Direction
from sim.scenario.model import Hub

Inputs = dict[str, int]
END_PS = 2_000_000_000
MOST_TICKS = 2000
"""Ticks of one circuit that are kept."""
FILE = "ticks.json"
SECOND_PS = 1_000_000_000_000
PAUSE_ADDRESS = bytes.fromhex("0180c2000001")
LONGEST_PAUSE = bytes.fromhex("88080001ffff") + bytes(42)
OF_THE_SWITCH = {
    *("address_table", "backpressure", "frame_buffers", "output_queue", "round_robin"),
    *("switch_ageing", "switch_arbiter", "switch_duplex", "switch_egress", "switch_ingress", "switch_relay"),
}
OF_THE_MAU = {"control_in", "sqe_test", "jabber_timer"}
RECORDED = {name for name, circuit in MODULES.items() if circuit.clock}
RECORDED -= OF_THE_MAU | {
    "defer_test",
    "switch_transit",
    "pause_timer",
    "flow_control",
    "mii_management",
    "phy_management",
    "link_integrity",
    *("offer_select", "packet_memory"),
    *("clock_divider", "slow_clocks", "mdc_divider", "reset_control", "reset_synchroniser", "wishbone_port"),
    *("mii_transmit", "mii_receive", "mii_carrier", "manchester_decoder"),
}
"""While two stations talk no station is deferred for long or pauses; the MAU is no part of an adapter. What
stands between the ports and the core of a switch is as wide as it has ports: tests/hw/test_box_replay.py
has its traffic. What a MAC or a PHY that stands alone has around it is in tests/hw/test_mac_box.py and
test_phy_box.py."""


class _Sampler(_Waiter._Waiter):  # type: ignore[misc]
    """Looks at a circuit's input pins in the delta in which its flip-flops do."""

    def __init__(self, clock: Any, pins: dict[str, Any], samples: list[Inputs]) -> None:
        super().__init__(None)
        self._clock = clock
        self._pins = pins
        self._samples = samples
        clock._posedgeWaiters.append(self)

    def next(self, waiters: Any, actives: Any, exc: Any) -> None:
        self._clock._posedgeWaiters.append(self)
        self._samples.append({name: int(pin) for name, pin in self._pins.items()})


def recordings() -> dict[str, list[Inputs]]:
    """Every clocked circuit's first ticks, shared by all tests."""
    place = made_once("recorded", ("hw", "driver", "sim", "tests/support"), _write)
    kept: dict[str, list[Inputs]] = json.loads((place / FILE).read_text())
    return kept


def _write(directory: Path) -> None:
    with fresh_simulator():
        seen = {name: ticks[:MOST_TICKS] for name, ticks in record().items()}
    (directory / FILE).write_text(json.dumps(seen))


def record() -> dict[str, list[Inputs]]:
    """Every clocked circuit's input pins, tick by tick: in an adapter that collides, a hub, a switch."""
    return _record_switch() | _record_hub() | _record_adapter()


def _record_switch() -> dict[str, list[Inputs]]:
    """Frames that flood, are known, are cut through, have errors; so few buffers that pauses are due."""
    with fresh_simulator(), Bridged("myhdl", switch(3, cut_through=True, buffers=4)) as lab:
        samples: dict[str, list[Inputs]] = defaultdict(list)
        for name, block in _circuits(lab.engine.assembly.blocks):
            if name in OF_THE_SWITCH and name not in samples:
                _sample(name, block, samples)
        one, two, nine = station(1), station(2), station(9)
        for port, octets in (
            *(("sw.2", to(one, two)), ("sw.1", to(two, one, 79)), ("sw.1", to(BROADCAST, one))),
            *(("sw.3", to(two, one)), ("sw.1", to(two, one)[:-1] + b"?"), ("sw.2", to(one, two))),
        ):
            lab.exchange(port, octets)
        # Port 1 is paused: what is for it waits for too long. Nobody learns from a PAUSE frame.
        lab.exchange("sw.1", to(two, nine))
        lab.exchange("sw.1", with_fcs(PAUSE_ADDRESS + nine + LONGEST_PAUSE))
        lab.exchange("sw.2", *[to(nine, two)] * 3)
        lab.run_for(3 * SECOND_PS)
        assert lab.table() == {one: 3, two: 2, nine: 1}
        assert lab.counters("sw.1")["delay_exceeded"] == 2
        assert lab.counters("sw.1")["bad"] == 1
    return dict(samples)


def _record_hub() -> dict[str, list[Inputs]]:
    with fresh_simulator(), Closet("myhdl", Hub("a", 3, collision_limit=1)) as lab:
        samples: dict[str, list[Inputs]] = defaultdict(list)
        for name, block in _circuits(lab.engine.assembly.blocks):
            if MODULES[name].clock and name not in samples:
                _sample(name, block, samples)
        frame = HEAD + bits(bytes(13 * n & 255 for n in range(64)))
        for attempt in range(2):
            start = lab.now + 10 * BIT_PS
            lab.send("a.1", frame, start)
            lab.send("a.2", frame[:150], start + 20 * attempt * BIT_PS)
            lab.run_for(900 * BIT_PS)
        assert lab.partitioned("a.1")
        assert lab.partitioned("a.2")
        for _ in range(2):
            lab.send("a.1", frame + "101", lab.now + 10 * BIT_PS)
            lab.run_for(900 * BIT_PS)
        assert not lab.partitioned("a.1")
        assert lab.sent("a.3")[-1].bits == frame + "101"
    return dict(samples)


def _sample(name: str, block: Any, samples: dict[str, list[Inputs]]) -> None:
    pins = {
        port.name: block.symdict[port.name]
        for port in MODULES[name].ports
        if port.direction is Direction.IN and port.name != MODULES[name].clock
    }
    _Sampler(block.symdict[MODULES[name].clock], pins, samples[name])


def _record_adapter() -> dict[str, list[Inputs]]:
    lan = Lan([0, CABLE_MM], seed=3)
    samples: dict[str, list[Inputs]] = defaultdict(list)
    try:
        for name, block in _circuits(lan.engine.assembly.blocks):
            if MODULES[name].clock and name not in samples:
                _sample(name, block, samples)
        lan.probe()
        for length in (46, 61, 300, 47):
            for number in (0, 1):
                header = address(1 - number) + address(number) + b"\x08\0"
                lan.send(number, header + bytes(13 * n & 255 for n in range(length)))
        lan.run_to(END_PS)
        assert [len(driver.received) for driver in lan.drivers] == [4, 4]
        assert lan.drivers[0].counters.collisions > 0
    finally:
        lan.engine.close()
    return dict(samples)


def _circuits(blocks: list[Any]) -> Iterator[tuple[str, Any]]:
    for block in blocks:
        if isinstance(block, _Block):
            if block.func.__name__ in MODULES:
                yield block.func.__name__, block
            yield from _circuits(block.subs)
