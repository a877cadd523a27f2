"""An engine without boxes: time passes and nothing happens. For networks of stacks without hardware."""

from collections.abc import Sequence

from driver.bus import Read, Write
from hw.analogue.segment import Hop
from hw.netlist import Unit
from hw.nets import Net
from sim.engine.interface import Bell, Changes

_NONE = Changes.of(())


class QuietEngine:
    """`advance` jumps to the limit; there is no adapter to submit to."""

    def __init__(self) -> None:
        self._now = 0

    @property
    def now(self) -> int:
        """Simulated time in ps."""
        return self._now

    @property
    def nets(self) -> Sequence[Net]:
        """None are recorded."""
        return ()

    def advance(self, limit: int) -> list[Bell]:
        """Jump to `limit` (ps)."""
        self._now = max(self._now, limit)
        return []

    def submit(self, adapter: int, operation: Read | Write) -> None:
        """Refuse: there is no adapter."""
        raise ValueError(f"adapter {adapter} does not exist: this network has no hardware")

    def memory(self, adapter: int) -> memoryview:
        """Refuse: there is no adapter."""
        raise ValueError(f"adapter {adapter} does not exist: this network has no hardware")

    def octets(self, unit: Unit) -> memoryview:
        """Refuse: there is no unit."""
        raise ValueError(f"{unit.name} does not exist: this network has no hardware")

    def changes(self) -> Changes:
        """None."""
        return _NONE

    def value(self, unit: Unit, wire: str) -> int:
        """Refuse: there is no unit."""
        raise ValueError(f"{unit.name}.{wire} does not exist: this network has no hardware")

    def drive(self, unit: Unit, wire: str, value: int) -> None:
        """Refuse: there is no unit."""
        raise ValueError(f"{unit.name}.{wire} does not exist: this network has no hardware")

    def plug(self, cable: str, *, plugged: bool) -> None:
        """Refuse: there is no cable."""
        raise ValueError(f"cable {cable} does not exist: this network has no hardware")

    def reroute(self, coax: str, hops: Sequence[Sequence[Hop]]) -> None:
        """Refuse: there is no cable."""
        raise ValueError(f"coax {coax} does not exist: this network has no hardware")

    def close(self) -> None:
        """Nothing to free."""
