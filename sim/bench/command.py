"""Everything measured in one go, printed table by table, and put into a document if that is asked for."""

from pathlib import Path

from rich.console import Console

from sim.bench import builds, cable, campus, goals, icarus, packets, software
from sim.bench.effort import Effort
from sim.bench.machine import machine
from sim.bench.results import Report

BEGIN = "<!-- begin: written by `thicknet bench --write` -->"
END = "<!-- end: written by `thicknet bench --write` -->"


class PlaceError(Exception):
    """The document has no place for the tables; `str` says what it lacks."""


def bench(effort: Effort, document: Path | None, console: Console) -> None:
    """Measure and print; replace what is between BEGIN and END in `document`, which is made if need be.

    Raises PlaceError, before anything is measured, and OSError.
    """
    before, after = _around(document) if document else ("", "")
    report, budget = Report(console), effort.value
    on = f"{machine()} Effort: {effort.name.lower()}."
    console.print(on)
    with builds.prepared(report, budget) as without:
        if without:
            console.print(without)
        cable.measure_saturated(report, budget, without)
        cable.measure_idle(report, without)
        campus.measure(report, budget, without)
        icarus.measure(report, budget, without)
        packets.measure(report, budget, without)
        builds.measure(report, without)
        software.measure(report, budget, without)
    report.add(goals.table(report.figures))
    if document:
        *tables, reached = report.tables
        text = "\n\n".join([BEGIN, on, *(table.markdown() for table in (reached, *tables)), END])
        document.write_text(before + text + after, encoding="utf-8")
        console.print(f"written to {document}")


def _around(document: Path) -> tuple[str, str]:
    """What stands before and after the tables."""
    if not document.exists():
        return "", "\n"
    before, begin, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise PlaceError(
            f"{document}: has no place for the tables, which is between the lines {BEGIN} and {END}"
        )
    return before, after
