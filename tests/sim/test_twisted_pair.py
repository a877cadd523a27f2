"""Two hosts on a twisted pair: negotiation, a duplex mismatch, swapped wires, a pulled cable, captures."""

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hosts import changed, computer

from journal.event import Event
from sim.api.network import run
from sim.api.options import Options
from sim.scenario.faults import CableFault
from sim.scenario.model import Cable, Duplex, Program, Scenario

PC = computer("pc", "10.0.0.1/24", bytes.fromhex("020000000001"))
SERVER = computer("server", "10.0.0.2/24", bytes.fromhex("020000000002"))
PAIR = Cable("pair", 50_000, ("pc", "server"), medium="twisted pair")
MS = 1_000_000


def events(folder: Path, scenario: Scenario) -> list[Event]:
    told: list[Event] = []
    run(scenario, Options(folder, "auto", vcd=False, listeners=(told.append,)))
    return told


def of(told: list[Event], host: str, kind: str, layer: str = "driver") -> list[Event]:
    return [event for event in told if (event.where, event.layer, event.kind) == (host, layer, kind)]


def lan(pc: Duplex, server: Duplex, *programs: Program, **keys: Any) -> Scenario:
    hosts = (changed(PC, duplex=pc), changed(SERVER, duplex=server))
    return Scenario("pair", hosts, programs=programs, **{"cables": (PAIR,)} | keys)


def echo(host: str, peer: str, octets: int, at_ns: int) -> Program:
    return Program(host, f"udp-echo --tries 1 --timeout 0.002 {peer} {'x' * octets}", at_ns)


@pytest.mark.parametrize(
    ("pc", "server", "modes"),
    [
        ("auto", "auto", (True, True)),
        ("auto", "half", (False, False)),
        ("auto", "full", (False, True)),  # parallel detection: the mismatch
    ],
)
def test_28_the_duplex_mode_is_what_both_ends_agree_upon(
    tmp_path: Path, pc: Duplex, server: Duplex, modes: tuple[bool, bool]
) -> None:
    told = events(tmp_path, lan(pc, server, Program("pc", "ethtool", 0)))
    links = [of(told, host, "link up")[0].fields for host in ("pc", "server")]
    assert tuple(link["full_duplex"] for link in links) == modes
    assert tuple(link["negotiated"] for link in links) == (pc == server == "auto",) * 2
    assert tuple(link["negotiates"] for link in links) == (pc == "auto", server == "auto")
    lines = [str(event.fields["text"]).strip() for event in of(told, "pc", "output", "program")]
    assert f"Duplex: {'Full' if modes[0] else 'Half'}" in lines
    assert f"Auto-negotiation: {'on' if pc == 'auto' else 'off'}" in lines
    assert f"Link partner advertised auto-negotiation: {'Yes' if server == 'auto' else 'No'}" in lines
    assert "Port: Twisted Pair" in lines
    assert "Link detected: yes" in lines


def test_28_a_duplex_mismatch_is_late_collisions_here_and_bad_frames_there(tmp_path: Path) -> None:
    """pc negotiates without an answer and is in half duplex; server, forced to full, sends while pc does."""
    programs = (echo("pc", "10.0.0.2", 1000, MS), echo("server", "10.0.0.1", 5, 1_500_000))
    told = events(tmp_path, lan("auto", "full", *programs))
    assert "late collision" in [event.fields["reason"] for event in of(told, "pc", "frame lost")]
    assert not of(told, "server", "frame lost")
    bad = [event.fields["reason"] for event in of(told, "server", "received frame dropped")]
    assert bad
    assert set(bad) <= {"alignment error", "bad FCS"}, (
        "both are a bad FCS, with half an octet more or without"
    )


@pytest.mark.parametrize("correct", [True, False])
def test_14_swapped_wires_and_what_tells_of_them(tmp_path: Path, correct: bool) -> None:
    """In time, with link pulses; else not a frame is read, and timeline and ethtool say why."""
    cable = replace(PAIR, reversed=("server",), fidelity="pulses")
    hosts = (PC, changed(SERVER, polarity_correction=correct))
    programs = (
        Program("pc", "ping -c 1 -W 0.01 10.0.0.2", 300 * MS),
        Program("server", "ethtool", 310 * MS),
    )
    told = events(tmp_path, Scenario("pair", hosts, programs=programs, cables=(cable,)))
    assert len(of(told, "server", "polarity reversed", "phy")) == 1
    assert bool(of(told, "server", "frame received")) == correct
    assert "\tPolarity: reversed" in [
        event.fields["text"] for event in of(told, "server", "output", "program")
    ]


def test_a_pulled_cable_is_a_link_down_at_both_ends_until_it_is_back(tmp_path: Path) -> None:
    faults = (CableFault(2 * MS, "unplug", "server"), CableFault(600 * MS, "plug", "server"))
    programs = tuple(Program(host, "ethtool", at * MS) for host in ("pc", "server") for at in (3, 1000))
    told = events(
        tmp_path, lan("auto", "auto", *programs, echo("pc", "10.0.0.2", 9, 1100 * MS), faults=faults)
    )
    for host in ("pc", "server"):
        links = [
            (event.kind, event.ps // (1_000 * MS))
            for event in told
            if event.where == host and event.layer == "phy"
        ]
        assert links == [("link failed", 2), ("link passed", 600)]
        down, up = of(told, host, "link down")[0], of(told, host, "link up")[-1]
        assert 3 <= down.ps / (1_000 * MS) < 4, "ethtool looks"
        assert 600 < up.ps / (1_000 * MS) < 860, "one that is down is looked at"
        assert up.fields["full_duplex"]
        text = [str(event.fields["text"]) for event in of(told, host, "output", "program")]
        links = [line for line in text if "Link detected" in line]
        assert links == ["\tLink detected: no", "\tLink detected: yes"]
    assert of(told, "server", "frame received")


@pytest.mark.needs("tshark")
def test_a_pair_s_capture_has_both_directions_with_fcs(tmp_path: Path) -> None:
    scenario = lan("auto", "auto", Program("pc", "ping -c 1 10.0.0.2", 0))
    events(tmp_path, scenario)
    fields = ("-T", "fields", "-e", "frame.interface_name", "-e", "eth.fcs.status")
    command = ["tshark", "-o", "eth.check_fcs:TRUE", "-r", str(tmp_path / "pair.pcapng"), *fields]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert sorted(shown) == ["pair-pc\t1"] * 2 + ["pair-server\t1"] * 2  # ARP and echo, both ways
    uncaptured = replace(PAIR, capture=False)
    events(tmp_path / "none", lan("auto", "auto", Program("pc", "ethtool", 0), cables=(uncaptured,)))
    assert not (tmp_path / "none" / "pair.pcapng").exists()
