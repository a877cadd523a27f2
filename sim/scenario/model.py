"""A LAN in Python: the same words as the scenario file, and the library's public face.

Lengths are integers in millimetres, times integers in nanoseconds, so that a scenario has one
meaning only. `load` in `sim.scenario.loader` reads a TOML file into these, and checks it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any, Literal

from driver.settings import TX_RING
from hw.analogue.carrier_sense import TIMES
from hw.analogue.segment import CoaxType, End
from hw.analogue.twisted_pair import LOSS_MDB, SQUELCH_MV, attenuated_mv
from sim.scenario.faults import DEFECTS, CableFault

Duplex = Literal["auto", "half", "full"]
Medium = Literal["aui", "twisted pair"]
Fidelity = Literal["level", "pulses"]
CollisionOrigin = Literal["preamble", "sfd"]
Profile = Literal["rfc", "linux"]
Reconnection = Literal["standard", "alternative"]
Wiring = Literal["straight", "crossed"]

PROCESSING_TIME_NS = 4_000
"""Some thousand instructions, and the memory that they wait for."""
CLOCK_TOLERANCE_PPM = 50
"""What the crystals of ordinary computers are sold with."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LAN adapter in a host, and what its driver and the stack above make of it."""

    address: IPv4Interface
    mac: bytes
    """Six octets, as burnt into the adapter's address ROM."""
    name: str = "eth0"
    """Of the interface; it differs between the adapters of a host."""
    crystal_ppm: float = 0.0
    """Error of the adapter's crystal in parts per million, within ±100 (802.3: ±0.01 %)."""
    station_address: bytes | None = None
    """Six octets that the driver writes into the MAC in place of those from the ROM."""
    duplex: Duplex = "auto"
    """Full: neither carrier sense nor collisions, as on a link of two stations. Auto: what the PHYs at both
    ends of a twisted pair negotiate, and half on other cables."""
    flow_control: bool = False
    """The driver sends PAUSE frames when it cannot keep up, and the MAC obeys them; in full duplex only."""
    polarity_correction: bool = True
    """The PHY undoes swapped wires of a twisted pair."""
    promiscuous: bool = False
    """The adapter takes every frame, whomever it is for."""
    late_collision_retry: bool = False
    """A collision after the slot time is retried, as in clause 4 at 10 Mb/s; else the frame is given up."""
    late_collision_origin: CollisionOrigin = "preamble"
    """Where the slot time begins: at the first bit of the preamble, or after the start frame delimiter."""
    carrier_on_ns: int = TIMES.on_ns
    """How long the pair from the MAU must be driven for the PHY's carrier sense to show it."""
    carrier_off_ns: int = TIMES.off_ns
    """And how long it must be idle."""
    receive_clock_runs: bool = False
    """The PHY's receive clock ticks between frames, too, which a MAC in the place of ours may count on."""
    link_poll_ns: int | None = None
    """How often the driver asks its PHY for the link, in addition to start-up and after a lost frame."""
    frames_in_flight: int = TX_RING
    """Transmit descriptors that the driver uses at a time."""
    separate_interrupts: bool = False
    """The driver answers received frames and transmissions that have ended in interrupts of their own."""
    mtu: int = 1500
    """Octets of the longest IP packet that the stack sends over it."""
    circuits: tuple[tuple[str, Any], ...] = ()
    """Modules of the adapter, and the MyHDL blocks that stand in their places."""

    @property
    def effective_address(self) -> bytes:
        """The station address that the MAC answers to."""
        return self.mac if self.station_address is None else self.station_address


@dataclass(frozen=True, slots=True)
class Route:
    """A row of a host's routing table: packets for the network `to` go by way of the neighbour `via`."""

    to: IPv4Network
    via: IPv4Address


