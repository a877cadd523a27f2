"""`[[host]]`: a computer and its LAN adapter."""

from ipaddress import IPv4Address, IPv4Network
from typing import get_args

from sim.scenario.model import CollisionOrigin, Duplex, Host
from sim.scenario.plan import Plan
from sim.scenario.rules import Fault, domain, name, not_negative, one_of, ppm
from sim.scenario.table import Table
from sim.scenario.tables import values

MIN_LINK_POLL_NS = 1_000_000
"""A look at the PHY takes some tens of microseconds of the bus."""
DUPLEXES: tuple[Duplex, ...] = get_args(Duplex)
"""The first is the default; so with the next."""
COLLISION_ORIGINS: tuple[CollisionOrigin, ...] = get_args(CollisionOrigin)
KEYS = (
    "name",
    "address",
    "mac",
    "gateway",
    "crystal_ppm",
    "station_address",
    "duplex",
    "flow_control",
    "promiscuous",
    "late_collision_retry",
    "late_collision_origin",
    "interrupt_latency",
    "processing_latency",
    "link_poll",
    "nameserver",
    "search",
)


def read(table: Table, place: int) -> Host:
    """Read the host that is number `place` of the file, from 1 on."""
    table.only(*KEYS)
    return Host(
        table.text("name", "a host name"),
        values.interface(table, "address"),
        # Locally administered, and from the place in the file, so that a run does not depend on chance.
        values.mac(table, "mac") if "mac" in table else b"\x02\0\0\0" + place.to_bytes(2, "big"),
        gateway=values.address(table, "gateway") if "gateway" in table else None,
        crystal_ppm=values.ppm(table),
        station_address=values.mac(table, "station_address") if "station_address" in table else None,
        duplex=table.choice("duplex", DUPLEXES),
        flow_control=values.flag(table, "flow_control", "whether PAUSE is sent and obeyed"),
        promiscuous=values.flag(table, "promiscuous", "whether the adapter takes every frame"),
        late_collision_retry=values.flag(
            table, "late_collision_retry", "whether a frame is tried again after a late collision"
        ),
        late_collision_origin=table.choice("late_collision_origin", COLLISION_ORIGINS),
        interrupt_latency_ns=values.time_or_0(table, "interrupt_latency"),
        processing_latency_ns=values.time_or_0(table, "processing_latency"),
        link_poll_ns=values.time(table, "link_poll") if "link_poll" in table else None,
        nameservers=values.addresses(table, "nameserver"),
        search=tuple(table.one_or_more("search", 'a domain such as "lan", or an array of them')),
    )


def check(host: Host, plan: Plan) -> None:
    """Raise Fault for a rule that `host` breaks."""
    name(host.name, plan.names)
    _addresses(host, plan.hosts)
    ppm(host.crystal_ppm)
    one_of("duplex", host.duplex, DUPLEXES)
    if host.flow_control and host.duplex == "half":
        raise Fault("flow_control", 'needs duplex = "full": PAUSE is for links of two stations (clause 31)')
    one_of("late_collision_origin", host.late_collision_origin, COLLISION_ORIGINS)
    not_negative("interrupt_latency", host.interrupt_latency_ns)
    not_negative("processing_latency", host.processing_latency_ns)
    if host.link_poll_ns is not None and host.link_poll_ns < MIN_LINK_POLL_NS:
        raise Fault("link_poll", "must be at least 1 ms; without it the link is looked at when it matters")
    _look_ups(host)


def _look_ups(host: Host) -> None:
    """Where it looks for names that are not the scenario's."""
    for server in host.nameservers:
        if server.is_multicast or server.is_unspecified or server.is_reserved:
            raise Fault("nameserver", f"{server} cannot be the address of a name server")
    if host.search and not host.nameservers:
        raise Fault("search", "is of no use without a nameserver")
    for word in host.search:
        domain("search", word)


def check_connected(host: Host, plan: Plan) -> None:
    """It must be on a cable; when all cables have been checked."""
    if host.name not in plan.cabled:
        raise Fault(
            "name", f'"{host.name}" is on no cable; give it a tap of a [[coax]] or an end of a [[cable]]'
        )


def _addresses(host: Host, others: list[Host]) -> None:
    address, network = host.address.ip, host.address.network
    if address.is_multicast or address.is_loopback or address.is_unspecified or address.is_reserved:
        raise Fault("address", f"{address} cannot be the address of a host on a network")
    if _is_end(address, network):
        raise Fault(
            "address", f"{address} is the network or broadcast address of {network}; take one between"
        )
    for other in others:
        if other.address.ip == address:
            raise Fault("address", f'{address} is already the address of "{other.name}"')
    _station("mac", host.mac)
    for other in others:
        if other.mac == host.mac:
            raise Fault("mac", f'{host.mac.hex(":")} is already the station address of "{other.name}"')
    if host.station_address is not None:
        _station("station_address", host.station_address)
    for other in others:
        if other.effective_address == host.effective_address:
            key = "mac" if host.station_address is None else "station_address"
            raise Fault(key, f'{host.effective_address.hex(":")} is already what "{other.name}" answers to')
    gateway = host.gateway
    if gateway is None:
        return
    if gateway not in network or gateway == address:
        raise Fault("gateway", f"{gateway} must be another address in {network}")
    if _is_end(gateway, network):
        raise Fault("gateway", f"{gateway} is an end of {network}: its network or broadcast address")


def _station(key: str, octets: bytes) -> None:
    """`octets` must be the address of one station."""
    text = octets.hex(":")
    if len(octets) != 6:
        raise Fault(key, f'"{text}" is not six octets such as "02:00:00:00:00:01"')
    if octets[0] & 1:
        raise Fault(key, f"{text} has the group bit set; a station address needs an even first octet")
    if not any(octets):
        raise Fault(key, f"{text} is all zeros; choose an address")


def _is_end(address: IPv4Address, network: IPv4Network) -> bool:
    """Whether no host may have `address`. On a link of two addresses both are hosts (RFC 3021)."""
    ends = (network.network_address, network.broadcast_address)
    return network.prefixlen < 31 and address in ends
