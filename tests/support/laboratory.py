"""Adapters on a coax beside signal generators, worked by their registers only, on either engine.

No driver is here: descriptors and registers are written as the manual says, frames are laid into host
memory, and what a station sends is read off its AUI or off the cable.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import manual as m
from hosts import computer
from pattern import BIT_PS, cells, moves, with_fcs

from driver.bus import Read, Write
from hw.analogue.carrier_sense import TIMES, Times
from hw.analogue.generator import IDLE, Move
from hw.netlist import Netlist
from sim.engine.compiled.build import module_libraries, source_library
from sim.engine.compiled.engine import KERNEL_HEADERS, KERNEL_SOURCES, CompiledEngine
from sim.engine.compiled.toolchain import toolchain
from sim.engine.interface import BellKind, Changes, Workbench
from sim.engine.myhdl_engine import MyhdlEngine
from sim.scenario.cabling import Cabling
from sim.scenario.faults import CableFault
from sim.scenario.model import Coax, Scenario, Tap

CABLE_MM = 500_000
BUFFER_OCTETS = 1 << 11
TX_DESCRIPTORS, RX_DESCRIPTORS = 64, 64
MAX_FRAME = 1518
DELAY_PS = 10_825
"""From the generator of `one` to its station: 2.5 m at 4.33 ns/m."""
WATCHED = (
    *(".aui_do", ".aui_do_active", ".aui_di_active", ".aui_ci", ".partitioned", ".tap0.level", ".tap0.mean"),
    *(".link", ".polarity", ".line"),
)
"""The lines at which a box is judged."""
BROADCAST = b"\xff" * 6
MS = 1_000_000_000
"""In ps."""


def address(number: int) -> bytes:
    """The station address in the ROM of station `number`."""
    return bytes([2, 0, 0, 0, 0, number + 1])


def frame(destination: bytes, length: int = 64, source: bytes = address(99), fill: int = 0) -> bytes:
    """A frame of `length` octets with its FCS, its data a function of `fill`."""
    header = destination + source + b"\x08\0"
    return with_fcs((header + bytes(fill + 7 * n & 255 for n in range(length)))[: length - 4])


class Received(NamedTuple):
    """What a receive descriptor says: the frame with its FCS, and the status bits below the length."""

    octets: bytes
    status: int


class Burst(NamedTuple):
    """One activity of a station on its AUI, in ps, and the bits in it."""

    start: int
    end: int
    bits: str

    @property
    def end_of_bits(self) -> int:
        """When the last bit cell is over."""
        return self.start + len(self.bits) * BIT_PS


class Station:
    """One adapter behind its bus. `irq` is the level of its interrupt line."""

    def __init__(self, lab: "Lab", number: int, name: str) -> None:
        self._lab = lab
        self._number = number
        self.name = name
        self.address = address(number)
        self.memory = lab.engine.memory(number)
        self.irq = False
        self._tx_next = self._tx_oldest = 0
        self._rx_next = 0
        self.rx_descriptors = RX_DESCRIPTORS

    def read(self, register: int) -> int:
        """A bus cycle."""
        self._lab.engine.submit(self._number, Read(register))
        return self._lab.done(self._number)

    def write(self, register: int, value: int) -> None:
        """A bus cycle."""
        self._lab.engine.submit(self._number, Write(register, value))
        self._lab.done(self._number)

    def bring_up(self, moder: int = 0, registers: Mapping[int, int] | None = None) -> None:
        """Address, rings and lengths; then receiver and transmitter are enabled, with PAD and CRC."""
        self.write(m.MODER, 0)
        self.write(m.MAC_ADDR0, self.read(m.ROM_0))
        self.write(m.MAC_ADDR1, self.read(m.ROM_1))
        self.write(m.PACKETLEN, 64 << 16 | MAX_FRAME)
        self.write(m.TX_BD_NUM, TX_DESCRIPTORS)
        for register, value in (registers or {}).items():
            self.write(register, value)
        for number in range(self.rx_descriptors):
            self.write(m.descriptor(TX_DESCRIPTORS + number) + 4, (TX_DESCRIPTORS + number) * BUFFER_OCTETS)
            self._give(number)
        self._tx_next = self._tx_oldest = self._rx_next = 0
        self.write(m.INT_SOURCE, 0x7F)
        self.write(m.INT_MASK, 0x7F)
        self.write(m.MODER, moder | m.PAD | m.CRCEN | m.RXEN | m.TXEN)

    def _give(self, number: int) -> None:
        flags = m.E | m.IRQ | (m.WR if number == self.rx_descriptors - 1 else 0)
        self.write(m.descriptor(TX_DESCRIPTORS + number), flags)

    def queue(self, octets: bytes, *, flags: int = 0, length: int | None = None) -> None:
        """Hand over a frame (without FCS) for transmission."""
        self.write(*self.prepare(octets, flags=flags, length=length))

    def prepare(self, octets: bytes, *, flags: int = 0, length: int | None = None) -> tuple[int, int]:
        """Lay a frame ready; return the register and the word that will hand it over."""
        number = self._tx_next
        self._tx_next = (number + 1) % TX_DESCRIPTORS
        start = number * BUFFER_OCTETS
        self.memory[start : start + len(octets)] = octets
        self.write(m.descriptor(number) + 4, start)
        wrap = m.WR if number == TX_DESCRIPTORS - 1 else 0
        size = len(octets) if length is None else length
        return m.descriptor(number), size << m.LENGTH_SHIFT | m.RD | m.IRQ | wrap | flags

    def sent(self, limit_ps: int = 1_000 * MS) -> int:
        """The status of the oldest frame handed over, when the adapter is done with it; within `limit_ps`."""
        limit = self._lab.now + limit_ps
        number = self._tx_oldest
        while True:
            status = self.read(m.descriptor(number))
            if not status & m.RD:
                self._tx_oldest = (number + 1) % TX_DESCRIPTORS
                return status & 0xFFFF
            self.acknowledge()
            self._lab.wait(self, limit)
            assert self._lab.now < limit, f"{self.name} is not done with its frame"

    def acknowledge(self) -> int:
        """Read and clear INT_SOURCE."""
        source = self.read(m.INT_SOURCE)
        if source:
            self.write(m.INT_SOURCE, source)
        return source

    def received(self) -> list[Received]:
        """Take what is in the receive ring."""
        found = []
        while True:
            number = self._rx_next
            word = self.read(m.descriptor(TX_DESCRIPTORS + number))
            if word & m.E:
                self.acknowledge()
                return found
            start = (TX_DESCRIPTORS + number) * BUFFER_OCTETS
            length = word >> m.LENGTH_SHIFT
            found.append(Received(bytes(self.memory[start : start + length]), word & 0x1FFF))
            self._give(number)
            self._rx_next = (number + 1) % self.rx_descriptors

    def bursts(self) -> list[Burst]:
        """What it has sent since `forget`, from its AUI. The lab must record `waves`."""
        self._lab.run_for(10 * BIT_PS)
        self._lab.look()
        active = self._lab.log[f"{self.name}.adapter.aui_do_active"]
        levels = self._lab.log[f"{self.name}.adapter.aui_do"]
        found = []
        for (start, _), (end, _) in zip(active[::2], active[1::2], strict=False):
            mine = [change for change in levels if start <= change[0] < end]
            found.append(Burst(start, end, cells(mine, start, end)))
        return found


class Lab:
    """Stations at `positions_mm` and signal generators at `generators_mm` on 500 m of coax.

    Use as a context. Without `waves` only the first tap is watched. `keys` are more of the adapters.
    """

    watched: tuple[str, ...] = WATCHED

    def __init__(
        self,
        engine: str,
        *,
        positions_mm: Sequence[int] = (0,),
        generators_mm: Sequence[int] = (2_500,),
        seed: int = 1,
        ppm: Sequence[float] = (),
        addresses: Sequence[bytes] = (),
        waves: bool = True,
        sqe_test: bool = True,
        carrier: Times = TIMES,
        **keys: Any,
    ) -> None:
        names = [f"s{number}" for number in range(len(positions_mm))]
        hosts = tuple(
            computer(
                name,
                "10.0.0.1/24",
                addresses[number] if addresses else address(number),
                crystal_ppm=ppm[number] if ppm else 0.0,
                carrier_on_ns=carrier.on_ns,
                carrier_off_ns=carrier.off_ns,
                **keys,
            )
            for number, name in enumerate(names)
        )
        taps = tuple(Tap(at_mm, name, sqe_test) for at_mm, name in zip(positions_mm, names, strict=True))
        coax = Coax("yellow", CABLE_MM, taps, tuple(generators_mm))
        self._equip(engine, Scenario("", hosts, (coax,), seed=seed), waves=waves)

    def _equip(self, engine: str, scenario: Scenario, *, waves: bool) -> None:
        self.cabling = Cabling(scenario)
        self.engine = _open(engine, self.cabling.netlist, waves=waves)
        self.log: dict[str, list[tuple[int, int]]] = {}
        """What has changed on the lines that are watched: (ps, value), by the net's name."""
        self._watched = [
            (number, self.log.setdefault(net.name, []))
            for number, net in enumerate(self.engine.nets)
            if net.name.endswith(self.watched)
        ]
        self._values: dict[int, int] = {}
        self.stations = [Station(self, number, host.name) for number, host in enumerate(scenario.hosts)]

    def __enter__(self) -> "Lab":
        return self

    def __exit__(self, *_: object) -> None:
        for station in self.stations:
            station.memory.release()
        self.engine.close()

    @property
    def now(self) -> int:
        """Simulated time in ps."""
        return self.engine.now

    def _advance(self, limit: int) -> None:
        for number, kind, value in self.engine.advance(limit):
            if kind is BellKind.IRQ:
                self.stations[number].irq = bool(value)
            else:
                self._values[number] = value

    def done(self, number: int) -> int:
        """Wait for the end of a bus cycle, and give its value."""
        while number not in self._values:
            self._advance(self.now + MS)
        return self._values.pop(number)

    def together(self, octets: bytes) -> None:
        """Hand the same frame over at all stations at once."""
        words = [station.prepare(octets) for station in self.stations]
        for number, (register, value) in enumerate(words):
            self.engine.submit(number, Write(register, value))
        for number in range(len(words)):
            self.done(number)

    def run_to(self, ps: int) -> None:
        """Go on to `ps`."""
        while self.now < ps:
            self._advance(ps)

    def run_for(self, ps: int) -> None:
        """Go on for `ps`."""
        self.run_to(self.now + ps)

    def wait(self, station: Station, limit: int) -> None:
        """Until `station` interrupts, or to `limit`."""
        while not station.irq and self.now < limit:
            self._advance(limit)

    def play(self, moves: Sequence[Move], *, generator: int = 0, after_ps: int = BIT_PS) -> int:
        """Have a generator begin `after_ps` from now; return when that is."""
        start = self.now + after_ps
        self.engine.play(generator, moves, start)
        return start

    def hear(self, moves: Sequence[Move], *, generator: int = 0, quiet_ps: int = 20 * BIT_PS) -> int:
        """Play, and go on until it is over and quiet."""
        start = self.play(moves, generator=generator)
        self.run_to(start + moves[-1][0] + quiet_ps)
        return start

    def collide(self, bit: float, cells: str = "10" * 10, *, generator: int = 0) -> None:
        """From now on, a generator 2.5 m away answers each carrier so that its `cells` reach the sender in
        its bit `bit`."""
        from_ps = round(bit * BIT_PS) - 2 * DELAY_PS
        self.engine.play(generator, moves(cells, from_ps=from_ps), None)

    def strike(self, fault: CableFault) -> None:
        """Something happens to the cabling now."""
        self.cabling.strike(self.engine, fault)

    def hush(self, *, generator: int = 0) -> None:
        """A generator falls silent, and stays so."""
        self.engine.play(generator, [(BIT_PS, IDLE)], self.now)

    def collide_with_attempts(self, station: Station, octets: bytes, attempts: int) -> None:
        """Hand over a frame (without FCS), collide with `attempts` of them in bit 20, let the next one be."""
        self.forget()
        self.collide(20)
        station.queue(octets)
        begun = self.log[f"{station.name}.adapter.aui_do_active"]
        while sum(active for _, active in begun) < attempts:
            self.run_for(90 * BIT_PS)  # less than from one attempt to the next
            self.look()
        self.run_for(50 * BIT_PS)
        self.hush()

    def look(self) -> None:
        """Put what has changed into `log`."""
        self.take(self.engine.changes())

    def take(self, changes: Changes) -> None:
        """What `look` does with what has changed."""
        for net, log in self._watched:
            ps, values = changes.history(net)
            log += zip(ps.tolist(), values.tolist(), strict=True)

    def forget(self) -> None:
        """Empty `log`. To be called when no station sends."""
        self.look()
        for log in self.log.values():
            log.clear()


@contextmanager
def one(
    engine: str,
    moder: int = 0,
    registers: Mapping[int, int] | None = None,
    *,
    seed: int = 1,
    carrier: Times = TIMES,
) -> Iterator[tuple[Lab, Station]]:
    """A lab with one station, brought up, and one generator. `seed` moves the phases of their clocks."""
    with Lab(engine, seed=seed, carrier=carrier) as lab:
        station = lab.stations[0]
        station.bring_up(moder, registers)
        yield lab, station


@functools.cache
def _libraries(needed: tuple[str, ...]) -> tuple[Path, dict[str, Path]]:
    tools = toolchain()
    return source_library("kernel", KERNEL_SOURCES, tools, generated=KERNEL_HEADERS), module_libraries(
        needed, tools
    )


def _open(engine: str, netlist: Netlist, *, waves: bool) -> Workbench:
    if engine == "myhdl":
        return MyhdlEngine(netlist, waves=waves)
    return CompiledEngine(netlist, *_libraries(netlist.circuits()), waves=waves)
