"""One browser and one run folder for all tests of the report."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from sim.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

_SWITCHES = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Path:
    """The folder of a run of `web`, with its report."""
    folder = tmp_path_factory.mktemp("report") / "web"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THICKNET_CACHE", str(built))
        for words in (("run", "web", "--no-vcd", "-q", "-o", str(folder)), ("report", str(folder))):
            result = CliRunner().invoke(main, words)
            assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    import shutil

    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*_SWITCHES])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """A window of the usual size; an error of the page's script fails the test."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    page.close()
    assert errors == []
