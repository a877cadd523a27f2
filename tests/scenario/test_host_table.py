"""`[[host]]`: its keys and its rules."""

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from scenario_file import GOOD, complaint, read, spoilt

from sim.scenario.loader import load
from sim.scenario.model import Route
from sim.scenario.shipped import scenario_path

MAC = 'mac = "02:aa:bb:cc:dd:ee"'
BAD = [
    # what is replaced, by what, line of the complaint, its key, words in its sentence
    ('name = "pc"', 'nmae = "pc"', 6, "host.nmae", 'did you mean "name"?'),
    ('name = "pc"\n', "", 5, "host.name", "missing"),
    ('name = "pc"', 'name = "p c"', 6, "host.name", "letters, digits"),
    ('name = "server"', 'name = "PC"', 12, "host.name", "already taken"),
    ('"192.168.1.10/24"', '"192.168.1.10"', 7, "host.address", 'write it as "192.168.1.10/24"'),
    ('"192.168.1.10/24"', '"192.168.1.256/24"', 7, "host.address", "is not an address"),
    ('"192.168.1.10/24"', '"192.168.1.0/24"', 7, "host.address", "network or broadcast"),
    ('"192.168.1.10/24"', '"192.168.1.255/24"', 7, "host.address", "network or broadcast"),
    ('"192.168.1.10/24"', '"224.0.0.1/24"', 7, "host.address", "cannot be the address of a host"),
    ('"02:aa:bb:cc:dd:ee"', '"03:aa:bb:cc:dd:ee"', 14, "host.mac", "group bit"),
    ('"02:aa:bb:cc:dd:ee"', '"02:aa:bb:cc:dd"', 14, "host.mac", "six octets"),
    ('"02:aa:bb:cc:dd:ee"', '"00:00:00:00:00:00"', 14, "host.mac", "all zeros"),
    ('gateway = "192.168.1.1"', 'gateway = "192.168.2.1"', 8, "host.gateway", "in 192.168.1.0/24"),
    ('gateway = "192.168.1.1"', 'gateway = "192.168.1.10"', 8, "host.gateway", "another address"),
    ('gateway = "192.168.1.1"', 'gateway = "192.168.1.255"', 8, "host.gateway", "network or broadcast"),
    ("crystal_ppm = -12.5", "crystal_ppm = -100.1", 9, "host.crystal_ppm", "from -100 to 100"),
    ("crystal_ppm = -12.5", "crystal_ppm = 101", 9, "host.crystal_ppm", "from -100 to 100"),
    ("crystal_ppm = -12.5", "crystal_ppm = nan", 9, "host.crystal_ppm", "from -100 to 100"),
    ("crystal_ppm = -12.5", 'crystal_ppm = "1"', 9, "host.crystal_ppm", "a string and must be a number"),
    (MAC, 'station_address = "03:00:00:00:00:09"', 14, "host.station_address", "group bit"),
    (MAC, 'station_address = "9"', 14, "host.station_address", "six octets"),
    (MAC, 'duplex = "both"', 14, "host.duplex", 'is "both" and must be "auto" or "half" or "full"'),
    (MAC, "duplex = 2", 14, "host.duplex", "must be a string: one of auto, half, full"),
    (MAC, "flow_control = true", 14, "host.flow_control", 'needs duplex = "full"'),
    (MAC, "flow_control = 1", 14, "host.flow_control", "must be true or false"),
    (MAC, 'promiscuous = "yes"', 14, "host.promiscuous", "must be true or false"),
    (MAC, "late_collision_retry = 1", 14, "host.late_collision_retry", "must be true or false"),
    (MAC, 'late_collision_origin = "frame"', 14, "host.late_collision_origin", '"preamble" or "sfd"'),
    (MAC, 'carrier_on = "-1 ns"', 14, "host.carrier_on", "is -1 ns and must be from 0 to 400 ns"),
    (MAC, 'carrier_on = "401 ns"', 14, "host.carrier_on", "must be from 0 to 400 ns"),
    (MAC, 'carrier_off = "159 ns"', 14, "host.carrier_off", "must be from 160 to 400 ns"),
    (MAC, "carrier_off = 200", 14, "host.carrier_off", "must be a string: a time"),
    (MAC, 'interrupt_latency = "-1 us"', 14, "host.interrupt_latency", "must not be negative"),
    (MAC, 'interrupt_latency = "1"', 14, "host.interrupt_latency", "has no unit"),
    (MAC, 'processing_latency = "-1 ns"', 14, "host.processing_latency", "must not be negative"),
    (MAC, "frames_in_flight = 0", 14, "host.frames_in_flight", "is 0 and must be from 1 to 4"),
    (MAC, "frames_in_flight = 5", 14, "host.frames_in_flight", "is 5 and must be from 1 to 4"),
    (MAC, 'processing_time = "-1 ns"', 14, "host.processing_time", "must not be negative"),
    (MAC, "processing_time = 0", 14, "host.processing_time", "must be a string: a time"),
    (MAC, "clock_ppm = 501", 14, "host.clock_ppm", "is 501 and must be from -500 to 500"),
    (MAC, "clock_ppm = -500.5", 14, "host.clock_ppm", "must be from -500 to 500"),
    (MAC, "clock_ppm = nan", 14, "host.clock_ppm", "must be from -500 to 500"),
    (MAC, 'clock_offset = "1 d"', 14, "host.clock_offset", '"d" is not a unit here'),
    (MAC, 'clock_offset = "-1600000000 s"', 14, "host.clock_offset", "is more than 50 years"),
    (MAC, 'link_poll = "999999 ns"', 14, "host.link_poll", "must be at least 1 ms"),
    (MAC, 'profile = "bsd"', 14, "host.profile", 'is "bsd" and must be "rfc" or "linux"'),
    (MAC, 'time_wait = "-1 s"', 14, "host.time_wait", "must not be negative"),
    (MAC, "nameserver = 53", 14, "host.nameserver", "must be an array of strings: an address"),
    (MAC, 'nameserver = "dns"', 14, "host.nameserver", "is not an IPv4 address"),
    (MAC, 'nameserver = ["10.0.0.1", "224.0.0.1"]', 14, "host.nameserver", "224.0.0.1 cannot be"),
    (MAC, 'search = "lan"', 14, "host.search", "of no use without a nameserver"),
    (MAC, 'nameserver = "10.0.0.1"\nsearch = "a..b"', 15, "host.search", '"a..b" is not a domain'),
    (MAC, 'nameserver = "10.0.0.1"\nsearch = ["lan", ""]', 15, "host.search", '"" is not a domain'),
    (MAC, "link_pole = 1", 14, "host.link_pole", 'did you mean "link_poll"?'),
    ('    { at = "497.5 m", host = "server" },\n', "", 12, "host.name", '"server" is on no cable'),
]