@dataclass(frozen=True, slots=True)
class Host:
    """A computer. One that is `forwarding` is a router."""

    name: str
    adapters: tuple[Adapter, ...]
    gateway: IPv4Address | None = None
    """By way of whom everything goes for which there is no better route."""
    routes: tuple[Route, ...] = ()
    """Besides those to the networks that the adapters are on."""
    forwarding: bool = False
    """It passes on packets that are for others."""
    interrupt_latency_ns: int = 0
    """From the interrupt line's rise to the handler's first bus cycle."""
    processing_latency_ns: int = 0
    """What the host's processor takes per received frame before the stack has it."""
    processing_time_ns: int = PROCESSING_TIME_NS
    """What it takes on average until software reacts to an interrupt, a timer or a wake
    (`sim.os.processor`); 0: nothing."""
    clock_ppm: float | None = None
    """Error of the computer's own crystal, within ±500; None: drawn, at most `CLOCK_TOLERANCE_PPM`."""
    clock_offset_ns: int = 0
    """What its calendar clock is ahead when the run begins."""
    timezone: str = "UTC"
    """What its programs take for local time: a name of the time zone database."""
    profile: Profile = "rfc"
    """Whose numbers its stack has where they are open, or Linux has others (`stack.parameters`)."""
    time_wait_ns: int | None = None
    """How long its stack keeps a connection in TIME-WAIT; None: as long as the profile says."""
    conflict_detection: bool = False
    """It asks whether its addresses are free before it uses them, and defends them (RFC 5227)."""
    nameservers: tuple[IPv4Address, ...] = ()
    """Who is asked for names that no host of the scenario has, in this order."""
    search: tuple[str, ...] = ()
    """Domains in which a name without a dot is looked for."""

    @property
    def sockets(self) -> tuple[str, ...]:
        """Its adapters as the ends of cables: the host's name, or `gw.eth0` and so on."""
        if len(self.adapters) == 1 and not self.forwarding:
            return (self.name,)
        return tuple(f"{self.name}.{adapter.name}" for adapter in self.adapters)


@dataclass(frozen=True, slots=True)
class Tap:
    """A MAU clamped on a coax, `at_mm` from its left end, with the AUI of `host` plugged in."""

    at_mm: int
    host: str
    """An adapter, as in `Host.sockets`, or a port of a hub, as in `Hub.sockets`."""
    sqe_test: bool | None = None
    """The MAU proves after each transmission that its collision signal works. None: unless it is at a port,
    since a repeater takes the test for a collision (clause 9.4.1)."""
    transmit_loss: int = 0
    """Bits of each transmission that the MAU loses, at most 2 (clause 8)."""
    receive_loss: int = 0
    """Bits that it loses of what it receives, at most 5."""
    jitter_ns: int = 0
    """How far each edge that it sends may be off, at most 18."""
    invalid_bit: bool = False
    """The first bit that it passes, each way, is a cell without an edge."""
    bit_errors: float | None = None
    """The probability of a bit that it receives to be wrong. None: its signal path cannot break at all."""
    error_burst: int = 1
    """How many bits are wrong then."""

    @property
    def tests(self) -> bool:
        """Whether its MAU does the SQE test."""
        return not is_port(self.host) if self.sqe_test is None else self.sqe_test


@dataclass(frozen=True, slots=True)
class Coax:
    """A segment of 10BASE5, or of 10BASE2 (thin coax)."""

    name: str
    length_mm: int
    taps: tuple[Tap, ...]
    generators_mm: tuple[int, ...] = ()
    """Where signal generators are clamped on (`hw.analogue.generator`); they come after the taps."""
    terminators: tuple[End, ...] = ("left", "right")
    """Where there is one, of 50 ohm; an end without reflects."""
    extra_terminators_mm: tuple[int, ...] = ()
    """Where there are more: each takes a third of what passes, and reflects as much."""
    type: CoaxType = "10BASE5"


@dataclass(frozen=True, slots=True)
class Hub:
    """A repeater hub: what comes in at one of its `ports` goes out at all others.

    Times are whole bit times, 100 ns; `hw.hub.netlist.Repeater` says what clause 9 has for them.
    """

    name: str
    ports: int
    crystal_ppm: float = 0.0
    start_delay_ns: int = 1_100
    """From carrier at a port to the first edge at the others."""
    jam_delay_ns: int = 500
    """From a collision at a port to jam at the others."""
    collision_limit: int = 31
    """Collisions in a row that a port may have before it is partitioned."""
    long_collision_ns: int = 110_000
    """How long one of them may be."""
    clean_time_ns: int = 51_200
    """How long something must pass without a collision for a port to be joined again."""
    reconnection: Reconnection = "standard"
    """Whether that may come in or go out at the port, or must go out ("alternative")."""
    jabber_lockup_ns: int = 6_553_600
    """The hub's longest transmission; it is cut there, and begins again after a pause."""

    @property
    def sockets(self) -> tuple[str, ...]:
        """Its ports as the ends of cables: `hub.1` and so on."""
        return tuple(f"{self.name}.{number}" for number in range(1, self.ports + 1))


