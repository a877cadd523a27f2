"""Routers and hosts with several adapters, on whole networks (RFC 1812)."""

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sim.api.network import run
from sim.api.options import Options
from sim.apps.registry import find
from sim.scenario.loader import load
from sim.scenario.shipped import scenario_path


def record(folder: Path, scenario: Path) -> list[dict[str, Any]]:
    """The events of a run on the compiled engine; every program must succeed."""
    lan = load(scenario, lambda command: find(command)[0].service)
    outcome = run(lan, Options(folder, "compiled", vcd=False))
    assert outcome.succeeded, outcome
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]


def fields(capture: Path, only: str, *names: str) -> list[list[str]]:
    """What tshark shows of the packets that match, checksums validated."""
    wanted = [word for name in names for word in ("-e", name)]
    done = subprocess.run(
        ["tshark", "-r", capture, "-o", "ip.check_checksum:TRUE", "-Y", only, "-T", "fields", *wanted],
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.split("\t") for line in done.stdout.splitlines()]


def said(events: list[dict[str, Any]], where: str, kind: str, **wanted: object) -> list[dict[str, Any]]:
    """The fields of events of that kind there."""
    found = [event["fields"] for event in events if (event["where"], event["kind"]) == (where, kind)]
    return [one for one in found if all(one[key] == value for key, value in wanted.items())]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory, shared_cache: Path) -> tuple[Path, list[Any]]:
    folder = tmp_path_factory.mktemp("router")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THICKNET_CACHE", str(shared_cache))
        return folder, record(folder, scenario_path("router"))


@pytest.mark.needs("tshark")
def test_mission_5_1_a_packet_changes_frames_at_each_router(shipped: tuple[Path, list[Any]]) -> None:
    """IP addresses stay and the TTL falls; station addresses are those of each link."""
    folder, _ = shipped
    syn = "tcp.flags.syn == 1 && tcp.flags.ack == 0"
    names = ("eth.src", "eth.dst", "ip.src", "ip.dst", "ip.ttl", "ip.checksum.status")
    seen = [
        fields(folder / f"{capture}.pcapng", syn, *names)
        for capture in ("yellow", "gw.eth0", "gw.eth1", "far.eth0", "far.eth1", "blue")
    ]
    macs = [f"02:00:00:00:00:0{n}" for n in range(1, 7)]
    pc, server, gw0, gw1, far0, far1 = macs
    ends = ["192.168.1.10", "172.16.9.20"]
    on_yellow = [pc, gw0, *ends, "64", "1"]
    on_line = [gw1, far0, *ends, "63", "1"]
    on_blue = [far1, server, *ends, "62", "1"]
    assert seen == [[on_yellow], [on_yellow], [on_line], [on_line], [on_blue], [on_blue]]


def test_mission_5_1_both_tables_are_shown(shipped: tuple[Path, list[Any]]) -> None:
    _, events = shipped
    printed = [" ".join(one["text"].split()) for one in said(events, "gw", "output")]
    assert "172.16.0.0 far 255.255.0.0 UG 0 eth1" in printed
    assert "pc (192.168.1.10) at 02:00:00:00:00:01 [ether] on eth0" in printed
    assert "far (10.0.0.2) at 02:00:00:00:00:05 [ether] on eth1" in printed


def test_traceroute_names_both_routers_by_the_addresses_they_answer_from(
    shipped: tuple[Path, list[Any]],
) -> None:
    _, events = shipped
    hops = [one["text"].split()[:3] for one in said(events, "pc", "output", program="traceroute")][1:]
    assert hops == [
        ["1", "gw", "(192.168.1.1)"],
        ["2", "far", "(10.0.0.2)"],
        ["3", "server", "(172.16.9.20)"],
    ]


@pytest.mark.needs("tshark")
def test_a_link_with_a_small_mtu_makes_the_server_send_shorter_segments(
    shipped: tuple[Path, list[Any]],
) -> None:
    """RFC 1191: the router refuses what must not be fragmented, and says what it takes."""
    folder, events = shipped
    (refusal,) = fields(
        folder / "blue.pcapng", "icmp.type == 3 && icmp.code == 4", "icmp.mtu", "ip.src", "ip.dst"
    )
    assert [part.split(",")[0] for part in refusal] == ["576", "172.16.9.1", "172.16.9.20"]
    lengths = [int(row[0]) for row in fields(folder / "gw.eth1.pcapng", "tcp", "ip.len")]
    assert max(lengths) == 576
    assert said(events, "far", "drop")[-1]["reason"].startswith("packet is too long for the next link")


NETWORKS = """\
title = "Two networks, a router, and a host on both"
[[host]]
name = "pc"
address = "192.168.1.10/24"
gateway = "192.168.1.1"
[[host]]
name = "both"
adapters = [{ address = "192.168.1.20/24" }, { address = "10.0.0.20/24" }]
[[host]]
name = "server"
address = "10.0.0.30/24"
gateway = "10.0.0.1"
[[router]]
name = "gw"
adapters = [{ address = "192.168.1.1/24" }, { address = "10.0.0.1/24", mtu = 300 }]
[[coax]]
name = "yellow"
length = "20 m"
taps = [{ at = "0 m", host = "pc" }, { at = "10 m", host = "gw.eth0" }, { at = "20 m", host = "both.eth0" }]
[[coax]]
name = "blue"
length = "20 m"
taps = [
    { at = "0 m", host = "server" },
    { at = "10 m", host = "gw.eth1" },
    { at = "20 m", host = "both.eth1" },
]
"""


