"""The `thicknet` command (DESIGN.md section 6). Exit status: 0 done, 1 the run failed, 2 bad input.

Modules that load MyHDL are imported by the commands that need them: listing scenarios is instant.
"""

import dataclasses
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NoReturn

import click
from rich.console import Console

from journal.event import Event
from sim.api.options import Options
from sim.record.folder import FolderError, prepare_folder
from sim.record.json_lines import json_line
from sim.record.summary import Summary
from sim.record.timeline import Timeline
from sim.scenario.loader import MAX_SEED, ScenarioError
from sim.scenario.model import Scenario
from sim.scenario.quantities import time_ns
from sim.scenario.shipped import scenario_path, scenario_titles
from sim.scenario.topology import examine
from sim.words import no_such


class _Time(click.ParamType[int]):
    """A simulated time, such as `2 s`, in nanoseconds."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            ns = time_ns(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if ns <= 0:
            self.fail("must be above 0", param, ctx)
        return ns


@click.group()
@click.version_option(package_name="thicknet")
def main() -> None:
    """A network you can put a probe on: from connect() to the voltage on a 10BASE5 coax and back."""


_Command = Callable[..., None]


def _of_a_run(command: _Command) -> _Command:
    """What every command takes that runs a scenario."""
    for option in (
        click.option(
            "--vcd/--no-vcd",
            default=None,
            help="Record a waveform, or none, which is faster; if not told, all but long scenarios do.",
        ),
        click.option("--seed", type=click.IntRange(0, MAX_SEED), help="Instead of the scenario's."),
        click.option(
            "--engine",
            type=click.Choice(["auto", "myhdl", "compiled"]),
            default="auto",
            show_default=True,
            help="MyHDL's simulator, or the circuits compiled, which is some 200 times as fast.",
        ),
        click.option(
            "-o",
            "--output",
            "folder",
            type=click.Path(path_type=Path),
            help="Run folder; runs/NAME if not given.",
        ),
        click.argument("scenario"),
    ):
        command = option(command)
    return command


@main.command()
@_of_a_run
@click.option("--until", type=_Time(), help='Simulated time at which to stop, such as "2 s".')
@click.option("--json", "as_json", is_flag=True, help="Print events and summary as JSON, one per line.")
@click.option("-q", "--quiet", is_flag=True, help="Print the summary only.")
def run(
    scenario: str,
    folder: Path | None,
    engine: str,
    until: int | None,
    seed: int | None,
    vcd: bool | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Run a scenario, and record it.

    SCENARIO is a file, or the name of one that ships. Exit status 1 if a program failed or the run came to no
    end, 2 if the scenario cannot be read. Ctrl-C ends the run; what was recorded until then is kept.
    """
    from sim.api.network import run as run_scenario

    lan, folder = _prepare(scenario, folder, seed)
    if until is not None:
        lan = dataclasses.replace(lan, until_ns=until)
    warnings = examine(lan).warnings
    if not quiet:
        for sentence in warnings:
            _aside(f"warning: {sentence}")
    summary = Summary(warnings)
    tell = _print_json if as_json else Timeline(Console())
    listeners = (summary,) if quiet else (summary, tell)
    with _sentences(folder):
        outcome = run_scenario(lan, Options(folder, engine, _waveform(lan, vcd), listeners, _aside))
    lines = summary.lines(outcome, folder)
    if as_json:
        lines = [json.dumps({"summary": summary.record(outcome, folder)})]
    try:
        click.echo("\n".join(lines))
    except BrokenPipeError:
        raise
    except OSError as error:
        _fail(1, f"the summary cannot be printed: {error.strerror}")
    sys.exit(0 if outcome.succeeded else 1)


@main.command()
@_of_a_run
def shell(scenario: str, folder: Path | None, engine: str, seed: int | None, vcd: bool | None) -> None:
    """Run a scenario with a prompt on its hosts.

    SCENARIO is a file, or the name of one that ships. `help` lists what one may type; lines may come from a
    pipe, too. Exit status 1 if a line from a pipe could not be carried out or a program failed.
    """
    from sim.api.network import Network
    from sim.shell.shell import Shell
    from sim.shell.terminal import converse

    lan, folder = _prepare(scenario, folder, seed)
    typed = Shell(click.echo)
    timeline = Timeline(Console())

    def listen(event: Event) -> None:
        if typed.timeline:
            timeline(event)

    with _sentences(folder):
        with Network(lan, Options(folder, engine, _waveform(lan, vcd), (listen,), _aside)) as network:
            typed.begin(network)
            converse(typed)
        click.echo(f"recorded in {folder}")
    sys.exit(1 if typed.failed and not sys.stdin.isatty() else 0)


