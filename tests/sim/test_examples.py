"""The test suite in examples/ passes as its reader would run it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    "chosen",
    [
        "not duplex",
        pytest.param("duplex", marks=pytest.mark.slow),  # with adapters, under MyHDL
    ],
)
def test_pytest_examples(chosen: str) -> None:
    command = ["-m", "pytest", "-p", "sim.pytest_plugin", "-p", "no:cacheprovider", "examples", "-k", chosen]
    done = subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