@dataclass(frozen=True, slots=True)
class Switch:
    """A switching hub: a frame goes out only where its destination is, as far as that is known."""

    name: str
    ports: int
    crystal_ppm: float = 0.0
    ageing_ns: int = 300_000_000_000
    """How long a station is remembered that sends nothing: 10 to 1,000,000 s, whole ones."""
    cut_through: bool = False
    """A frame for one idle port leaves as soon as its addresses have come, and not when all of it has."""
    addresses: int = 8192
    """Entries of the address table: a power of two, 4 to 8,192."""
    buffers: int = 32
    """Frames that may wait of those that came in at one port: 1 to 32."""
    duplex: tuple[Duplex, ...] = ()
    """Of each port, from the first on; those that are left negotiate."""

    @property
    def sockets(self) -> tuple[str, ...]:
        """Its ports as the ends of cables: `switch.1` and so on."""
        return tuple(f"{self.name}.{number}" for number in range(1, self.ports + 1))


@dataclass(frozen=True, slots=True)
class Box:
    """A box of a kind that another package has added (`hw.kinds`); `keys` are those that the kind knows."""

    name: str
    kind: str
    ports: int
    keys: tuple[tuple[str, int | str | bool], ...] = ()

    @property
    def sockets(self) -> tuple[str, ...]:
        """Its ports as the ends of cables: `mc.1` and so on."""
        return tuple(f"{self.name}.{number}" for number in range(1, self.ports + 1))


def is_port(end: str) -> bool:
    """Whether an end of a cable is a port of a hub or a switch: those have numbers, adapters have names."""
    _, dot, place = end.partition(".")
    return bool(dot) and place.isdigit()


@dataclass(frozen=True, slots=True)
class Cable:
    """A cable of two pairs: a twisted pair (10BASE-T), or an AUI crossover, two adapters back to back."""

    name: str
    length_mm: int
    ends: tuple[str, str]
    """Adapters, as in `Host.sockets`, or ports of hubs, as in `Hub.sockets`."""
    medium: Medium | None = None
    """None: a twisted pair if it goes to a hub, and else a crossover."""
    reversed: tuple[str, ...] = ()
    """The ends at which the wires of the receiving pair are swapped."""
    fidelity: Fidelity = "level"
    """Whether a twisted pair's link is a level, or is found alive by link pulses."""
    transmit_loss: int = 0
    """Bits of each transmission that the MAUs at its ends lose, at most 2 (clause 14)."""
    receive_loss: int = 0
    """Bits that they lose of what they receive, at most 5."""
    mau_delay_ns: int = 0
    """How long a signal takes through each of them, either way, at most two bit times."""
    bit_errors: float | None = None
    """The probability of a bit to arrive wrong, at both ends. None: its MAUs cannot break at all."""
    error_burst: int = 1
    """How many bits are wrong then."""
    loss_mdb: int = LOSS_MDB
    """What 100 m of a twisted pair take from a signal, in thousandths of a decibel."""
    wiring: Wiring | None = None
    """Of a twisted pair: whether its ends have the pairs in the same places, or swapped. Hubs and switches
    have crossed ports, stations do not. None: as is right for its ends."""
    capture: bool | None = None
    """Whether what passes is recorded; None: unless it goes to a hub, which sends the same to all."""

    @property
    def twisted_pair(self) -> bool:
        """Whether there is a MAU of 10BASE-T at each end."""
        if self.medium is None:
            return any(is_port(end) for end in self.ends)
        return self.medium == "twisted pair"

    @property
    def arriving_mv(self) -> float:
        """The peak of what arrives at the other end of a twisted pair."""
        return attenuated_mv(self.length_mm, self.loss_mdb)

    @property
    def heard(self) -> bool:
        """Whether the receivers hear that, and are on the pair that it comes over: else there is no link."""
        return not self.twisted_pair or (self.arriving_mv >= SQUELCH_MV and not self.miswired)

    @property
    def right_wiring(self) -> Wiring:
        """That which joins each transmitter of a twisted pair to a receiver."""
        return "straight" if sum(map(is_port, self.ends)) == 1 else "crossed"

    @property
    def miswired(self) -> bool:
        """Whether it joins transmitter to transmitter."""
        return self.wiring is not None and self.wiring != self.right_wiring

    @property
    def pulses(self) -> bool:
        """Whether link pulses are simulated."""
        return self.twisted_pair and self.fidelity == "pulses"


