"""The examples of docs/extending.md, as the page has them, installed as other packages would be."""

import re
from importlib.metadata import PathDistribution
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "extending.md").read_text(encoding="utf-8")


def example(name: str) -> str:
    """The file `name` of docs/extending.md, whose first line says what it is called."""
    (found,) = re.findall(rf"```\w+\n# {re.escape(name)}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def package(place: Path, name: str, group: str, *entries: str) -> None:
    """Lay down the example's module `name` in `place`, with `entries`, such as "report = report:Report"."""
    metadata = place / f"{name}-1.0.dist-info"
    metadata.mkdir(parents=True)
    (place / f"{name}.py").write_text(example(f"{name}.py"))
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("\n".join((f"[{group}]", *entries, "")))
    assert PathDistribution(metadata).entry_points
