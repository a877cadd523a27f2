"""Mission row 5.6: a repeater hub is one wire as a star. A web page over it, and who received what."""

import json
from collections import Counter
from pathlib import Path

import pytest
import pywellen
from hosts import computer

from sim.api.network import run
from sim.api.options import Options
from sim.apps.registry import find
from sim.record.summary import Summary
from sim.scenario.faults import CableFault
from sim.scenario.loader import load
from sim.scenario.model import Cable, Hub, Program, Scenario
from sim.scenario.shipped import scenario_path

STAR = """\
[[host]]
name = "third"
address = "192.168.1.30/24"

[[hub]]
name = "hub"
ports = 4
"""


def star(folder: Path) -> Path:
    """The shipped web page, its coax replaced by a hub to which a third host has a cable too."""
    before, coax, after = scenario_path("web").read_text(encoding="utf-8").partition("[[coax]]")
    assert coax
    text = before + STAR
    for port, host in enumerate(("pc", "server", "third"), start=1):
        text += (
            f'[[cable]]\nname = "c{port}"\nlength = "{40 * port - 20} m"\nends = ["{host}", "hub.{port}"]\n'
        )
    path = folder / "web.toml"
    path.write_text(text + after[after.index("[[program]]") :])
    return path


def test_everyone_hears_everything_and_only_the_addressed_one_takes_it(tmp_path: Path) -> None:
    scenario = load(star(tmp_path), lambda command: find(command)[0].service)
    outcome = run(scenario, Options(tmp_path / "run", "auto", True))
    assert outcome.succeeded, outcome
    events = [json.loads(line) for line in (tmp_path / "run" / "events.jsonl").read_text().splitlines()]
    assert any("200 OK" in str(event["fields"].get("text")) for event in events)
    assert {event["fields"]["port"] for event in events if event["kind"] == "repeats"} == {1, 2}

    signals = {
        var.full_name: var.signal for var in pywellen.Waveform(str(tmp_path / "run" / "waves.vcd")).all_vars()
    }
    heard = [len(signals[f"hub.port{port}.aui_do"]) for port in (1, 2, 3, 4)]
    assert heard[3] <= 1  # no cable
    assert heard[0] + heard[1] > 10_000
    assert abs(heard[0] + heard[1] - heard[2]) < 100

    waveform = pywellen.Waveform(str(tmp_path / "run" / "waves.vcd"))
    (doing,) = [var for var in waveform.all_vars() if var.full_name == "hub.port1.doing"]
    words = [word for _, word in doing.signal]
    assert {"IN", "OUT"} <= set(words) <= {"IDLE", "IN", "OUT"}
    assert words.count("IN") == sum(
        e["kind"] == "frame repeated" and e["fields"]["port"] == 1 for e in events
    )

    taken = Counter(event["where"] for event in events if event["kind"] == "frame received")
    assert taken["third"] == 1  # ARP's question, a broadcast
    assert taken["pc"] > 5
    assert taken["server"] > 5


@pytest.mark.slow
def test_a_cable_pulled_in_the_middle_of_a_frame(tmp_path: Path) -> None:
    """The frame is lost, and the station knows; the others' traffic goes on, and afterwards its own."""
    hosts = tuple(
        computer(name, f"10.0.0.{n}/24", bytes([2, 0, 0, 0, 0, n]))
        for n, name in enumerate(("one", "two", "three"), start=1)
    )
    scenario = Scenario(
        "Pulled",
        hosts,
        programs=(Program("three", "ping -c 1 10.0.0.1"), Program("one", "ping -c 1 10.0.0.2", 100_000)),
        cables=tuple(
            Cable(f"c{n}", 10_000, (host.name, f"hub.{n}")) for n, host in enumerate(hosts, start=1)
        ),
        hubs=(Hub("hub", 4),),
        faults=(CableFault(30_000, "unplug", "three"), CableFault(1_000_000, "plug", "three")),
    )
    outcome = run(scenario, Options(tmp_path, "auto", False))
    assert outcome.succeeded, outcome
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    (lost,) = [event for event in events if event["kind"] == "frame lost"]
    assert (lost["where"], lost["fields"]["reason"]) == ("three", "carrier lost")
    replies = [event["where"] for event in events if event["kind"] == "echo reply received"]
    assert replies == ["one", "three"]


@pytest.mark.slow
def test_a_broken_coax_on_a_port_is_partitioned_and_joined_again(tmp_path: Path) -> None:
    """The shipped scenario. Whoever is on the twisted pairs goes on; all is well after the repair."""
    scenario = load(scenario_path("partition"), lambda command: find(command)[0].service)
    summary = Summary()
    outcome = run(scenario, Options(tmp_path, "auto", False, listeners=(summary,)))
    assert outcome.succeeded, outcome
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    partitions = [
        event for event in events if event["kind"].startswith("port ") and event["kind"] != "port collision"
    ]
    (out, back) = partitions
    assert (out["kind"], out["fields"]["port"], back["kind"]) == ("port partitioned", 3, "port joined again")
    broken, mended = (fault.at_ns * 1000 for fault in scenario.faults)
    assert broken < out["ps"] < mended < back["ps"]
    answered = [(e["where"], e["ps"]) for e in events if e["kind"] == "echo reply received"]
    assert [where for where, ps in answered if ps < broken] == ["left", "far"]
    assert [where for where, ps in answered if out["ps"] < ps < mended] == ["left"]
    assert [where for where, ps in answered if ps > mended] == ["left", "far"]
    ports = summary.counts["hub"].record()
    assert (ports["hub.3"]["partitions"], ports["hub.3"]["partitioned"]) == (1, False)
    assert ports["hub.2"].keys() == {"frames", "partitioned"}
    assert f"hub.2: {ports['hub.2']['frames']} frames" in summary.lines(outcome, tmp_path)
