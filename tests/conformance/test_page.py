"""docs/conformance.md stands here. Each row's test compares its own line (fixture `measured`)."""

from pathlib import Path

from conformance_page import ROWS, Row, page

PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"


def test_every_row_has_its_line_and_a_test_has_measured_something() -> None:
    written = PAGE.read_text(encoding="utf-8").splitlines()
    empty = page({name: Row() for name in ROWS}).splitlines()
    assert len(written) == len(empty)
    for mine, theirs in zip(written, empty, strict=True):
        if theirs.endswith("| – | – |"):
            row, what, passes, measured, *verdicts = (cell.strip() for cell in mine.strip("|").split(" | "))
            assert theirs.startswith(f"| {row} | {what} | {passes} |")
            assert "FAILED" not in verdicts
            assert measured or any(verdict.startswith("not yet") for verdict in verdicts)
        else:
            assert mine == theirs
