"""What a scenario says of a LAN adapter: keys of `[[host]]` itself, or of each of its `adapters`."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Any, TypedDict, get_args

from driver.settings import TX_RING
from hw.adapter.netlist import MODULES
from hw.analogue.carrier_sense import TIMES
from hw.substitute import MisfitError, substitute
from sim.scenario import circuits
from sim.scenario.keys import Interface, Key, Mac, Time
from sim.scenario.model import Adapter, CollisionOrigin, Duplex
from sim.scenario.plan import Plan
from sim.scenario.rules import ADAPTER_NAME, Fault, from_to, one_of, ppm, within
from sim.scenario.table import Table
from sim.scenario.tables import values
from sim.words import no_such

MIN_LINK_POLL_NS = 1_000_000
"""A look at the PHY takes some tens of microseconds of the bus."""
MIN_MTU, MAX_MTU = 68, 1500
"""What IP needs (RFC 791), and what a frame holds (802.3 clause 3.2.7)."""
MAX_CARRIER_NS = 400
"""Later off, and of two frames 47 bit times apart the MAC would not see the 40 that it wants between them."""
MIN_CARRIER_OFF_NS = 160
"""Sooner, it would begin less than 96 bit times after another's frame: the MAC counts on it."""
DUPLEXES: tuple[Duplex, ...] = get_args(Duplex)
"""The first is the default; so with the next."""
COLLISION_ORIGINS: tuple[CollisionOrigin, ...] = get_args(CollisionOrigin)


class OwnKeys(TypedDict, total=False):
    """A LAN adapter, its driver, and the interface above it."""

    address: Annotated[Interface, Key("of the interface")]
    mac: Annotated[Mac, Key("in the adapter's ROM", "by place")]
    crystal_ppm: Annotated[float, Key("error of the adapter's crystal, -100 to 100 parts per million", "0")]
    station_address: Annotated[Mac, Key("what the driver writes into the MAC", "what the ROM has")]
    duplex: Annotated[Duplex, Key("auto: negotiated on a twisted pair, half on other cables", '"auto"')]
    flow_control: Annotated[bool, Key("PAUSE is sent and obeyed, in full duplex", "false")]
    promiscuous: Annotated[bool, Key("frames for other stations are received, too", "false")]
    polarity_correction: Annotated[bool, Key("the PHY corrects swapped wires of a twisted pair", "true")]
    late_collision_retry: Annotated[bool, Key("a frame is sent again after a late collision", "false")]
    late_collision_origin: Annotated[CollisionOrigin, Key("where the slot time begins", '"preamble"')]
    carrier_on: Annotated[Time, Key("from signal on the AUI to carrier sense, at most 400 ns", '"240 ns"')]
    carrier_off: Annotated[Time, Key("from the signal's end to carrier sense off", '"200 ns"')]
    receive_clock_runs: Annotated[bool, Key("the PHY's receive clock ticks between frames, too", "false")]
    link_poll: Annotated[
        Time, Key("how often the driver reads the link status, at least 1 ms", "when needed")
    ]
    frames_in_flight: Annotated[
        int, Key(f"transmit descriptors that the driver uses at a time, 1 to {TX_RING}", str(TX_RING))
    ]
    separate_interrupts: Annotated[
        bool, Key("the handler called for a received frame leaves ended transmissions to the next", "false")
    ]
    mtu: Annotated[int, Key("octets of the longest IP packet, 68 to 1500", "1500")]
    circuits: Annotated[
        Mapping[str, object], Key('MyHDL blocks in the places of modules, `{"mac_transmit": my_transmit}`')
    ]


class AdapterKeys(OwnKeys, total=False):
    """One of the `adapters` of a computer with several."""

    name: Annotated[str, Key("of the interface", '"eth0", "eth1" …')]


def read(table: Table, name: str, place: int) -> Adapter:
    """Read the adapter that is number `place` of the file, from 1 on, and is called `name`."""
    return Adapter(
        values.interface(table, "address"),
        # Locally administered, and from the place in the file, so that a run does not depend on chance.
        values.mac(table, "mac") if "mac" in table else b"\x02\0\0\0" + place.to_bytes(2, "big"),
        name,
        crystal_ppm=values.ppm(table),
        station_address=values.mac(table, "station_address") if "station_address" in table else None,
        duplex=table.choice("duplex", DUPLEXES),
        flow_control=values.flag(table, "flow_control", "whether PAUSE is sent and obeyed"),
        promiscuous=values.flag(table, "promiscuous", "whether the adapter takes every frame"),
        polarity_correction=values.flag(
            table, "polarity_correction", "whether the PHY undoes swapped wires", default=True
        ),
        late_collision_retry=values.flag(
            table, "late_collision_retry", "whether a frame is tried again after a late collision"
        ),
        late_collision_origin=table.choice("late_collision_origin", COLLISION_ORIGINS),
        carrier_on_ns=values.time(table, "carrier_on") if "carrier_on" in table else TIMES.on_ns,
        carrier_off_ns=values.time(table, "carrier_off") if "carrier_off" in table else TIMES.off_ns,
        receive_clock_runs=values.flag(
            table, "receive_clock_runs", "whether the receive clock ticks between frames"
        ),
        link_poll_ns=values.time(table, "link_poll") if "link_poll" in table else None,
        frames_in_flight=table.integer("frames_in_flight", "transmit descriptors used at a time", 1, TX_RING)
        if "frames_in_flight" in table
        else TX_RING,
        separate_interrupts=values.flag(
            table, "separate_interrupts", "whether receive interrupts leave ended transmissions to the next"
        ),
        mtu=table.integer("mtu", "octets of the longest packet", MIN_MTU, MAX_MTU)
        if "mtu" in table
        else MAX_MTU,
        circuits=tuple(_circuits(table.table("circuits"))) if "circuits" in table else (),
    )


