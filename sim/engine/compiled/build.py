"""Shared libraries from circuits and from C++ of ours, built once and kept in the cache.

    circuit --convert, mark probes--> Verilog --Verilator--> C++ --compiler, as one unit--> library

The key of a library is its sources (for a circuit `circuit_sources`, and the files that build it), MyHDL's
version, the flags, the machine, and the tools. A circuit that stands in the place of one of ours
(`hw.substitute`) is converted already, and a digest of its Verilog is part of its name. Verilator's runtime,
which takes longer to compile than any circuit, is kept as an object; every library carries its own copy of
what it needs of it and hides it. Its headers are three quarters of what a circuit costs the compiler: for
several circuits they are precompiled (`Shared`), and few processes convert them all.

Functions of a circuit's library, all of C linkage. HANDLE is a `void*`, an instance. Ports are numbered as
they are declared, probes as in `Circuit.probes`. Only one thread at a time may be in a library.

    HANDLE thicknet_create()                  after power-up, all inputs 0, outputs settled
    void   thicknet_destroy(HANDLE)
    void   thicknet_tick(HANDLE)              one rising edge of the clock, inputs before it being in place;
                                              afterwards all outputs are valid
    void   thicknet_settle(HANDLE)            combinational logic only
    void*  thicknet_port(HANDLE, int)         where the port's value is, as an unsigned number of
    int    thicknet_port_bytes(int)           1, 2, 4 or 8 bytes; null and 0 for the clock and beyond the last
    void*  thicknet_probe(HANDLE, int)        the same for probes, to be read only
    int    thicknet_probe_bytes(int)

An input takes only values of its width: a bit above it would be believed.
"""

import functools
import os
import platform
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

from sim.engine.compiled import cache, wrapper
from sim.engine.compiled.cache import Progress
from sim.engine.compiled.sources import circuit_sources
from sim.engine.compiled.toolchain import (
    BuildError,
    Tool,
    Toolchain,
    find_compiler,
    find_verilator,
    run,
    toolchain,
)

__all__ = [
    "BuildError",
    "Toolchain",
    "cached",
    "circuit_key",
    "module_libraries",
    "module_library",
    "source_library",
    "toolchain",
]

VERILATOR_FLAGS = (
    "--cc", "-O3", "--x-assign", "fast", "--x-initial", "fast", "--noassert", "--no-timing",
    "--output-split", "0", "-Wno-lint", "-Wno-style", "-Wno-fatal",
)  # fmt: skip
# -march=native was tried: no gain within the noise.
COMPILER_FLAGS = (
    "-std=c++17",
    "-O3",
    "-fPIC",
    "-fvisibility=hidden",
    "-ffunction-sections",
    "-fdata-sections",
    "-pthread",
)
RUNTIME_FLAGS = ("-O1",)  # none of it runs in a tick
LINKER_FLAGS = ("-shared", "-Wl,-Bsymbolic", "-Wl,--gc-sections", "-Wl,-s")
# The standard library's templates would be seen, and the dynamic linker would share some between libraries.
EXPORTS = "{ global: thicknet_*; local: *; };\n"
RUNTIME = "verilator_runtime"
LAST_GENERATED = "face.cpp"
NOTHING: Mapping[str, str] = {}
AT_HOME: Mapping[str, Path] = {}
_one_runtime = Lock()
"""Threads of one run wait for it without a word."""
BUILDER = ("build.py", "cache.py", "generate.py", "toolchain.py", "wrapper.py")


def _silent(line: str) -> None:
    """Progress for nobody."""


class Shared:
    """What the circuits of one build have in common, in `directory`.

    Verilator's headers, precompiled by the first who asks: GCC takes them in place of the header beside them;
    other compilers take that header. And a process for each processor that converts its part of the circuits.
    """

    def __init__(self, names: Sequence[str], tools: Toolchain, directory: Path) -> None:
        self._tools = tools
        self._directory = directory
        self._one = Lock()
        processes = os.cpu_count() or 1
        self._parts = [(Lock(), names[n::processes]) for n in range(processes)]

    def headers(self) -> Path:
        """Where they are. Raises BuildError."""
        made = self._directory / "verilated.h.gch"
        with self._one:
            if not made.exists():
                header = self._directory / "verilated.h"
                header.write_bytes((self._tools.include / header.name).read_bytes())
                flags = [*COMPILER_FLAGS, *_includes(self._tools), "-x", "c++-header"]
                self._tools.compiler.run("compiling Verilator's headers", [*flags, header, "-o", made])
        return self._directory

    def converted(self, name: str) -> Path | None:
        """A directory with what `generate` writes of a circuit; None if the conversion of one failed."""
        lock, part = next((lock, part) for lock, part in self._parts if name in part)
        with lock:
            if not (self._directory / name).exists():
                places = [(one, self._directory / one) for one in part]
                for _, place in places:
                    place.mkdir()
                with suppress(BuildError):  # who is at fault is said when each is converted alone
                    _convert(places)
        place = self._directory / name
        return place if (place / LAST_GENERATED).exists() else None


