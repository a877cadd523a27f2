"""pytest's fixture `lan`: an empty LAN for one test, recorded in its `tmp_path`.

When the test fails, the end of the timeline is shown with it. pytest finds this module by its entry point.
"""

import os
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sim import Lan

_LINES = 60


@pytest.fixture
def lan(tmp_path: Path) -> "Lan":
    """An empty `sim.Lan`; what its runs record is in `tmp_path / "run"`."""
    from sim import Lan  # here, so that test suites without a network do not load it

    return Lan(title="a test", folder=tmp_path / "run")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Add the timeline to the report of a test that failed."""
    report = yield
    network: Any = getattr(item, "funcargs", {}).get("lan")
    run = getattr(network, "last", None)
    if report.when == "call" and report.failed and run is not None:
        from sim.record.timeline import line

        lines = [text for event in run.events if (text := line(event)) is not None]
        report.sections.append((f"thicknet, the last {_LINES} events", "\n".join(lines[-_LINES:])))
        seed = os.environ.get("PYTHONHASHSEED", "random")
        report.sections.append(("thicknet, the order of sets of strings", f"PYTHONHASHSEED={seed}"))
    return report
