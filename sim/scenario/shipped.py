"""The scenarios that ship with the package: one TOML file each in `sim/scenarios/`."""

import tomllib
from pathlib import Path

_FOLDER = Path(__file__).parent.parent / "scenarios"


def scenario_path(scenario: str) -> Path:
    """Return the file that `scenario` means: the shipped one of that name, else the path itself."""
    shipped = _FOLDER / f"{scenario}.toml"
    return shipped if shipped.parent == _FOLDER and shipped.is_file() else Path(scenario)


def scenario_titles() -> dict[str, str]:
    """Return the titles of the shipped scenarios by name, in alphabetical order."""
    files = sorted(_FOLDER.glob("*.toml"))
    return {file.stem: tomllib.loads(file.read_text(encoding="utf-8"))["title"] for file in files}
