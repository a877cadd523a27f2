"""Short MyHDL simulations, driven step by step from plain test code.

MyHDL allows one simulation at a time and never forgets a signal: `fresh_simulator` (an automatic fixture of
tests/hw) ends what a test has begun and takes its signals away again.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from myhdl import Simulation, _simulator

from hw.analogue.events import Clock, at, now
from hw.modules import MODULES
from hw.ports import signals

FAR_FUTURE_PS = 1 << 100

_open: list[Simulation] = []


@contextmanager
def fresh_simulator() -> Iterator[None]:
    """Leave MyHDL's global state as it was found."""
    others = _simulator._signals.copy()
    _simulator._signals.clear()  # the end of a simulation visits each: of conversions there are thousands
    try:
        yield
    finally:
        _quit()
        _simulator._signals[:] = others
        _simulator._futureEvents.clear()
        _simulator._siglist.clear()


class Bench:
    """A simulation of `parts` (blocks; listeners need not be named) that waits for `run_to`, `run_for`.

    It ends the one before.
    """

    def __init__(self, *parts: object) -> None:
        _quit()
        self.simulation = Simulation(*parts)
        _open.append(self.simulation)
        at(FAR_FUTURE_PS, _nothing)
        self.run_to(1)

    def run_to(self, ps: int) -> None:
        """Go on to `ps`, inclusive, and settle."""
        if ps > now():
            self.simulation.run(ps - now(), quiet=1)

    def run_for(self, ps: int) -> None:
        """Go on for `ps` picoseconds."""
        self.run_to(now() + ps)


class Clocked(Bench):
    """One circuit of `MODULES` behind its pins. `inputs` are there from the beginning.

    `tick` raises the clock once: the flip-flops see the inputs that it is given. Afterwards outputs are read
    by name.
    """

    def __init__(self, name: str, **inputs: int) -> None:
        circuit = MODULES[name]
        self.wires = signals(circuit.ports)
        self._clock = Clock()
        if circuit.clock:
            self.wires[circuit.clock] = self._clock
        self.block = circuit.block(**self.wires)
        super().__init__(self.block)
        self.set(**inputs)

    def set(self, **inputs: int) -> None:
        """Give input pins new values, and settle."""
        for name, value in inputs.items():
            self.wires[name].next = value
        if _simulator._siglist:
            self.run_for(1)

    def tick(self, **inputs: int) -> None:
        """Set `inputs`, then one rising edge."""
        self.set(**inputs)
        self._clock.tick()
        self.run_for(1)

    def __getitem__(self, name: str) -> int:
        return int(self.wires[name])


def _quit() -> None:
    while _open:
        simulation = _open.pop()
        if not simulation._finished:
            simulation.quit()


def _nothing() -> None:
    """The event that keeps an idle simulation alive."""
