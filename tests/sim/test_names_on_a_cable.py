"""A page by a name that only the DNS knows, over the hardware, judged by tshark."""

import json
import subprocess
from pathlib import Path

import pytest

from sim.api.network import run
from sim.api.options import Options
from sim.apps.registry import find
from sim.scenario.loader import load

SCENARIO = """\
title = "A page by name"

[[host]]
name = "pc"
address = "192.168.1.10/24"
nameserver = "192.168.1.53"
search = "lan"
profile = "linux"

[[host]]
name = "server"
address = "192.168.1.20/24"

[[host]]
name = "dns"
address = "192.168.1.53/24"

[[coax]]
name = "yellow"
length = "100 m"
taps = [{ at = "0 m", host = "pc" }, { at = "50 m", host = "server" }, { at = "100 m", host = "dns" }]

[[fault]]
at = "0.9 ms"
what = "unplug"
host = "dns"

[[fault]]
at = "4 s"
what = "plug"
host = "dns"

[[program]]
host = "server"
run = "web-server"

[[program]]
host = "dns"
run = 'dns-server --record "www CNAME server"'

[[program]]
host = "pc"
run = "browse http://www/"
at = "1 ms"
"""


@pytest.mark.needs("tshark")
def test_mission_6_1_the_resolver_asks_again_and_linux_offers_timestamps(tmp_path: Path) -> None:
    """The name server's cable is out for four seconds, longer than ARP waits for it."""
    file = tmp_path / "dns.toml"
    file.write_text(SCENARIO)
    scenario = load(file, lambda command: find(command)[0].service)
    outcome = run(scenario, Options(tmp_path / "run", "auto", False))
    assert outcome.succeeded, outcome
    events = [json.loads(line) for line in (tmp_path / "run" / "events.jsonl").read_text().splitlines()]
    assert any("200 OK" in str(event["fields"].get("text")) for event in events)
    told = [(event["kind"], event["fields"]["name"]) for event in events if event["layer"] == "dns"]
    assert told == [
        ("question", "www.lan"),
        ("next server", "www.lan"),
        ("question", "www.lan"),
        ("answer", "www.lan"),
    ]
    capture = tmp_path / "run" / "pc.pcapng"
    fields = ("dns.qry.name", "dns.a", "tcp.options.timestamp.tsval")
    shown = subprocess.run(
        ["tshark", "-r", capture, "-Y", "dns or tcp.flags.syn==1", "-T", "fields"]
        + [word for field in fields for word in ("-e", field)],
        capture_output=True,
        text=True,
        check=True,
    )
    *queries, syn, answer = [line.split("\t") for line in shown.stdout.splitlines()]
    assert queries == [["www.lan", "", ""], ["www.lan", "192.168.1.20", ""]]
    assert syn[:2] == answer[:2] == ["", ""] and syn[2] and answer[2]
