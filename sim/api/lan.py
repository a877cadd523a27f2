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

import sys
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar, TypeVarTuple, Unpack, overload
from weakref import ref

from hw.kinds import Value
from sim.api.chaos import Fault
from sim.api.host import make_job
from sim.api.job import Job
from sim.api.network import Network
from sim.api.options import Options
from sim.api.run import Run, RunError, sentences
from sim.os.outcome import Ending
from sim.python import install
from sim.record.folder import TemporaryFolder, prepare_folder
from sim.scenario.faults import FaultKind
from sim.scenario.loader import read_scenario
from sim.scenario.model import Scenario
from sim.scenario.rules import ScenarioError
from sim.scenario.table import Source, Table, plain
from sim.scenario.tables.cable import CableKeys
from sim.scenario.tables.coax import CoaxKeys, TapKeys
from sim.scenario.tables.fault import FaultKeys
from sim.scenario.tables.host import HostKeys, RouterKeys
from sim.scenario.tables.hub import HubKeys
from sim.scenario.tables.link import LinkKeys
from sim.scenario.tables.program import ProgramKeys
from sim.scenario.tables.switch import SwitchKeys

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Lan:
    """A LAN to be built, table by table, and run; see the module.

    `seed` is that of all randomness, `until` when the run ends at the latest, such as "2 s", `epoch` when it
    begins in the simulated world, such as "2026-01-01T00:00:00Z". The recordings go to `folder`, or to one
    that vanishes with the program.
    """

    latest: ClassVar["ref[Run] | None"] = None
    """The run, of any LAN, that was begun last: for a test runner's report."""

    def __init__(
        self,
        *,
        seed: int = 1,
        until: str | None = None,
        epoch: str | None = None,
        title: str = "",
        folder: Path | None = None,
    ) -> None:
        install()  # so that what is made for this network from now on has its clocks and locks
        name, line = _caller()
        self._tables: dict[str, Any] = {"title": title or Path(name).name, "seed": seed}
        if until is not None:
            self._tables["until"] = until
        if epoch is not None:
            self._tables["epoch"] = epoch
        self._name = name
        self._places: dict[tuple[str | int, ...], str] = {(): f"{name}:{line}"}
        self._jobs: list[Job[Any]] = []
        self._folder = folder
        self.last: Run | None = None
        """The latest run, as far as it has come."""
        self._temporary: list[TemporaryFolder] = []

    # -- what there is: the tables of a scenario file ----------------------------------------------

    def host(self, name: str, **keys: Unpack[HostKeys]) -> None:
        """[[host]]: a computer, such as `host("pc", address="192.168.1.10/24", crystal_ppm=80)`."""
        self._add("host", {"name": name, **keys})

    def router(self, name: str, **keys: Unpack[RouterKeys]) -> None:
        """[[router]]: a computer that forwards between its `adapters`, each `{"address": …}`."""
        self._add("router", {"name": name, **keys})

    def coax(self, name: str, length: str, taps: Sequence[TapKeys], **keys: Unpack[CoaxKeys]) -> None:
        """[[coax]]: a segment of thick or thin coax with `taps` such as `{"at": "0 m", "host": "pc"}`."""
        self._add("coax", {"name": name, "length": length, "taps": taps, **keys})

    def hub(self, name: str, ports: int, **keys: Unpack[HubKeys]) -> None:
        """[[hub]]: a repeater hub with 2 to 64 ports, "NAME.1" and so on."""
        self._add("hub", {"name": name, "ports": ports, **keys})

    def switch(self, name: str, ports: int, **keys: Unpack[SwitchKeys]) -> None:
        """[[switch]]: a switching hub with 2 to 48 ports, "NAME.1" and so on."""
        self._add("switch", {"name": name, "ports": ports, **keys})

    def box(self, kind: str, name: str, ports: int | None = None, **keys: Value) -> None:
        """[[box]]: a box of a kind that another package has added, with the kind's own keys."""
        self._add("box", {"kind": kind, "name": name} | ({} if ports is None else {"ports": ports}) | keys)

    def cable(self, name: str, length: str, ends: Sequence[str], **keys: Unpack[CableKeys]) -> None:
        """[[cable]]: between two `ends`, hosts or ports of boxes, such as `["pc", "hub.1"]`."""
        self._add("cable", {"name": name, "length": length, "ends": ends, **keys})

    def link(self, **keys: Unpack[LinkKeys]) -> None:
        """[link]: all hosts side by side, from stack to stack, with `delay`, `loss` …, without cables."""
        self._tables["link"] = plain(keys)
        self._places["link",] = "{}:{}".format(*_caller())

    def fault(self, what: FaultKind, *, at: str, **keys: Unpack[FaultKeys]) -> None:
        """[[fault]]: what happens to a cable or a host, such as `fault("unplug", at="1 s", host="pc")`."""
        self._add("fault", {"what": what, "at": at, **keys})

    def faults(self, schedule: Iterable[Fault]) -> None:
        """[[fault]]: all of a schedule, such as `chaos(Random(7), ["pc", "server"], end="20 s")`."""
        for one in schedule:
            self.fault(one.what, at=one.at, **one.keys)

    @overload
    def program(self, host: str, run: str, **keys: Unpack[ProgramKeys]) -> Job[int]: ...
    @overload
    def program(
        self,
        host: str,
        run: Callable[[*Ts], Coroutine[Any, Any, T]],
        *arguments: *Ts,
        **keys: Unpack[ProgramKeys],
    ) -> Job[T]: ...
    @overload
    def program(
        self, host: str, run: Callable[[*Ts], T], *arguments: *Ts, **keys: Unpack[ProgramKeys]
    ) -> Job[T]: ...
    def program(  # type: ignore[misc]  # mypy knows no match for *Ts
        self, host: str, run: str | Callable[..., Any], *arguments: Any, **keys: Any
    ) -> Job[Any]:
        """[[program]]: on `host`, a command line, or a function or coroutine function with its `arguments`.

        The result of its job is what a function returns, or the exit status of a command line.
        """
        job = make_job(run, arguments)
        self._jobs.append(job)
        self._add("program", {"host": host, "run": job.name, **keys})
        return job

    def _add(self, kind: str, table: Mapping[str, object]) -> None:
        tables = self._tables.setdefault(kind, [])
        place = "{}:{}".format(*_caller())
        self._places.setdefault((kind,), place)
        self._places[kind, len(tables)] = place
        tables.append(plain(table))

    # -- and what it does ---------------------------------------------------------------------------

    def scenario(self) -> Scenario:
        """What has been built, read and checked. Raises ScenarioError for the first mistake."""
        from sim.apps.registry import find
        from sim.scenario.check import check_tables

        functions = {number: job for number, job in enumerate(self._jobs) if job.is_function}
        named = {job.name for job in functions.values()}

        def judge(command: str) -> bool:
            return command not in named and find(command)[0].service

        top = Table(Source(self._places), self._tables)
        read = read_scenario(top, judge, self._name)
        mains = {number: job.main for number, job in functions.items()}
        programs = [replace(one, main=mains.get(number)) for number, one in enumerate(read.programs)]
        scenario = replace(read, programs=tuple(programs))
        with top.judged():
            check_tables(scenario, judge)
        return scenario

    def start(self, *, engine: str = "auto", waves: bool = False) -> Network:
        """Begin it, on an engine of `thicknet run`, with a waveform if `waves`: a `with` statement's network.

        Raises ScenarioError for a mistake in what was built.
        """
        __tracebackhide__ = True  # pytest shows the line of the test
        try:
            scenario = self.scenario()
        except ScenarioError as error:
            raise error.with_traceback(None) from None  # it names the line that matters
        folder = self._directory()
        if self.last is not None and self.last.folder == folder:
            self.last.keep()
        prepare_folder(folder)
        jobs = dict(enumerate(self._jobs))
        network = Network(scenario, Options(folder, engine, waves), jobs)
        self.last = network.recorded
        self.last.hold(self._temporary)
        Lan.latest = ref(self.last)
        return network

    def run(self, *, engine: str = "auto", waves: bool = False, check: bool = True) -> Run:
        """Run it to its end, on an engine of `thicknet run`, with a waveform if `waves`.

        Raises ScenarioError for a mistake in what was built. If `check`, raises RunError when a program
        failed or the run came to no end (a deadlock, a busy loop), from what the first program raised.
        KeyboardInterrupt if it was ended by Ctrl-C: the recordings are complete.
        """
        __tracebackhide__ = True
        with self.start(engine=engine, waves=waves) as network:
            outcome = network.run()
        if outcome.ending is Ending.INTERRUPTED:
            raise KeyboardInterrupt  # it was for the caller, who may be a test runner
        if check and not outcome.succeeded:
            raised = next((failure.error for failure in outcome.failures if failure.error is not None), None)
            if raised is None or isinstance(raised, Exception | SystemExit):
                raise RunError(sentences(outcome)) from raised
            raise raised  # a word to the test runner, such as pytest.skip
        return network.recorded

    def _directory(self) -> Path:
        if self._folder is None:
            self._temporary.append(TemporaryFolder())
            return self._temporary[-1].path
        return self._folder


def _caller() -> tuple[str, int]:
    """The file and line outside this module from which it was called."""
    frame = sys._getframe(1)
    while frame.f_code.co_filename == __file__ and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno
