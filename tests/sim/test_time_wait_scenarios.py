"""Mission 4.2: the accident that TIME-WAIT prevents, in the scenarios `no-time-wait` and `time-wait`."""

from dataclasses import replace
from pathlib import Path

from sim.api.load import load
from sim.api.network import Options, run
from sim.api.run import Run
from sim.os.outcome import Outcome

WHOLE = "60000 octets in 0.0"


def record(name: str, folder: Path, **hosts: str) -> tuple[Run, Outcome]:
    scenario = load(name)
    scenario = replace(scenario, hosts=tuple(replace(host, **hosts) for host in scenario.hosts))
    outcome = run(scenario, Options(folder))
    return Run(folder), outcome


def test_a_late_fin_ends_the_next_connection_without_the_wait(tmp_path: Path) -> None:
    recorded, outcome = record("no-time-wait", tmp_path / "run")
    first, late, *_ = recorded.find("segment received", where="pc", flags="FIN PSH ACK")
    assert first.fields == late.fields, "it is the same segment, which the link has delivered twice"
    assert len(recorded.find("connect", where="pc", error=None)) == 2
    (failed,) = outcome.failures
    assert "--local-port 50000" in str(failed)
    assert [line.startswith(WHOLE) for line in recorded.output("pc") if "sha256" in line] == [True]
    assert recorded.output("pc", "stderr")[-1].endswith("the connection ended 21714 octets early")
    (closed,) = (
        event for event in recorded.find("state", where="pc", new="CLOSE-WAIT") if event.ps > late.ps
    )
    assert closed.ps < recorded.events[-1].ps


def test_with_the_wait_what_is_late_is_outside_the_window(tmp_path: Path) -> None:
    recorded, outcome = record("time-wait", tmp_path / "run")
    assert outcome.succeeded
    assert sum(line.startswith(WHOLE) for line in recorded.output("pc")) == 2
    first, late, *_ = recorded.find("segment received", where="pc", flags="FIN PSH ACK")
    assert first.fields == late.fields
    dropped = recorded.find("drop", where="pc", layer="tcp", reason="outside the receive window")
    assert late.ps in {event.ps for event in dropped}
    last, above = (
        event.fields["seq"]
        for event in (late, recorded.find("segment sent", where="server", flags="SYN ACK")[-1])
    )
    assert isinstance(last, int) and isinstance(above, int) and last < above


def test_timestamps_would_prevent_it_too(tmp_path: Path) -> None:
    """RFC 7323 section 5: what is late has an old timestamp."""
    _, outcome = record("no-time-wait", tmp_path / "run", profile="linux")
    assert outcome.succeeded
