"""The commands that run no scenario: check, scenarios, convert, bench."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Literal

import click
from rich.console import Console

from sim.cli.group import fail, main, read
from sim.scenario.shipped import scenario_titles
from sim.words import no_such


@main.command()
@click.argument("scenario")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def check(scenario: str, as_json: bool) -> None:
    """Check a scenario's cables against 802.3.

    SCENARIO is a file, or the name of one that ships. Reported are delays and gaps of all paths through
    repeaters (clause 13), cables that are too long, loops, ends of a cable in different duplex modes, and
    hosts whose addresses cannot meet. A network that breaks the rules runs all the same, and the exit status
    is 0.
    """
    from sim.scenario.hints import hints
    from sim.scenario.topology import examine

    _, lan = read(scenario)
    findings = examine(lan)
    findings = replace(findings, warnings=(*findings.warnings, *hints(lan)))
    if as_json:
        click.echo(json.dumps(findings.record()))
        return
    lines = [line for path in findings.paths for line in path.lines()]
    lines += [f"warning: {sentence}" for sentence in findings.warnings]
    click.echo("\n".join(lines or ["no path goes through a repeater, and every cable is short enough"]))


@main.command()
@click.argument("name", required=False)
def scenarios(name: str | None) -> None:
    """List the scenarios that ship, or say what one of them shows.

    NAME is one of these, or a file.
    """
    if name is not None:
        _, lan = read(name)
        click.echo("\n".join([lan.title, *(["", lan.look_for] if lan.look_for else [])]))
        return
    titles = scenario_titles()
    width = max(map(len, titles))
    for name, title in titles.items():
        click.echo(f"{name:<{width}}  {title}")


@main.command()
@click.argument("circuit")
@click.option(
    "--hdl",
    type=click.Choice(["verilog", "vhdl"]),
    default="verilog",
    show_default=True,
    help="Verilog-2005 or VHDL-2008.",
)
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder that the files go to.",
)
@click.option("--ports", type=int, help="How many ports a hub or a switch has; 4 if not given.")
def convert(circuit: str, hdl: Literal["verilog", "vhdl"], folder: Path, ports: int | None) -> None:
    """Write a circuit as Verilog, with a testbench, or as VHDL.

    CIRCUIT is a box (adapter, mac, phy, mau, hub, switch) or a part of one; a wrong name lists them all. See
    docs/synthesis.md.
    """
    from hw.boxes import BOXES, FEWEST_PORTS, PORTS
    from hw.export import export
    from hw.modules import MODULES

    known = list(dict.fromkeys([*BOXES, *MODULES]))
    if circuit not in known:
        fail(2, no_such(circuit, "circuit", known, f"circuits: {', '.join(known)}"))
    most = BOXES[circuit].most_ports if circuit in BOXES else 0
    if ports is not None and not most:
        fail(2, f"{circuit}: has no ports to be counted; --ports is for a hub or a switch")
    if ports is not None and not FEWEST_PORTS <= ports <= most:
        fail(2, f"{circuit}: has {FEWEST_PORTS} to {most} ports, not {ports}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = export(circuit, hdl, folder, ports or PORTS)
    except OSError as error:
        fail(2, f"{folder}: cannot be written: {error.strerror}")
    click.echo("\n".join(map(str, written.files)))
    for simulator, command in written.commands.items():
        click.echo(f"{simulator}: {command}", err=True)


@main.command()
@click.option(
    "--effort",
    type=click.Choice(["smoke", "quick", "full"]),
    default="quick",
    show_default=True,
    help="How long to measure: quick takes about a minute, full several; smoke's figures mean nothing.",
)
@click.option(
    "--write", "document", type=click.Path(path_type=Path, dir_okay=False), help="Put the tables into a file."
)
def bench(effort: str, document: Path | None) -> None:
    """Measure what bits, frames and builds cost on this machine."""
    from sim.bench.command import PlaceError
    from sim.bench.command import bench as measure
    from sim.bench.effort import Effort

    try:
        measure(Effort[effort.upper()], document, Console())
    except PlaceError as error:
        fail(2, str(error))
    except BrokenPipeError:
        raise
    except OSError as error:
        fail(1, f"{document or 'the measurement'}: {error.strerror}")
