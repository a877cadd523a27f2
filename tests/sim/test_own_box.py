"""A box from outside the package: a folder, an entry point, and nothing else (docs/extending.md).

A media converter with two ports: what comes in at one goes out at the other, sampled by a crystal of its
own. It stores nothing and repeats no collision, so both its ends are full duplex.
"""

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import fresh_simulator
from click.testing import CliRunner
from extending import example, package

from hw import kinds
from hw.modules import MODULES
from journal.kind import KINDS
from sim import Lan
from sim.api.network import run
from sim.api.options import Options
from sim.cli import main
from sim.scenario.loader import load
from sim.scenario.rules import ScenarioError

SCENARIO = example("converter.toml")


@pytest.fixture
def converter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package as if it were installed, and a scenario with it."""
    place = tmp_path / "site"
    package(place, "converter", kinds.GROUP, "media-converter = converter:KIND")
    monkeypatch.syspath_prepend(str(place))
    kinds.kinds.cache_clear()
    scenario = tmp_path / "converter.toml"
    scenario.write_text(SCENARIO)
    yield scenario
    kinds.kinds.cache_clear()
    sys.modules.pop("converter", None)
    MODULES.pop("one_way", None)


def test_a_box_of_another_package_runs_on_both_engines(converter: Path, tmp_path: Path) -> None:
    """The ping is answered, at the same picosecond on both."""
    scenario = load(converter, lambda command: False)
    events = {}
    for engine in ("myhdl", "compiled"):
        folder = tmp_path / engine
        with fresh_simulator():
            assert run(scenario, Options(folder, engine, True)).succeeded
        events[engine] = (folder / "events.jsonl").read_text()
        assert (folder / "waves.vcd").read_text().count("out_2") == 1
    assert events["myhdl"] == events["compiled"]
    reported = [json.loads(line) for line in events["myhdl"].splitlines()]
    failed = [event for event in reported if event["kind"] == "port link failed"]
    assert [(event["where"], event["fields"]["port"]) for event in failed] == [("mc", 2)]
    assert (
        sum(event["kind"] == "frame" for event in reported if event["where"] == "far") == 6
    )  # ARP and echo, both ways
    forwarded = [event for event in reported if event["kind"] == "forwards"]
    assert {(event["where"], event["layer"]) for event in forwarded} == {("mc", "converter")}
    assert sorted(event["fields"]["port"] for event in forwarded) == [1, 1, 1, 2, 2, 2]
    assert KINDS["converter", "forwards"].sentence({"port": 2}) == "forwards what port 2 receives"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('kind = "media-converter"', 'kind = "media-convertor"', 'kind: .*did you mean "media-converter"'),
        ('name = "mc"\n', 'name = "mc"\nports = 3\n', "ports: is 3 and must be from 2 to 2"),
        ('name = "mc"\n', 'name = "mc"\ncolour = "red"\n', "colour: is not a key here"),
        ('"mc.2"', '"mc.3"', 'there is no port "mc.3"; "mc" has 1 to 2'),
        ('name = "mc"', 'name = "pc"', "pc"),
    ],
)
def test_mistakes_in_its_table_are_sentences(converter: Path, old: str, new: str, sentence: str) -> None:
    converter.write_text(SCENARIO.replace(old, new))
    with pytest.raises(ScenarioError, match=sentence):
        from sim.scenario.check import check

        check(load(converter, lambda command: False), lambda command: False)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            '"line_in": "di_1"',
            '"line_in": "di_3"',
            "mc.core: nothing drives di_3 (for one_way.line_in)",
        ),
        ('into(1, "what comes in")', 'into(2, "what comes in")', "mc.core: di_1 has 2 bits"),
        (
            "        active_out.next = sending\n\n    return sample, leave\n",
            "        active_out.next = sending\n\n"
            "    return sample, leave, register(line=line_in, active=active_in)\n\n\n"
            "@block\ndef register(line: Annotated[Sig, into(2, '')], active: Annotated[Sig, out(1, '')]):\n"
            "    @always_comb\n    def copy():\n        active.next = line[0]\n\n    return copy\n",
            "one_way: port line of register has 2 bits, its wire 1",
        ),
        ('"port{number}"', '"socket{number}"', "the netlist has no unit called port1, port2"),
    ],
)
def test_parts_that_do_not_fit_are_sentences(
    converter: Path, tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    source = tmp_path / "site" / "converter.py"
    assert old in source.read_text()
    source.write_text(source.read_text().replace(old, new))
    called = CliRunner().invoke(
        main, ["run", "--engine", "myhdl", "-o", str(tmp_path / "out"), str(converter)]
    )
    assert called.exit_code == 2, called.output
    assert f"a box cannot be put together: {sentence}" in called.output


def test_a_program_is_one_file(tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text(example("hello.py"))
    lan = Lan()
    lan.host("server", address="10.0.0.1/24")
    lan.host("pc", address="10.0.0.2/24")
    lan.link()
    lan.program("server", f"python {tmp_path / 'hello.py'}", service=True)

    def ask() -> bytes:
        with socket.create_connection(("10.0.0.1", 7000)) as conversation:
            return conversation.recv(100)

    answer = lan.program("pc", ask, at="1 ms")
    lan.run()
    assert answer.result() == b"hello\n"
