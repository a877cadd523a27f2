"""A LAN in Python: the library's public face, in the words of the scenario file.

    lan = Lan()
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24")
    lan.link(delay="5 ms", loss=0.01)
    lan.program("server", serve, service=True)
    page = lan.program("pc", fetch, "http://server/", at="1 ms")
    run = lan.run()
    assert page.result() == …

Each call is a table of a scenario file: `host`, `coax`, `hub`, `cable`, `link`, `fault`, `program` and so on
take the same keys with the same values, quantities with their units included, and are read and checked by
the same code; a mistake is a ScenarioError that names the line of the call. What differs is that a program
may be a function, or a coroutine function, with its arguments: what it returns or raises is in its `Job`.
"""

# ruff: noqa: ANN401 (a program returns what it likes, and a table holds what it may)
import asyncio
import inspect
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.events import Event, FieldValue
from sim.options import Options
from sim.os.outcome import Ending, Outcome
from sim.record.folder import prepare_folder
from sim.scenario.loader import read_scenario
from sim.scenario.model import Scenario
from sim.scenario.rules import ScenarioError
from sim.scenario.table import Source, Table

if TYPE_CHECKING:
    from sim.record.packets import Packet

Keys = Any
"""A value of a scenario file: text, a number, true or false, an array, a table."""


class RunError(Exception):
    """A run in which a program failed, or that came to no end; `str` has one sentence a line, for each."""


