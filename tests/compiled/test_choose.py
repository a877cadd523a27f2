"""`--engine`: what is taken, what is said, and what happens when it cannot be had (issue: bad input)."""

from pathlib import Path

import pytest

from sim.engine.choose import EngineError, open_engine
from sim.engine.compiled.engine import CIRCUITS, CompiledEngine
from sim.engine.myhdl_engine import MyhdlEngine
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.scenario.shipped import scenario_path


@pytest.fixture
def scenario() -> Scenario:
    return load(scenario_path("ping"), lambda command: False)


def opened(name: str, scenario: Scenario) -> tuple[type[object], list[str]]:
    """The class of the engine, and what was told."""
    told: list[str] = []
    engine = open_engine(name, scenario, waves=False, tell=told.append)
    engine.close()
    return type(engine), told


def test_auto_never_waits_for_a_compiler(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THICKNET_CACHE", str(tmp_path / "empty"))
    assert opened("auto", scenario) == (MyhdlEngine, [])


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
    with pytest.raises(EngineError, match=r"compiled engine is not to be had: .*C\+\+ compiler"):
        open_engine("compiled", scenario, waves=False, tell=lambda line: None)
    assert opened("auto", scenario)[0] is MyhdlEngine


def test_a_half_written_library_is_not_taken(
    scenario: Scenario, shared_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened("compiled", scenario)
    monkeypatch.setenv("THICKNET_CACHE", str(tmp_path))
    for library in shared_cache.glob("*.so"):
        content = library.read_bytes()
        (tmp_path / library.name).write_bytes(content if CIRCUITS[0] not in library.name else content[:5000])
    assert opened("auto", scenario) == (MyhdlEngine, [])


def test_a_cache_that_is_a_file_is_a_sentence(
    scenario: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("THICKNET_CACHE", str(tmp_path / "file"))
    with pytest.raises(EngineError, match="compiled engine is not to be had"):
        open_engine("compiled", scenario, waves=False, tell=lambda line: None)
    assert opened("auto", scenario)[0] is MyhdlEngine
