"""The sign of life on a terminal, while a run prints nothing."""

import io

from journal.event import Event
from sim.cli.progress import Progress


def at(ms: int) -> Event:
    return Event(ms * 1_000_000_000, "pc", "program", "output", {})


def test_a_line_twice_a_second_and_taken_away_at_the_end() -> None:
    times = iter([0.0, 0.4, 0.5, 0.9, 1.0])
    stream = io.StringIO()
    progress = Progress(stream, 2_000_000_000, lambda: next(times))
    for ms in (10, 200, 300, 1000):
        progress(at(ms))
    progress.clear()
    progress.clear()
    first, second = "0.2 s of simulated time, 10 %", "1 s of simulated time, 50 %"
    assert stream.getvalue() == f"\r{first}\r{second:<{len(first)}}\r{'':<{len(second)}}\r"


def test_without_an_end_there_is_no_percentage() -> None:
    times = iter([0.0, 0.6])
    stream = io.StringIO()
    Progress(stream, None, lambda: next(times))(at(7))
    assert stream.getvalue() == "\r0.007 s of simulated time"


def test_a_short_run_draws_nothing() -> None:
    stream = io.StringIO()
    progress = Progress(stream, None, lambda: 0.0)
    progress(at(7))
    progress.clear()
    assert stream.getvalue() == ""
