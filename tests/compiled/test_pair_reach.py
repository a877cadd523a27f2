"""How far a twisted pair reaches: what arrives at its end against the receiver's squelch, on both engines."""

from dataclasses import replace
from pathlib import Path

import pytest
from hosts import computer

from journal.event import Event
from sim.api.network import run
from sim.api.options import Options
from sim.scenario.faults import CableFault
from sim.scenario.model import Cable, Fidelity, Hub, Program, Scenario, Switch

PC = computer("pc", "10.0.0.1/24", bytes.fromhex("020000000001"))
SERVER = computer("server", "10.0.0.2/24", bytes.fromhex("020000000002"))
MS = 1_000_000
REACH_M = 151
"""2.5 V less 9.8 dB per 100 m are 450 mV after 151.98 m."""
CAT_5_MDB, CAT_5_REACH_M = 6_500, 229
"""2.5 V less 6.5 dB per 100 m are 450 mV after 229.1 m."""


@pytest.fixture(params=["myhdl", "compiled"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def told(folder: Path, engine: str, scenario: Scenario) -> list[Event]:
    events: list[Event] = []
    run(scenario, Options(folder, engine, vcd=False, listeners=(events.append,)))
    return events


def lan(cable: Cable, **keys: object) -> Scenario:
    """pc asks the server once, 200 ms after its start: by then link pulses have found the link alive."""
    ask = Program("pc", "ping -c 1 -W 0.01 10.0.0.2", 200 * MS)
    made = Scenario("reach", (PC, SERVER), programs=(ask,), cables=(cable,))
    return replace(made, **keys)


def heard(events: list[Event]) -> bool:
    return any((event.where, event.kind) == ("server", "frame received") for event in events)


@pytest.mark.parametrize("fidelity", ["level", "pulses"])
@pytest.mark.parametrize(
    ("metres", "mdb", "link"),
    [
        (REACH_M, 9_800, True),
        (REACH_M + 1, 9_800, False),
        (CAT_5_REACH_M, CAT_5_MDB, True),
        (CAT_5_REACH_M + 1, CAT_5_MDB, False),
    ],
)
def test_14_3_1_3_what_is_below_the_squelch_is_no_signal(
    tmp_path: Path, fidelity: Fidelity, metres: int, mdb: int, link: bool
) -> None:
    cable = Cable(
        "pair", metres * 1000, ("pc", "server"), medium="twisted pair", fidelity=fidelity, loss_mdb=mdb
    )
    events = told(tmp_path, "compiled", lan(cable))
    assert heard(events) == link
    up = [event.where for event in events if (event.layer, event.kind) == ("driver", "link up")]
    assert sorted(up) == (["pc", "server"] if link else [])


@pytest.mark.parametrize("box", ["hub", "switch"])
def test_a_port_has_no_link_and_the_others_go_on(tmp_path: Path, engine: str, box: str) -> None:
    """Also after the long cable has been pulled out and put in again."""
    third = computer("third", "10.0.0.3/24", bytes.fromhex("020000000003"))
    cables = tuple(
        Cable(f"c{n}", metres * 1000, (name, f"box.{n}"))
        for n, (name, metres) in enumerate((("pc", 10), ("third", 10), ("server", REACH_M + 1)), start=1)
    )
    boxes = {"hubs": (Hub("box", 3),)} if box == "hub" else {"switches": (Switch("box", 3),)}
    programs = tuple(
        Program("pc", f"ping -c 1 -W 0.002 10.0.0.{n}", at * MS) for n, at in ((2, 1), (3, 4), (2, 7))
    )
    faults = (CableFault(5 * MS, "unplug", "server"), CableFault(6 * MS, "plug", "server"))
    events = told(
        tmp_path,
        engine,
        Scenario("reach", (PC, SERVER, third), programs=programs, cables=cables, faults=faults, **boxes),
    )
    assert not heard(events)
    assert any((event.where, event.kind) == ("third", "frame received") for event in events)
    assert not [event for event in events if event.kind in ("link passed", "port link passed")]
