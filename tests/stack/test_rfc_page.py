"""docs/rfc.md and docs/rfc1122.md name files and tests: each must be there, and each RFC in a test's name."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOSTS = (ROOT / "docs" / "rfc1122.md").read_text(encoding="utf-8")
PAGE = (ROOT / "docs" / "rfc.md").read_text(encoding="utf-8") + HOSTS
ROWS = re.findall(r"^\| (?!clause|---).*$", PAGE, re.MULTILINE)
TESTS = {
    name
    for path in (ROOT / "tests" / "stack").glob("test_*.py")
    for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
}


_LEVEL = "(?:MUST|SHOULD)(?: NOT)?"
RFC_1122 = {
    "2.3.1": "1 MUST NOT",
    "2.3.2.1": "2 MUST, 1 SHOULD",
    "2.3.2.2": "1 SHOULD",
    "2.3.3": "3 MUST, 1 MUST NOT, 1 SHOULD",
    "2.4": "2 MUST, 1 MUST NOT",
    "3.1": "5 MUST, 1 MUST NOT, 2 SHOULD",
    "3.2.1.1": "1 MUST",
    "3.2.1.2": "1 MUST",
    "3.2.1.3": "4 MUST, 3 MUST NOT",
    "3.2.1.4": "1 MUST",
    "3.2.1.6": "1 MUST, 1 SHOULD, 1 SHOULD NOT",
    "3.2.1.7": "2 MUST, 2 MUST NOT",
    "3.2.1.8": "3 MUST",
    "3.2.1.8b": "1 MUST, 1 SHOULD NOT",
    "3.2.1.8c": "3 MUST, 1 MUST NOT",
    "3.2.2": "3 MUST, 5 MUST NOT, 1 SHOULD",
    "3.2.2.1": "3 MUST, 1 MUST NOT, 2 SHOULD",
    "3.2.2.2": "2 MUST, 1 SHOULD, 1 SHOULD NOT",
    "3.2.2.3": "1 MUST, 1 SHOULD",
    "3.2.2.4": "1 MUST",
    "3.2.2.5": "1 MUST, 1 SHOULD",
    "3.2.2.6": "5 MUST, 2 SHOULD",
    "3.2.2.7": "1 SHOULD NOT",
    "3.2.2.9": "4 MUST, 1 MUST NOT, 2 SHOULD",
    "3.3.1.1": "2 MUST",
    "3.3.1.2": "3 MUST, 1 SHOULD",
    "3.3.1.3": "1 SHOULD",
    "3.3.1.4": "3 MUST, 1 MUST NOT, 1 SHOULD, 1 SHOULD NOT",
    "3.3.1.5": "1 MUST",
    "3.3.1.6": "2 MUST",
    "3.3.2": "5 MUST, 3 SHOULD",
    "3.3.3": "3 MUST, 1 SHOULD",
    "3.3.4.2": "2 MUST, 1 SHOULD",
    "3.3.5": "1 SHOULD",
    "3.3.6": "2 MUST, 4 SHOULD",
    "3.3.7": "3 SHOULD",
    "3.3.8": "1 MUST",
    "3.4": "7 MUST",
    "4.1.3.1": "1 SHOULD",
    "4.1.3.2": "3 MUST",
    "4.1.3.3": "1 MUST",
    "4.1.3.4": "3 MUST",
    "4.1.3.5": "3 MUST, 1 SHOULD",
    "4.1.3.6": "2 MUST",
    "4.1.4": "2 MUST",
}
"""What sections 2.5, 3.5 and 4.1.5 of the RFC list, and the sections' own text, without the rules for options
that a host may leave out and does."""


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


def test_every_requirement_of_rfc_1122_stands_on_its_page_once() -> None:
    found: Counter[tuple[str, str]] = Counter()
    for line in HOSTS.splitlines():
        if line.startswith(("| ", "- ")):
            for section, levels in re.findall(rf"\b(\d(?:\.\d+)+[a-e]?) ({_LEVEL}(?:, {_LEVEL})*) ", line):
                found.update((section, level) for level in levels.split(", "))
    demanded = {
        (section, word): int(count)
        for section, levels in RFC_1122.items()
        for count, word in re.findall(rf"(\d) ({_LEVEL})", levels)
    }
    assert found == demanded


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
        "stack/tcp/variables.py",
        "stack/dns/__init__.py",
        "stack/dns/answer.py",
        "stack/dns/events.py",
    }
    assert files - set(named(PAGE)) == plumbing
