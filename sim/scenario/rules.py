"""What a network must be to be run: the same rules for one read from a file and for one built in Python.

A rule that is broken is a `Fault`: the word that the value has in a scenario file, and a sentence. The loader
adds the file and the line; `check`, for scenarios made in Python, adds which host, cable or program it is.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from ipaddress import IPv4Address, IPv4Network
from typing import get_args

from sim.scenario.model import (
    Cable,
    CableFault,
    Coax,
    CollisionOrigin,
    Duplex,
    End,
    FaultKind,
    Host,
    Hub,
    Program,
    Scenario,
    Tap,
)

Judge = Callable[[str], bool]
"""Judge a command line: is the program a service by default? ValueError, a sentence, if it cannot run."""

MAX_LENGTH_MM = 500_000
"""10BASE5 segment (802.3 clause 8.6.1)."""
MAX_TAPS = 100
"""MAUs on one segment (802.3 clause 8.6.2.2)."""
MAX_AUI_MM = 50_000
"""AUI cable (802.3 clause 7.4.3)."""
MAX_TWISTED_PAIR_MM = 100_000
"""10BASE-T (802.3 clause 14.1.1.3)."""
LEAST_HUB_PORTS, MOST_HUB_PORTS = 2, 64
TAP_STEP_MM = 2_500
"""The cable's marks: MAUs only at multiples of 2.5 m, so that their reflections do not add in phase."""
ENDS: tuple[End, ...] = get_args(End)
"""Of a segment."""
FAULTS: tuple[FaultKind, ...] = get_args(FaultKind)
MAX_TRANSMIT_LOSS, MAX_RECEIVE_LOSS = 2, 5
"""Bits that a MAU may swallow (802.3 clause 8.2.1); it may spoil one more each time."""
MAX_JITTER_NS = 18
"""What a DTE's receiver must take (802.3 clause 7)."""
MAX_PPM = 100
"""802.3 clause 7.3.2: ±0.01 %."""
MAX_SEED = 2**63 - 1
"""TOML's largest integer."""
MIN_LINK_POLL_NS = 1_000_000
"""A look at the PHY takes some tens of microseconds of the bus."""
DUPLEXES: tuple[Duplex, ...] = get_args(Duplex)
"""The first is the default; so with the next."""
COLLISION_ORIGINS: tuple[CollisionOrigin, ...] = get_args(CollisionOrigin)

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


class ScenarioError(Exception):
    """A scenario that cannot be run; `str` is one line that names the place, the key and what to do."""


class Fault(ValueError):
    """The value of `key` is wrong; `str` is a sentence that begins after the key."""

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(sentence)
        self.key = key


def name(word: str, taken: Collection[str]) -> None:
    """A name must be good as a host name, a file name and a scope of the waveform."""
    if not _NAME.fullmatch(word):
        raise Fault("name", f'"{word}" must be 1 to 63 letters, digits and inner hyphens (RFC 1123)')
    if word.lower() in [other.lower() for other in taken]:
        raise Fault("name", f'"{word}" is already taken; hosts and cables need different names')


def host(host: Host, others: Sequence[Host]) -> None:
    """`host` comes after `others`."""
    name(host.name, [other.name for other in others])
    _addresses(host, others)
    _within("crystal_ppm", host.crystal_ppm, -MAX_PPM, MAX_PPM)
    one_of("duplex", host.duplex, DUPLEXES)
    if host.flow_control and host.duplex == "half":
        raise Fault("flow_control", 'needs duplex = "full": PAUSE is for links of two stations (clause 31)')
    one_of("late_collision_origin", host.late_collision_origin, COLLISION_ORIGINS)
    not_negative("interrupt_latency", host.interrupt_latency_ns)
    not_negative("processing_latency", host.processing_latency_ns)
    if host.link_poll_ns is not None and host.link_poll_ns < MIN_LINK_POLL_NS:
        raise Fault("link_poll", "must be at least 1 ms; without it the link is looked at when it matters")


def _addresses(host: Host, others: Sequence[Host]) -> None:
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
    station("mac", host.mac)
    for other in others:
        if other.mac == host.mac:
            raise Fault("mac", f'{host.mac.hex(":")} is already the station address of "{other.name}"')
    if host.station_address is not None:
        station("station_address", host.station_address)
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


def station(key: str, octets: bytes) -> None:
    """`octets` must be the address of one station."""
    text = octets.hex(":")
    if len(octets) != 6:
        raise Fault(key, f'"{text}" is not six octets such as "02:00:00:00:00:01"')
    if octets[0] & 1:
        raise Fault(key, f"{text} has the group bit set; a station address needs an even first octet")
    if not any(octets):
        raise Fault(key, f"{text} is all zeros; choose an address")


def coax(word: str, length_mm: int, taps: int, names: Collection[str]) -> None:
    """A segment of that many `taps`; `names` are taken."""
    name(word, names)
    if not 0 < length_mm <= MAX_LENGTH_MM:
        raise Fault("length", "must be above 0 and at most 500 m, the longest 10BASE5 segment")
    if not taps:
        raise Fault("taps", 'is missing or empty; give taps = [{ at = "0 m", host = "…" }, …]')
    if taps > MAX_TAPS:
        raise Fault("taps", f"has {taps} taps; a segment carries at most {MAX_TAPS}")


