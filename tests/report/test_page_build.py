"""The page that ships is what its source builds, byte for byte, and it is in the wheel without its source."""

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REPORT = ROOT / "sim" / "report"


@pytest.mark.slow
@pytest.mark.needs("node", "npm")
def test_the_page_that_ships_is_what_the_source_builds(tmp_path: Path) -> None:
    source = tmp_path / "web"
    shutil.copytree(REPORT / "web", source, ignore=shutil.ignore_patterns("node_modules"))
    for command in (
        ("npm", "ci", "--prefer-offline", "--no-progress"),
        ("npx", "--no", "tsc", "--noEmit"),
        ("node", "build.mjs", str(tmp_path / "page.html")),
    ):
        done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    same = (tmp_path / "page.html").read_bytes() == (REPORT / "page.html").read_bytes()
    assert same, "run `make report-page`"


def test_the_page_fetches_nothing() -> None:
    page = (REPORT / "page.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert "<link" not in page
    assert " src=" not in page.partition("<style>")[0]


def test_the_wheel_has_the_page() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "report/page.html" in project["tool"]["setuptools"]["package-data"]["sim"]


def test_no_registry_is_named() -> None:
    assert "resolved" not in (REPORT / "web" / "package-lock.json").read_text(encoding="utf-8")