@pytest.mark.parametrize(("old", "new", "line", "key", "words"), BAD, ids=[f"{b[3]}: {b[4]}" for b in BAD])
def test_bad_input_names_file_line_and_key(
    tmp_path: Path, old: str, new: str, line: int, key: str, words: str
) -> None:
    spoilt(tmp_path, old, new, line, key, words)


def test_keys_of_a_host_that_describe_its_driver_and_its_speed(tmp_path: Path) -> None:
    keys = """
station_address = "02-00-00-c0-ff-ee"
duplex = "full"
flow_control = true
promiscuous = true
late_collision_retry = true
late_collision_origin = "sfd"
carrier_on = "0 ns"
carrier_off = "400 ns"
receive_clock_runs = true
interrupt_latency = "20 us"
processing_latency = "0.5 ms"
link_poll = "1 ms"
mtu = 576
frames_in_flight = 1
separate_interrupts = true
"""
    hosts = read(tmp_path, GOOD.replace(MAC, keys)).hosts
    (pc,), (server,) = (host.adapters for host in hosts)
    assert server.mac.hex(":") == "02:00:00:00:00:02"
    assert server.effective_address.hex(":") == "02:00:00:c0:ff:ee"
    assert (server.duplex, server.flow_control, server.promiscuous) == ("full", True, True)
    assert (server.late_collision_retry, server.late_collision_origin) == (True, "sfd")
    assert (server.carrier_on_ns, server.carrier_off_ns) == (0, 400)
    assert (pc.carrier_on_ns, pc.carrier_off_ns) == (240, 200)
    assert (server.receive_clock_runs, pc.receive_clock_runs) == (True, False)
    assert (hosts[1].interrupt_latency_ns, hosts[1].processing_latency_ns) == (20_000, 500_000)
    assert (server.link_poll_ns, server.mtu) == (1_000_000, 576)
    assert (server.frames_in_flight, server.separate_interrupts) == (1, True)
    assert (pc.frames_in_flight, pc.separate_interrupts) == (4, False)
    assert pc.effective_address == pc.mac
    assert (pc.duplex, pc.late_collision_origin, pc.link_poll_ns, pc.mtu) == ("auto", "preamble", None, 1500)


