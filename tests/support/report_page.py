"""Opens a report in the browser at a place of it."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page


def open_report(page: "Page", report: Path, place: str = "") -> None:
    """`place` is what follows `#` in the address."""
    page.goto("about:blank")
    page.goto(f"{report.resolve().as_uri()}#{place}")
    page.wait_for_selector("body[data-ready]")
