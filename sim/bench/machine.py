"""On what was measured: the machine and the versions of what matters."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

from sim.engine.compiled.toolchain import BuildError, toolchain

CPUINFO = Path("/proc/cpuinfo")


def machine() -> str:
    """Architecture, cores, processor, and versions of Python, MyHDL, Verilator and compiler, in one line."""
    try:
        tools = toolchain()
        compiling = f"{tools.verilator_version}, {tools.compiler_version}"
    except BuildError as error:
        compiling = str(error).partition("\n")[0]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{platform.system()} {platform.machine()}, {cores} cores, {_processor()}; "
        f"Python {platform.python_version()}, myhdl {version('myhdl')}, {compiling}."
    )


def _processor() -> str:
    try:
        lines = CPUINFO.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown processor"
