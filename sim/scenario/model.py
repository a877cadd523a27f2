"""A LAN in Python: the same words as the scenario file, and the library's public face.

Lengths are integers in millimetres, times integers in nanoseconds, so that a scenario has one
meaning only. `load` in `sim.scenario.loader` reads a TOML file into these, and checks it.
"""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface


@dataclass(frozen=True, slots=True)
class Host:
    """A computer with one LAN adapter."""

    name: str
    address: IPv4Interface
    mac: bytes
    """Six octets, as burnt into the adapter's address ROM."""
    gateway: IPv4Address | None = None
    crystal_ppm: float = 0.0
    """Error of the adapter's crystal in parts per million, within ±100 (802.3: ±0.01 %)."""


@dataclass(frozen=True, slots=True)
class Tap:
    """A MAU clamped on a coax, `at_mm` from its left end, with the AUI of `host` plugged in."""

    at_mm: int
    host: str


@dataclass(frozen=True, slots=True)
class Coax:
    """A 10BASE5 segment."""

    name: str
    length_mm: int
    taps: tuple[Tap, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A command line run on a host from `at_ns` on; a `service` does not keep the run alive."""

    host: str
    run: str
    at_ns: int = 0
    service: bool = False


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything a run is a function of, but for the versions of Python and the packages."""

    title: str
    hosts: tuple[Host, ...]
    coaxes: tuple[Coax, ...] = ()
    programs: tuple[Program, ...] = ()
    seed: int = 1
    until_ns: int | None = None
    source: str = field(default="", compare=False)
    """The file it was read from, for messages."""
