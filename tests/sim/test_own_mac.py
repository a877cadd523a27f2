"""A MAC of somebody else's own: one file, and a key of its host (docs/extending.md)."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import pytest
from bench import fresh_simulator
from click.testing import CliRunner
from extending import example
from myhdl import Signal, always, block, intbv

from hw.adapter.recording import Backoff, Jam, TransmissionBegins
from hw.mac import backoff
from hw.modules import MODULES
from hw.ports import Sig, of
from hw.substitute import substitute
from sim import AdapterKeys, Event, Lan, Options, ScenarioError, load
from sim.api.network import run
from sim.cli import main

ENGINES = ("myhdl", "compiled")
ALSO_MYHDL = pytest.mark.parametrize(
    "engines", [("compiled",), pytest.param(ENGINES, marks=pytest.mark.slow)], ids="+".join
)
"""`test_two_that_wait_alike_collide_until_the_attempt_limit` compares the engines always."""
SLOT_PS = 51_200_000
Pin = Annotated[Sig, of(backoff.backoff_timer)]


@pytest.fixture(autouse=True)
def _places_as_before() -> Iterator[None]:
    """Other tests go through all circuits."""
    before = dict(MODULES)
    yield
    MODULES.clear()
    MODULES.update(before)
    substitute.cache_clear()
    sys.modules.pop("mymac", None)


@pytest.fixture
def scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example's files, where `thicknet` is called."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("mymac.py", "mymac.toml"):
        (tmp_path / name).write_text(example(name))
    return tmp_path / "mymac.toml"


def test_two_that_wait_alike_collide_until_the_attempt_limit(scenario: Path, tmp_path: Path) -> None:
    """And both engines show the same, as far as the waveform."""
    files = {}
    for engine in ENGINES:
        with fresh_simulator():
            run(load(scenario), Options(tmp_path / engine, engine))
        files[engine] = [(tmp_path / engine / name).read_bytes() for name in ("events.jsonl", "waves.vcd")]
    assert files["myhdl"] == files["compiled"]
    events = [json.loads(line) for line in files["myhdl"][0].splitlines()]
    for host in ("pc", "server"):
        assert [
            event["fields"]["attempt"]
            for event in events
            if (event["where"], event["kind"]) == (host, "transmission begins")
        ] == [*range(1, 17)]
        (lost,) = (e["fields"] for e in events if (e["where"], e["kind"]) == (host, "frame lost"))
        assert lost["collisions"] == 16
    assert {e["fields"]["slots"] for e in events if e["kind"] == "backoff"} == {1}
    assert not any(event["kind"] == "frame" for event in events)


def test_beside_one_of_ours_it_gets_through(scenario: Path, tmp_path: Path) -> None:
    line = 'circuits = { mac_transmit = "mymac.py:my_transmit" }\n'
    before, found, after = example("mymac.toml").rpartition(line)
    assert found
    scenario.write_text((before + after).replace("mymac.py:", "mymac:"))  # as any module of a package
    seen: list[Event] = []
    lan = replace(load(scenario), seed=4)
    assert run(lan, Options(tmp_path / "run", "compiled", listeners=(seen.append,))).succeeded
    drawn = [(event.where, waits.slots) for event in seen if (waits := Backoff.of(event))]
    assert {slots for host, slots in drawn if host == "pc"} == {1}
    assert ("server", 3) in drawn


WRAPPED = """
from typing import Annotated
from myhdl import block
from hw.hierarchy import by_name
from hw.mac import transmit
from hw.ports import Sig, of
OURS = transmit.mac_transmit
Pin = Annotated[Sig, of(OURS)]

@block
def mac_transmit({}):
    inside = OURS(**by_name(OURS, locals()))
    return inside
