"""docs/programs_tried.md says what comes of each program of the gallery, and it does come."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def _trying() -> ModuleType:
    path = Path(__file__).with_name("trying.py")
    spec = importlib.util.spec_from_file_location("trying", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["trying"] = module
    spec.loader.exec_module(module)
    return module


trying = _trying()
ROWS = {
    line.split("`")[1]: [cell.strip() for cell in line.split("|")[4:6]]
    for line in trying.PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| `")
}


def test_each_program_has_a_row() -> None:
    assert sorted(ROWS) == trying.NAMES


@pytest.mark.slow
@pytest.mark.parametrize("name", trying.NAMES)
def test_a_program_as_the_page_has_it(name: str) -> None:
    program = trying.Program.named(name)
    if not program.installed:
        pytest.skip(f"{program.package} is not installed; the extra [gallery] has it")
    if trying.namespace() is None:
        pytest.skip("a network namespace of one's own is not allowed here (unshare -n)")
    assert trying.outcomes(name) == ROWS[name]
