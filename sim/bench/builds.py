"""What a build costs, and what time and memory a LAN takes in a process of its own."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.bench.effort import Budget
from sim.bench.results import ABSENT, Report, Table, number
from sim.bench.traffic import SETTLE_PS, Lan, Load, scenario
from sim.engine.choose import EngineError, open_engine
from sim.engine.compiled.cache import directory
from sim.scenario.cabling import Cabling

MANY = 100
NEW_TOPOLOGY = 11
"""Stations of a LAN that nothing has been built for."""
ROWS = (
    "first build of the adapter, empty cache",
    f"start of a new topology of {NEW_TOPOLOGY} stations: engine alone",
    f"the same: the whole process, from exec to its end, with {NEW_TOPOLOGY} stations probed",
    f"memory with {MANY} stations, all sending: whole process, peak",
    "memory of the same process with 2 stations, peak",
)


@contextmanager
def prepared(report: Report, budget: Budget) -> Iterator[str | None]:
    """Have the libraries built, if the budget says so in a cache of this run's own.

    Yields why there is no compiled engine, or None.
    """
    before = os.environ.get("THICKNET_CACHE")
    with tempfile.TemporaryDirectory() as cache:
        # The children of this process shall use the same one.
        os.environ["THICKNET_CACHE"] = cache if budget.build else str(directory())
        begun, processors = time.monotonic(), _processors()
        try:
            open_engine(
                "compiled", Cabling(scenario(2)).netlist, waves=False, tell=report.console.print
            ).close()
        except EngineError as error:
            yield f"Without the compiled engine: {error}."
        else:
            if budget.build:
                report.figures["build"] = time.monotonic() - begun
                report.figures["build processor"] = _processors() - processors
            yield None
        finally:
            if before is None:
                del os.environ["THICKNET_CACHE"]
            else:
                os.environ["THICKNET_CACHE"] = before


def measure(report: Report, without: str | None) -> None:
    """Add the table. `without` says why there is no compiled engine."""
    table = Table("Builds, starts and memory of the compiled engine", ("what", "figure"))
    cells = dict.fromkeys(ROWS, ABSENT)
    if without:
        table.notes.append(without)
    else:
        figures = report.figures
        if "build" in figures:
            cells[ROWS[0]] = (
                f"{figures['build']:.1f} s ({figures['build processor']:.1f} s of processor time)"
            )
        else:
            table.notes.append("The libraries came from the user's cache: no build was measured.")
        begun = time.monotonic()
        new = _fresh(NEW_TOPOLOGY, 0)
        figures["whole start"] = time.monotonic() - begun
        figures["start"] = new["open_s"]
        cells[ROWS[1]] = f"{figures['start']:.3f} s"
        cells[ROWS[2]] = f"{figures['whole start']:.2f} s"
        figures["memory"] = _fresh(MANY, MANY)["peak_mb"]
        cells[ROWS[3]] = f"{number(figures['memory'])} MB"
        cells[ROWS[4]] = f"{number(_fresh(2, 2)['peak_mb'])} MB"
    table.rows = [(row, cells[row]) for row in ROWS]
    table.notes.append("Elapsed time where it does not say processor time.")
    report.add(table)


def _fresh(stations: int, senders: int) -> dict[str, float]:
    """Run this file's `main` in a new process."""
    # What this process can import, the new one can: installed or not.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}
    command = [sys.executable, "-P", "-m", "sim.bench.builds", str(stations), str(senders)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    """Open a LAN, let it settle, tell what it took."""
    stations, senders = map(int, sys.argv[1:])
    lan = scenario(stations)
    begun = time.monotonic()
    open_engine("compiled", Cabling(lan).netlist, waves=False, tell=lambda line: None).close()
    opened = time.monotonic() - begun
    with Lan(Load(stations, 64, senders), "compiled") as running:
        running.run_for(SETTLE_PS)
    print(json.dumps({"open_s": opened, "peak_mb": _peak_mb()}))


def _peak_mb() -> float:
    """Peak of this process' resident memory. `ru_maxrss` would begin with that of its parent."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:  # no Linux; macOS counts octets, the BSDs kilobytes
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1e6 if sys.platform == "darwin" else 1e3)
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def _processors() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
