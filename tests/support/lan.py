"""Whole adapters on one coax, each with its driver, and nothing above: for tests of the hardware."""

from collections import deque
from collections.abc import Sequence
from typing import Any

from hosts import computer

from driver.bus import Job, Wait
from driver.driver import Driver
from sim.engine.interface import BellKind
from sim.engine.myhdl_engine import MyhdlEngine
from sim.engine.myhdl_parts import Assembly
from sim.scenario.cabling import Cabling
from sim.scenario.model import Coax, Scenario, Tap

CABLE_MM = 500_000


def address(number: int) -> bytes:
    """The station address of host `number`."""
    return bytes([2, 0, 0, 0, 0, number + 1])


class _Station:
    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.frames = deque[bytes]()
        self.job: Job[None] | None = None
        self.irq = False


class Lan:
    """Stations at `positions_mm` on 500 m of cable, built by `assembly` if it is given. `drivers` keep what
    came of `send` and `run_to`."""

    def __init__(
        self,
        positions_mm: Sequence[int],
        *,
        seed: int = 1,
        ppm: Sequence[float] = (),
        assembly: Assembly | None = None,
    ) -> None:
        names = [f"host{number}" for number in range(len(positions_mm))]
        netlist = Cabling(
            Scenario(
                "",
                tuple(
                    computer(name, "10.0.0.1/24", address(n), crystal_ppm=ppm[n] if ppm else 0.0)
                    for n, name in enumerate(names)
                ),
                (Coax("yellow", CABLE_MM, tuple(map(Tap, positions_mm, names))),),
                seed=seed,
            )
        ).netlist
        if assembly:  # of converted boxes nothing is seen inside
            for unit in netlist.adapters:
                unit.probes = ()
        self.engine = MyhdlEngine(netlist, waves=True, assembly=assembly)
        self.drivers = [Driver(self.engine.memory(number)) for number in range(len(names))]
        self._stations = [_Station(driver) for driver in self.drivers]

    def use(self, number: int, driver: Any) -> None:
        """Let host `number` have another driver with the same jobs; before `probe`."""
        self._stations[number].driver = driver

    def probe(self) -> None:
        """Bring all adapters up."""
        for number, station in enumerate(self._stations):
            self._begin(number, station.driver.probe())
        while any(station.job for station in self._stations):
            self.run_to(self.engine.now + 1_000_000)

    def restart(self, number: int) -> None:
        """RST at host `number`, whatever its adapter is at, and another driver that brings it up."""
        driver = Driver(self.engine.memory(number))
        self._stations[number] = station = _Station(driver)
        self.drivers[number] = driver
        for job in (driver.reset, driver.probe):
            self._begin(number, job())
            while station.job:
                self.run_to(self.engine.now + 1_000_000)

    def send(self, number: int, frame: bytes) -> None:
        """Queue `frame` (without FCS) at host `number`."""
        self._stations[number].frames.append(frame)
        self._next(number)

    def run_to(self, ps: int) -> None:
        """Go on to `ps`."""
        while self.engine.now < ps:
            for number, kind, value in self.engine.advance(ps):
                station = self._stations[number]
                if kind is BellKind.IRQ:
                    station.irq = bool(value)
                    self._next(number)
                else:
                    self._step(number, value)

    def _begin(self, number: int, job: Job[None]) -> None:
        self._stations[number].job = job
        self._step(number, None)

    def _step(self, number: int, value: int | None) -> None:
        station = self._stations[number]
        assert station.job is not None
        try:
            operation = station.job.send(value)
        except StopIteration:
            station.job = None
            self._next(number)
            return
        assert not isinstance(operation, Wait)
        self.engine.submit(number, operation)

    def _next(self, number: int) -> None:
        station = self._stations[number]
        if station.job is not None:
            return
        if station.irq:
            self._begin(number, station.driver.interrupt())
        elif station.frames and not station.driver.ring_full:
            frame = station.frames.popleft()
            station.driver.check(frame)
            self._begin(number, station.driver.transmit(frame))
