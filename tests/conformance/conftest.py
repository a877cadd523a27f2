"""Both engines run every row, MyHDL in `make test-all`; what was measured goes into docs/conformance.md."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest
from bench import fresh_simulator
from conformance_page import Row, page

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
OPTION = "--write-conformance"
_NAME = re.compile(r"test_([RTMHDB]\d+)_.*\[(?:.*-)?(compiled|myhdl)")

Case = TypeVar("Case")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(OPTION, action="store_true", help="write docs/conformance.md from this run's results")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption(OPTION, default=False) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Writer(), "conformance-page")


class _Writer:
    """Gathers the tests' reports, from all workers, and writes the page when all have ended."""

    def __init__(self) -> None:
        self._rows: dict[str, list[tuple[str, str, str, list[str]]]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = _NAME.search(report.nodeid)
        if name is None or (report.when != "call" and report.outcome == "passed"):
            return
        texts = [str(text) for kind, text in report.user_properties if kind == "measured"]
        self._rows.setdefault(name[1], []).append((report.nodeid, name[2], _verdict(report), texts))

    def pytest_sessionfinish(self) -> None:
        rows = {}
        for name, reports in self._rows.items():
            rows[name] = row = Row()
            for _, engine, verdict, texts in sorted(reports):
                row.verdicts.setdefault(engine, []).append(verdict)
                row.measured += texts
        before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        PAGE.write_text(page(rows, before), encoding="utf-8")


def _verdict(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return f"known defect: {report.wasxfail}" if report.outcome == "skipped" else "FAILED"
    if report.outcome == "skipped":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        return reason.removeprefix("Skipped: ")
    return "passed" if report.outcome == "passed" else "FAILED"


@pytest.fixture(autouse=True, scope="session")
def _cache(shared_cache: Path, _no_cache_of_the_user: None) -> Iterator[None]:
    """One cache of compiled circuits for the whole run of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THICKNET_CACHE", str(shared_cache))
        yield


@pytest.fixture(autouse=True)
def _simulator() -> Iterator[None]:
    with fresh_simulator():
        yield


@pytest.fixture(params=["compiled", "myhdl"])
def engine(request: pytest.FixtureRequest) -> str:
    """The engine that a test runs on."""
    return str(request.param)


@pytest.fixture
def pick(engine: str) -> Callable[[Sequence[Case], Sequence[Case]], Sequence[Case]]:
    """Choose between all cases, for `compiled`, and the few that `myhdl` has time for."""

    def choose(every: Sequence[Case], few: Sequence[Case]) -> Sequence[Case]:
        return every if engine == "compiled" else few

    return choose


@pytest.fixture
def measured(engine: str, request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Say what was measured, for the page; it must stand there already unless the page is being written."""
    name = _NAME.search(request.node.nodeid)
    assert name is not None
    row = name[1]

    def tell(text: str) -> None:
        if engine != "compiled":
            return
        request.node.user_properties.append(("measured", text))
        if not request.config.getoption(OPTION, default=False):
            lines = PAGE.read_text(encoding="utf-8").splitlines()
            mine = next(line for line in lines if line.startswith(f"| {row} |"))
            assert text in mine, f"{PAGE.name} does not say so of {row}: run `make conformance`"

    return tell
