"""`--engine`: what is taken, what is said, and what happens when it cannot be had (issue: bad input)."""

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from hosts import computer

from sim.api.network import run
from sim.api.options import Options
from sim.engine.choose import LONG_S, MANY_STATIONS, EngineError, Hint, open_engine
from sim.engine.compiled.engine import CompiledEngine
from sim.engine.interface import Engine
from sim.engine.myhdl_engine import MyhdlEngine
from sim.engine.quiet import QuietEngine
from sim.scenario.cabling import Cabling
from sim.scenario.loader import load
from sim.scenario.model import Coax, Scenario, Tap
from sim.scenario.shipped import scenario_path


@pytest.fixture
def scenario() -> Scenario:
    return load(scenario_path("ping"), lambda command: False)


def opened(name: str, scenario: Scenario) -> tuple[type[object], list[str]]:
    """The class of the engine, and what was reported."""
    lines: list[str] = []
    engine = open_engine(name, Cabling(scenario).netlist, waves=False, tell=lines.append, long=scenario.long)
    engine.close()
    return type(engine), lines


def crowd(stations: int) -> Scenario:
    """So many stations on one cable."""
    names = [f"h{n}" for n in range(stations)]
    hosts = tuple(
        computer(name, f"10.0.0.{n + 1}/24", bytes([2, 0, 0, 0, 0, n + 1])) for n, name in enumerate(names)
    )
    taps = tuple(Tap(2500 * n, name) for n, name in enumerate(names))
    return Scenario("crowd", hosts, (Coax("yellow", 500_000, taps),))


def without(circuit: str, cache: Path, folder: Path) -> Path:
    """A cache as `cache` in `folder`, without the library of `circuit`."""
    shutil.copytree(cache, folder, ignore=shutil.ignore_patterns(f"{circuit}-*.so"))
    return folder


def test_auto_does_not_wait_for_a_compiler_when_there_are_few_stations(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THICKNET_CACHE", str(tmp_path / "empty"))
    assert opened("auto", scenario) == (MyhdlEngine, [])


def test_auto_builds_when_there_are_many_stations_and_says_so(
    scenario: Scenario, shared_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened("compiled", scenario)
    monkeypatch.setenv("THICKNET_CACHE", str(without("control_in", shared_cache, tmp_path / "cache")))
    assert opened("auto", crowd(MANY_STATIONS - 1)) == (MyhdlEngine, [])
    taken, lines = opened("auto", crowd(MANY_STATIONS))
    assert taken is CompiledEngine
    assert lines[0].startswith("compiling control_in")
    assert lines[-1] == "engine: compiled"
    assert opened("auto", crowd(MANY_STATIONS - 1)) == (CompiledEngine, ["engine: compiled"])


def test_auto_builds_for_a_scenario_that_says_it_is_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tries to: the compiler that is asked for does not exist."""
    monkeypatch.setenv("THICKNET_CACHE", str(tmp_path / "empty"))
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert opened("auto", crowd(2)) == (MyhdlEngine, [])
    taken, (line,) = opened("auto", dataclasses.replace(crowd(2), long=True))
    assert taken is MyhdlEngine
    assert "CXX=no-such-compiler is no command" in line


@pytest.mark.slow
def test_auto_goes_on_with_many_stations_and_no_compiler_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THICKNET_CACHE", str(tmp_path / "empty"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    taken, (lines,) = opened("auto", crowd(MANY_STATIONS))
    assert taken is MyhdlEngine
    assert lines.startswith("this run is under myhdl, since the compiled engine is not available: ")
    assert "C++ compiler" in lines


def hinted(name: str, engine: Engine, seconds: Sequence[float]) -> list[str]:
    """What is said of a run at whose beginning and steps the clock shows `seconds`."""
    lines: list[str] = []
    clock = iter(seconds)
    hint = Hint(name, engine, lines.append, lambda: next(clock))
    for _ in seconds[1:]:
        hint.look()
    return lines


@pytest.fixture
def myhdl(scenario: Scenario) -> Engine:
    engine = open_engine("myhdl", Cabling(scenario).netlist, waves=False, tell=lambda line: None)
    engine.close()
    return engine


def test_a_run_that_is_long_under_myhdl_gives_one_hint(myhdl: Engine) -> None:
    assert hinted("auto", myhdl, (5.0, 5.0 + LONG_S)) == []
    assert len(hinted("auto", myhdl, (5.0, 6.0, 5.1 + LONG_S, 99.0, 999.0))) == 1
    assert "`--engine compiled`" in hinted("auto", myhdl, (0.0, 100.0))[0]
    assert hinted("myhdl", myhdl, (0.0, 100.0)) == []


def test_no_hint_without_hardware() -> None:
    assert hinted("auto", QuietEngine(), (0.0, 100.0)) == []


def test_no_hint_at_what_runs_or_cannot_be_built(
    scenario: Scenario, myhdl: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = open_engine("compiled", Cabling(scenario).netlist, waves=False, tell=lambda line: None)
    compiled.close()
    assert hinted("auto", compiled, (0.0, 100.0)) == []
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    assert hinted("auto", myhdl, (0.0, 100.0)) == []


def test_a_run_gives_the_hint(scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THICKNET_CACHE", str(tmp_path / "empty"))
    monkeypatch.setattr("sim.engine.choose.LONG_S", 0.0)
    lines: list[str] = []
    assert run(scenario, Options(tmp_path / "run", "auto", False, tell=lines.append)).succeeded
    assert len(lines) == 1


def test_auto_takes_what_an_earlier_run_has_built_and_says_so(scenario: Scenario) -> None:
    assert opened("compiled", scenario)[0] is CompiledEngine
    assert opened("compiled", scenario) == (CompiledEngine, [])
    assert opened("auto", scenario) == (CompiledEngine, ["engine: compiled"])
    assert opened("myhdl", scenario) == (MyhdlEngine, [])


def test_without_a_compiler_compiled_is_refused_and_auto_goes_on(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THICKNET_CACHE", str(tmp_path / "empty"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(EngineError, match=r"compiled engine is not available: .*C\+\+ compiler"):
        open_engine("compiled", Cabling(scenario).netlist, waves=False, tell=lambda line: None)
    assert opened("auto", scenario)[0] is MyhdlEngine


def test_a_half_written_library_is_not_taken(
    scenario: Scenario, shared_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened("compiled", scenario)
    monkeypatch.setenv("THICKNET_CACHE", str(tmp_path))
    for library in shared_cache.glob("*.so"):
        content = library.read_bytes()
        (tmp_path / library.name).write_bytes(content if "registers" not in library.name else content[:5000])
    assert opened("auto", scenario) == (MyhdlEngine, [])


def test_a_cache_that_is_a_file_is_a_sentence(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("THICKNET_CACHE", str(tmp_path / "file"))
    with pytest.raises(EngineError, match="compiled engine is not available"):
        open_engine("compiled", Cabling(scenario).netlist, waves=False, tell=lambda line: None)
    assert opened("auto", scenario)[0] is MyhdlEngine
