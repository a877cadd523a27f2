"""The pages refer to what is there: every relative link, every anchor, every file that they name; and they
become a site without a warning."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED = re.compile(r"`((?:hw|driver|stack|sim|tests|examples)/[\w./-]*)`")
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


@cache
def text(page: Path) -> str:
    """A page without its blocks of code."""
    return FENCED.sub("", page.read_text(encoding="utf-8"))


@cache
def anchors(page: Path) -> set[str]:
    """What GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", text(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(text(page)):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.is_file(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(file), f"{page.name}: {target}"


def test_every_page_is_linked_from_the_readme() -> None:
    linked = {
        (ROOT / target.partition("#")[0]).resolve() for target in LINK.findall(text(ROOT / "README.md"))
    }
    assert set(PAGES[1:]) <= linked


def test_files_that_are_named_exist() -> None:
    for page in (ROOT / "README.md", ROOT / "docs" / "architecture.md", ROOT / "docs" / "decisions.md"):
        missing = [name for name in NAMED.findall(text(page)) if not (ROOT / name).exists()]
        assert not missing, f"{page.name}: {missing}"


@pytest.mark.slow
@pytest.mark.needs("wheel:sphinx", "wheel:myst_parser")
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-c", "docs", ".", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "README.html").is_file() and (tmp_path / "docs" / "architecture.html").is_file()


def test_documents_that_code_cites_are_in_the_repository() -> None:
    for folder in ("journal", "hw", "driver", "stack", "sim"):
        for file in (ROOT / folder).rglob("*.[pch]*"):
            if file.suffix in (".py", ".h", ".hpp", ".cpp"):
                for name in re.findall(r"[\w/]+\.md\b", file.read_text(encoding="utf-8")):
                    assert (ROOT / name).is_file(), f"{file.relative_to(ROOT)} cites {name}"