def test_addresses_by_default_follow_the_place_in_the_file() -> None:
    scenario = load(scenario_path("collision"), lambda _: False)
    macs = [one.mac.hex(":") for one in scenario.adapters.values()]
    assert macs == ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:03"]


@pytest.mark.parametrize(
    ("text", "servers", "search"),
    [
        ('nameserver = "192.168.1.53"', ["192.168.1.53"], ()),
        ('nameserver = ["10.0.0.1", "10.0.0.2"]\nsearch = "lan"', ["10.0.0.1", "10.0.0.2"], ("lan",)),
        ('nameserver = "127.0.0.1"\nsearch = ["a.lan", "lan"]', ["127.0.0.1"], ("a.lan", "lan")),
    ],
)
def test_one_nameserver_or_several(
    tmp_path: Path, text: str, servers: list[str], search: tuple[str, ...]
) -> None:
    host = read(tmp_path, GOOD.replace(MAC, text)).hosts[1]
    assert ([str(server) for server in host.nameservers], host.search) == (servers, search)


ROUTER = """\
title = "Between two networks"
[[router]]
name = "gw"
adapters = [
    { address = "192.168.1.1/24" },
    { name = "wan", address = "10.0.0.1/30", mtu = 576, mac = "02:00:00:00:00:99" },
]
routes = [
    { to = "172.16.0.0/12", via = "10.0.0.2" },
    { to = "172.16.5.0/24", via = "192.168.1.10" },
]
gateway = "10.0.0.2"
[[host]]
name = "pc"
address = "192.168.1.10/24"
gateway = "192.168.1.1"
[[host]]
name = "both"
[[host.adapters]]
address = "192.168.1.20/24"
[[host.adapters]]
address = "10.0.0.2/30"
[[coax]]
name = "yellow"
length = "10 m"
taps = [{ at = "0 m", host = "pc" }, { at = "2.5 m", host = "gw.eth0" }, { at = "5 m", host = "both.eth0" }]
[[cable]]
name = "line"
length = "10 m"
ends = ["gw.wan", "both.eth1"]
"""


def test_hosts_with_several_adapters(tmp_path: Path) -> None:
    scenario = read(tmp_path, ROUTER)
    pc, both, gw = scenario.hosts
    assert (pc.sockets, both.sockets, gw.sockets) == (
        ("pc",),
        ("both.eth0", "both.eth1"),
        ("gw.eth0", "gw.wan"),
    )
    assert (pc.forwarding, both.forwarding, gw.forwarding) == (False, False, True)
    assert gw.gateway == IPv4Address("10.0.0.2")
    assert gw.routes == (
        Route(IPv4Network("172.16.0.0/12"), IPv4Address("10.0.0.2")),
        Route(IPv4Network("172.16.5.0/24"), IPv4Address("192.168.1.10")),
    )
    assert [(socket, adapter.mac[-1], adapter.mtu) for socket, adapter in scenario.adapters.items()] == [
        ("pc", 1, 1500),
        ("both.eth0", 2, 1500),
        ("both.eth1", 3, 1500),
        ("gw.eth0", 4, 1500),
        ("gw.wan", 0x99, 576),
    ]


def test_a_network_may_be_reached_by_several_neighbours(tmp_path: Path) -> None:
    """RFC 1122 section 3.3.1.6: default gateways in the order of preference."""
    text = ROUTER.replace('"172.16.5.0/24"', '"0.0.0.0/0"').replace('"172.16.0.0/12"', '"0.0.0.0/0"')
    assert [str(route.via) for route in read(tmp_path, text).hosts[-1].routes] == ["10.0.0.2", "192.168.1.10"]


