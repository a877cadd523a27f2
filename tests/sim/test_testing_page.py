"""What docs/testing.md shows does what it says."""

import re
from pathlib import Path
from typing import Any

from sim import Lan

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_every_block_runs(tmp_path: Path) -> None:
    world: dict[str, Any] = {}
    (programs,) = [block for block in BLOCKS if "def fetch" in block]
    exec(programs, world)
    for block in BLOCKS:
        exec(block, world)
    tests = [one for name, one in world.items() if name.startswith("test_")]
    assert len(BLOCKS) == 5 and len(tests) == 1
    for test in tests:
        test(Lan(folder=tmp_path / "run"))


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        assert (ROOT / "docs" / target).is_file(), target
