"""What docs/testing.md and the README show in Python does what it says."""

import re
from pathlib import Path
from typing import Any

import pytest

from sim import Lan

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


BLOCKS = blocks(PAGE)


def test_every_block_runs(tmp_path: Path) -> None:
    world: dict[str, Any] = {}
    (programs,) = [block for block in BLOCKS if "def fetch" in block]
    exec(programs, world)
    for block in BLOCKS:
        exec(block, world)
    tests = [one for name, one in world.items() if name.startswith("test_")]
    assert len(BLOCKS) == 8 and len(tests) == 1
    for test in tests:
        test(Lan(folder=tmp_path / "run"))


def test_the_readme_s_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = blocks(README)
    exec(block, {})
    assert "3 packets transmitted" in capsys.readouterr().out


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        assert (ROOT / "docs" / (target.partition("#")[0] or "testing.md")).is_file(), target
