"""Full duplex, duplex mismatches, and PAUSE from driver to driver, on both engines."""

import socket
import time
from pathlib import Path
from typing import Any

import pytest
from hosts import changed, computer

from journal.event import Event
from sim import Job, Lan
from sim.api.network import run
from sim.api.options import Options
from sim.scenario.model import Cable, Coax, Program, Scenario, Switch, Tap

PC = computer("pc", "10.0.0.1/24", bytes.fromhex("020000000001"))
SERVER = computer("server", "10.0.0.2/24", bytes.fromhex("020000000002"))
FULL = [changed(host, duplex="full") for host in (PC, SERVER)]
YELLOW = Coax("yellow", 500_000, (Tap(0, "pc"), Tap(500_000, "server")))
CROSSOVER = Cable("crossover", 5_000, ("pc", "server"))


@pytest.fixture(params=["myhdl", "compiled"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def events(folder: Path, engine: str, scenario: Scenario) -> list[Event]:
    told: list[Event] = []
    run(scenario, Options(folder, engine, vcd=False, listeners=(told.append,)))
    return told


def of(told: list[Event], host: str, kind: str) -> list[Event]:
    return [event for event in told if (event.where, event.kind) == (host, kind)]


def echo(host: str, peer: str, octets: int, at_ns: int) -> Program:
    """A datagram to a port that no socket has: one frame of that many octets of data, and an answer."""
    return Program(host, f"udp-echo --tries 1 --timeout 0.002 {peer} {'x' * octets}", at_ns)


@pytest.mark.parametrize(("engine", "retry"), [("myhdl", False), ("compiled", False), ("compiled", True)])
def test_a_duplex_mismatch_ends_in_late_collisions(tmp_path: Path, engine: str, retry: bool) -> None:
    """The server neither defers nor detects collisions; pc is in the middle of a long frame when it sends."""
    pc = changed(PC, late_collision_retry=retry)
    programs = (echo("pc", "10.0.0.2", 1000, 1_000_000), echo("server", "10.0.0.1", 5, 1_500_000))
    told = events(tmp_path, engine, Scenario("mismatch", (pc, FULL[1]), (YELLOW,), programs))
    assert [event.fields["reason"] for event in of(told, "pc", "frame lost")] == ["late collision"] * (
        not retry
    )
    long = [event for event in of(told, "server", "frame received") if event.fields["octets"] == 1042]
    assert len(long) == retry
    assert sum(int(str(event.fields["collisions"])) for event in of(told, "server", "frame sent")) == 0


def test_in_full_duplex_both_send_at_once_and_nobody_collides(tmp_path: Path, engine: str) -> None:
    programs = (echo("pc", "10.0.0.2", 900, 1_000_000), echo("server", "10.0.0.1", 900, 1_300_000))
    told = events(tmp_path, engine, Scenario("full", tuple(FULL), (), programs, cables=(CROSSOVER,)))
    spans = {
        host: [
            (begin.ps, end.ps)
            for begin, end in zip(
                of(told, host, "transmission begins"), of(told, host, "transmission ends"), strict=True
            )
            if end.ps - begin.ps > 700_000_000
        ]
        for host in ("pc", "server")
    }
    (pc,), (server,) = spans["pc"], spans["server"]
    assert max(pc[0], server[0]) < min(pc[1], server[1])  # they overlap
    for host in ("pc", "server"):
        assert [event.fields["octets"] for event in of(told, host, "frame received")].count(942) == 1
        assert not of(told, host, "collision detected")
        assert not of(told, host, "frame lost")


def flood(folder: Path, engine: str, pings: int, *, flow_control: bool) -> list[Event]:
    """pc pings every millisecond, and the server's processor takes two for each."""
    pc, server = [changed(host, flow_control=flow_control) for host in FULL]
    server = changed(server, processing_latency_ns=2_000_000)
    ping = Program("pc", f"ping -c {pings} -i 0.001 10.0.0.2", 1_000_000)
    return events(folder, engine, Scenario("flood", (pc, server), (), (ping,), cables=(CROSSOVER,)))


def test_a_slow_host_lets_its_peer_pause_and_go_on(tmp_path: Path, engine: str) -> None:
    told = flood(tmp_path, engine, 16, flow_control=True)
    (asked,) = of(told, "server", "peer asked to pause")
    (resumed,) = of(told, "server", "peer may go on")
    obeyed = [event.ps for event in of(told, "pc", "interrupt acknowledged") if "RXC" in str(event.fields)]
    assert len(obeyed) == 2
    assert asked.ps < obeyed[0] < resumed.ps < obeyed[1]
    begun = [event.ps for event in of(told, "pc", "transmission begins")]
    assert [ps for ps in begun if obeyed[0] < ps < resumed.ps] == []
    assert [ps for ps in begun if ps > resumed.ps]
    assert len(of(told, "server", "frame received")) == len(of(told, "pc", "frame sent")) >= 16
    assert not of(told, "server", "frame missed")


def test_without_flow_control_a_slow_host_misses_frames_and_with_it_none(tmp_path: Path) -> None:
    freely = flood(tmp_path / "freely", "compiled", 80, flow_control=False)
    assert of(freely, "server", "frame missed")
    assert len(of(freely, "server", "frame received")) < len(of(freely, "pc", "frame sent"))
    paused = flood(tmp_path / "paused", "compiled", 80, flow_control=True)
    assert not of(paused, "server", "frame missed")
    assert len(of(paused, "server", "frame received")) == len(of(paused, "pc", "frame sent")) > 80


def test_a_station_and_a_switch_that_negotiate_have_full_duplex_both(tmp_path: Path, engine: str) -> None:
    """A port announces itself from the beginning. Both send at once and lose nothing."""
    scenario = Scenario(
        "switch",
        (PC, SERVER),
        programs=(echo("pc", "10.0.0.2", 900, 1_000_000), echo("server", "10.0.0.1", 900, 1_000_000)),
        switches=(Switch("switch", 2),),
        cables=(Cable("a", 10_000, ("pc", "switch.1")), Cable("b", 10_000, ("server", "switch.2"))),
        until_ns=3_000_000,
    )
    told = events(tmp_path, engine, scenario)
    for host in ("pc", "server"):
        assert [event.fields["full_duplex"] for event in of(told, host, "link up")] == [True]
        assert [event.fields["octets"] for event in of(told, host, "frame received")].count(942) == 1
        assert not of(told, host, "frame lost")


def send_and_receive(sock: socket.socket, at_s: float) -> None:
    """Send one full segment at `at_s`, and take one."""
    time.sleep(at_s - time.monotonic())
    sock.sendall(bytes(1460))
    left = 1460
    while left:
        left -= len(sock.recv(left))


def serve() -> float:
    with socket.create_server(("", 80)) as listener, listener.accept()[0] as sock:
        send_and_receive(sock, 0.0994)
        return time.monotonic()


def call() -> float:
    with socket.create_connection(("server", 80)) as sock:
        send_and_receive(sock, 0.1)
        return time.monotonic()


def over_a_mismatch(folder: Path, seed: int, **keys: Any) -> list[Job]:
    """Two hosts that send at nearly the same time; the switch's port at `pc` is full duplex, `pc` is not.

    What the switch has for `pc` comes 0.5 ms after `pc` has begun, and is lost with what `pc` sends: both
    ends time out, at the same time.
    """
    lan = Lan(seed=seed, folder=folder)
    lan.host("pc", address="10.0.0.1/24", duplex="half", **keys)
    lan.host("server", address="10.0.0.2/24", duplex="full", **keys)
    lan.switch("switch", 2, duplex="full")
    lan.cable("a", "10 m", ["pc", "switch.1"])
    lan.cable("b", "10 m", ["server", "switch.2"])
    jobs = [lan.program("server", serve), lan.program("pc", call, at="20 ms")]
    assert lan.run(engine="compiled", check=False).find("frame lost", where="pc", reason="late collision")
    return jobs


def test_ideal_computers_whose_time_outs_collide_once_collide_each_time(tmp_path: Path) -> None:
    """And give up when nine retransmissions have: 1 + 2 + 4 … + 60 s (RFC 9293 section 3.8.3, R2)."""
    for job in over_a_mismatch(tmp_path, 1, clock_ppm=0, processing_time="0 s"):
        with pytest.raises(TimeoutError):
            job.result()


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 21))])
def test_time_outs_of_ordinary_computers_do_not_stay_in_step(tmp_path: Path, seed: int) -> None:
    ended = [job.result() for job in over_a_mismatch(tmp_path, seed)]
    assert all(1 < at_s < 10 for at_s in ended), ended  # they did collide, and soon did not
