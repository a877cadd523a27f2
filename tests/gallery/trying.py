"""Runs programs of the gallery, and writes docs/programs_tried.md.

    python tests/gallery/trying.py [PROGRAM...]

tries all of them or those, whose rows alone are then new. Each runs three times, in namespaces of its own for
the network, without any route, and for processes, so that a leak reaches nothing and nothing stays: on the
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
    """The command that runs another in namespaces of its own; None where that is not allowed."""
    for command in (["unshare", "-np"], ["unshare", "-rnp"]):
        isolated = [*command, "--kill-child=SIGKILL", "--fork"]
        if (
            shutil.which("unshare")
            and not subprocess.run([*isolated, "true"], capture_output=True).returncode
        ):
            return isolated
    return None


def run(where: str, *names: str) -> str:
    """What the programs returned, as JSON, or the last line of the complaint."""
    command = f'ip link set lo up; "$0" {FOLDER / "run.py"} {where} {" ".join(names)}'
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
    lines = (done.stdout.strip() or done.stderr.strip()).splitlines() or [""]
    return lines[-1]


def outcomes(name: str) -> list[str]:
    """What came of it over [link] and over a hub: it works, or what came in place of the right answer."""
    here = run("here", name)
    json.loads(here)
    return [_verdict(name, run(where, name), here) for where in ("link", "hub")]


def _verdict(name: str, answer: str, here: str) -> str:
    """What the page says of an answer."""
    if answer == here:
        return WORKS
    try:
        wrong, right = (json.dumps(json.loads(answers)[name]) for answers in (answer, here))
    except ValueError:
        return answer  # a complaint
    return f"answers `{wrong}`, here `{right}`"


def rows() -> dict[str, str]:
    """The rows of the page as it is."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return {line.split("`")[1]: line for line in lines if line.startswith("| `")}


def row(program: Program, found: list[str]) -> str:
    """Its row of the page."""
    return f"| `{program.name}` | {program.version} | {program.what} | {' | '.join(found)} |"


_HEAD = """# Programs tried

Public packages on simulated hosts, unmodified: each with a small server on one host and a client on another.
*Works* means that the client printed what it prints on the real 127.0.0.1; what else came is in its place.
{works} of {all} work. The programs are in `tests/gallery`; `python tests/gallery/trying.py` writes this page,
with the packages of the extras `dev` and `gallery`. `make test-all` tries all, `make test` ten of them.

| program | package | what it does | over `[link]` | over a hub |
| --- | --- | --- | --- | --- |
"""


def main(names: list[str]) -> None:
    """Write the page."""
    known = rows()
    for name in names:
        known[name] = row(Program.named(name), outcomes(name))
        print(known[name], flush=True)
    page = [known[name] for name in NAMES]
    works = sum(line.endswith(f"| {WORKS} | {WORKS} |") for line in page)
    PAGE.write_text(_HEAD.format(works=works, all=len(page)) + "\n".join(page) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:] or NAMES)
