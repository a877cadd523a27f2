"""A test that needs a tool or a wheel is skipped by name without it; in continuous integration it fails."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TEST = """\
import pytest

@pytest.mark.needs("sh", "no-such-tool", "wheel:pytest", "wheel:no_such_wheel")
def test_tool() -> None:
    pass
"""


@pytest.mark.parametrize(("required", "status", "word"), [("0", 0, "SKIPPED"), ("1", 1, "Failed")])
def test_missing_tool(tmp_path: Path, required: str, status: int, word: str) -> None:
    tests = Path(__file__).parent.parent
    shutil.copy(tests / "conftest.py", tmp_path)
    (tmp_path / "test_tool.py").write_text(TEST)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rsE", "-p", "no:cacheprovider", "-c", os.devnull, str(tmp_path)],
        env={
            **os.environ,
            "THICKNET_REQUIRE_TOOLS": required,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": os.pathsep.join((str(tests / "support"), str(tests.parent))),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout
    assert word in done.stdout
    assert "needs no-such-tool: run `make tools`; the wheel no_such_wheel: run `pip install" in done.stdout
