"""`run.json`: what a run folder says of its run that no event says: who and what is in the network.

The file is written when the recording begins and again when it ends, each time under another name first and
then renamed, so that a run that is killed leaves a whole one. It holds nothing that differs between engines.
The dataclasses are the format.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sim.record.filled import filled
from sim.record.reading import ReadingError

MANIFEST = "run.json"
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Interface:
    """An adapter in a host, as its stack knows it."""

    name: str
    """In the host: `eth0`."""
    end: str
    """In the network, as the end of a cable: `pc`, `gw.eth0`. Hardware events and captures have this name."""
    address: str
    """With the length of its prefix: `192.168.1.10/24`."""
    mac: str
    """What the adapter answers to."""
    mtu: int
    duplex: str
    """`half`, `full`, or `auto`: what is negotiated."""
    promiscuous: bool


@dataclass(frozen=True, slots=True)
class Route:
    """A row that the scenario has put into the routing table."""

    destination: str
    gateway: str


@dataclass(frozen=True, slots=True)
class Host:
    """A computer; one that is `forwarding` is a router."""

    name: str
    forwarding: bool
    profile: str
    interfaces: tuple[Interface, ...]
    routes: tuple[Route, ...]
    """In addition to those to the networks that the interfaces are on; the default route first."""
    nameservers: tuple[str, ...]
    clock_ppm: float | None
    """None: drawn from the seed."""


@dataclass(frozen=True, slots=True)
class Tap:
    """What is clamped on a coax: the adapter or port `end`, `at_mm` from the left end."""

    at_mm: int
    end: str


@dataclass(frozen=True, slots=True)
class Coax:
    """A segment of 10BASE5 or 10BASE2."""

    name: str
    type: str
    length_mm: int
    delay_fs_per_mm: int
    """How long a level takes over a millimetre, in femtoseconds."""
    terminators: tuple[str, ...]
    """The ends that have one: `left`, `right`."""
    taps: tuple[Tap, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A hub, a switch, or a box of another package; its ports are the ends `NAME.1` and so on."""

    name: str
    kind: str
    """`hub`, `switch`, or the kind that the other package has added."""
    ports: int
    duplex: tuple[str, ...]
    """Of each port of a switch, else empty."""
    ageing_ns: int | None
    """How long a switch remembers a station that sends nothing."""


@dataclass(frozen=True, slots=True)
class Cable:
    """A cable between two ends: adapters, or ports of boxes."""

    name: str
    kind: str
    """`twisted pair`, or `AUI` for a crossover between two adapters."""
    length_mm: int
    delay_fs_per_mm: int
    ends: tuple[str, str]
    captured: bool
    """Whether there is a capture of it, and frame events."""


@dataclass(frozen=True, slots=True)
class Link:
    """All hosts side by side, without hardware."""

    delay_ns: int
    jitter_ns: int
    loss: float
    rate_bps: int


@dataclass(frozen=True, slots=True)
class Network:
    """Who and what there is, in the order of the scenario."""

    hosts: tuple[Host, ...]
    coaxes: tuple[Coax, ...]
    boxes: tuple[Box, ...]
    cables: tuple[Cable, ...]
    link: Link | None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended."""

    ps: int
    ending: str
    """`done`, `until`, `deadlock`, `interrupted`, `spinning`, `stuck`, or `closed` for a network on which no
    time has passed."""
    why: str
    """The same in words."""
    status: int
    """The exit status of `thicknet run`: 0, or 1 if a program failed or the run came to no end."""
    failures: tuple[str, ...]
    """Programs that failed, a sentence each."""
    waiting: tuple[str, ...]
    """Of a deadlock: who waits for what."""
    running: tuple[str, ...]
    """Programs that had not ended, services included: `host: command line`."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All of `run.json`."""

    format: int
    thicknet: str
    """The version that has run it."""
    title: str
    look_for: str
    scenario: str
    """The name of a scenario that ships, or the name of the file."""
    seed: int
    epoch_ns: int
    """Nanoseconds from 1970-01-01 00:00:00 UTC to the beginning of the run in the simulated world."""
    network: Network
    ended: Ended | None = None
    """None while it runs, and when it was killed."""


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put `run.json` into `folder`, whole or not at all."""
    record = asdict(manifest)
    if manifest.ended is None:
        del record["ended"]
    unfinished = folder / f"{MANIFEST}.part"
    unfinished.write_text(json.dumps(record, indent=1) + "\n", encoding="ascii")
    unfinished.replace(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest:
    """What `run.json` of `folder` says. ReadingError, a sentence, if it is not there or cannot be read.

    Most of a run can be shown without: who can do that catches the error and prints it.
    """
    path = folder / MANIFEST
    try:
        record = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ReadingError(
            f"{folder}: has no {MANIFEST}: an older thicknet has recorded it; lengths of cables and how it "
            "ended are unknown, and tables may be incomplete, unless the scenario is run again"
        ) from None
    except OSError as error:
        raise ReadingError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise ReadingError(f"{path}: is no JSON") from None
    known = record.get("format") if isinstance(record, dict) else None
    if isinstance(known, int) and known != FORMAT:
        raise ReadingError(
            f"{path}: has format {known}, and this thicknet reads format {FORMAT}: "
            "show it with the version that has recorded it, or run the scenario again"
        )
    try:
        return filled(Manifest, record)
    except TypeError as error:
        raise ReadingError(f"{path}: is no description of a run: {error}") from None
