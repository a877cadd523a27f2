"""What can happen to a network while it runs."""

from dataclasses import dataclass
from typing import Literal

from hw.analogue.segment import End

FaultKind = Literal[
    "unplug",
    "plug",
    "open",
    "short",
    "repair",
    "terminator off",
    "terminator on",
    "power off",
    "power on",
    "noise on",
    "noise off",
    "receiver off",
    "receiver on",
    "babble on",
    "babble off",
    "loose on",
    "loose off",
    "interrupt off",
    "interrupt on",
    "partition",
    "hold",
    "impair",
    "heal",
    "clock step",
]
DEFECTS: tuple[FaultKind, ...] = (
    *("noise on", "noise off", "receiver off", "receiver on", "babble on", "babble off"),
)
"""What happens in a MAU, or on the cable in front of it."""


@dataclass(frozen=True, slots=True)
class CableFault:
    """Something that happens to cables, MAUs, hosts or the link at `at_ns`, or its repair."""

    at_ns: int
    what: FaultKind
    host: str = ""
    """Whose AUI it is, an adapter as in `Host.sockets`; of power, the host."""
    cable: str = ""
    """For the others: a coax."""
    at_mm: int = 0
    """Where it is open or shorted, from the left end."""
    end: End | None = None
    """Of a terminator; None: at `at_mm`, where it is one too many."""
    rate: float = 0.0
    """Of noise: the probability of a bit that `host` receives to be wrong."""
    burst: int = 1
    """And how many bits are wrong then."""
    open_ns: int = 0
    """Of a loose connector: how long it has no contact, on average."""
    closed_ns: int = 0
    """And how long it has."""
    empty_disk: bool = False
    """Of a host that is switched on: its directory is empty, as if the disk were a new one."""
    by_ns: int = 0
    """Of a calendar clock: by how much it is set forward, or back."""
    between: tuple[str, str] | None = None
    """Of the link, two stations, by their adapters; None: all."""
    one_way: bool = False
    """And only from the first to the second."""
    path: tuple[tuple[str, float], ...] = ()
    """What becomes of frames there: fields of `sim.scenario.model.LinkPath`; the rest as in the scenario."""
