"""What all tests share: no cache of the user's, and tools that not every machine has.

A test that needs a command, or a wheel (`wheel:` and the module's name), says so, and is skipped by name
without it. With THICKNET_REQUIRE_TOOLS=1 (in continuous integration) what is missing fails the test instead.
"""

import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
from declared import check
from hypothesis import settings
from shared import LIBRARIES

from journal.event import Event
from sim.record import recorder
from sim.record.json_lines import json_line

SHORT = 15
"""Examples of a property in `make test`, the same each time; `make test-all` tries 100, others each time."""
OLD = 100
"""Collections of what is young for one of all: 9,000 tests and their modules are not visited each time."""
_WHEEL = "wheel:"
_REQUIRED = os.environ.get("THICKNET_REQUIRE_TOOLS") == "1"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*tools): what the test runs: commands of `make tools`, wheels")
    gc.set_threshold(*gc.get_threshold()[:2], OLD)
    if config.option.markexpr == "not slow":
        settings.register_profile("short", max_examples=SHORT, derandomize=True)
        settings.load_profile("short")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What can run on either engine is slow on MyHDL: that both give the same bits, tests/compiled show."""
    for item in items:
        if getattr(item, "callspec", None) and item.callspec.params.get("engine") == "myhdl":
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True, scope="session")
def _no_cache_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What the user has compiled must not decide which engine a test runs on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THICKNET_CACHE", str(tmp_path_factory.mktemp("empty-cache")))
        yield


@pytest.fixture(autouse=True, scope="session")
def _events_are_declared() -> Iterator[None]:
    """Every event that a test has recorded is of a declared kind, with its fields, and has a sentence."""

    def checked(event: Event) -> str:
        check(event)
        return json_line(event)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recorder, "json_line", checked)
        yield


@pytest.fixture(scope="session")
def shared_cache() -> Path:
    """A cache of compiled circuits, shared by the workers of this run and by later runs."""
    return LIBRARIES


@pytest.fixture(scope="session")
def built(shared_cache: Path) -> Path:
    """The same with all libraries in it, if there are tools to build them: `auto` is `compiled`."""
    from sim.engine.choose import EngineError, open_engine
    from sim.scenario.cabling import Cabling
    from sim.scenario.loader import load
    from sim.scenario.shipped import scenario_path

    every_kind = load(scenario_path("campus"), lambda command: True)
    with pytest.MonkeyPatch.context() as patch, suppress(EngineError):
        patch.setenv("THICKNET_CACHE", str(shared_cache))
        open_engine("compiled", Cabling(every_kind).netlist, waves=False, tell=lambda line: None).close()
    return shared_cache


@pytest.fixture(scope="module")
def on_compiled(built: Path, _no_cache_of_the_user: None) -> Iterator[None]:
    """`auto` is the compiled engine where it can be built: the same bits, as tests/compiled show."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THICKNET_CACHE", str(built))
        yield


@pytest.fixture(scope="session")
def converted() -> Path:
    """Where the Verilog and VHDL of every circuit and box is."""
    from converted import converted  # MyHDL is not loaded where nobody needs it

    return converted()


@pytest.fixture(scope="session")
def recordings() -> dict[str, list[dict[str, int]]]:
    """What the input pins of clocked circuits saw while stations talked, tick by tick."""
    from recorded import recordings

    return recordings()


def pytest_runtest_setup(item: pytest.Item) -> None:
    tools = [str(tool) for marker in item.iter_markers("needs") for tool in marker.args]
    wheels = [tool.removeprefix(_WHEEL) for tool in tools if tool.startswith(_WHEEL)]
    lacks = [tool for tool in tools if not tool.startswith(_WHEEL) and shutil.which(tool) is None]
    missing = [f"{tool}: run `make tools`" for tool in lacks]
    missing += [
        f"the wheel {wheel}: run `pip install -e '.[dev,synthesis,docs]'`"
        for wheel in wheels
        if find_spec(wheel) is None
    ]
    if missing:
        sentence = f"needs {'; '.join(missing)}"
        if _REQUIRED:
            pytest.fail(sentence, pytrace=False)
        pytest.skip(sentence)