def tap(
    tap: Tap,
    coax: str,
    length_mm: int,
    others: Sequence[Tap],
    hosts: Collection[str],
    hubs: Sequence[Hub],
    cabled: Mapping[str, str],
) -> None:
    """`others` are on the segment `coax`, `cabled` tells on which cable each host or port is so far."""
    if not 0 <= tap.at_mm <= length_mm:
        raise Fault("at", f"is beyond the cable, which is {_metres(length_mm)} long")
    if tap.at_mm % TAP_STEP_MM:
        mark = tap.at_mm - tap.at_mm % TAP_STEP_MM
        raise Fault("at", f"is off the 2.5 m marks; the mark before it is {_metres(mark)}")
    for other in others:
        if other.at_mm == tap.at_mm:
            raise Fault("at", f'the mark at {_metres(tap.at_mm)} already carries the MAU of "{other.host}"')
    _within("transmit_loss", tap.transmit_loss, 0, MAX_TRANSMIT_LOSS)
    _within("receive_loss", tap.receive_loss, 0, MAX_RECEIVE_LOSS)
    if not 0 <= tap.jitter_ns <= MAX_JITTER_NS:
        raise Fault("jitter", f"is {tap.jitter_ns} ns and must be from 0 to {MAX_JITTER_NS} ns (clause 7)")
    _free("host", tap.host, hosts, hubs, cabled)
    if _joined(tap.host.partition(".")[0], coax, cabled):
        raise Fault("host", _LOOP)


def hub(hub: Hub, names: Collection[str]) -> None:
    """A hub; `names` are taken."""
    name(hub.name, names)
    _within("ports", hub.ports, LEAST_HUB_PORTS, MOST_HUB_PORTS)
    _within("crystal_ppm", hub.crystal_ppm, -MAX_PPM, MAX_PPM)


def cable(
    cable: Cable,
    names: Collection[str],
    hosts: Collection[str],
    hubs: Sequence[Hub],
    cabled: Mapping[str, str],
) -> None:
    """Between two `hosts` or ports of `hubs` that are on no cable yet; `names` are taken."""
    name(cable.name, names)
    if cable.twisted_pair:
        if not 0 < cable.length_mm <= MAX_TWISTED_PAIR_MM:
            raise Fault("length", "must be above 0 and at most 100 m, the longest 10BASE-T segment")
    elif not 0 < cable.length_mm <= MAX_AUI_MM:
        raise Fault("length", "must be above 0 and at most 50 m, the longest AUI cable")
    for end in cable.ends:
        _free("ends", end, hosts, hubs, cabled)
    if cable.ends[0] == cable.ends[1]:
        raise Fault("ends", f'are both "{cable.ends[0]}"; a cable joins two')
    one, other = (end.partition(".")[0] for end in cable.ends)
    if _joined(one, other, cabled):
        raise Fault("ends", _LOOP)


_LOOP = "close a loop of hubs, in which a frame would never end; leave this out"


def _free(key: str, end: str, hosts: Collection[str], hubs: Sequence[Hub], cabled: Mapping[str, str]) -> None:
    """`end` must be a host, or a port of a hub, without a cable."""
    if "." not in end:
        exists(end, hosts, key=key)
        if end in cabled:
            raise Fault(key, f'"{end}" is already on "{cabled[end]}"; its adapter has one AUI')
        return
    word = end.partition(".")[0]
    known = [hub for hub in hubs if hub.name == word]
    if not known:
        names = ", ".join(hub.name for hub in hubs) or "none"
        raise Fault(key, f'there is no hub "{word}"; hubs: {names}')
    if end not in known[0].sockets:
        raise Fault(key, f'there is no port "{end}"; "{word}" has 1 to {known[0].ports}')
    if end in cabled:
        raise Fault(key, f'"{end}" already has a cable, "{cabled[end]}"')


def _joined(one: str, goal: str, cabled: Mapping[str, str]) -> bool:
    """Whether there is a way from `one` to `goal`, boxes or cables, over `cabled`."""
    reached: set[str] = set()
    waiting = [one]
    while waiting:
        place = waiting.pop()
        if place not in reached:
            reached.add(place)
            for end, cable in cabled.items():
                if place == end.partition(".")[0]:
                    waiting.append(cable)
                elif place == cable:
                    waiting.append(end.partition(".")[0])
    return goal in reached


def cable_fault(fault: CableFault, hosts: Collection[str], coaxes: Mapping[str, int]) -> None:
    """It happens to the AUI of one of `hosts`, or to one of `coaxes`, whose lengths (mm) are given."""
    not_negative("at", fault.at_ns)
    one_of("what", fault.what, FAULTS)
    if fault.what in ("unplug", "plug"):
        exists(fault.host, hosts)
        return
    if fault.cable not in coaxes:
        known = f"; segments: {', '.join(coaxes)}" if coaxes else ""
        raise Fault("cable", f'there is no coax "{fault.cable}"{known}')
    length_mm = coaxes[fault.cable]
    if fault.what in ("open", "short") and not 0 <= fault.at_mm <= length_mm:
        raise Fault("where", f"is beyond the cable, which is {_metres(length_mm)} long")
    if fault.what in ("terminator off", "terminator on"):
        one_of("where", fault.end, ENDS)


