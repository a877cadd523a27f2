"""The test suite in examples/ passes as its reader would run it, on the compiled engine."""

import os
import subprocess
import sys
from pathlib import Path

from sim import Lan

ROOT = Path(__file__).parent.parent.parent


def test_pytest_examples(tmp_path: Path) -> None:
    lan = Lan(folder=tmp_path)
    lan.host("pc", address="192.168.1.10/24")
    lan.hub("hub", ports=2)
    lan.cable("patch", "1 m", ["pc", "hub.1"])
    lan.program("pc", "ping -c 1 127.0.0.1")
    lan.run(engine="compiled")  # what is built is what `auto` takes
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "sim.pytest_plugin",
            "-p",
            "no:cacheprovider",
            "-q",
            "examples",
        ],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
