"""Runs programs of the gallery, and writes docs/programs_tried.md: `python tests/gallery/trying.py`.

Each runs three times, in a network namespace without any route, so that a leak reaches nothing: on the
loopback interface of this machine, on two hosts over [link], and over a hub on the compiled engine.
"""

import ast
import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent
PAGE = ROOT / "docs" / "programs_tried.md"
NAMES = sorted(path.stem for path in (FOLDER / "programs").glob("*.py"))
WORKS = "works"
_SECONDS, _SECONDS_TO_COMPILE = 120, 900


class Program(NamedTuple):
    """What its file says of itself, without importing it."""

    name: str
    package: str
    what: str

    @classmethod
    def named(cls, name: str) -> "Program":
        tree = ast.parse((FOLDER / "programs" / f"{name}.py").read_text(encoding="utf-8"))
        (package,) = (
            ast.literal_eval(line.value)
            for line in tree.body
            if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "PACKAGE"
        )
        return cls(name, package, (ast.get_docstring(tree) or "").removesuffix("."))

    @property
    def installed(self) -> bool:
        return importlib.util.find_spec(self.package) is not None

    @property
    def version(self) -> str:
        (distribution, *_) = importlib.metadata.packages_distributions()[self.package]
        return f"{distribution} {importlib.metadata.version(distribution)}"


def namespace() -> list[str] | None:
    """The command that runs another in a network namespace of its own; None where that is not allowed."""
    for command in (["unshare", "-n"], ["unshare", "-rn"]):
        if shutil.which("unshare") and not subprocess.run([*command, "true"], capture_output=True).returncode:
            return [*command, "--kill-child=SIGKILL", "--fork"]
    return None


def run(where: str, name: str) -> str:
    """What the program returned, as JSON, or the last line of its complaint."""
    command = f'ip link set lo up; exec "$0" {FOLDER / "run.py"} {where} {name}'
    limit = _SECONDS_TO_COMPILE if where == "hub" else _SECONDS  # the circuits, if they are new
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    try:
        done = subprocess.run(
            [*(namespace() or []), "bash", "-c", command, sys.executable],
            capture_output=True,
            text=True,
            timeout=limit,
            env={**os.environ, "PATH": tools, "PYTHONPATH": str(ROOT)},
        )
    except subprocess.TimeoutExpired:
        return f"hangs: {limit} s"
    lines = (done.stderr if done.returncode else done.stdout).strip().splitlines() or [""]
    return lines[-1]


def outcomes(name: str) -> list[str]:
    """What came of it over [link] and over a hub: it works, or what came in place of the right answer."""
    here = run("here", name)
    json.loads(here)
    return [_verdict(run(where, name), here) for where in ("link", "hub")]


def _verdict(answer: str, here: str) -> str:
    """What the page says of an answer."""
    if answer == here:
        return WORKS
    try:
        json.loads(answer)
    except ValueError:
        return answer  # a complaint
    return f"answers `{answer}`, here `{here}`"


def row(program: Program, found: list[str]) -> str:
    """Its row of the page."""
    return f"| `{program.name}` | {program.version} | {program.what} | {' | '.join(found)} |"


_HEAD = """# Programs tried

Public packages on simulated hosts, unmodified: each with a small server on one host and a client on another.
*Works* means that the client printed what it prints on the real 127.0.0.1. The programs are in
`tests/gallery`; `python tests/gallery/trying.py` writes this page, with the packages that the extra `gallery`
installs, and `make test-all` tries again.

| program | package | what it does | over `[link]` | over a hub |
| --- | --- | --- | --- | --- |
"""


def main() -> None:
    """Write the page."""
    rows = []
    for name in NAMES:
        rows.append(row(Program.named(name), outcomes(name)))
        print(rows[-1], flush=True)
    PAGE.write_text(_HEAD + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