def _circuits(table: Table) -> Iterator[tuple[str, Any]]:
    """What stands in the place of each module: in Python it may be the block itself."""
    for module in table:
        yield module, table.function(module) or table.parsed(module, circuits.EXAMPLE, circuits.find)


def check(adapter: Adapter, plan: Plan) -> None:
    """Raise Fault for a rule that `adapter` breaks; those of `plan` come before it."""
    if not ADAPTER_NAME.fullmatch(adapter.name):
        raise Fault("name", f'"{adapter.name}" must be a letter and up to 14 letters and digits')
    if adapter.name == "lo":
        raise Fault("name", '"lo" is the loopback interface; take another name')
    _check_address(adapter, plan)
    _check_station(adapter, plan)
    ppm(adapter.crystal_ppm)
    one_of("duplex", adapter.duplex, DUPLEXES)
    one_of("late_collision_origin", adapter.late_collision_origin, COLLISION_ORIGINS)
    for key, ns, least in (
        ("carrier_on", adapter.carrier_on_ns, 0),
        ("carrier_off", adapter.carrier_off_ns, MIN_CARRIER_OFF_NS),
    ):
        if not least <= ns <= MAX_CARRIER_NS:
            raise Fault(key, f"is {ns} ns and must be from {least} to {MAX_CARRIER_NS} ns")
    if adapter.link_poll_ns is not None and adapter.link_poll_ns < MIN_LINK_POLL_NS:
        raise Fault("link_poll", "must be at least 1 ms; without it the link is looked at when it matters")
    from_to("frames_in_flight", adapter.frames_in_flight, 1, TX_RING)
    from_to("mtu", adapter.mtu, MIN_MTU, MAX_MTU)
    with within("circuits"):
        for module, block in adapter.circuits:
            _check_circuit(module, block)


def check_on_cable(adapter: Adapter, plan: Plan, end: str) -> None:
    """The same when all cables have been checked; it is `end` of one."""
    negotiates = adapter.duplex == "auto" and any(
        cable.twisted_pair and end in cable.ends for cable in plan.cables
    )
    if adapter.flow_control and adapter.duplex != "full" and not negotiates:
        raise Fault("flow_control", 'needs duplex = "full": PAUSE is for links of two stations (clause 31)')


def _check_address(adapter: Adapter, plan: Plan) -> None:
    address, network = adapter.address.ip, adapter.address.network
    if address.is_multicast or address.is_loopback or address.is_unspecified or address.is_reserved:
        raise Fault("address", f"{address} cannot be the address of a host on a network")
    if is_end(address, network):
        raise Fault(
            "address", f"{address} is the network or broadcast address of {network}; take one between"
        )


def _check_circuit(module: str, block: object) -> None:
    """`block` must be able to stand in the place of `module`."""
    known = [one.circuit for one in MODULES]
    if module not in known:
        raise Fault(module, no_such(module, "module of an adapter", known, f"there are {', '.join(known)}"))
    try:
        substitute(module, block)
    except MisfitError as error:
        raise Fault(module, str(error)) from None


def _check_station(adapter: Adapter, plan: Plan) -> None:
    """Addresses in a ROM, and those that a MAC answers to, must be of one station."""
    _one_station("mac", adapter.mac)
    if adapter.station_address is not None:
        _one_station("station_address", adapter.station_address)


def _one_station(key: str, octets: bytes) -> None:
    """`octets` must be the address of one station."""
    text = octets.hex(":")
    if len(octets) != 6:
        raise Fault(key, f'"{text}" is not six octets such as "02:00:00:00:00:01"')
    if octets[0] & 1:
        raise Fault(key, f"{text} has the group bit set; a station address needs an even first octet")
    if not any(octets):
        raise Fault(key, f"{text} is all zeros; choose an address")


def is_end(address: IPv4Address, network: IPv4Network) -> bool:
    """Whether no host may have `address`. On a link of two addresses both are hosts (RFC 3021)."""
    ends = (network.network_address, network.broadcast_address)
    return network.prefixlen < 31 and address in ends
