"""Cases of a bench for cocotb, in Icarus, on a converted box."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import pytest

_RUNNER = """
import sys
from cocotb_tools.runner import get_runner

directory, top, benches, cases, *sources = sys.argv[1:]
runner = get_runner("icarus")
runner.build(sources=sources, hdl_toplevel=top, build_dir=directory, timescale=("1ns", "1ps"), always=True)
runner.test(
    hdl_toplevel=top, test_module=benches, build_dir=directory, test_dir=directory,
    results_xml=f"{directory}/results.xml", test_filter=cases,
)
"""
"""A process of its own: cocotb's runner changes the environment."""
LIMIT_S = 900


def run(top: str, benches: str, cases: str, sources: Iterable[Path], directory: Path) -> dict[str, str]:
    """Run the cases of `benches` (modules, with commas) whose names match; what failed in each, or ""."""
    from find_libpython import find_libpython  # comes with cocotb

    if find_libpython() is None:
        pytest.skip("needs a Python with a shared library, which cocotb loads into the simulator")
    done = subprocess.run(
        [sys.executable, "-c", _RUNNER, str(directory), top, benches, cases, *map(str, sources)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent), "COCOTB_LOG_LEVEL": "WARNING"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    results = directory / "results.xml"
    assert results.exists(), done.stdout
    found = {}
    for case in ElementTree.parse(results).iter("testcase"):
        if case.find("skipped") is None:
            bad = [*case.findall("failure"), *case.findall("error")]
            found[case.get("name", "")] = done.stdout if bad else ""
    return found