def module_library(
    name: str,
    tools: Toolchain,
    progress: Progress = _silent,
    home: Path | None = None,
    shared: Shared | None = None,
) -> Path:
    """The library of circuit `name` of `hw.modules.MODULES`, built if need be. Raises BuildError.

    `home` is the folder of its sources if it is another package's.
    """

    def build(directory: Path) -> Path:
        generated = directory / "generated"
        _generate(name, directory, shared)
        tools.verilator.run(
            f"verilating {name}",
            [*VERILATOR_FLAGS, "--prefix", wrapper.PREFIX, "--top-module", name,
             "--Mdir", generated, directory / f"{name}.v"],
            directory,
        )  # fmt: skip
        header = (generated / f"{wrapper.PREFIX}___024root.h").read_text(encoding="utf-8")
        face = (directory / LAST_GENERATED).read_text(encoding="utf-8")
        unit = directory / "unit.cpp"
        sources = sorted(path.name for path in generated.glob("*.cpp"))
        includes = "".join(f'#include "{file}"\n' for file in ("verilated.h", *sources))
        unit.write_text(includes + wrapper.complete(name, face, header), encoding="utf-8")
        exports = directory / "exports.map"
        exports.write_text(EXPORTS, encoding="utf-8")
        library = directory / f"{name}.so"
        tools.compiler.run(
            f"compiling {name}",
            [*COMPILER_FLAGS, *([f"-I{shared.headers()}"] if shared else []), *_includes(tools),
             f"-I{generated}", unit, _runtime(tools, progress), *LINKER_FLAGS,
             f"-Wl,--version-script={exports}", "-o", library],
            directory,
        )  # fmt: skip
        return library

    file = _file(name, circuit_key(name, home), _tools_key(tools.compiler, tools.verilator))
    return cache.obtain(name, file, build, progress)


def module_libraries(
    names: Iterable[str], tools: Toolchain, progress: Progress = _silent, homes: Mapping[str, Path] = AT_HOME
) -> dict[str, Path]:
    """The libraries of several circuits, those of other packages with their `homes`, built at the same time
    as far as there are processors.

    Raises BuildError, the first by the order of `names`, when all work begun is done.
    """
    one = Lock()

    def tell(line: str) -> None:
        with one:
            progress(line)

    names = list(names)
    missing = [name for name in names if cached(name, home=homes.get(name)) is None]
    waiting = 1  # for the runtime
    threads = ThreadPoolExecutor((os.cpu_count() or 1) + waiting)
    with TemporaryDirectory() as directory, threads as pool:
        ours = [name for name in missing if not _is_verilog(name)]
        shared = Shared(ours, tools, Path(directory)) if len(missing) > 1 else None
        work = {
            name: pool.submit(
                module_library, name, tools, tell, homes.get(name), shared if name in missing else None
            )
            for name in names
        }
        try:
            return {name: future.result() for name, future in work.items()}
        finally:
            pool.shutdown(cancel_futures=True)


def source_library(
    name: str,
    sources: Sequence[Path],
    tools: Toolchain,
    progress: Progress = _silent,
    *,
    generated: Mapping[str, str] = NOTHING,
) -> Path:
    """A library called `name` of C++ files, with `*.hpp` and `*.h` beside them. Raises BuildError.

    `generated` has the texts of headers that they include, by name. Only symbols of visibility "default"
    can be seen from outside.
    """

    def build(directory: Path) -> Path:
        library = directory / f"{name}.so"
        for header, text in generated.items():
            (directory / header).write_text(text, encoding="utf-8")
        flags: list[str | Path] = [*COMPILER_FLAGS, f"-I{directory}", *sources, *LINKER_FLAGS, "-o", library]
        tools.compiler.run(f"compiling {name}", flags, directory)
        return library

    file = _file(name, _sources_key(sources, generated), _tools_key(tools.compiler))
    return cache.obtain(name, file, build, progress)


