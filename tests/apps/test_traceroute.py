"""`traceroute` and `ping` through simulated routers."""

# ruff: noqa: ANN001, ANN002, ANN201, ANN202

import re
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from random import Random

import pytest
from link_network import Lossy

from sim.apps.registry import find
from sim.engine.quiet import QuietEngine
from sim.os.kernel import Kernel
from sim.os.link import Link
from sim.python import install
from stack.parameters import Parameters

EVERYWHERE = IPv4Network("0.0.0.0/0")


def run(*commands, lost=lambda frame: False):
    """Run commands on a (10.1.0.1) – r1 – r2 – b (10.3.0.2): what a printed, and the outcome."""
    events = []
    with Kernel(QuietEngine(), events.append, install) as kernel:
        hosts = {}
        for name in ("a", "r1", "r2", "b"):
            parameters = Parameters(forwarding=name.startswith("r"))
            hosts[name] = kernel.add_host(name, Random(name), parameters)
        ends = [("a", "10.1.0.1"), ("r1", "10.1.0.254"), ("r1", "10.2.0.1"), ("r2", "10.2.0.2")]
        ends += [("r2", "10.3.0.254"), ("b", "10.3.0.2")]
        interfaces = {}
        for number, (host, address) in enumerate(ends):
            if number % 2 == 0:
                link = Link(kernel, ways=Lossy(lost))
            device = link.device(bytes((2, 0, 0, 0, 0, number + 1)))
            name = f"eth{len(hosts[host].devices)}"
            interfaces[address] = hosts[host].attach(device, IPv4Interface(f"{address}/24"), name)
        for host, by, gateway in (
            ("a", "10.1.0.1", "10.1.0.254"),
            ("b", "10.3.0.2", "10.3.0.254"),
            ("r1", "10.2.0.1", "10.2.0.2"),
            ("r2", "10.2.0.2", "10.2.0.1"),
        ):
            hosts[host].stack.routes.add(EVERYWHERE, interfaces[by], IPv4Address(gateway))
        for number, line in enumerate(commands):
            host, _, rest = line.rpartition(": ")
            program, words = find(rest)
            hosts[host or "a"].spawn(
                words, program.main, at_ns=number * 1_000_000_000, service=program.service
            )
        outcome = kernel.run()
    lines = [e.fields["text"] for e in events if (e.layer, e.kind, e.where) == ("program", "output", "a")]
    return lines, outcome


def without_times(lines):
    return [re.sub(r"\d+\.\d{3} ms", "T", line) for line in lines]


@pytest.mark.parametrize("option", ["", "-I "])
def test_every_router_answers_by_name(option):
    lines, outcome = run(f"traceroute {option}b")
    assert outcome.succeeded
    assert without_times(lines) == [
        "traceroute to b (10.3.0.2), 30 hops max, 60 byte packets",
        " 1  r1 (10.1.0.254)  T  T  T",
        " 2  r2 (10.2.0.2)  T  T  T",
        " 3  b (10.3.0.2)  T  T  T",
    ]
    times = [[float(time) for time in re.findall(r"(\d+\.\d{3}) ms", line)] for line in lines[1:]]
    assert times[0][2] < times[1][2] < times[2][2]  # without the first, which waits for ARP


def test_numbers_only_and_one_probe():
    lines, _ = run("traceroute -n -q 1 10.3.0.2")
    assert without_times(lines)[1:] == [" 1  10.1.0.254  T", " 2  10.2.0.2  T", " 3  10.3.0.2  T"]


def test_the_hops_are_limited():
    lines, outcome = run("traceroute -n -m 2 b")
    assert len(lines) == 3
    assert [failure.reason for failure in outcome.failures] == ["exit status 1"]


def test_a_lost_probe_is_a_star():
    probes = []

    def second_probe(frame):
        if frame[12:14] == b"\x08\x00" and frame[23] == 17 and frame[26:30] == bytes([10, 1, 0, 1]):
            probes.append(frame)
        return len(probes) == 2 and frame is probes[-1]

    lines, _ = run("traceroute -n -w 0.5 b", lost=second_probe)
    assert without_times(lines)[1] == " 1  10.1.0.254  T  *  T"


def test_a_host_that_is_not_there_ends_the_way():
    lines, outcome = run("traceroute -n 10.3.0.77")
    assert without_times(lines)[-1] == " 3  10.2.0.2  T !H  T !H  T !H" and not outcome.succeeded


def test_a_network_without_a_route_goes_round_until_it_is_too_old():
    lines, outcome = run("traceroute -n -q 1 -m 5 10.9.9.9")
    # RFC 1812 section 4.3.2.4: a router complains by the address that is nearest to whom it complains to.
    assert [line.split()[1] for line in lines[1:]] == ["10.1.0.254", "10.2.0.2"] * 2 + ["10.1.0.254"]
    assert not outcome.succeeded


@pytest.mark.parametrize("option", ["", "-I "])
def test_a_host_without_a_route_says_so_at_once(option):
    lines, outcome = run("route del 0.0.0.0/0", f"traceroute {option}10.9.9.9")
    assert lines[-1] == "traceroute: 10.9.9.9: Network is unreachable"
    assert [failure.reason for failure in outcome.failures] == ["exit status 1"]


def test_unknown_names_and_wrong_options():
    _, outcome = run("traceroute nix")
    assert [failure.reason for failure in outcome.failures] == ["exit status 2"]
    for line, words in (("traceroute", "HOST"), ("traceroute -m 0 b", "not between 1 and 255")):
        with pytest.raises(ValueError, match=words):
            find(line)


def test_ping_tells_who_complained():
    lines, outcome = run("ping -c 2 10.3.0.77")
    assert "From 10.2.0.2 icmp_seq=1 Destination Host Unreachable" in lines
    assert "2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 1000ms" in lines
    assert not outcome.succeeded


@pytest.mark.parametrize("address", ["10.1.0.254", "10.2.0.1"])
def test_rfc2181_4_a_name_server_answers_from_the_address_that_was_asked(address):
    lines, outcome = run("r1: dns-server", f"dig @{address} b.lan")
    assert outcome.succeeded and "b.lan. 3600 IN A 10.3.0.2" in lines
    assert lines[-1] == f";; SERVER: {address}#53(UDP)"
