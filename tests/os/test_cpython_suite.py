"""Nobody outside a simulated program notices the package: CPython's own tests have the outcomes they had."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

RUNNER = Path(__file__).parents[1] / "support" / "cpython_suite.py"
IN_A_NAMESPACE = ["unshare", "--net", "--map-root-user", "sh", "-c", 'ip link set lo up; exec "$@"', "sh"]
"""Without any route: what the tests send reaches nothing."""

MODULES = ("test_thread", "test_threading", "test_time", "test_queue", "test_selectors", "test_socket")


COUNT_REFERENCES = {"test.test_socket.GeneralModuleTests.testRefCountGetNameInfo"}
"""The frame of what stands for the function holds its arguments as long as the traceback of an error does."""


def outcomes(how: str, module: str) -> dict[str, str]:
    """Whether each test of `module` passed, by name, with the text of those that did not."""
    command = [*IN_A_NAMESPACE, sys.executable, str(RUNNER), how, module]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, cwd=RUNNER.parents[2])
    found: dict[str, str] = json.loads(ended.stdout.splitlines()[-1])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_each_test_has_the_outcome_that_it_has_without_the_package(module: str) -> None:
    if importlib.util.find_spec(f"test.{module}") is None:
        pytest.skip(
            "this interpreter was installed without CPython's own tests (Debian: libpython3-testsuite)"
        )
    if subprocess.run([*IN_A_NAMESPACE, "true"], check=False, capture_output=True).returncode:
        pytest.skip("a network namespace of its own is not allowed here (unshare --net)")
    plain, patched = outcomes("plain", module), outcomes("patched", module)
    assert plain.keys() == patched.keys()
    assert len(plain) > 20
    worse = {
        name: text
        for name, text in patched.items()
        if text not in ("passed", "skipped") and plain[name] == "passed" and name not in COUNT_REFERENCES
    }
    assert worse == {}
    assert [name for name in plain if plain[name] == "skipped"] == [
        name for name in patched if patched[name] == "skipped"
    ]
