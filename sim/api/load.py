"""Scenarios from files: those that ship, by name, and one's own."""

from pathlib import Path

from sim.apps.registry import find
from sim.scenario import loader
from sim.scenario.model import Scenario
from sim.scenario.rules import ScenarioError
from sim.scenario.shipped import scenario_path, scenario_titles
from sim.words import no_such


def load(scenario: str | Path) -> Scenario:
    """The scenario that ships under this name, or that of a file, read and checked.

    Raises ScenarioError, one line that names file, line and key, for the first mistake.
    """
    path = scenario_path(str(scenario))
    if not path.exists():
        if path.suffix == ".toml":
            raise ScenarioError(f"{path}: there is no such file")
        names = list(scenario_titles())
        raise ScenarioError(
            no_such(str(scenario), "scenario", names, "`thicknet scenarios` lists those that ship")
        )
    return loader.load(path, lambda command: find(command)[0].service)
