"""The report in headless Chromium: what it shows, in numbers and places; not its pixels."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from report_page import open_report

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.needs("chromium", "wheel:playwright")
END_TO_END_PS = 433_000
"""Of `web`'s 100 m of coax, 4.33 ns a metre."""
PHY_PS = 400_000
"""From the MAC to the line (hw/phy/transmit.py)."""


@pytest.fixture
def report(web: Path) -> Path:
    return web / "report.html"


def cursor(page: "Page") -> int:
    """Picoseconds, as the clock at the top shows them."""
    shown = page.locator(".clock").inner_text()
    return int("".join(one for one in shown if one.isdigit()))


def test_every_row_of_the_timeline_sets_the_cursor(page: "Page", report: Path) -> None:
    open_report(page, report, "t=0&view=timeline")
    assert cursor(page) == 0
    row = page.locator(".row", has_text="connect() to 192.168.1.20:80").first
    row.click()
    assert cursor(page) == 1_000_000_000
    page.keyboard.press("n")
    after = cursor(page)
    assert after > 1_000_000_000
    page.keyboard.press("p")
    assert cursor(page) == 1_000_000_000
    page.keyboard.press(".")
    assert cursor(page) == 1_000_100_000


def test_the_timeline_is_filtered_by_place_layer_and_text(page: "Page", report: Path) -> None:
    open_report(page, report, "view=timeline")

    def count() -> int:
        return int(page.get_by_test_id("count").inner_text().partition(" ")[0])

    everything = count()
    page.get_by_label("place").select_option("pc")
    of_pc = count()
    assert 0 < of_pc < everything
    assert set(page.locator(".row .where").all_inner_texts()) == {"pc"}
    page.get_by_label("layer").select_option("arp")
    assert 0 < count() < of_pc
    assert set(page.locator(".row .layer").all_inner_texts()) == {"arp"}
    page.get_by_label("text", exact=True).fill("asks everyone")
    assert count() == 1


def test_a_signal_moves_along_the_coax_at_its_real_speed(page: "Page", report: Path) -> None:
    """The pc's tap is at the left end: its front is at the share of the cable that time has taken it."""
    open_report(page, report, "t=0")
    page.locator(".row", has_text="transmission begins").first.click()
    begin = cursor(page) + PHY_PS
    for part in (0.25, 0.5, 0.75):
        open_report(page, report, f"t={begin + round(part * END_TO_END_PS)}")
        signal = page.locator("[data-cable=yellow] .signal[data-sender=pc]")
        assert signal.count() == 1
        assert float(signal.get_attribute("data-from") or "") == 0
        assert float(signal.get_attribute("data-to") or "") == pytest.approx(part, abs=0.001)
    assert page.locator(".clash").count() == 0


def test_an_arrow_of_the_ladder_leads_to_its_frame(page: "Page", report: Path) -> None:
    open_report(page, report, "view=ladder")
    arrows = page.locator(".arrow")
    assert arrows.count() == 9
    syn = arrows.first
    line = syn.locator("line")
    assert float(line.get_attribute("y2") or "") > float(line.get_attribute("y1") or "")
    syn.click()
    assert page.get_by_role("tab", selected=True).inner_text() == "frame"
    assert page.get_by_test_id("frame-name").inner_text().startswith("pc:")
    assert page.locator(".layers summary b").all_inner_texts()[-1] == "TCP"


def test_fields_and_octets_are_linked_both_ways(page: "Page", report: Path) -> None:
    open_report(page, report, "frame=yellow:7")
    assert page.get_by_test_id("frame-name").inner_text() == "yellow:7"
    page.locator(".layers tr", has_text="source address").last.hover()
    assert page.locator(".dump td.lit").all_inner_texts() == ["c0", "a8", "01", "14"]
    page.locator(".dump td").nth(12).hover()
    assert "type" in page.locator(".layers tr.chosen").text_content().lower()  # type: ignore[union-attr]


def test_two_cursors_measure_the_waveform(page: "Page", report: Path) -> None:
    """From the first bit of the preamble to the first of the destination address: 64 bits, 6.4 µs."""
    open_report(page, report, "frame=yellow:7")
    assert "64 bit times, 6.4 µs" in page.get_by_test_id("measure").inner_text()
    assert page.locator(".waveform .trace.level").count() == 1
    page.get_by_role("button", name="whole frame").click()
    assert page.locator(".waveform .trace.level").count() == 0
    for _ in range(14):
        page.get_by_role("button", name="zoom in").click()
    assert page.locator(".waveform .trace.level").count() == 1


def test_a_box_shows_its_tables_at_the_cursor(page: "Page", report: Path) -> None:
    arp = page.locator("[data-table=arp]")
    open_report(page, report, "t=0")
    page.locator("[data-node=pc]").click()
    assert "02:00:00:00:00:02" not in page.locator(".tables").inner_text()
    open_report(page, report, "t=1900000000")
    page.locator("[data-node=pc]").click()
    assert "02:00:00:00:00:02" in arp.inner_text()


def test_plots_follow_the_cursor(page: "Page", report: Path) -> None:
    open_report(page, report, "t=0&view=plots")
    windows = page.locator("[data-plot*=windows]").first.get_by_test_id("now")
    assert "nothing yet" in windows.inner_text()
    open_report(page, report, "t=1900000000&view=plots")
    assert "octets" in windows.inner_text()


def test_the_address_follows_the_cursor(page: "Page", report: Path) -> None:
    from playwright.sync_api import expect

    open_report(page, report, "t=5000000&view=ladder")
    page.keyboard.press(".")
    expect(page).to_have_url(re.compile("t=5100000&"))
    assert "view=ladder" in page.url


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page: "Page", report: Path, scheme: str) -> None:
    axe = Path(__file__).parents[2] / "sim/report/web/node_modules/axe-core/axe.min.js"
    if not axe.exists():
        pytest.skip("axe-core is not there: run `make report-page`")
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    found = []
    for view in ("timeline", "ladder", "frame&frame=yellow:7", "plots"):
        open_report(page, report, f"t=1900000000&view={view}")
        page.locator("[data-node=pc]").click()
        page.evaluate(axe.read_text(encoding="utf-8"))
        violations = page.evaluate("async () => (await axe.run()).violations")
        found += [
            (view, one["id"], [node["target"] for node in one["nodes"]][:3])
            for one in violations
            if one["impact"] in ("serious", "critical")
        ]
    assert found == []
