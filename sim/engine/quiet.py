"""An engine without boxes: time passes and nothing happens. For networks of stacks without hardware."""

from collections.abc import Sequence

from driver.bus import Read, Write
from hw.nets import Net
from hw.switch.table import Entry
from sim.engine.interface import Bell, Changes
from sim.scenario.model import CableFault


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

    def changes(self) -> Changes:
        """None."""
        return Changes.of(())

    def table(self, switch: int) -> list[Entry]:
        """Refuse: there is no switch."""
        raise ValueError(f"switch {switch} does not exist: this network has no hardware")

    def apply(self, fault: CableFault) -> None:
        """Refuse: there is no cable."""
        raise ValueError(f"{fault.what}: this network has no hardware")

    def close(self) -> None:
        """Nothing to free."""