def test_a_router_may_have_one_adapter(tmp_path: Path) -> None:
    text = ROUTER.replace('ends = ["gw.wan", "both.eth1"]', 'ends = ["far", "both.eth1"]')
    wan = text[text.index("    { name = ") : text.index("]\nroutes")]
    text = text.replace(wan, "").replace('via = "10.0.0.2"', 'via = "192.168.1.20"')
    text = text.replace('\ngateway = "10.0.0.2"\n', "\n")
    text += '[[host]]\nname = "far"\naddress = "10.0.0.1/30"\n'
    assert read(tmp_path, text).hosts[-1].sockets == ("gw.eth0",)


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "words"),
    [
        ('name = "wan"', 'name = "eth0"', 6, "router.adapters.name", "already the name of another adapter"),
        ('name = "wan"', 'name = "0"', 6, "router.adapters.name", "must be a letter"),
        ('name = "wan"', 'name = "lo"', 6, "router.adapters.name", "the loopback"),
        ("10.0.0.1/30", "192.168.1.2/24", 6, "router.adapters.address", "one network, one adapter"),
        ("mtu = 576", "mtu = 67", 6, "router.adapters.mtu", "from 68 to 1500"),
        ("mtu = 576", "mtu = 1501", 6, "router.adapters.mtu", "from 68 to 1500"),
        ("mtu = 576", "gateway = 1", 6, "router.adapters.gateway", "is not a key here"),
        ('"172.16.0.0/12"', '"172.16.0.1/12"', 9, "router.routes.to", "is not a network"),
        (
            '"172.16.0.0/12", via = "10.0.0.2"',
            '"172.16.5.0/24", via = "192.168.1.10"',
            10,
            "router.routes.to",
            "already has a route by 192.168.1.10 above",
        ),
        ('"172.16.0.0/12"', '"192.168.1.0/24"', 9, "router.routes.to", "the host itself is on"),
        ('via = "10.0.0.2" }', 'via = "10.0.1.2" }', 9, "router.routes.via", "192.168.1.0/24 or 10.0.0.0/30"),
        ('via = "10.0.0.2" }', 'via = "10.0.0.1" }', 9, "router.routes.via", "must be another address"),
        ('via = "10.0.0.2" }', 'via = "10.0.0.3" }', 9, "router.routes.via", "is an end of 10.0.0.0/30"),
        ('"10.0.0.2"\n[[host]]', '"10.0.1.2"\n[[host]]', 12, "router.gateway", "must be another address"),
        ('name = "gw"', 'name = "gw"\nmtu = 576', 4, "router.mtu", "is not a key here"),
        ('name = "both"', 'name = "both"\nduplex = "full"', 19, "host.duplex", "is not a key here"),
        ('"both.eth0" }', '"both" }', 26, "coax.taps.host", 'write "both.eth0" or "both.eth1"'),
        ('"both.eth0" }', '"both.eth2" }', 26, "coax.taps.host", 'is not the name of an adapter; write'),
        ('"gw.wan"', '"gw.eth0"', 30, "cable.ends", '"gw.eth0" is already on "yellow"'),
        ('host = "pc"', 'host = "gw.wan"', 30, "cable.ends", '"gw.wan" is already on "yellow"'),
        (', { at = "5 m", host = "both.eth0" }', "", 19, "host.adapters.name", '"both.eth0" is on no cable'),
        ('name = "gw"\n', "", 2, "router.name", "give a router name"),
    ],
)  # fmt: skip
def test_bad_adapters_and_routes(tmp_path: Path, old: str, new: str, line: int, key: str, words: str) -> None:
    assert ROUTER.count(old) == 1
    said = complaint(tmp_path, ROUTER.replace(old, new))
    assert f"lan.toml:{line}: {key}: " in said
    assert words in said


def test_a_router_needs_adapters(tmp_path: Path) -> None:
    said = complaint(tmp_path, 'title = "t"\n[[router]]\nname = "gw"\n')
    assert said.endswith(
        ':2: router.adapters: is missing or empty; give adapters = [{ address = "192.168.1.1/24" }, …]'
    )
