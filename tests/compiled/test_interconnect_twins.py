"""The compiled engine's backplane and fabric in C++ do what the circuits do: equal wires from equal levels.

What a port is given together with a pulse is compared where the pulse is: the twin gives it to no other port.
"""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from bench import Bench, fresh_simulator
from myhdl import Signal, modbv

from hw.analogue.events import Clock
from hw.hub import backplane
from hw.hub.backplane import hub_backplane
from hw.modules import MODULES
from hw.switch import fabric
from hw.switch.sizes import PLACE_BITS, WORD_BITS
from sim.engine.compiled import twins

SOURCES = Path(twins.__file__).parent / "src"
PORTS = 3
STEPS = 400
Levels = dict[tuple[int, str], int]
"""By unit, 0 for the core and from 1 on for ports, and wire."""

HARNESS = """
#include <cstdio>
#include <cstring>
#include "backplane.hpp"
#include "fabric.hpp"
using namespace thicknet;
template <class Pins> Pins pins(Wire* first) {
    Wire* at[sizeof(Pins) / sizeof(Wire*)];
    for (Wire*& wire : at) wire = first++;
    Pins made;
    std::memcpy(&made, at, sizeof made);
    return made;
}
int main() {
    constexpr size_t CORE = sizeof(TWIN::Core) / sizeof(Wire*), PORT = sizeof(TWIN::Port) / sizeof(Wire*);
    std::vector<Wire> wires(CORE + PORTS * PORT);
    int number;
    unsigned long long value;
    for (Wire& wire : wires) {
        if (std::scanf("%llu", &value) != 1) return 1;
        wire.value = wire.next = value;
    }
    std::vector<TWIN::Port> ports;
    for (size_t port = 0; port < PORTS; ++port) ports.push_back(pins<TWIN::Port>(&wires[CORE + port * PORT]));
    Simulation simulation;
    TWIN twin(simulation, pins<TWIN::Core>(&wires[0]), ports ARGUMENTS);
    while (std::scanf("%d", &number) == 1) {
        if (number >= 0) {
            if (std::scanf("%llu", &value) != 1) return 1;
            simulation.assign(&wires[static_cast<size_t>(number)], value);
        } else {
            simulation.settle();
            for (const Wire& wire : wires) std::printf("%llu ", static_cast<unsigned long long>(wire.value));
            std::puts("");
        }
    }
}
"""


class Twins:
    """A circuit in MyHDL that is driven now, and its twin, which is given the same levels at the end."""

    def __init__(
        self, twin: str, core: Sequence[str], port: Sequence[str], joined: Any, **extra: Any
    ) -> None:
        self._twin = twin
        self._names = [(0, name) for name in core]
        self._names += [(number, name) for number in range(1, PORTS + 1) for name in port]
        made = {name: _signal(name, twin) for name in core} | extra
        self.units: list[dict[str, Any]] = [made]
        self.units += [{name: _signal(name, twin) for name in port} for _ in range(PORTS)]
        self._given = [str(int(self.units[unit][name])) for unit, name in self._names]
        self._seen: list[Levels] = []
        self._bench = Bench(joined(made, self.units[1:]).blocks)

    def set(self, levels: Mapping[tuple[int, str], int]) -> None:
        """New levels for wires; what follows from them is to be the same."""
        for end, level in levels.items():
            self.units[end[0]][end[1]].next = level
            self._given += [str(self._names.index(end)), str(level)]
        self._given.append("-1")
        self._bench.run_for(1)
        self._seen.append({(unit, name): int(self.units[unit][name]) for unit, name in self._names})

    def tick(self, clock: str, **levels: int) -> None:
        """A clock of the circuits, of which the twin has none, with `levels` at pins that it has not."""
        for name, level in levels.items():
            self.units[0][name].next = level
        self._bench.run_for(1)
        self.units[0][clock].tick()
        self._bench.run_for(1)
        for name in levels:
            self.units[0][name].next = 0

    def compare(self, directory: Path, arguments: str, given: Mapping[str, str]) -> None:
        """The twin's wires; of those in `given` a port's only while it has one of the pulses named there, and
        not the one after a dash."""
        text = HARNESS.replace("TWIN", self._twin).replace("ARGUMENTS", arguments)
        (directory / "harness.cpp").write_text(text.replace("PORTS", str(PORTS)))
        (directory / twins.HEADER).write_text(twins.header())
        command = ["g++", "-std=c++17", f"-I{SOURCES}", f"-I{directory}", "harness.cpp", "-o", "harness"]
        subprocess.run(command, cwd=directory, check=True, timeout=300)
        done = subprocess.run(
            [directory / "harness"], input=" ".join(self._given), capture_output=True, text=True, check=True
        )
        rows = [
            dict(zip(self._names, map(int, row.split()), strict=True)) for row in done.stdout.splitlines()
        ]
        assert len(rows) == len(self._seen)
        for number, (theirs, mine) in enumerate(zip(rows, self._seen, strict=True)):
            for unit, name in self._names:
                pulses, _, other = given.get(name, "").partition(" - ") if unit else ("", "", "")
                pulsed = any(mine[unit, pulse] for pulse in pulses.split())
                if not pulses or (pulsed and not (other and mine[unit, other])):
                    assert theirs[unit, name] == mine[unit, name], (number, unit, name)


