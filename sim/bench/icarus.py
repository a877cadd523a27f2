"""The converted modules of two adapters under Icarus Verilog and verilated, on the same recorded pins.

    MyHDL run --pins at each tick--> Icarus: all modules in one simulation, a loop for each
                                 \\-> the compiled engine's libraries under replay.cpp

Both read the same Verilog, as `sim.engine.compiled.generate` writes it, and see the same values at the same
ticks; the sums of all outputs over all ticks must agree. Neither has cable, crystals, memory or drivers. The
whole compiled engine is measured on the same stretch too, with all of these.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from hw.modules import MODULES
from hw.ports import Direction
from sim.bench.clock import processor_time
from sim.bench.effort import Budget
from sim.bench.pins import Recording, record
from sim.bench.results import ABSENT, Report, Table, number
from sim.bench.traffic import BIT_PS, SETTLE_PS, Lan, Load
from sim.engine.compiled.build import BuildError, module_libraries, toolchain

LOAD = Load(2, 64, 2)
ROWS = (
    "Icarus, modules only",
    "verilated, modules only",
    "compiled engine, everything",
)
REPLAY = Path(__file__).with_name("replay.cpp")


def measure(report: Report, budget: Budget, without: str | None) -> None:
    """Add the table. `without` says why there is no compiled engine."""
    table = Table("The same Verilog on the same pins", ("what", "µs per bit time", "Icarus takes"))
    duration = SETTLE_PS + budget.recorded_ps
    costs: dict[str, float] = {}
    lacks = [] if shutil.which("iverilog") else ["Icarus Verilog is not installed (`make tools`)."]
    if without:
        lacks.append(without)
    if not lacks:
        with tempfile.TemporaryDirectory() as folder:
            try:
                costs = _replayed(record(LOAD, duration), Path(folder))
            except (BuildError, subprocess.CalledProcessError) as error:
                lacks.append(f"The replay failed: {error}")
    if without is None:
        costs[ROWS[2]] = statistics.median(_engine(duration) for _ in range(budget.windows))
    for row in ROWS:
        bits = duration / BIT_PS
        cost = f"{costs[row] * 1e6 / bits:.3f}" if row in costs else ABSENT
        ratio = number(costs[ROWS[0]] / costs[row]) + " ×" if row in costs and ROWS[0] in costs else ABSENT
        table.rows.append((row, cost, ratio))
    if ROWS[0] in costs:
        report.figures["Icarus / verilated"] = costs[ROWS[0]] / costs[ROWS[1]]
        report.figures["Icarus / engine"] = costs[ROWS[0]] / costs[ROWS[2]]
    table.notes = [
        "Two adapters of six modules each, both sending 64-octet frames; pins as recorded under MyHDL.",
        *lacks,
    ]
    report.add(table)


def _engine(duration_ps: int) -> float:
    with Lan(LOAD, "compiled") as lan:
        return processor_time(lambda: lan.run_for(duration_ps))


def _replayed(recordings: list[Recording], folder: Path) -> dict[str, float]:
    names = sorted({recording.circuit for recording in recordings})
    for name in names:
        command = [sys.executable, "-P", "-m", "sim.engine.compiled.generate", name, str(folder)]
        # What this process can import, the new one can: installed or not.
        paths = os.pathsep.join(path or str(Path.cwd()) for path in sys.path)
        subprocess.run(command, check=True, capture_output=True, env=os.environ | {"PYTHONPATH": paths})
    (folder / "bench.v").write_text(_bench(recordings, folder), encoding="utf-8")
    sources = [str(folder / f"{name}.v") for name in ("bench", *names)]
    program = folder / "bench.vvp"
    subprocess.run(["iverilog", "-g2012", "-o", str(program), *sources], check=True, capture_output=True)
    idle, _ = _vvp(program, "+load")
    busy, _ = _vvp(program)
    _, sums = _vvp(program, "+check")
    verilated, expected = _verilated(recordings, folder)
    if sums != expected:
        raise BuildError(f"Icarus and Verilator disagree: {sums} and {expected}")
    return {ROWS[0]: busy - idle, ROWS[1]: verilated}


def _bench(recordings: list[Recording], folder: Path) -> str:
    """A Verilog module with all instances, each fed from a file of its own."""
    lines = ["module bench;"]
    for n, recording in enumerate(recordings):
        circuit, ports = MODULES[recording.circuit], MODULES[recording.circuit].ports
        inputs, outputs = (
            [ports[place] for place in places()] for places in (recording.inputs, recording.outputs)
        )
        width = sum(port.width for port in inputs)
        (folder / f"{n}.hex").write_text(
            "".join(f"{_packed(recording, tick):x}\n" for tick in recording.ticks), encoding="ascii"
        )
        for port in ports:
            kind, start = ("reg", " = 0") if port.direction is Direction.IN else ("wire", "")
            lines.append(f"{kind} [{port.width - 1}:0] {port.name}_{n}{start};")
        connected = ", ".join(f".{port.name}({port.name}_{n})" for port in ports)
        pins = ", ".join(f"{port.name}_{n}" for port in inputs)
        total = " + ".join(f"{port.name}_{n}" for port in outputs)
        lines += [
            f"{recording.circuit} dut_{n}({connected});",
            f"reg [{width - 1}:0] stimulus_{n} [0:{len(recording.ticks) - 1}];",
            f"reg [63:0] sum_{n} = 0;",
            f"integer tick_{n};",
            "initial begin",
            f'    $readmemh("{folder / f"{n}.hex"}", stimulus_{n});',
            f'    if (!$test$plusargs("load")) for (tick_{n} = 0; tick_{n} < {len(recording.ticks)};'
            f" tick_{n} = tick_{n} + 1) begin",
            f"        {{{pins}}} = stimulus_{n}[tick_{n}];",
            f"        #1 {circuit.clock}_{n} = 1;",
            f"        #1 if (check) sum_{n} = sum_{n} + {total};",
            f"        {circuit.clock}_{n} = 0;",
            "    end",
            "end",
        ]
    longest = 2 * max(len(recording.ticks) for recording in recordings) + 2
    shown = "\n".join(f'    $display("%0d", sum_{n});' for n in range(len(recordings)))
    lines += ["reg check;", 'initial check = $test$plusargs("check");']
    lines += [f"initial if (check) begin #{longest};", shown, "end", "endmodule", ""]
    return "\n".join(lines)


def _packed(recording: Recording, tick: tuple[int, ...]) -> int:
    """The pins of a tick as one number, first pin on top."""
    ports = MODULES[recording.circuit].ports
    total = 0
    for place, value in zip(recording.inputs(), tick, strict=True):
        total = total << ports[place].width | value
    return total


def _vvp(program: Path, *words: str) -> tuple[float, list[int]]:
    """Processor time (s) of a simulation, and the numbers that it prints."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(["vvp", str(program), *words], check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, [int(line) for line in done.stdout.splitlines()]


def _verilated(recordings: list[Recording], folder: Path) -> tuple[float, list[int]]:
    tools = toolchain()
    libraries = module_libraries({recording.circuit: None for recording in recordings}, tools)
    plan, program = folder / "plan", folder / "replay"
    with plan.open("w", encoding="utf-8") as file:
        for recording in recordings:
            inputs, outputs = recording.inputs(), recording.outputs()
            words = (libraries[recording.circuit], len(recording.ticks), len(inputs), len(outputs))
            print(*words, *inputs, *outputs, file=file)
            for tick in recording.ticks:
                print(*(f"{value:x}" for value in tick), file=file)
    tools.compiler.run("compiling the replay", ["-std=c++17", "-O3", REPLAY, "-o", program, "-ldl"])
    done = subprocess.run([str(program), str(plan)], check=True, capture_output=True, text=True)
    nanoseconds, *sums = (int(line) for line in done.stdout.splitlines())
    return nanoseconds / 1e9, sums