def cached(
    name: str,
    sources: Sequence[Path] = (),
    generated: Mapping[str, str] = NOTHING,
    home: Path | None = None,
) -> Path | None:
    """The library of circuit `name`, or of `sources` under that name, if it is there; no tool is run.

    When the tools are there, it was built by them; when they are not, by any.
    """
    source_key = _sources_key(sources, generated) if sources else circuit_key(name, home)
    compiler, verilator = find_compiler(), find_verilator()
    if compiler is None or (verilator is None and not sources):
        tools_key = "*"
    else:
        tools_key = _tools_key(compiler, *([] if sources or verilator is None else [verilator]))
    found = sorted(cache.directory().glob(_file(name, source_key, tools_key)))
    return next((path for path in found if cache.intact(path)), None)


def _generate(name: str, directory: Path, shared: Shared | None) -> None:
    """Write the circuit's Verilog and the C++ around it into `directory`. Raises BuildError."""
    if _is_verilog(name):
        from sim.engine.compiled.generate import generate

        generate(name, directory)
        return
    if shared and (made := shared.converted(name)):
        shutil.copytree(made, directory, dirs_exist_ok=True)
    else:
        _convert([(name, directory)])


def _is_verilog(name: str) -> bool:
    """Whether it is a circuit of this process only, and converted (`hw.substitute`)."""
    from hw.modules import MODULES  # not loaded by those who only look for libraries

    return name in MODULES and bool(MODULES[name].verilog)


def _convert(places: Sequence[tuple[str, Path]]) -> None:
    """`generate` for circuits, each with a directory, in a process of its own. Raises BuildError."""
    # What this process can import, the new one can: installed or not.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}
    words = [str(word) for place in places for word in place]
    command = [sys.executable, "-P", "-m", "sim.engine.compiled.generate", *words]
    names = ", ".join(name for name, _ in places)
    run(f"converting {names} to Verilog", command, environment, places[0][1])


def _runtime(tools: Toolchain, progress: Progress) -> Path:
    """Verilator's runtime as one object file."""

    def build(directory: Path) -> Path:
        unit, made = directory / "runtime.cpp", directory / "runtime.o"
        unit.write_text('#include "verilated.cpp"\n#include "verilated_threads.cpp"\n', encoding="utf-8")
        flags: list[str | Path] = [*COMPILER_FLAGS, *RUNTIME_FLAGS, *_includes(tools), "-c", unit, "-o", made]
        tools.compiler.run("compiling Verilator's runtime", flags, directory)
        return made

    file = f"{RUNTIME}-{cache.digest(_builder())}-{_tools_key(tools.compiler, tools.verilator)}.o"
    with _one_runtime:
        return cache.obtain(RUNTIME, file, build, progress)


def _includes(tools: Toolchain) -> Iterator[str]:
    return (f"-I{path}" for path in (tools.include, tools.include / "vltstd"))


def _file(name: str, source_key: str, tools_key: str) -> str:
    return f"{name}-{source_key}-{tools_key}.so"


@functools.cache
def circuit_key(name: str, home: Path | None = None) -> str:
    """What stands for the sources of circuit `name` in the name of its library."""
    files = circuit_sources(name, home)
    return cache.digest([version("myhdl").encode(), *_contents(files), *_builder()])


def _sources_key(sources: Sequence[Path], generated: Mapping[str, str]) -> str:
    headers = {path for source in sources for kind in ("*.hpp", "*.h") for path in source.parent.glob(kind)}
    made = [text.encode() for header in sorted(generated.items()) for text in header]
    files = _contents((path.name, path) for path in [*sources, *sorted(headers)])
    return cache.digest([*files, *made, *_builder()])


def _builder() -> Iterator[bytes]:
    return _contents((file, Path(__file__).with_name(file)) for file in BUILDER)


def _contents(files: Iterable[tuple[object, Path]]) -> Iterator[bytes]:
    for name, path in files:
        yield str(name).encode()
        yield path.read_bytes()


def _tools_key(*tools: Tool) -> str:
    # The flags are in this file, which is in every other key.
    return cache.digest(
        [f"{sys.platform} {platform.machine()}".encode(), *(tool.identity.encode() for tool in tools)]
    )