@main.command()
@click.argument("scenario")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def check(scenario: str, as_json: bool) -> None:
    """Check a scenario's cables against 802.3.

    SCENARIO is a file, or the name of one that ships. Told are delays and gaps of all paths through repeaters
    (clause 13), what is too long, and loops. A network that breaks the rules runs all the same, and the exit
    status is 0.
    """
    _, lan = _read(scenario)
    findings = examine(lan)
    if as_json:
        click.echo(json.dumps(findings.record()))
        return
    lines = [line for path in findings.paths for line in path.lines()]
    lines += [f"warning: {sentence}" for sentence in findings.warnings]
    click.echo("\n".join(lines or ["no path goes through a repeater, and every cable is short enough"]))


def _waveform(lan: Scenario, asked: bool | None) -> bool:
    return not lan.long if asked is None else asked


def _read(scenario: str) -> tuple[Path, Scenario]:
    """The file of a scenario, and the scenario."""
    from sim.api.load import load

    try:
        return scenario_path(scenario), load(scenario)
    except ScenarioError as error:
        _fail(2, str(error))


def _prepare(scenario: str, folder: Path | None, seed: int | None) -> tuple[Scenario, Path]:
    """The scenario, with another seed if one is given, and an empty run folder."""
    path, lan = _read(scenario)
    folder = folder or Path("runs") / path.stem
    try:
        prepare_folder(folder)
    except FolderError as error:
        _fail(2, str(error))
    if seed is not None:
        lan = dataclasses.replace(lan, seed=seed)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that knows no µ gets an escape instead
        sys.stdout.reconfigure(errors="backslashreplace")
    return lan, folder


@contextmanager
def _sentences(folder: Path) -> Iterator[None]:
    """What goes wrong while a scenario runs, told in a sentence."""
    from sim.engine.choose import EngineError

    try:
        yield
    except EngineError as error:
        _fail(1, str(error))
    except BrokenPipeError:  # whoever read the timeline has gone: click ends quietly
        raise
    except OSError as error:
        _fail(1, f"{folder}: cannot be written: {error.strerror}")


def _aside(line: str) -> None:
    click.echo(line, err=True)


@main.command()
def scenarios() -> None:
    """List the scenarios that ship."""
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
def convert(circuit: str, hdl: Literal["verilog", "vhdl"], folder: Path) -> None:
    """Write a circuit as Verilog or VHDL.

    CIRCUIT is a box (adapter, mau, hub, switch) or a part of one; a wrong name lists them all. See
    docs/synthesis.md.
    """
    from hw.boxes import BOXES
    from hw.convert import convert as convert_circuit
    from hw.modules import MODULES

    known = list(dict.fromkeys([*BOXES, *MODULES]))
    if circuit not in known:
        _fail(2, no_such(circuit, "circuit", known, f"circuits: {', '.join(known)}"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = convert_circuit(circuit, hdl, folder)
    except OSError as error:
        _fail(2, f"{folder}: cannot be written: {error.strerror}")
    click.echo("\n".join(map(str, written)))


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
        _fail(2, str(error))
    except BrokenPipeError:
        raise
    except OSError as error:
        _fail(1, f"{document or 'the measurement'}: {error.strerror}")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
def view(folder: Path) -> None:
    """Open a run's waveform in GTKWave.

    FOLDER is a run folder, such as runs/collision.
    """
    if not (folder / "waves.gtkw").is_file():
        _fail(2, f"{folder}: holds no waveform; run a scenario with -o {folder} and without --no-vcd")
    if shutil.which("gtkwave") is None:
        _fail(1, f"gtkwave is not installed (`make tools`); any other viewer opens {folder / 'waves.vcd'}")
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        _fail(1, "there is no display for GTKWave (DISPLAY is not set)")
    sys.exit(subprocess.run(["gtkwave", "waves.gtkw"], cwd=folder, check=False).returncode)


def _print_json(event: Event) -> None:
    click.echo(json_line(event), nl=False)


def _fail(status: int, sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(status)
