"""The `thicknet` command: the group that its commands belong to, and what they have in common."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from sim.record.printable import printable
from sim.scenario.rules import ScenarioError
from sim.scenario.shipped import scenario_path

if TYPE_CHECKING:
    from sim.scenario.model import Scenario


@click.group()
@click.version_option(package_name="thicknet")
def main() -> None:
    """A network you can put a probe on: from connect() to the voltage on a 10BASE5 coax and back."""


def read(scenario: str) -> tuple[Path, "Scenario"]:
    """The file of a scenario, and the scenario."""
    from sim.api.load import load

    try:
        return scenario_path(scenario), load(scenario)
    except ScenarioError as error:
        fail(2, str(error))


def fail(status: int, sentence: str) -> NoReturn:
    """Print what went wrong, and end with this exit status."""
    click.echo("\n".join(map(printable, sentence.splitlines())), err=True)
    sys.exit(status)