@dataclass(frozen=True, slots=True)
class LinkPath:
    """What becomes of the frames from one station of a link to another. Probabilities are from 0 to 1."""

    delay_ns: int = 1_000
    """From the last bit that leaves one to the frame's arrival at the other."""
    jitter_ns: int = 0
    """Added to the delay: drawn for each frame, uniformly from 0 to this."""
    loss: float = 0.0
    """The probability of a frame to be lost."""
    duplicate: float = 0.0
    """The probability of a frame to arrive twice."""
    reorder: float = 0.0
    """The probability of a frame to be held back, so that later ones overtake it."""
    reorder_delay_ns: int = 3_000_000
    """How long it is held back then: some two frames of 1518 octets at 10 Mb/s."""


@dataclass(frozen=True, slots=True)
class LinkPair:
    """Two stations of a link, by their adapters, that have a path of their own."""

    between: tuple[str, str]
    path: LinkPath
    one_way: bool = False
    """It is only the path from the first to the second."""


@dataclass(frozen=True, slots=True)
class Link:
    """All hosts side by side without hardware, from stack to stack: for programs that ask for no more."""

    path: LinkPath = LinkPath()
    pairs: tuple[LinkPair, ...] = ()
    """Those with a path of their own; of several for the same way the last one counts."""
    rate: int = 10_000_000
    """Bits per second that a station sends."""


@dataclass(frozen=True, slots=True)
class Program:
    """A command line run on a host from `at_ns` on; a `service` does not keep the run alive."""

    host: str
    run: str
    at_ns: int = 0
    service: bool = False
    stop_ns: int | None = None
    """When it is sent SIGTERM."""
    kill_ns: int | None = None
    """When it is ended without being asked (SIGKILL)."""
    restart_ns: int | None = None
    """When it begins again, after SIGTERM if it still runs."""
    main: Callable[[list[str]], int | None] | None = field(default=None, compare=False)
    """What runs, of a program that is no command of ours; `run` is its name then."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything a run is a function of, but for the versions of Python and the packages."""

    title: str
    hosts: tuple[Host, ...]
    coaxes: tuple[Coax, ...] = ()
    programs: tuple[Program, ...] = ()
    seed: int = 1
    until_ns: int | None = None
    epoch_ns: int | None = None
    """Nanoseconds from 1970-01-01 00:00:00 UTC to when a run begins in the simulated world, whole seconds;
    None: the beginning of 2026 (`sim.os.clock`)."""
    cables: tuple[Cable, ...] = ()
    hubs: tuple[Hub, ...] = ()
    switches: tuple[Switch, ...] = ()
    boxes: tuple[Box, ...] = ()
    """Of other packages."""
    generators: tuple[str, ...] = ()
    """Signal generators (`hw.analogue.generator`) that are ends of `cables`: instruments, for tests only."""
    faults: tuple[CableFault, ...] = ()
    link: Link | None = None
    """In the place of all cabling."""
    long: bool = False
    """It carries so much that one wants the compiled engine and no waveform, unless one says otherwise."""
    look_for: str = field(default="", compare=False)
    """What one sees in its runs: for the reader, in plain text."""
    source: str = field(default="", compare=False)
    """The file it was read from, for messages."""

    @property
    def adapters(self) -> dict[str, Adapter]:
        """All adapters, in the order of the engines, by the ends of cables that they are."""
        return {
            socket: adapter
            for host in self.hosts
            for socket, adapter in zip(host.sockets, host.adapters, strict=True)
        }

    def breakable(self) -> frozenset[str]:
        """The ends of cables where what is sent and received may break: those that the scenario speaks of."""
        ends = [tap.host for coax in self.coaxes for tap in coax.taps if tap.bit_errors is not None]
        ends += [end for cable in self.cables if cable.bit_errors is not None for end in cable.ends]
        return frozenset((*ends, *(fault.host for fault in self.faults if fault.what in DEFECTS)))

    def captured(self, cable: Cable) -> bool:
        """Whether what passes over `cable` is recorded."""
        if cable.capture is not None:
            return cable.capture
        return not any(end in hub.sockets for hub in self.hubs for end in cable.ends)

    def twisted_pair(self, end: str) -> Cable | None:
        """The twisted pair at `end`, if there is one."""
        return next((cable for cable in self.cables if cable.twisted_pair and end in cable.ends), None)

    def cabled(self, hub: Hub | Switch | Box) -> list[bool]:
        """Which of the ports of a box have a cable that brings something."""
        ends = {end for cable in self.cables if cable.heard for end in cable.ends}
        ends |= {tap.host for coax in self.coaxes for tap in coax.taps}
        return [socket in ends for socket in hub.sockets]
