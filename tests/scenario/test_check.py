"""A scenario built in Python is held to the same rules as one from a file, and refused in the same words."""

import dataclasses
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import Any

import pytest
from hosts import changed, computer

from sim.api.network import run
from sim.api.options import Options
from sim.scenario.model import Coax, Program, Scenario, Tap
from sim.scenario.rules import ScenarioError

PC_MAC = bytes.fromhex("020000000001")
PC = computer("pc", "10.0.0.1/24", PC_MAC)
SERVER = computer("server", "10.0.0.2/24", bytes.fromhex("020000000002"))
YELLOW = Coax("yellow", 500_000, (Tap(0, "pc"), Tap(500_000, "server")))
PING = Program("pc", "ping 10.0.0.2")
GOOD = Scenario("Two", (PC, SERVER), (YELLOW,), (PING,), until_ns=1_000_000)


def server(**changes: Any) -> Scenario:
    return dataclasses.replace(GOOD, hosts=(PC, changed(SERVER, **changes)))


def yellow(**changes: Any) -> Scenario:
    return dataclasses.replace(GOOD, coaxes=(dataclasses.replace(YELLOW, **changes),))


def program(**changes: Any) -> Scenario:
    return dataclasses.replace(GOOD, programs=(dataclasses.replace(PING, **changes),))


BAD = [
    (dataclasses.replace(GOOD, seed=-1), "scenario: seed: is -1 and must be from 0"),
    (dataclasses.replace(GOOD, until_ns=0), "scenario: until: must be above 0"),
    (dataclasses.replace(GOOD, hosts=()), "scenario: host: is missing"),
    (server(name="pc"), 'host "pc": name: "pc" is already taken'),
    (server(name="a b"), 'host "a b": name: "a b" must be 1 to 63 letters'),
    (server(address=IPv4Interface("10.0.0.0/24")), 'host "server": address: 10.0.0.0 is the network or'),
    (server(mac=bytes(5)), 'host "server": mac: "00:00:00:00:00" is not six octets'),
    (server(mac=b"\x01" + bytes(5)), 'host "server": mac: 01:00:00:00:00:00 has the group bit set'),
    (server(station_address=bytes(6)), 'host "server": station_address: 00:00:00:00:00:00 is all zeros'),
    (server(gateway=IPv4Address("10.0.1.1")), 'host "server": gateway: 10.0.1.1 must be another address'),
    (server(crystal_ppm=100.5), 'host "server": crystal_ppm: is 100.5 and must be from -100 to 100'),
    (server(crystal_ppm=float("nan")), 'host "server": crystal_ppm: is nan and must be from -100 to 100'),
    (server(duplex="both"), 'host "server": duplex: is "both" and must be "auto" or "half" or "full"'),
    (server(flow_control=True), 'host "server": flow_control: needs duplex = "full"'),
    (
        server(late_collision_origin="x"),
        'host "server": late_collision_origin: is "x" and must be "preamble"',
    ),
    (server(interrupt_latency_ns=-1), 'host "server": interrupt_latency: must not be negative'),
    (server(processing_latency_ns=-1), 'host "server": processing_latency: must not be negative'),
    (server(frames_in_flight=0), 'host "server": frames_in_flight: is 0 and must be from 1 to 4'),
    (server(processing_time_ns=-1), 'host "server": processing_time: must not be negative'),
    (server(clock_ppm=500.1), 'host "server": clock_ppm: is 500.1 and must be from -500 to 500'),
    (server(clock_offset_ns=10**19), 'host "server": clock_offset: is more than 50 years'),
    (server(link_poll_ns=999_999), 'host "server": link_poll: must be at least 1 ms'),
    (yellow(name="pc"), 'coax "pc": name: "pc" is already taken'),
    (yellow(length_mm=10_000_001), 'coax "yellow": length: must be above 0 and at most 10 km'),
    (yellow(taps=()), 'coax "yellow": taps: is missing or empty'),
    (
        yellow(taps=(Tap(2_600, "pc"),)),
        'coax "yellow": at: is off the 2.5 m marks; the mark before it is 2.5 m',
    ),
    (yellow(taps=(Tap(0, "cp"),)), 'coax "yellow": host: there is no host "cp"; hosts: pc, server'),
    (yellow(taps=(Tap(0, "pc"),)), 'host "server": name: "server" is on no cable'),
    (yellow(taps=(Tap(0, "pc"), Tap(2_500, "pc"))), 'coax "yellow": host: "pc" is already on "yellow"'),
    (yellow(taps=(Tap(0, "pc", transmit_loss=3),)), 'coax "yellow": transmit_loss: is 3 and must be from 0'),
    (
        yellow(taps=(Tap(0, "pc", receive_loss=6),)),
        'coax "yellow": receive_loss: is 6 and must be from 0 to 5',
    ),
    (yellow(taps=(Tap(0, "pc", jitter_ns=19),)), 'coax "yellow": jitter: is 19 ns and must be from 0 to 18'),
    (yellow(taps=(Tap(0, "pc", jitter_ns=-1),)), 'coax "yellow": jitter: is -1 ns and must be from 0 to 18'),
    (program(host="cp"), 'program "ping 10.0.0.2": host: there is no host "cp"'),
    (program(run="pong"), "program \"pong\": run: there is no program 'pong'"),
    (program(at_ns=-1), 'program "ping 10.0.0.2": at: must not be negative'),
]


@pytest.mark.parametrize(("scenario", "words"), BAD, ids=[words for _, words in BAD])
def test_a_broken_rule_is_one_sentence_before_anything_runs(
    scenario: Scenario, words: str, tmp_path: Path
) -> None:
    with pytest.raises(ScenarioError) as caught:
        run(scenario, Options(tmp_path / "run"))
    assert str(caught.value).startswith(words)
    assert not (tmp_path / "run").exists()
