"""What circuits see at each tick of their clocks while stations talk, recorded under MyHDL."""

from dataclasses import dataclass, field
from typing import Any

from myhdl import _Waiter

from hw.modules import MODULES
from hw.ports import Direction
from sim.bench.traffic import Lan, Load
from sim.engine.myhdl_engine import MyhdlEngine


@dataclass
class Recording:
    """The input pins of one instance of `circuit`, tick by tick, in the order of its declared ports."""

    circuit: str
    ticks: list[tuple[int, ...]] = field(default_factory=list)

    def inputs(self) -> list[int]:
        """The places of the input pins among the ports."""
        return _places(self.circuit, Direction.IN)

    def outputs(self) -> list[int]:
        """The places of the output pins among the ports."""
        return _places(self.circuit, Direction.OUT)


class _Sampler(_Waiter._Waiter):  # type: ignore[misc]
    """Looks at a circuit's input pins in the delta in which its flip-flops do."""

    def __init__(self, clock: Any, pins: list[Any], recording: Recording) -> None:
        super().__init__(None)
        self._clock = clock
        self._pins = pins
        self._ticks = recording.ticks
        clock._posedgeWaiters.append(self)

    def next(self, waiters: Any, actives: Any, exc: Any) -> None:
        self._clock._posedgeWaiters.append(self)
        self._ticks.append(tuple(map(int, self._pins)))


def record(load: Load, duration_ps: int) -> list[Recording]:
    """Every module of every adapter in `duration_ps` from power-up on."""
    recordings = []
    with Lan(load, "myhdl") as lan:
        assert isinstance(lan.engine, MyhdlEngine)
        for unit in lan.adapters:
            for name, block in lan.engine.assembly.circuits[unit].items():
                recording = Recording(name)
                ports = MODULES[name].ports
                pins = [block.symdict[ports[place].name] for place in recording.inputs()]
                _Sampler(block.symdict[MODULES[name].clock], pins, recording)
                recordings.append(recording)
        lan.run_for(duration_ps)
    return [recording for recording in recordings if recording.ticks]


def _places(circuit: str, direction: Direction) -> list[int]:
    clock = MODULES[circuit].clock
    return [
        place
        for place, port in enumerate(MODULES[circuit].ports)
        if port.direction is direction and port.name != clock
    ]
