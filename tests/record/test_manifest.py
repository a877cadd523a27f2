"""`run.json`: who and what is in the network, how the run ended (docs/running.md, the table of files)."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sim import Lan
from sim.api.load import load
from sim.api.network import Network
from sim.api.options import Options
from sim.record.folder import prepare_folder
from sim.record.manifest import FORMAT, Coax, Tap, read_manifest, write_manifest
from sim.record.reading import ReadingError
from sim.record.survey import survey

pytestmark = pytest.mark.usefixtures("on_compiled")


def fetch() -> None:
    raise ValueError("no page")


def test_it_says_who_and_what_is_in_the_network(tmp_path: Path) -> None:
    scenario = load("ping")
    write_manifest(tmp_path, survey(scenario))
    read = read_manifest(tmp_path)
    assert read == survey(scenario)
    assert (read.scenario, read.seed, read.title) == ("ping", scenario.seed, scenario.title)
    pc, server = read.network.hosts
    (interface,) = pc.interfaces
    assert (interface.name, interface.end, interface.address) == ("eth0", "pc", "192.168.1.10/24")
    assert (interface.mac, server.name) == ("02:00:00:00:00:01", "server")
    yellow = Coax(
        "yellow", "10BASE5", 100_000, 4_330, ("left", "right"), (Tap(0, "pc"), Tap(100_000, "server"))
    )
    assert read.network.coaxes == (yellow,)


def test_routers_hubs_switches_and_cables(tmp_path: Path) -> None:
    write_manifest(tmp_path, survey(load("office")))
    office = read_manifest(tmp_path).network
    ends = {interface.end for host in office.hosts for interface in host.interfaces}
    ends |= {f"{box.name}.{port}" for box in office.boxes for port in range(1, box.ports + 1)}
    assert ends >= {end for cable in office.cables for end in cable.ends} != set()
    assert {cable.kind for cable in office.cables} == {"twisted pair"}
    routed = survey(load("router")).network
    routers = [host for host in routed.hosts if host.forwarding]
    for router in routers:
        assert [one.end for one in router.interfaces] == [
            f"{router.name}.{one.name}" for one in router.interfaces
        ]
    addresses = [one.address.split("/")[0] for router in routers for one in router.interfaces]
    (route,) = routed.hosts[0].routes
    assert route.destination == "0.0.0.0/0" and route.gateway in addresses


def test_it_has_no_end_while_the_run_goes_on_and_one_afterwards(tmp_path: Path) -> None:
    lan = Lan(folder=tmp_path / "run")
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24")
    lan.link(delay="1 ms", loss=0.25)
    lan.program("pc", fetch, at="1 ms")
    with lan.start() as network:
        network.run_for("500 us")
        assert read_manifest(tmp_path / "run").ended is None
        network.run()
    read = read_manifest(tmp_path / "run")
    assert read.ended is not None and read.network.link is not None
    assert (read.ended.ending, read.ended.status) == ("done", 1)
    assert read.ended.failures == ("pc: fetch(): ValueError: no page at 0.001 s",)
    assert (read.network.link.delay_ns, read.network.link.loss) == (1_000_000, 0.25)
    assert read.scenario == Path(__file__).name


def test_a_network_on_which_no_time_passes(tmp_path: Path) -> None:
    Network(replace(load("ping"), programs=()), Options(tmp_path, vcd=False)).close()
    end = read_manifest(tmp_path).ended
    assert end is not None and (end.ps, end.ending, end.status) == (0, "closed", 0)


def test_an_earlier_run_gives_way_and_so_does_what_a_kill_left_of_it(tmp_path: Path) -> None:
    for name in ("events.jsonl", "run.json", "run.json.part"):
        (tmp_path / name).write_text("")
    prepare_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_older_run_has_none(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match=r"has no run\.json: an older thicknet has recorded it"):
        read_manifest(tmp_path)


def without(record: dict[str, Any]) -> None:
    del record["network"]["coaxes"][0]["length_mm"]


def misshapen(record: dict[str, Any]) -> None:
    record["network"]["hosts"] = "pc"


def deep(record: dict[str, Any]) -> None:
    record["network"]["coaxes"][0]["taps"][1]["at_mm"] = {"at": [True]}


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (without, r"is no description of a run: network\.coaxes\[0\]\.length_mm is missing"),
        (misshapen, r"is no description of a run: network\.hosts is no list"),
        (deep, r"is no description of a run: network\.coaxes\[0\]\.taps\[1\]\.at_mm is no integer"),
        (lambda record: record.update(format=FORMAT + 1), "has format 2, and this thicknet reads format 1"),
        (lambda record: record.clear(), "is no description of a run: format is missing"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, spoil: Any, sentence: str) -> None:
    write_manifest(tmp_path, survey(load("ping")))
    path = tmp_path / "run.json"
    record = json.loads(path.read_text())
    spoil(record)
    path.write_text(json.dumps(record))
    with pytest.raises(ReadingError, match=sentence):
        read_manifest(tmp_path)


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "run.json").write_bytes(text)
    with pytest.raises(ReadingError, match="is no JSON"):
        read_manifest(tmp_path)