def _signal(name: str, twin: str) -> Any:
    widths = {port.name: port.width for circuit in CIRCUITS[twin] for port in MODULES[circuit].ports}
    width = widths.get(name, 1)
    high = name in ("aui_do", "td")
    return Signal(high) if width == 1 else Signal(modbv(0)[width:])


CIRCUITS = {
    "Backplane": ("hub_port_receive", "hub_core", "hub_encoder"),
    "Fabric": ("switch_ingress", "switch_egress", "switch_arbiter", "switch_relay"),
}


@pytest.fixture(autouse=True)
def _simulator() -> Iterator[None]:
    with fresh_simulator():
        yield


@pytest.mark.needs("g++")
def test_backplane(tmp_path: Path) -> None:
    random = Random(1)
    pair = Twins("Backplane", backplane.CORE_PINS, backplane.PORT_PINS, backplane.Backplane)
    driven = {port.name for port in MODULES[hub_backplane.func.__name__].ports}
    assert "selected" in driven
    for _ in range(STEPS):
        levels: Levels = {}
        for unit in range(1, PORTS + 1):
            for name in ("aui_di_active", "aui_ci", "link", "partitioned"):
                if random.random() < 0.3:
                    levels[unit, name] = random.getrandbits(1)
            levels[unit, "word"] = random.getrandbits(8)
        if random.random() < 0.5:
            levels[0, "selected"] = random.choice([0, 1, 2, 4])
        if random.random() < 0.3:
            levels[0, "drive"] = random.getrandbits(PORTS)
            levels[0, "hold"] = random.getrandbits(PORTS)
        levels[0, "td"] = random.getrandbits(1)
        pair.set(levels)
    pair.compare(tmp_path, "", {})


@pytest.mark.needs("g++")
def test_fabric(tmp_path: Path) -> None:
    random = Random(1)
    inner = {name: Signal(modbv(0)[PORTS:]) for name in ("store_choice", "fetch_choice", "turn")}
    clocks = {name: Clock() for name in ("core_clk", "relay_clk")}
    pair = Twins("Fabric", fabric.CORE_PINS, fabric.PORT_PINS, fabric.Fabric, **inner, **clocks)
    lines = (
        "store_request",
        "fetch_request",
        "offer",
        "link",
        "room",
        "idle",
        "early",
        "taken_early",
        "sound",
    )
    places = {"store_index": 3, "fetch_index": 3, "buffer_number": 1, "fetch_buffer": 1}
    words = {"store_word": 32, "header_0": 32, "header_1": 32, "header_2": 32, "length": 11, "early_port": 6}
    for _ in range(STEPS):
        levels: Levels = {}
        for unit in range(1, PORTS + 1):
            levels |= {(unit, name): random.getrandbits(1) for name in lines if random.random() < 0.3}
            levels |= {(unit, name): random.getrandbits(bits) for name, bits in places.items()}
            levels |= {(unit, name): random.getrandbits(bits) for name, bits in words.items()}
            levels[unit, "fetch_owner"] = random.randrange(PORTS)
            levels[unit, "give_back"] = int(random.random() < 0.2)
        levels[0, "copies"] = random.getrandbits(6)
        levels[0, "found_port"] = random.getrandbits(6)
        levels[0, "queued"] = random.getrandbits(22)
        pair.set(levels)
        port = 1 << random.randrange(PORTS)
        other = 1 << random.randrange(PORTS)
        pair.tick("core_clk", store_choice=port)
        pair.set({(0, "store_grant"): port})
        pair.set({(0, "store_grant"): 0})
        pair.tick("core_clk", fetch_choice=other)
        pair.set({(0, "fetch_grant"): other})
        pair.tick("core_clk")
        pair.set({(0, "fetch_grant"): 0})
        pair.tick("relay_clk", turn=port)
        pair.set({(0, "serving"): port})
        pulse = random.choice(("enqueue", "finish", "refused"))
        pair.set({(0, "served"): port, (0, pulse): random.getrandbits(PORTS)})
        pair.set({(0, "served"): 0, (0, pulse): 0, (0, "serving"): 0})
    given = {
        **dict.fromkeys(("copies", "found_port"), "served"),
        "queued": "enqueue finish refused",
        "returned_buffer": "returned",
        "fetched": "fetch_granted - give_back",
    }
    pair.compare(tmp_path, f", {WORD_BITS}, {PLACE_BITS}", given)
