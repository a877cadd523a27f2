"""What a scenario says of a host, and what its adapter does with frames, as both engines show it."""

from pathlib import Path

import pytest
from hosts import changed, computer

from journal.event import Event
from sim.api.network import run
from sim.api.options import Options
from sim.scenario.model import Coax, Host, Program, Scenario, Tap

PC = computer("pc", "10.0.0.1/24", bytes.fromhex("020000000001"))
EXACT = {"clock_ppm": 0.0, "processing_time_ns": 0}
"""Where a key of the server is measured to the nanosecond."""
SERVER = computer("server", "10.0.0.2/24", bytes.fromhex("020000000002"), **EXACT)
THIRD = computer("third", "10.0.0.3/24", bytes.fromhex("020000000003"))
YELLOW = Coax("yellow", 500_000, (Tap(0, "pc"), Tap(500_000, "server")))
PING = Program("pc", "ping -c 1 10.0.0.2", 1_000_000)


@pytest.fixture(params=["myhdl", "compiled"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def events(folder: Path, engine: str, server: Host, *programs: Program) -> list[Event]:
    told: list[Event] = []
    scenario = Scenario("two", (PC, server), (YELLOW,), programs, until_ns=100_000_000)
    outcome = run(scenario, Options(folder, engine, vcd=False, listeners=(told.append,)))
    assert outcome.succeeded, outcome
    return told


def test_mission_5_6_and_5_10_only_the_addressed_station_takes_a_frame(tmp_path: Path, engine: str) -> None:
    told: list[Event] = []
    coax = Coax("yellow", 500_000, (*YELLOW.taps, Tap(250_000, "third")))
    scenario = Scenario("three", (PC, SERVER, THIRD), (coax,), (PING,))
    assert run(scenario, Options(tmp_path, engine, vcd=False, listeners=(told.append,))).succeeded
    assert len(of(told, "third", "foreign frame ignored")) == 3  # ARP reply, echo request, echo reply
    assert len(of(told, "third", "frame received")) == 1  # ARP's question to everybody
    for host in ("pc", "server"):
        assert not of(told, host, "foreign frame ignored")
        handler = ["interrupt raised", "interrupt begins", "interrupt acknowledged", "frame received"]
        taken = [event.kind for event in told if event.where == host and event.kind in handler]
        assert "".join(f"{kind} " for kind in handler) in "".join(f"{kind} " for kind in taken)


def of(told: list[Event], host: str, kind: str) -> list[Event]:
    return [event for event in told if (event.where, event.kind) == (host, kind)]


@pytest.mark.parametrize(("engine", "latency_ns"), [("myhdl", 37_123), ("compiled", 37_123), ("compiled", 0)])
def test_interrupt_latency_begins_with_irq(tmp_path: Path, engine: str, latency_ns: int) -> None:
    server = changed(SERVER, interrupt_latency_ns=latency_ns)
    told = events(tmp_path, engine, server, PING)
    raised = [event.ps for event in of(told, "server", "interrupt raised")]
    begun = [event.ps for event in of(told, "server", "interrupt begins")]
    assert begun == [ps if not latency_ns else 1000 * (-(-ps // 1000) + latency_ns) for ps in raised]
    assert len(begun) >= 4  # two frames taken, two sent


def test_processing_latency_is_between_driver_and_stack(tmp_path: Path, engine: str) -> None:
    server = changed(SERVER, processing_latency_ns=123_456)
    told = events(tmp_path, engine, server, PING)
    taken = [event.ps for event in of(told, "server", "frame received")]
    seen = [
        event.ps for event in of(told, "server", "request received") + of(told, "server", "packet received")
    ]
    assert seen == [1000 * (-(-ps // 1000) + 123_456) for ps in taken]
    (reply,) = of(told, "server", "echo reply sent")
    (answer,) = [e for e in of(told, "server", "frame to adapter") if e.fields["octets"] == 98]
    assert reply.ps == answer.ps == seen[1]


def test_mission_5_7_a_station_address_overrides_the_rom(tmp_path: Path, engine: str) -> None:
    given = bytes.fromhex("020000c0ffee")
    told = events(tmp_path, engine, changed(SERVER, station_address=given), PING)
    assert of(told, "server", "address read")[0].fields["rom"] == "02:00:00:00:00:02"
    assert of(told, "server", "address written")[0].fields["mac"] == given.hex(":")
    assert [event.fields["mac"] for event in of(told, "pc", "resolved")] == [given.hex(":")]
    assert of(told, "pc", "echo reply received")
    frames = [event for event in told if (event.layer, event.kind) == ("coax", "frame")]
    assert {event.fields["source"] for event in frames} == {"02:00:00:00:00:01", given.hex(":")}


def test_a_receive_clock_that_runs_is_the_same_on_both_engines(tmp_path: Path) -> None:
    server = changed(SERVER, receive_clock_runs=True)
    myhdl, compiled = (events(tmp_path / engine, engine, server, PING) for engine in ("myhdl", "compiled"))
    assert myhdl == compiled
    assert of(myhdl, "server", "frame received")
