"""How long to measure."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Budget:
    """What one effort may spend."""

    window_s: float
    """Processor time of one of the windows of a load whose median counts."""
    windows: int
    myhdl_stations: int
    """Loads of more stations are not run under MyHDL, which takes seconds to elaborate them."""
    myhdl_senders: int
    """The same for those who contend, who take long to spread."""
    settle_ps: int
    """Simulated time for each sender but one before contention counts."""
    recorded_ps: int
    """How much of two stations' life is replayed in Icarus."""
    octets: int
    """TCP payload."""
    datagrams: int
    switches: int
    frames: int
    """Frames of ns-3."""
    build: bool
    """Whether the adapter is built into an empty cache, or taken from the user's."""


class Effort(Enum):
    """`smoke` only shows that everything runs: its figures mean nothing."""

    SMOKE = Budget(0.0, 1, 2, 1, 0, 60_000_000, 20_000, 10, 100, 500, False)
    QUICK = Budget(0.15, 3, 8, 2, 50_000_000, 1_000_000_000, 1_000_000, 500, 20_000, 20_000, True)
    FULL = Budget(1.0, 3, 100, 8, 200_000_000, 5_000_000_000, 10_000_000, 3_000, 100_000, 200_000, True)