class Job:
    """A function that runs as a program, and what came of it (compare `concurrent.futures.Future`)."""

    def __init__(self, name: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        self.name = name
        self._function = function
        self._arguments = arguments
        self._done = False
        self._value: Any = None
        self._error: BaseException | None = None

    def main(self, argv: list[str]) -> None:
        """The program: called in its process; a job that begins once more forgets what was before."""
        self._done, self._value, self._error = False, None, None
        try:
            self._value = self._function(*self._arguments)
            if inspect.iscoroutine(self._value):
                self._value = asyncio.run(self._value)
            self._done = True
        except (Exception, SystemExit) as error:
            self._error = error
            raise

    def done(self) -> bool:
        """Whether the function has returned or raised."""
        return self._done or self._error is not None

    def exception(self) -> BaseException | None:
        """What the function raised, or None."""
        return self._error

    def result(self) -> Any:
        """What the function returned; raises what it raised, and RunError if it has done neither."""
        if self._error is not None:
            raise self._error
        if not self._done:
            raise RunError(f"{self.name} had not ended when the run did, or was not run")
        return self._value


class Run:
    """What a run leaves: how it ended, its events, and a folder with captures and perhaps a waveform."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.events: list[Event] = []
        """All events of all layers, in the order of time."""
        self.outcome: Outcome
        """How it ended, when, and which programs failed."""

    def find(
        self,
        kind: str | None = None,
        *,
        where: str | None = None,
        layer: str | None = None,
        **fields: FieldValue,
    ) -> list[Event]:
        """The events of this kind, place and layer whose fields have these values."""
        wanted = {"kind": kind, "where": where, "layer": layer}
        return [
            event
            for event in self.events
            if all(value is None or getattr(event, name) == value for name, value in wanted.items())
            and all(event.fields.get(name) == value for name, value in fields.items())
        ]

    def output(self, host: str, stream: str = "stdout") -> list[str]:
        """The lines that programs of `host` have printed."""
        return [str(event.fields["text"]) for event in self.find("output", where=host, stream=stream)]

    def capture(self, name: str) -> "list[Packet]":
        """The packets of `NAME.pcapng`: of a host, without FCS, or of a coax, with all octets."""
        from sim.record.packets import packets

        return packets(self.folder / f"{name}.pcapng")


class Lan:
    """A LAN to be built, table by table, and run; see the module.

    `seed` is that of all randomness, `until` when the run ends at the latest, such as "2 s". The recordings
    go to `folder`, or to one that vanishes with the program.
    """

    def __init__(
        self, *, seed: int = 1, until: str | None = None, title: str = "", folder: Path | None = None
    ) -> None:
        name, line = _caller()
        self._tables: dict[str, Any] = {"title": title or Path(name).name, "seed": seed}
        if until is not None:
            self._tables["until"] = until
        self._name = name
        self._places: dict[tuple[str | int, ...], str] = {(): f"{name}:{line}"}
        self._jobs: dict[int, Job] = {}
        self._folder = folder
        self.last: Run | None = None
        """The latest run, as far as it has come."""
        self._temporary: list[tempfile.TemporaryDirectory[str]] = []

    # -- what there is: the tables of a scenario file ----------------------------------------------

    def host(self, name: str, **keys: Keys) -> None:
        """[[host]]: a computer, such as `host("pc", address="192.168.1.10/24", crystal_ppm=80)`."""
        self._add("host", {"name": name, **keys})

    def coax(self, name: str, length: str, taps: list[dict[str, Keys]], **keys: Keys) -> None:
        """[[coax]]: a 10BASE5 segment with `taps` such as `{"at": "0 m", "host": "pc"}`."""
        self._add("coax", {"name": name, "length": length, "taps": taps, **keys})

    def hub(self, name: str, ports: int, **keys: Keys) -> None:
        """[[hub]]: a repeater hub, whose ports are "NAME.1" and so on."""
        self._add("hub", {"name": name, "ports": ports, **keys})

    def switch(self, name: str, ports: int, **keys: Keys) -> None:
        """[[switch]]: a switching hub, whose ports are "NAME.1" and so on."""
        self._add("switch", {"name": name, "ports": ports, **keys})

    def router(self, name: str, **keys: Keys) -> None:
        """[[router]]: a computer that forwards between its adapters."""
        self._add("router", {"name": name, **keys})

    def cable(self, name: str, length: str, ends: list[str], **keys: Keys) -> None:
        """[[cable]]: between two `ends`, hosts or ports of boxes, such as `["pc", "hub.1"]`."""
        self._add("cable", {"name": name, "length": length, "ends": ends, **keys})

    def link(self, **keys: Keys) -> None:
        """[link]: all hosts side by side, from stack to stack, with `delay` and `loss`, without cables."""
        self._tables["link"] = _plain(keys)
        self._places["link",] = "{}:{}".format(*_caller())

    def fault(self, what: str, *, at: str, **keys: Keys) -> None:
        """[[fault]]: what happens to a cable or a host, such as `fault("unplug", at="1 s", host="pc")`."""
        self._add("fault", {"what": what, "at": at, **keys})

    def program(self, host: str, run: str | Callable[..., Any], *arguments: Any, **keys: Keys) -> Job:
        """[[program]]: on `host`, a command line, or a function or coroutine function with its `arguments`.

        The job tells what a function returned; that of a command line has no result.
        """
        if isinstance(run, str):
            job: Job = Job(run, _never, ())
        else:
            name = getattr(run, "__name__", type(run).__name__)
            job = Job(f"{name}()", run, arguments)
            self._jobs[len(self._tables.get("program", ()))] = job
        self._add("program", {"host": host, "run": job.name, **keys})
        return job

    def _add(self, kind: str, table: dict[str, Keys]) -> None:
        tables = self._tables.setdefault(kind, [])
        place = "{}:{}".format(*_caller())
        self._places.setdefault((kind,), place)
        self._places[kind, len(tables)] = place
        tables.append(_plain(table))

    # -- and what it does ---------------------------------------------------------------------------

    def scenario(self) -> Scenario:
        """What has been built, read and checked. Raises ScenarioError for the first mistake."""
        from sim.apps.registry import find
        from sim.scenario.check import check_tables

        named = {job.name for job in self._jobs.values()}

        def judge(command: str) -> bool:
            return command not in named and find(command)[0].service

        top = Table(Source(self._places), self._tables)
        read = read_scenario(top, judge, self._name)
        mains = {number: job.main for number, job in self._jobs.items()}
        programs = [replace(one, main=mains.get(number)) for number, one in enumerate(read.programs)]
        scenario = replace(read, programs=tuple(programs))
        with top.judged():
            check_tables(scenario, judge)
        return scenario

    def run(self, *, engine: str = "auto", waves: bool = False, check: bool = True) -> Run:
        """Run it to its end, on an engine of `thicknet run`, with a waveform if `waves`.

        Raises ScenarioError for a mistake in what was built. If `check`, raises RunError when a program
        failed or the run came to no end (a deadlock, a busy loop), from what the first program raised.
        KeyboardInterrupt if it was ended by Ctrl-C: the recordings are complete.
        """
        from sim.run import run

        __tracebackhide__ = True  # pytest shows the line of the test
        try:
            scenario = self.scenario()
        except ScenarioError as error:
            raise error.with_traceback(None) from None  # it names the line that matters
        folder = self._directory()
        prepare_folder(folder)
        self.last = result = Run(folder)
        result.outcome = run(scenario, Options(result.folder, engine, waves, (result.events.append,)))
        if result.outcome.ending is Ending.INTERRUPTED:
            raise KeyboardInterrupt  # it was for the caller, who may be a test runner
        if check and not result.outcome.succeeded:
            raise RunError(_sentences(result.outcome)) from self._first_error()
        return result

    def _directory(self) -> Path:
        if self._folder is None:
            self._temporary.append(tempfile.TemporaryDirectory(prefix="thicknet-"))
            return Path(self._temporary[-1].name)
        return self._folder

    def _first_error(self) -> BaseException | None:
        return next((error for job in self._jobs.values() if (error := job.exception()) is not None), None)


def _sentences(outcome: Outcome) -> str:
    lines = [*map(str, outcome.failures), *outcome.waiting]
    if outcome.ending not in (Ending.DONE, Ending.UNTIL):
        lines.insert(0, f"the run ended otherwise than by its programs: {outcome.ending.value}")
    return "\n".join(lines)


def _never() -> None:
    raise AssertionError("a command line is no function")


def _caller() -> tuple[str, int]:
    """The file and line outside this module from which it was called."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename == __file__ and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def _plain(value: Any) -> Any:
    """`value` as a TOML reader would give it."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return Decimal(repr(value))
    return value if isinstance(value, str | int | Decimal) else str(value)