def program(host: str, run: str, at: str) -> str:
    return f'[[program]]\nhost = "{host}"\nrun = "{run}"\nat = "{at}"\n'


@pytest.mark.needs("tshark")
def test_mission_5_3_the_routing_table_picks_the_adapter_and_so_the_source_address(tmp_path: Path) -> None:
    lan = tmp_path / "lan.toml"
    lan.write_text(
        NETWORKS
        + program("both", "ping -c 1 192.168.1.10", "1 ms")
        + program("both", "ping -c 1 10.0.0.30", "2 ms")
    )
    folder = tmp_path / "run"
    record(folder, lan)
    asked = [
        fields(folder / f"{cable}.pcapng", "icmp.type == 8", "eth.src", "ip.src", "ip.dst")
        for cable in ("yellow", "blue")
    ]
    assert asked == [
        [["02:00:00:00:00:02", "192.168.1.20", "192.168.1.10"]],
        [["02:00:00:00:00:03", "10.0.0.20", "10.0.0.30"]],
    ]


def test_a_host_on_two_networks_is_no_router(tmp_path: Path) -> None:
    """RFC 1122 section 3.1: only what is configured as a router forwards."""
    lan = tmp_path / "lan.toml"
    text = NETWORKS.replace('gateway = "192.168.1.1"', 'gateway = "192.168.1.20"')
    lan.write_text(text + program("pc", "ping -c 1 -W 0.1 10.0.0.30", "1 ms"))
    folder = tmp_path / "run"
    outcome = run(load(lan, lambda command: find(command)[0].service), Options(folder, "compiled", vcd=False))
    assert [str(failure) for failure in outcome.failures] != []
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert [one["reason"] for one in said(events, "both", "drop")] == ["not for this host"]
    assert not said(events, "both.eth1", "frame to adapter")


@pytest.mark.needs("tshark")
def test_a_long_datagram_is_cut_for_the_next_link_and_put_together_by_the_host(tmp_path: Path) -> None:
    lan = tmp_path / "lan.toml"
    lan.write_text(
        NETWORKS
        + program("server", "udp-echo-server", "0 ms")
        + program("pc", f"udp-echo 10.0.0.30 {'x' * 700}", "1 ms")
    )
    folder = tmp_path / "run"
    record(folder, lan)
    pieces = fields(
        folder / "blue.pcapng", "ip.src == 192.168.1.10", "ip.len", "ip.frag_offset", "ip.flags.mf"
    )
    assert [(int(length), int(offset) * 8) for length, offset, _ in pieces] == [
        (300, 0),
        (300, 280),
        (168, 560),
    ]
    assert [more in ("1", "True") for _, _, more in pieces] == [True, True, False]
    (whole,) = fields(folder / "yellow.pcapng", "udp && ip.dst == 10.0.0.30", "ip.len")
    assert whole == ["728"]


def test_a_detour_is_told_and_the_next_packet_goes_straight(tmp_path: Path) -> None:
    """RFC 1812 section 5.2.7.2: the neighbour is redirected; the packet itself goes on."""
    lan = tmp_path / "lan.toml"
    text = NETWORKS.replace('gateway = "192.168.1.1"', 'gateway = "192.168.1.20"')
    text = text.replace(
        '[[host]]\nname = "both"',
        '[[router]]\nname = "both"\nroutes = [{ to = "10.0.0.30/32", via = "192.168.1.1" }]',
    )
    lan.write_text(text + program("pc", "ping -c 2 -i 0.01 10.0.0.30", "1 ms"))
    events = record(tmp_path / "run", lan)
    assert len(said(events, "both", "packet forwarded", destination="10.0.0.30")) == 1
    assert len(said(events, "gw", "packet forwarded", destination="10.0.0.30")) == 2


def test_where_no_route_leads_the_router_says_so(tmp_path: Path) -> None:
    lan = tmp_path / "lan.toml"
    lan.write_text(NETWORKS + program("pc", "ping -c 1 172.16.0.1", "1 ms"))
    folder = tmp_path / "run"
    outcome = run(load(lan, lambda command: find(command)[0].service), Options(folder, "compiled", vcd=False))
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    printed = " ".join(one["text"] for one in said(events, "pc", "output"))
    assert "From 192.168.1.1 icmp_seq=1 Destination Net Unreachable" in printed
    assert not outcome.succeeded


def test_both_adapters_share_the_hosts_one_processor(tmp_path: Path) -> None:
    """A router that takes 1 ms for a frame takes two for two that arrive together, one at each adapter."""
    lan = tmp_path / "lan.toml"
    text = NETWORKS.replace(
        'name = "gw"', 'name = "gw"\nprocessing_latency = "1 ms"\nprocessing_time = "0 s"'
    )
    lan.write_text(
        text
        + program("pc", "ping -c 1 192.168.1.1", "1 ms")
        + program("server", "ping -c 1 10.0.0.1", "1 ms")
    )
    events = record(tmp_path / "run", lan)
    taken = [
        event["ps"]
        for event in events
        if event["where"].startswith("gw.") and event["kind"] == "frame received"
    ][:2]
    handed = [
        event["ps"] for event in events if (event["where"], event["kind"]) == ("gw", "request received")
    ]
    assert taken[1] - taken[0] < 1_000_000
    assert Counter(ps // 1_000_000_000 for ps in handed).keys() == {2, 3}
