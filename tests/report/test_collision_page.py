"""Two stations transmit at once: where their fronts are on the cable, and where they meet."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from click.testing import CliRunner
from report_page import open_report

from sim.cli import main
from sim.scenario.shipped import scenario_path

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.needs("chromium", "wheel:playwright")
WHOLE_PS = 500 * 4_330
"""802.3 clause 8.4.1.3: 500 m at 0.77 c are 4.33 ns a metre."""


PHY_PS = 400_000
"""From the MAC to the line (hw/phy/transmit.py)."""


class Run(NamedTuple):
    """The report of `collision`, and when the signals of its ends begin first (ps)."""

    report: Path
    left: int
    right: int
    collision: int
    """When the left end of the cable has both signals, as the run has recorded it."""

    @property
    def meet(self) -> int:
        """Both fronts have gone the whole cable together."""
        return (self.left + self.right + WHOLE_PS) // 2


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, on_compiled: None) -> Run:
    folder = tmp_path_factory.mktemp("report") / "collision"
    for words in (
        ("run", str(scenario_path("collision")), "--no-vcd", "-q", "-o", str(folder)),
        ("report", str(folder)),
    ):
        result = CliRunner().invoke(main, words)
        assert result.exit_code == 0, result.output
    begins: dict[str, int] = {}
    collision = 0
    for line in (folder / "events.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["kind"] == "transmission begins":
            begins.setdefault(event["where"], event["ps"] + PHY_PS)
        if (event["layer"], event["kind"]) == ("coax", "collision"):
            collision = collision or event["ps"]
    return Run(folder / "report.html", begins["left"], begins["right"], collision)


def stretch(page: "Page", kind: str) -> tuple[float, float]:
    """From where to where it is, as shares of the cable."""
    line = page.locator(f"[data-cable=yellow] {kind}")
    return float(line.get_attribute("data-from") or ""), float(line.get_attribute("data-to") or "")


@pytest.mark.parametrize("before", [600_000, 1_000])
def test_fronts_go_towards_each_other_at_the_speed_of_the_cable(page: "Page", run: Run, before: int) -> None:
    now = run.meet - before
    open_report(page, run.report, f"t={now}")
    left, right = stretch(page, ".signal[data-sender=left]"), stretch(page, ".signal[data-sender=right]")
    assert left == (0, pytest.approx((now - run.left) / WHOLE_PS, abs=0.0001))
    assert right == (pytest.approx(1 - (now - run.right) / WHOLE_PS, abs=0.0001), 1)
    assert page.locator(".clash").count() == 0


def test_they_clash_from_where_they_meet(page: "Page", run: Run) -> None:
    place = (run.meet - run.left) / WHOLE_PS
    open_report(page, run.report, f"t={run.meet + 21_650}")  # 5 m, a share of 0.01, later
    assert stretch(page, ".clash") == (
        pytest.approx(place - 0.01, abs=0.0001),
        pytest.approx(place + 0.01, abs=0.0001),
    )


def test_the_clash_reaches_the_end_when_the_run_records_the_collision_there(page: "Page", run: Run) -> None:
    for ps, reached in ((run.collision - 5_000, False), (run.collision + 5_000, True)):
        open_report(page, run.report, f"t={ps}")
        assert (stretch(page, ".clash")[0] == 0) is reached
