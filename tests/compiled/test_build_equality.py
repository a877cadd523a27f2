"""A circuit's library does what the circuit does, cycle by cycle: in MyHDL, and by Verilator's own `eval()`.

Two kinds of stimulus: what the pins saw while two stations talked and collided on a cable, and random levels.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from bench import Clocked, fresh_simulator
from library import Instance
from myhdl import EnumItemType
from recorded import Inputs
from stimulus import random_levels

from hw.modules import MODULES
from hw.ports import Direction
from sim.engine.compiled.build import module_library, toolchain

WIRE_BITS = 64
MODULES_OF_BOXES = (
    "registers", "descriptors", "mii_management", "phy_management", "mac_transmit", "backoff_timer",
    "defer_test", "pause_timer", "mac_receive", "phy_transmit", "phy_receive", "control_in", "sqe_test",
    "jabber_timer",
)  # fmt: skip
INNER = [
    name
    for name, circuit in MODULES.items()
    if name not in MODULES_OF_BOXES and max(port.width for port in circuit.ports) <= WIRE_BITS
]
"""Circuits that could be a module: the engine has twins of those that have wide bundles."""
REFERENCE = """
namespace {{ VerilatedContext {name}_context; }}
extern "C" {{
void* {name}_create() {{ auto* it = new V{name}(&{name}_context); it->eval(); return it; }}
void {name}_destroy(V{name}* it) {{ delete it; }}
void {name}_settle(V{name}* it) {{ it->eval(); }}
void {name}_tick(V{name}* it) {{ it->{clock} = 1; it->eval(); it->{clock} = 0; it->eval(); }}
void* {name}_port(V{name}* it, int n) {{ void* at[] = {{ {addresses}, nullptr }}; return at[n]; }}
int {name}_port_bytes(int n) {{ int size[] = {{ {sizes}, 0 }}; return size[n]; }}
void* {name}_probe(V{name}*, int) {{ return nullptr; }}
int {name}_probe_bytes(int) {{ return 0; }}
}}
"""

pytestmark = pytest.mark.needs("g++")


@pytest.fixture(autouse=True)
def _simulator() -> Iterator[None]:
    with fresh_simulator():
        yield


@pytest.fixture(scope="module")
def reference(converted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of all modules with functions NAME_tick and so on that lower the clock and call `eval()`."""
    tools = toolchain()
    directory = tmp_path_factory.mktemp("reference")
    unit = ""
    for name in MODULES_OF_BOXES:
        tools.verilator.run(
            "verilating",
            ["--cc", "-O3", "--no-timing", "-Wno-fatal", "-Wno-lint", "--prefix", f"V{name}", "--Mdir", name,
             converted / f"{name}.v"],
            directory,
        )  # fmt: skip
        unit += "".join(f'#include "{file}"\n' for file in sorted((directory / name).glob("*.cpp")))
        unit += "#undef VL_PCH_INCLUDED\n"  # Verilator wants a unit for each model
        circuit = MODULES[name]
        clocked = [port.name == circuit.clock for port in circuit.ports]
        pins = [f"it->{port.name}" for port in circuit.ports]
        types = [f"std::remove_reference_t<decltype(V{name}::{port.name})>" for port in circuit.ports]
        unit += REFERENCE.format(
            name=name,
            clock=circuit.clock,
            addresses=", ".join("nullptr" if c else f"&{pin}" for c, pin in zip(clocked, pins, strict=True)),
            sizes=", ".join("0" if c else f"sizeof({t})" for c, t in zip(clocked, types, strict=True)),
        )
    unit += '#include "verilated.cpp"\n#include "verilated_threads.cpp"\n'
    (directory / "reference.cpp").write_text(unit)
    flags = ["-std=c++17", "-shared", "-fPIC", "-pthread", f"-I{tools.include}", f"-I{tools.include}/vltstd"]
    flags += [f"-I{name}" for name in MODULES_OF_BOXES]
    tools.compiler.run("compiling", [*flags, "reference.cpp", "-o", "reference.so"], directory)
    return directory / "reference.so"


