"""100,000 events: how long a report takes, how large it is, how smoothly it moves; printed, not asserted."""

import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from report_page import open_report

from sim.report.write import write_report

if TYPE_CHECKING:
    from playwright.sync_api import Page

EVENTS = 100_000
SPAN_PS = 10**10
"""Of `web` without its TIME-WAIT: 100,000 events then end before 2^53 ps."""
FRAMES_A_SECOND = """(kind) => new Promise((done) => {
  const slider = document.querySelector(".transport input[type=range]");
  const rows = document.querySelector(".timeline .scroller");
  const begin = performance.now();
  let frames = 0;
  const step = () => {
    frames += 1;
    const part = (performance.now() - begin) / 2000;
    if (kind === "slider") {
      slider.value = String(slider.max * part);
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    } else rows.scrollTop = rows.scrollHeight * part;
    if (part < 1) requestAnimationFrame(step); else done(frames / 2);
  };
  requestAnimationFrame(step);
})"""


@pytest.mark.slow
@pytest.mark.needs("chromium", "wheel:playwright")
def test_figures_of_a_large_run(
    page: "Page", web: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The events of `web` again and again, each time later."""
    folder = Path(shutil.copytree(web, tmp_path / "web"))
    events = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    events = [event for event in events if event["ps"] < SPAN_PS]
    with (folder / "events.jsonl").open("w") as file:
        for number in range(EVENTS):
            turn, place = divmod(number, len(events))
            file.write(json.dumps({**events[place], "ps": events[place]["ps"] + turn * SPAN_PS}) + "\n")
    report = tmp_path / "large.html"
    begin = time.perf_counter()
    write_report(folder, report)
    written = time.perf_counter()
    open_report(page, report, "view=timeline")
    opened = time.perf_counter()
    moves = [f"{kind} {page.evaluate(FRAMES_A_SECOND, kind):.0f}" for kind in ("slider", "scrolling")]
    assert page.locator(".row").count() > 0
    with capsys.disabled():
        print(
            f"\nreport of {EVENTS:,} events: written in {written - begin:.1f} s, "
            f"{report.stat().st_size / 1e6:.1f} MB, opened in {opened - written:.1f} s; "
            f"frames a second: {', '.join(moves)}"
        )
