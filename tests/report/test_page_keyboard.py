"""The page without a mouse, and its address, which holds what is shown."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from report_page import open_report

from sim.report.payload import payload

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.needs("chromium", "wheel:playwright")


@pytest.fixture
def report(web: Path) -> Path:
    return web / "report.html"


def cursor(page: "Page") -> int:
    """Picoseconds, as the clock at the top shows them."""
    shown = page.get_by_test_id("clock").inner_text()
    return int("".join(one for one in shown if one.isdigit()))


def test_home_end_and_bit_times_stay_within_the_run(page: "Page", web: Path, report: Path) -> None:
    end = payload(web)["end"]
    open_report(page, report, "t=0")
    page.keyboard.press(",")
    assert cursor(page) == 0
    page.keyboard.press("End")
    assert cursor(page) == end
    for key in (".", "n"):
        page.keyboard.press(key)
        assert cursor(page) == end
    page.keyboard.press("Home")
    assert cursor(page) == 0
    page.keyboard.press("p")
    assert cursor(page) == 0


def test_space_plays_and_pauses(page: "Page", report: Path) -> None:
    open_report(page, report, "t=1000000000")
    page.keyboard.press(" ")
    page.get_by_role("button", name="pause").wait_for()
    page.wait_for_function(
        "document.querySelector('.clock').textContent.startsWith('1\\u202f000.000') === false"
    )
    page.keyboard.press(" ")
    page.get_by_role("button", name="play", exact=True).wait_for()
    assert cursor(page) > 1_000_000_000


def test_keys_that_are_typed_into_a_filter_do_not_move_the_cursor(page: "Page", report: Path) -> None:
    open_report(page, report, "t=1000000000&view=timeline")
    page.get_by_label("text", exact=True).press_sequentially("ping n,p.")
    assert cursor(page) == 1_000_000_000


def test_the_slider_goes_from_the_first_to_the_last_instant(page: "Page", web: Path, report: Path) -> None:
    slider = page.get_by_role("slider", name="simulated time")
    open_report(page, report, "t=1000000000")
    slider.fill("0")
    assert cursor(page) == 0
    slider.fill(slider.get_attribute("max") or "")
    assert cursor(page) == payload(web)["end"]
    assert slider.get_attribute("aria-valuetext") == page.locator(".clock").inner_text()


def test_arrow_keys_go_through_the_tabs_and_around(page: "Page", report: Path) -> None:
    open_report(page, report, "t=0&view=timeline")
    page.get_by_role("tab", selected=True).focus()
    seen = []
    for _ in range(4):
        page.keyboard.press("ArrowRight")
        seen.append(page.get_by_role("tab", selected=True).inner_text())
    assert seen == ["ladder", "frame", "plots", "timeline"]
    page.keyboard.press("ArrowLeft")
    assert page.get_by_role("tab", selected=True).inner_text() == "plots"


def test_an_address_with_a_frame_opens_it_and_a_frame_is_in_the_address(page: "Page", report: Path) -> None:
    from playwright.sync_api import expect

    open_report(page, report, "t=1900000000&frame=yellow:7")
    assert page.get_by_test_id("frame-name").inner_text() == "yellow:7"
    assert cursor(page) == 1_900_000_000
    open_report(page, report, "view=ladder")
    page.locator(".arrow").first.click()
    name = page.get_by_test_id("frame-name").inner_text()
    expect(page).to_have_url(re.compile(f"frame={re.escape(name).replace(':', '(:|%3A)')}"))
    open_report(page, report, page.url.partition("#")[2])
    assert page.get_by_test_id("frame-name").inner_text() == name


@pytest.mark.parametrize("place", ["t=1e99&view=nothing", "frame=green:7", "t=x&view=ladder&ladder=99"])
def test_an_address_of_nothing_opens_the_page_all_the_same(page: "Page", report: Path, place: str) -> None:
    open_report(page, report, place)
    assert page.get_by_role("tab", selected=True).count() == 1
    page.keyboard.press("Home")
    assert cursor(page) == 0
