"""Names and outputs that are HTML, control characters, bidirectional marks, megabytes: shown, not obeyed."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from report_page import open_report

from sim.report.write import write_report

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.needs("chromium", "wheel:playwright")
HTML = "</script><script>harmed=1</script><img src=x onerror=harmed=1>"
BIDI = "\u202egnp.exe\u2066"
CONTROL = "\x1b[31m\x07\x00"


@pytest.fixture
def report(web: Path, tmp_path: Path) -> Path:
    folder = Path(shutil.copytree(web, tmp_path / "web"))
    record = json.loads((folder / "run.json").read_text())
    record["title"] = f"{HTML}{BIDI}"
    record["look_for"] = HTML + "x" * 3_000_000
    record["network"]["hosts"][0]["name"] = HTML
    record["network"]["hosts"][0]["interfaces"][0]["end"] = HTML
    record["network"]["coaxes"][0]["taps"][0]["end"] = HTML
    record["network"]["coaxes"][0]["name"] = HTML
    (folder / "run.json").write_text(json.dumps(record))
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    output = next(line for line in lines if (line["layer"], line["kind"]) == ("program", "output"))
    odd = [
        {**output, "ps": 0, "where": HTML, "fields": {**output["fields"], "text": text}}
        for text in (HTML, BIDI, CONTROL, "m" * 3_000_000)
    ]
    (folder / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in (*odd, *lines)))
    write_report(folder, tmp_path / "hostile.html")
    return tmp_path / "hostile.html"


def test_nothing_is_executed_and_nothing_turns_the_text(page: "Page", report: Path) -> None:
    assert report.stat().st_size < 3_000_000
    for view in ("timeline", "ladder", "frame&frame=yellow:1", "plots"):
        open_report(page, report, f"t=0&view={view}")
        assert page.evaluate("window.harmed") is None
        shown = page.locator("body").inner_text()
        assert len(shown) < 100_000
        assert not set(shown) & {"\u202e", "\u2066", "\x1b", "\x07", "\x00"}
        assert page.locator("#app img").count() == 0
    open_report(page, report, "t=0&view=timeline")
    assert "<img src=x" in page.locator("h1").inner_text()
    texts = page.locator(".row .text").all_inner_texts()
    assert any("</script>" in text for text in texts)


def test_a_tap_of_nobody_is_left_out_of_the_drawing(page: "Page", web: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(web, tmp_path / "web"))
    record = json.loads((folder / "run.json").read_text())
    record["network"]["coaxes"][0]["taps"][0]["end"] = "nobody"
    (folder / "run.json").write_text(json.dumps(record))
    write_report(folder, tmp_path / "damaged.html")
    open_report(page, tmp_path / "damaged.html")
    assert page.locator("[data-cable=yellow] .tap").count() == 1
    assert page.locator("[data-node]").count() == 2