def stimulus(name: str, recordings: dict[str, list[Inputs]]) -> Iterable[Inputs]:
    yield from recordings.get(name, [])
    yield from random_levels(name, 7)


def compare(mine: Instance, theirs: Any, stimulus: Iterable[Inputs], probes: dict[str, Any]) -> int:
    """Apply `stimulus` to both; return in how many different ways the outputs stood."""

    def shown() -> tuple[int, ...]:
        values = tuple(mine[name] for name in mine.outputs)
        assert values == tuple(theirs[name] for name in mine.outputs)
        assert [mine[name] for name in probes] == [number(signal) for signal in probes.values()]
        return values

    seen = {shown()}
    for place, inputs in enumerate(stimulus):
        if place % 2:  # or else the tick has to settle what is before the flip-flops itself
            mine.set(**inputs)
            mine.settle()
            theirs.set(**inputs)
            theirs.settle()
            seen.add(shown())
        mine.tick(**inputs)
        theirs.tick(**inputs)
        seen.add(shown())
    return len(seen)


def number(signal: Any) -> int:
    """A signal's value; of an enumeration the place of the state, as it is converted."""
    value = signal.val
    return value._index if isinstance(value, EnumItemType) else int(value)


class Circuit(Clocked):
    """The circuit in MyHDL."""

    def settle(self) -> None:
        self.run_for(1)

    def probe(self, path: str) -> Any:
        *instances, register = path.split(".")
        block = self.block
        for instance in instances:
            (block,) = (
                sub for sub in block.subs if getattr(sub, "func", None) and sub.func.__name__ == instance
            )
        return block.sigdict[register]


@pytest.mark.parametrize("name", MODULES_OF_BOXES)
def test_library_equals_myhdl(name: str, recordings: dict[str, list[Inputs]]) -> None:
    circuit = Circuit(name)
    probes = {path: circuit.probe(path) for path in MODULES[name].probes}
    mine = Instance(name, module_library(name, toolchain()))
    assert compare(mine, circuit, stimulus(name, recordings), probes) > 1


@pytest.mark.slow
@pytest.mark.parametrize("name", INNER)
def test_library_of_an_inner_circuit_equals_myhdl(name: str, recordings: dict[str, list[Inputs]]) -> None:
    mine = Instance(name, module_library(name, toolchain()))
    assert compare(mine, Circuit(name), stimulus(name, recordings), {}) > 1


@pytest.mark.slow
def test_tick_equals_plain_eval_of_both_edges(recordings: dict[str, list[Inputs]], reference: Path) -> None:
    for name in MODULES_OF_BOXES:
        mine = Instance(name, module_library(name, toolchain()))
        theirs = Instance(name, reference, prefix=name)
        assert compare(mine, theirs, stimulus(name, recordings), {}) > 1


@pytest.mark.parametrize("name", MODULES_OF_BOXES)
def test_power_up(name: str) -> None:
    """Starting values (docs/architecture.md); each port in the smallest word that holds it."""
    mine = Instance(name, module_library(name, toolchain()))
    for port in MODULES[name].ports:
        if port.name == MODULES[name].clock:
            continue
        assert mine.bytes[port.name] == next(size for size in (1, 2, 4, 8) if port.width <= 8 * size)
        if port.direction is Direction.IN:
            assert mine[port.name] == 0
    mine.destroy()


def test_instances_are_independent() -> None:
    library = module_library("phy_transmit", toolchain())
    one, other = Instance("phy_transmit", library), Instance("phy_transmit", library)
    before = [other[name] for name in other.outputs]
    moved = False
    for _ in range(40):
        one.tick(tx_en=1, txd=5)
        moved |= before != [one[name] for name in one.outputs]
        assert before == [other[name] for name in other.outputs]
    assert moved
    one.destroy()
    other.tick(tx_en=1, txd=5)
    other.destroy()
