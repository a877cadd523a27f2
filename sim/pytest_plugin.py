"""pytest's fixture `lan`, an empty LAN for one test, and what is shown of a network when a test fails.

To the report of a failed test are added what the programs of each host printed, where a program failed first,
and the events that matter. What pytest shows already, the traceback of what a program raised, is not shown
again. Records of `logging` have the name of the host on which they were made, as `%(host)s` for `log_format`,
unless they bring a `host` of their own.

pytest finds this module by its entry point.
"""

import logging
import os
import sys
import traceback
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sim.os.prompt import lend_terminal

if TYPE_CHECKING:
    from journal.event import Event
    from sim import Lan
    from sim.api.run import Run

_LINES = 60
_STREAMS = ("stdout", "stderr")
_HEADER = "Traceback (most recent call last):"


@pytest.fixture
def lan(tmp_path: Path) -> "Lan":
    """An empty `sim.Lan`; what its runs record is in `tmp_path / "run"`."""
    from sim import Lan  # here, so that test suites without a network do not load it

    return Lan(title="a test", folder=tmp_path / "run")


def pytest_configure(config: pytest.Config) -> None:
    """Let records of `logging` have their host, and `breakpoint()` in a program the terminal.

    The host is added once the record is made, as `logging` refuses an `extra` of a name that it has already.
    """
    config.add_cleanup(lend_terminal(lambda: _uncaptured(config)))
    handle = logging.Logger.handle

    def handle_with_host(logger: logging.Logger, record: logging.LogRecord) -> None:
        record.__dict__.setdefault("host", _host())
        handle(logger, record)

    patch = pytest.MonkeyPatch()
    patch.setattr(logging.Logger, "handle", handle_with_host)
    config.add_cleanup(patch.undo)


def _host() -> str:
    """The name of the host whose program runs, empty outside of programs."""
    process = sys.modules.get("sim.os.process")
    thread = process.current() if process else None
    return thread.process.host.name if thread else ""


@contextmanager
def _uncaptured(config: pytest.Config) -> Iterator[None]:
    """As pytest does it for its own debugger; time-outs of tests are off meanwhile."""
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    if capture is not None:
        capture.suspend(in_=True)
    config.hook.pytest_enter_pdb(config=config, pdb=None)
    try:
        yield
    finally:
        config.hook.pytest_leave_pdb(config=config, pdb=None)
        if capture is not None:
            capture.resume()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """A run of another test is not this one's."""
    if "sim.api.lan" in sys.modules:
        from sim.api.lan import Lan

        Lan.latest = None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Add what happened on the network to the report of a test that failed."""
    report = yield
    run = _run_of(item) if report.failed else None
    if run is not None:
        report.sections += _sections(run, None if call.excinfo is None else call.excinfo.value)
    return report


def _run_of(item: pytest.Item) -> "Run | None":
    """That of a fixture, or the latest that the test began."""
    if "sim.api.lan" not in sys.modules:
        return None
    from sim.api.lan import Lan
    from sim.api.network import Network

    for value in getattr(item, "funcargs", {}).values():
        if isinstance(value, Lan) and value.last is not None:
            return value.last
        if isinstance(value, Network):
            return value.recorded
    return None if Lan.latest is None else Lan.latest()


def _sections(run: "Run", error: BaseException | None) -> Iterator[tuple[str, str]]:
    from sim.record.highlights import failed_hosts, highlights
    from sim.record.timeline import line

    events = _without_traceback(run.events, error)
    hosts = [*failed_hosts(events), *dict.fromkeys(one.where for one in events if one.kind == "output")]
    for host in dict.fromkeys(hosts):
        for stream in _STREAMS:
            texts = [
                str(one.fields["text"])
                for one in events
                if (one.kind, one.where, one.fields.get("stream")) == ("output", host, stream)
            ]
            if texts:
                yield f"Captured {stream} of {host}", "\n".join(texts)
    shown = highlights([one for one in events if one.fields.get("stream") != "stderr"], _LINES)
    lines = [text for event in shown if (text := line(event)) is not None]
    lines.append(f"({len(lines)} of {len(run.events)} events; all are in {run.folder / 'events.jsonl'})")
    yield "thicknet, what happened", "\n".join(lines)
    seed = os.environ.get("PYTHONHASHSEED", "random")
    yield "thicknet, the order of sets of strings", f"PYTHONHASHSEED={seed}"


def _without_traceback(events: "Sequence[Event]", error: BaseException | None) -> "list[Event]":
    """The events but for what a program has printed of what pytest shows as `error`, or its cause."""
    dropped: set[int] = set()
    seen: set[int] = set()  # an exception may be its own cause
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        notes = [line for note in getattr(error, "__notes__", ()) for line in note.splitlines()]
        texts = [line for text in traceback.format_exception(error) for line in text.splitlines()]
        printed = [line for line in texts if line.lstrip(" |") not in notes]
        found = (block for stderr in _stderr(events).values() if (block := _found(printed, stderr)))
        dropped |= {id(event) for event in next(found, ())}  # the first in time is the cause
        hidden = error.__cause__ is not None or error.__suppress_context__
        error = error.__cause__ if hidden else error.__context__
    return [event for event in events if id(event) not in dropped]


def _stderr(events: "Sequence[Event]") -> "dict[tuple[str, object], list[Event]]":
    """By host and process number, the lines written to stderr."""
    found: dict[tuple[str, object], list[Event]] = {}
    for one in events:
        if one.kind == "output" and one.fields.get("stream") == "stderr":
            found.setdefault((one.where, one.fields["pid"]), []).append(one)
    return found


def _found(printed: Sequence[str], stderr: "list[Event]") -> "Sequence[Event]":
    """Those of `stderr` that are `printed`, a traceback that may have the test's own frames, too."""
    lines = [str(event.fields["text"]) for event in stderr]
    if printed[-1] not in lines:
        return ()
    end = here = len(lines) - 1 - lines[::-1].index(printed[-1])
    there = len(printed) - 1
    while here >= 0 and there >= 0:
        if lines[here].endswith(_HEADER):
            while there >= 0 and not printed[there].endswith(_HEADER):
                there -= 1
            if there < 0:  # it was never raised
                break
        elif lines[here] != printed[there]:
            break
        here, there = here - 1, there - 1
    return stderr[here + 1 : end + 1] if lines[here + 1].endswith(_HEADER) else ()
