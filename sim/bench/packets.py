"""ns-3's packet-level CSMA on the same traffic: 24 stations that always have a 64-octet frame to send."""

import subprocess
import tempfile
from pathlib import Path

from sim.bench.effort import Budget
from sim.bench.results import ABSENT, Report, Table, number
from sim.bench.traffic import Load
from sim.bench.traffic import measure as measure_load
from sim.engine.compiled.toolchain import BuildError, find_compiler

SOURCE = Path(__file__).with_name("csma.cc")
HEADER = Path("/usr/include/ns3/csma-net-device.h")
LIBRARIES = ("-lns3-csma", "-lns3-network", "-lns3-core")
LOAD = Load(24, 64, 24)
ROWS = ("ns-3, packets only", "compiled engine, bits, with drivers")
LONGEST_S = 60


def measure(report: Report, budget: Budget, without: str | None) -> None:
    """Add the table. `without` says why there is no compiled engine."""
    table = Table(
        "24 stations, all sending 64-octet frames, beside ns-3",
        ("what", "frames per second of processor time", "of ns-3"),
    )
    rates: dict[str, float] = {}
    try:
        rates[ROWS[0]] = _frames_per_second(budget)
    except BuildError as error:
        table.notes.append(f"Without ns-3: {error}.")
    if without is None:
        rates[ROWS[1]] = measure_load(LOAD, "compiled", budget).frames_per_s
    else:
        table.notes.append(without)
    for row in ROWS:
        share = f"{rates[row] / rates[ROWS[0]]:.4f} ×" if row in rates and ROWS[0] in rates else ABSENT
        table.rows.append((row, number(rates[row]) if row in rates else ABSENT, share))
    if len(rates) == len(ROWS):
        report.figures["ns-3"] = rates[ROWS[1]] / rates[ROWS[0]]
    table.notes.append("ns-3's CsmaNetDevice knows no collisions: who finds the channel busy backs off.")
    report.add(table)


def _frames_per_second(budget: Budget) -> float:
    compiler = find_compiler()
    if compiler is None or not HEADER.is_file():
        raise BuildError("it or a C++ compiler is not installed (Debian: apt-get install libns3-dev g++)")
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "csma"
        compiler.run("compiling ns-3's", ["-std=c++17", "-O3", SOURCE, "-o", program, *LIBRARIES])
        words = [str(program), str(LOAD.stations), str(LOAD.octets), str(budget.frames)]
        try:
            done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=LONGEST_S)
        except (OSError, subprocess.SubprocessError) as error:
            raise BuildError(f"its program failed: {error}") from error
        frames, nanoseconds, _ = map(int, done.stdout.split())
        return frames * 1e9 / nanoseconds