def terminators(ends: Sequence[str]) -> None:
    """The ends of a segment that are terminated, each named once."""
    for end in ends:
        one_of("terminators", end, ENDS)
    if len(set(ends)) < len(ends):
        raise Fault("terminators", f'names "{ends[0]}" twice; an end has one terminator')


def connected(host: str, cabled: Collection[str]) -> None:
    """A host must be on a cable."""
    if host not in cabled:
        raise Fault("name", f'"{host}" is on no cable; give it a tap of a [[coax]] or an end of a [[cable]]')


def program(program: Program, hosts: Collection[str], judge: Judge) -> None:
    """A program needs a host, and a command line that can be run."""
    exists(program.host, hosts)
    runnable(program.run, judge)
    not_negative("at", program.at_ns)


def runnable(command: str, judge: Judge) -> bool:
    """Whether the program of `command` is a service by default."""
    try:
        return judge(command)
    except ValueError as error:
        raise Fault("run", str(error)) from None


def exists(host: str, hosts: Collection[str], key: str = "host") -> None:
    """`host` must be one of `hosts`."""
    if host not in hosts:
        raise Fault(key, f'there is no host "{host}"; hosts: {", ".join(hosts)}')


def one_of(key: str, value: str, known: Sequence[str]) -> None:
    """`value` must be one of the `known` words."""
    if value not in known:
        words = " or ".join(f'"{word}"' for word in known)
        raise Fault(key, f'is "{value}" and must be {words}')


def not_negative(key: str, ns: int) -> None:
    """A time from the beginning, or a delay."""
    if ns < 0:
        raise Fault(key, "must not be negative")


def above_0(key: str, ns: int) -> None:
    """A time that must pass."""
    if ns <= 0:
        raise Fault(key, "must be above 0")


def _within(key: str, value: float, least: int, most: int) -> None:
    if not least <= value <= most:  # true of NaN, too
        raise Fault(key, f"is {value} and must be from {least} to {most}")


def check(scenario: Scenario, judge: Judge) -> None:
    """Raise ScenarioError for the first rule that `scenario` breaks."""
    with _at("scenario"):
        _within("seed", scenario.seed, 0, MAX_SEED)
        if scenario.until_ns is not None:
            above_0("until", scenario.until_ns)
        if not scenario.hosts:
            raise Fault("host", "is missing; describe at least one computer")
    for number, one in enumerate(scenario.hosts):
        with _at(f'host "{one.name}"'):
            host(one, scenario.hosts[:number])
    hosts = [one.name for one in scenario.hosts]
    cabled: dict[str, str] = {}
    names = [*hosts]
    for one_hub in scenario.hubs:
        with _at(f'hub "{one_hub.name}"'):
            hub(one_hub, names)
        names.append(one_hub.name)
    for segment in scenario.coaxes:
        _check_coax(segment, names, hosts, scenario.hubs, cabled)
        names.append(segment.name)
    for one_cable in scenario.cables:
        with _at(f'cable "{one_cable.name}"'):
            cable(one_cable, names, hosts, scenario.hubs, cabled)
        names.append(one_cable.name)
        cabled |= dict.fromkeys(one_cable.ends, one_cable.name)
    for word in hosts:
        with _at(f'host "{word}"'):
            connected(word, cabled)
    lengths = {segment.name: segment.length_mm for segment in scenario.coaxes}
    for one_fault in scenario.faults:
        with _at(f'fault "{one_fault.what}"'):
            cable_fault(one_fault, hosts, lengths)
    for one_program in scenario.programs:
        with _at(f'program "{one_program.run}"'):
            program(one_program, hosts, judge)


def _check_coax(
    segment: Coax,
    names: Sequence[str],
    hosts: Sequence[str],
    hubs: Sequence[Hub],
    cabled: dict[str, str],
) -> None:
    with _at(f'coax "{segment.name}"'):
        coax(segment.name, segment.length_mm, len(segment.taps), names)
        terminators(segment.terminators)
        for number, one in enumerate(segment.taps):
            tap(one, segment.name, segment.length_mm, segment.taps[:number], hosts, hubs, cabled)
            cabled[one.host] = segment.name


@contextmanager
def _at(place: str) -> Iterator[None]:
    try:
        yield
    except Fault as fault:
        raise ScenarioError(f"{place}: {fault.key}: {fault}") from None


def _is_end(address: IPv4Address, network: IPv4Network) -> bool:
    """Whether no host may have `address`. On a link of two addresses both are hosts (RFC 3021)."""
    ends = (network.network_address, network.broadcast_address)
    return network.prefixlen < 31 and address in ends


def _metres(mm: int) -> str:
    return f"{Decimal(mm) / 1000:f} m"
