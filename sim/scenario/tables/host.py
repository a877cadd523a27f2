"""`[[host]]`, a computer, and `[[router]]`, one that passes on what is for others.

A host with one adapter has the adapter's keys in its own table; one with several, and every router, has a
table for each among its `adapters`.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address
from typing import Annotated, Literal, TypedDict, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sim.scenario.keys import Address, Key, Network, Time, names
from sim.scenario.model import PROCESSING_TIME_NS, Host, Profile, Route
from sim.scenario.plan import Plan
from sim.scenario.rules import Fault, domain, from_to, name, not_negative, one_of, within
from sim.scenario.table import Table
from sim.scenario.tables import adapter, values

Kind = Literal["host", "router"]
PROFILES: tuple[Profile, ...] = get_args(Profile)
"""The first is the default."""
MOST_ADAPTERS = 64
MAX_CLOCK_PPM = 500
"""What the discipline of a clock corrects at most (adjtimex(2): MAXFREQ)."""
MAX_CLOCK_OFFSET_NS = 50 * 365 * 86_400 * 1_000_000_000
"""Back from 2026 it does not reach 1970, where a calendar clock begins."""


class RouteKeys(TypedDict):
    """A row of a routing table."""

    to: Annotated[Network, Key("the destinations")]
    via: Annotated[Address, Key("the neighbour that forwards to them; rows above are preferred")]


class ComputerKeys(TypedDict, total=False):
    """What a host and a router have in common."""

    gateway: Annotated[Address, Key("the router of the default route, preferred to `routes`")]
    routes: Annotated[Sequence[RouteKeys], Key("further rows of the routing table")]
    interrupt_latency: Annotated[
        Time, Key("from interrupt request to the handler's first bus cycle", '"0 ns"')
    ]
    processing_latency: Annotated[Time, Key("processor time for each received frame", '"0 ns"')]
    processing_time: Annotated[
        Time, Key("mean time until software reacts to an interrupt, a timer or a wake", '"4 us"')
    ]
    clock_ppm: Annotated[
        float,
        Key("error of the computer's clock, -500 to 500 parts per million", "drawn from -50 to 50"),
    ]
    clock_offset: Annotated[
        Time, Key("what the computer's calendar clock is ahead; behind if negative", '"0 s"')
    ]
    timezone: Annotated[str, Key('what its programs take for local time, such as `"Europe/Berlin"`', '"UTC"')]
    profile: Annotated[Profile, Key("whose numbers the stack uses where the RFCs leave a choice", '"rfc"')]
    time_wait: Annotated[
        Time,
        Key("how long a connection that has ended is kept: two MSL (RFC 9293)", '"240 s"; of linux "60 s"'),
    ]
    conflict_detection: Annotated[
        bool, Key("an address is used only when nobody else has it, and defended (RFC 5227)", "false")
    ]
    nameserver: Annotated[str | Sequence[str], Key("DNS servers for names of no host of the scenario")]
    search: Annotated[str | Sequence[str], Key("domains in which names without a dot are looked up")]


class HostKeys(adapter.OwnKeys, ComputerKeys, total=False):
    """A host: the keys of its one adapter, or several `adapters`."""

    adapters: Annotated[Sequence[adapter.AdapterKeys], Key("several, in place of keys of one")]


class RouterKeys(ComputerKeys):
    """A router: a host that forwards between its adapters."""

    adapters: Annotated[Sequence[adapter.AdapterKeys], Key("its interfaces")]


def read(table: Table, place: int, kind: Kind) -> Host:
    """Read a host; its first adapter is number `place` of the file, from 1 on."""
    several = "adapters" in table or kind == "router"
    table.only("name", *names(RouterKeys if several else HostKeys))
    word = table.text("name", f"a {kind} name")
    if several:
        tables = table.tables("adapters", 'written as adapters = [{ address = "…" }, …]')
        for one in tables:
            one.only(*names(adapter.AdapterKeys))
        adapters = tuple(
            adapter.read(one, _adapter_name(one, number), place + number) for number, one in enumerate(tables)
        )
    else:
        adapters = (adapter.read(table, "eth0", place),)
    return Host(
        word,
        adapters,
        gateway=values.address(table, "gateway") if "gateway" in table else None,
        routes=tuple(map(_route, table.tables("routes", 'written as routes = [{ to = "…", via = "…" }, …]'))),
        forwarding=kind == "router",
        interrupt_latency_ns=values.time_or_0(table, "interrupt_latency"),
        processing_latency_ns=values.time_or_0(table, "processing_latency"),
        processing_time_ns=values.time_or(table, "processing_time", PROCESSING_TIME_NS),
        clock_ppm=float(table.number("clock_ppm", "the clock's error", -MAX_CLOCK_PPM, MAX_CLOCK_PPM))
        if "clock_ppm" in table
        else None,
        clock_offset_ns=values.time_or_0(table, "clock_offset"),
        timezone=table.text("timezone", "a time zone") if "timezone" in table else "UTC",
        profile=table.choice("profile", PROFILES),
        time_wait_ns=values.time_or_none(table, "time_wait"),
        conflict_detection=values.flag(table, "conflict_detection", "whether addresses are probed for first"),
        nameservers=values.addresses(table, "nameserver"),
        search=tuple(table.one_or_more("search", 'a domain such as "lan", or an array of them')),
    )


def _adapter_name(table: Table, number: int) -> str:
    return table.text("name", "a name for the interface") if "name" in table else f"eth{number}"


def _route(table: Table) -> Route:
    table.only(*names(RouteKeys))
    return Route(values.network(table, "to"), values.address(table, "via"))


def kind_of(host: Host) -> Kind:
    """The table that `host` is written as."""
    return "router" if host.forwarding else "host"


def check(host: Host, plan: Plan) -> None:
    """Raise Fault for a rule that `host` breaks; its adapters come into `plan`."""
    name(host.name, plan.names)
    if not host.adapters:
        raise Fault("adapters", 'is missing or empty; give adapters = [{ address = "192.168.1.1/24" }, …]')
    if len(host.adapters) > MOST_ADAPTERS:
        raise Fault("adapters", f"has {len(host.adapters)} adapters; a host has at most {MOST_ADAPTERS}")
    for number, one in enumerate(host.adapters):
        with within(*(() if host.sockets == (host.name,) else ("adapters", number))):
            for other in host.adapters[:number]:
                if other.name == one.name:
                    raise Fault("name", f'"{one.name}" is already the name of another adapter here')
                if other.address.network == one.address.network:
                    net = one.address.network
                    raise Fault("address", f'"{other.name}" is on {net}, too; one network, one adapter')
            adapter.check(one, plan)
            plan.adapters[host.sockets[number]] = one
    if host.gateway is not None:
        _check_neighbour("gateway", host.gateway, host)
    for number, route in enumerate(host.routes):
        with within("routes", number):
            _check_neighbour("via", route.via, host)
            if route in host.routes[:number]:
                raise Fault("to", f"{route.to} already has a route by {route.via} above")
            if any(one.address.network == route.to for one in host.adapters):
                raise Fault("to", f"{route.to} is a network that the host itself is on; leave this out")
    not_negative("interrupt_latency", host.interrupt_latency_ns)
    not_negative("processing_latency", host.processing_latency_ns)
    not_negative("processing_time", host.processing_time_ns)
    if host.clock_ppm is not None:
        from_to("clock_ppm", host.clock_ppm, -MAX_CLOCK_PPM, MAX_CLOCK_PPM)
    if abs(host.clock_offset_ns) > MAX_CLOCK_OFFSET_NS:
        raise Fault("clock_offset", "is more than 50 years, which no calendar clock can show")
    _check_timezone(host.timezone)
    one_of("profile", host.profile, PROFILES)
    if host.time_wait_ns is not None:
        not_negative("time_wait", host.time_wait_ns)
    _look_ups(host)


def _check_timezone(zone: str) -> None:
    """The C library takes whatever it does not know for UTC, without a word."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Fault(
            "timezone", f'"{zone}" is not in the time zone database; write it as "Europe/Berlin"'
        ) from None


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
    """Its adapters must be on cables; when all cables have been checked."""
    for number, socket in enumerate(host.sockets):
        with within(*(() if socket == host.name else ("adapters", number))):
            if socket not in plan.cabled:
                raise Fault(
                    "name", f'"{socket}" is on no cable; give it a tap of a [[coax]] or an end of a [[cable]]'
                )
            adapter.check_on_cable(host.adapters[number], plan, socket)


def _check_neighbour(key: str, address: IPv4Address, host: Host) -> None:
    """The host must be able to reach `address` without a router."""
    networks = [one.address.network for one in host.adapters]
    near = [network for network in networks if address in network]
    if not near or any(one.address.ip == address for one in host.adapters):
        raise Fault(key, f"{address} must be another address in {' or '.join(map(str, networks))}")
    for network in near:
        if adapter.is_end(address, network):
            raise Fault(key, f"{address} is an end of {network}: its network or broadcast address")
