"""docs/rfc.md names files and tests: each must be there, and each RFC in a test's name must be on it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "rfc.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?!clause|---).*$", PAGE, re.MULTILINE)
TESTS = {
    name
    for path in (ROOT / "tests" / "stack").glob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
}


def named(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_a_clause_names_files_and_tests_that_exist(row: str) -> None:
    _, _, where, shown, _ = row.split("|")
    assert named(where) and all((ROOT / path).is_file() for path in named(where))
    assert named(shown) and set(named(shown)) <= TESTS


def test_every_requirement_of_rfc_9293_appendix_b_stands_on_the_page_once() -> None:
    numbers = {"MUST": 69, "SHLD": 31, "MAY": 18, "REC": 1}
    appendix = PAGE.split("### Appendix B")[1].split("\n## ")[0]
    kept, _, others = appendix.partition("\nNot kept")
    found = re.findall(r"\b((?:MUST|SHLD|MAY|REC)-\d+)", kept)
    assert len(set(found)) == len(found)
    partly = set(re.findall(r"\b((?:MUST|SHLD|MAY|REC)-\d+)", others))
    assert partly | set(found) == {
        f"{kind}-{n}" for kind, last in numbers.items() for n in range(1, last + 1)
    }


def test_every_requirement_of_eight_rfcs_stands_on_the_page_once() -> None:
    last = {"5681": 23, "6298": 13, "6582": 4, "6675": 16, "2018": 7, "2883": 4, "7323": 18, "5961": 8}
    section = PAGE.split("## MUST by MUST")[1].split("\n## ")[0]
    found = re.findall(r"\b(\d{4}-\d+) \(", section)
    assert len(set(found)) == len(found)
    assert set(found) == {f"{rfc}-{n}" for rfc, count in last.items() for n in range(1, count + 1)}


def test_tests_named_in_the_text_exist() -> None:
    assert {word for word in named(PAGE) if word.startswith("test_")} <= TESTS


def test_every_rfc_in_a_tests_name_is_on_the_page() -> None:
    tested = {number for name in TESTS for number in re.findall(r"rfc(\d+)", name)}
    missing = {number for number in tested if not re.search(rf"\b{number}\b", PAGE)}
    assert missing <= {"1071", "894"}, missing  # the checksum and the frame, which have one clause each


def test_every_part_of_the_stack_that_obeys_an_rfc_is_on_the_page() -> None:
    folders = (ROOT / "stack" / "tcp", ROOT / "stack" / "dns")
    files = {path.relative_to(ROOT).as_posix() for folder in folders for path in folder.glob("*.py")}
    plumbing = {
        "stack/tcp/__init__.py",
        "stack/tcp/events.py",
        "stack/dns/__init__.py",
        "stack/dns/answer.py",
        "stack/dns/events.py",
    }
    assert files - set(named(PAGE)) == plumbing
