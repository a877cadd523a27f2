"""What a circuit's library is made of: a change elsewhere does not build it again, one in there does."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import hw
from sim.engine.compiled.sources import circuit_sources

CIRCUITS = ("mac_transmit", "mac_receive", "switch_relay", "control_in")
KEYS = """
import json, sys
from pathlib import Path
from sim.engine.compiled.build import circuit_key
homes = {"foreign": Path(sys.argv[1])}
print(json.dumps({name: circuit_key(name, homes.get(name)) for name in sys.argv[2:]}))
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the circuits' sources."""
    copy = tmp_path_factory.mktemp("original") / "hw"
    shutil.copytree(Path(hw.__path__[0]), copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.fixture
def sources(original: Path, tmp_path: Path) -> Path:
    """One that a test may change."""
    return shutil.copytree(original, tmp_path / "hw")


@pytest.fixture(scope="module")
def before(original: Path) -> dict[str, str]:
    """The keys before any change."""
    return keys(original)


def output(code: str, *arguments: str, first: Path | None = None) -> str:
    path = [str(first)] if first is not None else []
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([*path, *sys.path])}
    command = [sys.executable, "-P", "-c", code, *arguments]
    return subprocess.run(
        command, env=environment, check=True, timeout=60, stdout=subprocess.PIPE, text=True
    ).stdout


def keys(sources: Path, *circuits: str) -> dict[str, str]:
    """The keys of `circuits` by the sources in this folder."""
    found: dict[str, str] = json.loads(
        output(KEYS, str(sources.parent / "foreign"), *(circuits or CIRCUITS), first=sources.parent)
    )
    return found


@pytest.mark.parametrize(
    ("file", "circuits"),
    [
        ("mac/transmit.py", {"mac_transmit"}),
        ("mac/crc32.py", {"mac_transmit", "mac_receive"}),  # a circuit inside both
        ("switch/table.py", {"switch_relay"}),
        ("hub/core.py", set()),
        ("adapter/netlist.py", set()),
        ("boxes.py", set()),
        ("ports.py", set(CIRCUITS)),
        ("convert.py", set(CIRCUITS)),
        ("hierarchy.py", set(CIRCUITS)),  # the converter imports it
        ("modules.py", set(CIRCUITS)),
    ],
)
def test_what_a_change_builds_again(
    sources: Path, before: dict[str, str], file: str, circuits: set[str]
) -> None:
    path = sources / file
    path.write_text(path.read_text() + "\n")
    after = keys(sources)
    assert {name for name in CIRCUITS if before[name] != after[name]} == circuits


def test_a_file_that_is_renamed_counts(sources: Path, before: dict[str, str]) -> None:
    (sources / "mau" / "control_in.py").rename(sources / "mau" / "control.py")
    table = sources / "modules.py"
    table.write_text(table.read_text().replace("hw.mau.control_in", "hw.mau.control"))
    assert keys(sources, "control_in")["control_in"] != before["control_in"]


def test_of_another_packages_circuit_all_files_beside_it_count(sources: Path) -> None:
    home = sources.parent / "foreign"
    home.mkdir()
    (home / "circuit.py").write_text("from hw.mac.crc32 import crc32\n")
    (home / "sizes.py").write_text("")
    before = keys(sources, "foreign")
    (home / "sizes.py").write_text("BITS = 4\n")
    assert keys(sources, "foreign") != before
    (home / "sizes.py").write_text("")
    assert keys(sources, "foreign") == before
    (sources / "hub" / "core.py").write_text("")
    assert keys(sources, "foreign") == before
    (sources / "mac" / "crc32.py").write_text("")
    assert keys(sources, "foreign") != before


@pytest.mark.parametrize(
    ("circuit", "module"),
    [
        ("mac_transmit", "hw.mac.transmit"),
        ("registers", "hw.adapter.registers"),
        ("switch_relay", "hw.switch.relay"),
    ],
)
def test_every_module_that_python_loads_for_it_is_among_them(circuit: str, module: str) -> None:
    loaded = output(f"import sys, {module}; print(*(name for name in sys.modules if name.startswith('hw')))")
    assert module in loaded.split()
    assert set(loaded.split()) <= {name for name, _ in circuit_sources(circuit)}
