"""A short form of the tests on every other Python that thicknet supports and this machine has.

Each gets an environment of its own, `.venv-3.N`. A Python is looked for on the path, in pyenv's directory
and by `uv`; one that is not there is named and passed over. The exit status is 1 if a test failed.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
SUPPORTED = "Programming Language :: Python :: 3."
NEEDED = ("hypothesis", "pytest", "pytest-xdist")
"""What the short form imports, by names in the extra `dev`."""
TESTS = ("tests/os", "tests/programs/test_standard_library.py")
"""Where a Python can differ: threads, locks, descriptors, clocks, code objects."""


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    minors = [int(one.removeprefix(SUPPORTED)) for one in project["classifiers"] if one.startswith(SUPPORTED)]
    extra = project["optional-dependencies"]["dev"]
    packages = [one for one in extra if one.rstrip("<>=.,0123456789") in NEEDED]
    failed = []
    for minor in minors:
        if minor == sys.version_info.minor:
            continue
        python = next(_pythons(minor), None)
        if python is None:
            print(f"Python 3.{minor}: not on this machine", flush=True)
        elif _passes(python, ROOT / f".venv-3.{minor}", packages):
            print(f"Python 3.{minor}: passed", flush=True)
        else:
            failed.append(f"Python 3.{minor}")
    if failed:
        print(f"failed on {', '.join(failed)}", file=sys.stderr)
    return bool(failed)


def _pythons(minor: int) -> Iterator[str]:
    """Those of version 3.`minor` that can make an environment."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [shutil.which(f"python3.{minor}"), *sorted(map(str, pyenv.glob(f"3.{minor}.*/bin/python3")))]
    if shutil.which("uv"):
        asked = subprocess.run(["uv", "python", "find", f"3.{minor}"], capture_output=True, text=True)
        found.append(asked.stdout.strip())
    works = f"import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, {minor}))"
    for python in filter(None, found):
        # Of pyenv's and uv's some only say that they are not chosen.
        if subprocess.run([python, "-c", works], capture_output=True).returncode == 0:
            yield python


def _passes(python: str, venv: Path, packages: list[str]) -> bool:
    inside = str(venv / "bin" / "python")
    pip = [inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    tests = [inside, "-m", "pytest", "-q", "-n", "2", "-m", "not slow", "--durations=3", *TESTS]
    commands = ([python, "-m", "venv", str(venv)], [*pip, "--editable", ".", *packages], tests)
    path = f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "THICKNET_REQUIRE_TOOLS": "0"}  # Verilator is not installed
    return all(subprocess.run(one, cwd=ROOT, env=environment).returncode == 0 for one in commands)


if __name__ == "__main__":
    sys.exit(main())