""".format(", ".join(f"{port.name}: Pin" for port in MODULES["mac_transmit"].ports))


def collision(**circuits: Mapping[str, object]) -> Lan:
    """Two hosts that begin at once."""
    lan = Lan(seed=3, until="1.6 ms")
    for number, host in enumerate(("left", "right"), start=1):
        lan.host(host, address=f"10.0.0.{number}/24", circuits=circuits.get(host, {}))
        lan.program(host, f"ping -c 1 10.0.0.{3 - number}", at="1 ms")
    lan.coax("yellow", "500 m", taps=[{"at": "0 m", "host": "left"}, {"at": "500 m", "host": "right"}])
    return lan


def shown(lan: Lan, engine: str, *, waves: bool = False) -> list[Event]:
    with fresh_simulator():
        return lan.run(engine=engine, waves=waves).events


@ALSO_MYHDL
def test_what_no_probe_finds_is_left_out_and_all_else_is_shown(
    scenario: Path, engines: Sequence[str]
) -> None:
    """Ours in a block around it, of the name of ours: the same network, but for its registers."""
    scenario.with_name("wrapped.py").write_text(WRAPPED)
    wrapped = collision(left={"mac_transmit": "wrapped.py:mac_transmit"})
    events, *others = (shown(wrapped, engine, waves=True) for engine in engines)
    assert all(events == same for same in others)
    plain = shown(collision(), "compiled")
    lost = [e for e in plain if e.where == "left" and (Backoff.of(e) or Jam.of(e))]
    assert len(lost) > 2
    for event in plain:
        if event.where == "left" and TransmissionBegins.of(event):
            event.fields.pop("attempt")
    assert events == [event for event in plain if event not in lost]
    begins = next(e for e in events if e.where == "left" and e.kind == "transmission begins")
    assert TransmissionBegins.sentence(begins.fields) == "the line is free: transmission begins"


def timer(factor: int) -> object:
    """A backoff timer whose slot times are so much longer."""

    @block
    def backoff_timer(
        slot_clk: Pin, backoff_slots: Pin, backoff_start: Pin, mac_reset: Pin, backoff_done: Pin
    ) -> object:
        count = Signal(intbv(0)[16:])

        @always(slot_clk.posedge)
        def count_slots() -> None:
            if mac_reset:
                count.next = 0
                backoff_done.next = backoff_start
            elif backoff_start != backoff_done:
                if count + 1 == factor * backoff_slots:
                    count.next = 0
                    backoff_done.next = backoff_start
                else:
                    count.next = count + 1

        return count_slots

    return backoff_timer


@ALSO_MYHDL
def test_each_host_may_have_another_given_in_python(engines: Sequence[str]) -> None:
    """Two blocks of one name, made by one function."""
    lan = collision(left={"backoff_timer": timer(2)}, right={"backoff_timer": timer(3)})
    events, *others = (shown(lan, engine) for engine in engines)
    assert all(events == same for same in others)
    for host, factor in (("left", 2), ("right", 3)):
        mine = [
            event
            for event in events
            if event.where == host and (Backoff.of(event) or TransmissionBegins.of(event))
        ]
        waits = [
            (b.slots, after.ps - e.ps) for e, after in pairwise(mine) if (b := Backoff.of(e)) and b.slots
        ]
        assert waits
        for slots, ps in waits:
            assert ps // SLOT_PS in (factor * slots - 1, factor * slots)


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        (
            "toml",
            "mac_transmit =",
            "mac_transmitt =",
            "mac_transmitt: mac_transmitt: there is no such module of an adapter; "
            'did you mean "mac_transmit"?',
        ),
        (
            "toml",
            '{ mac_transmit = "mymac.py:my_transmit" }',
            '"mymac.py"',
            "is a string and must be a table",
        ),
        (
            "toml",
            '"mymac.py:my_transmit"',
            "7",
            "mac_transmit: is a whole number and must be a string: a circuit such as",
        ),
        ("toml", "mymac.py:my_transmit", "mymac.py", 'mac_transmit: "mymac.py" is not a circuit such as'),
        ("toml", "mymac.py", "nomac.py", "mac_transmit: nomac.py cannot be read: No such file or directory"),
        (
            "toml",
            "mymac.py",
            "no.mac",
            "mac_transmit: no.mac cannot be imported: ModuleNotFoundError: No module named 'no'",
        ),
        (
            "toml",
            ":my_transmit",
            ":my_transmitt",
            'mac_transmit: my_transmitt: there is no such block in mymac.py; did you mean "my_transmit"?',
        ),
        ("toml", ":my_transmit", ":by_name", "mac_transmit: by_name is no MyHDL block"),
        (
            "py",
            "tx_busy: Pin, ",
            "",
            "mac_transmit: my_transmit lacks the port tx_busy of mac_transmit, an output of 1 bit",
        ),
        (
            "py",
            "tx_busy: Pin",
            "tx_buzy: Annotated[Sig, out(1, '')]",
            "mac_transmit: my_transmit has the port tx_buzy, and mac_transmit has none of that name; "
            "did you mean tx_busy?",
        ),
        (
            "py",
            "tx_busy: Pin",
            "tx_busy: Sig",
            "mac_transmit: parameter tx_busy of my_transmit declares no port",
        ),
        (
            "py",
            "txd: Pin",
            "txd: Annotated[Sig, out(8, '')]",
            "mac_transmit: port txd of my_transmit is an output of 8 bits, and that of mac_transmit "
            "an output of 4 bits",
        ),
        (
            "py",
            "txd: Pin",
            "txd: Annotated[Sig, into(4, '')]",
            "mac_transmit: port txd of my_transmit is an input of 4 bits, and that of mac_transmit "
            "an output of 4 bits",
        ),
        (
            "py",
            "tx_clk: Pin",
            "tx_clk: Annotated[Sig, into(1, '')]",
            "mac_transmit: port tx_clk of my_transmit is an input of 1 bit, and that of mac_transmit a clock",
        ),
        (
            "py",
            "meta, stable =",
            "meta stable =",
            "mac_transmit: mymac.py cannot be imported: SyntaxError: invalid syntax (mymac.py, line ",
        ),
        (
            "py",
            "Pin = Annotated",
            "Pin = Anotated",
            "mac_transmit: mymac.py cannot be imported: NameError: name 'Anotated' is not defined",
        ),
        (
            "py",
            "random.next = 1",
            "random.next = {0: 1}[0]",
            "mac_transmit: my_transmit cannot be converted to Verilog: ConversionError",
        ),
        (
            "py",
            "register(SLOTS_BITS)",
            "register(9)",
            "mac_transmit: my_transmit cannot be converted to Verilog: JoinError: my_transmit: "
            "port random of transmit_link has 10 bits, its wire 9",
        ),
    ],
)
def test_mistakes_are_sentences(scenario: Path, file: str, old: str, new: str, sentence: str) -> None:
    path = scenario.with_suffix(f".{file}")
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    called = CliRunner().invoke(main, ["check", "mymac.toml"])
    assert called.exit_code == 2, called.output
    dot = ": " if sentence.startswith("is ") else "."
    line = 1 + scenario.read_text().split("circuits")[0].count("\n")
    assert called.output.startswith(f"mymac.toml:{line}: host.circuits{dot}{sentence}")
    assert called.output.count("\n") == 1


def test_in_python_a_mistake_names_the_line_of_the_call() -> None:
    with pytest.raises(
        ScenarioError, match=rf"{__file__}:\d+: host.circuits.mac_transmit: no_block is no MyHDL block"
    ):
        collision(left={"mac_transmit": no_block}).scenario()
    adapters: list[AdapterKeys] = [
        {"address": "10.0.0.1/24"},
        {"address": "10.0.1.1/24", "circuits": {"pause_timer": timer(1)}},
    ]
    with pytest.raises(
        ScenarioError, match=r"router\.adapters\.circuits\.pause_timer: backoff_timer has the"
    ):
        lan = Lan()
        lan.router("gw", adapters=adapters)
        lan.scenario()
    with pytest.raises(ScenarioError, match=r"host\.gateway: is a function and must be a string"):
        lan = Lan()
        lan.host("pc", address="10.0.0.1/24", gateway=no_block)  # type: ignore[arg-type]
        lan.scenario()


def no_block() -> None:
    """It has no ports."""
