"""The commands that run a scenario: `thicknet run`, `thicknet shell`."""

import dataclasses
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import click
from rich.console import Console

from journal.event import Event
from sim.api.options import Options
from sim.cli.group import fail, main, read
from sim.cli.progress import Progress
from sim.cli.reporting import REPORT, make_report, open_report
from sim.cli.selecting import Chosen, places, select, selected
from sim.cli.times import SimulatedTime
from sim.os.events import Output
from sim.record.folder import FolderError, prepare_folder
from sim.record.json_lines import json_line
from sim.record.printable import printable
from sim.scenario.rules import MAX_SEED

if TYPE_CHECKING:
    from sim.record.extent import Extent
    from sim.record.selection import Selection
    from sim.scenario.model import Scenario


_HASH_SEED = "PYTHONHASHSEED"


def _begin_again(ctx: click.Context, param: click.Parameter, value: int | None) -> None:
    """Python draws its hash seed when it starts, so it is started again with another one."""
    if value is not None and os.environ.get(_HASH_SEED) != str(value):
        command = [sys.executable, *sys.orig_argv[1:]]
        os.execve(sys.executable, command, os.environ | {_HASH_SEED: str(value)})


_Command = Callable[..., None]
_Listener = Callable[[Event], None]


def _of_a_run(command: _Command) -> _Command:
    """What every command takes that runs a scenario."""
    for option in (
        click.option(
            "--vcd/--no-vcd",
            default=None,
            help="Record a waveform, or none, which is faster; by default all but long scenarios do.",
        ),
        click.option(
            "--waves",
            metavar="NAMES",
            help="Record the waveform of these hosts, boxes and cables, --from and --to: pc,yellow.",
        ),
        click.option(
            "--hash-seed",
            type=click.IntRange(0, 2**32 - 1),
            callback=_begin_again,
            expose_value=False,
            is_eager=True,
            help="Repeat the order in which programs go through sets of strings (PYTHONHASHSEED).",
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
@click.option("--until", type=SimulatedTime(above=0), help='Simulated time at which to stop, such as "2 s".')
@click.option("--json", "as_json", is_flag=True, help="Print events and summary as JSON, one per line.")
@click.option("-q", "--quiet", is_flag=True, help="Print what programs print, and the summary.")
@click.option("-v", "--timeline", "whole", is_flag=True, help="Print all events, and not only what matters.")
@click.option("--report", "reported", is_flag=True, help="Write report.html, and open it in the browser.")
@selected
def run(
    scenario: str,
    folder: Path | None,
    engine: str,
    until: int | None,
    seed: int | None,
    vcd: bool | None,
    waves: str | None,
    as_json: bool,
    quiet: bool,
    whole: bool,
    reported: bool,
    **chosen: Unpack[Chosen],
) -> None:
    """Run a scenario, and record it.

    Printed is what matters of what happens: programs, connections, faults, what is lost. `-v` prints all, and
    --layer, --host, --from, --to and --grep of all what they choose; everything is recorded in any case,
    unless --waves chooses what the waveform has; --from and --to are then its window, too.

    SCENARIO is a file, or the name of one that ships. Exit status 1 if a program failed or the run came to no
    end, 2 if the scenario cannot be read. Ctrl-C ends the run; what was recorded until then is kept.
    """
    from sim.api.network import run as run_scenario
    from sim.record.boxes import recordings
    from sim.record.digest import Digest
    from sim.record.summary import Summary
    from sim.record.timeline import Timeline
    from sim.scenario.hints import hints
    from sim.scenario.topology import examine

    path, lan = read(scenario)
    selection = select(lan, chosen)
    words = (chosen["layers"], chosen["places"], chosen["pattern"])
    if quiet and (whole or (selection and (waves is None or any(words)))):
        fail(2, "-q prints no timeline: leave it out, or the options that choose of one")
    extent = _extent(lan, waves, chosen["begin"], chosen["end"])
    lan, folder = _prepare(path, lan, folder, seed)
    if until is not None:
        lan = dataclasses.replace(lan, until_ns=until)
    warnings = (*examine(lan).warnings, *hints(lan))
    if not quiet:
        for sentence in warnings:
            _aside(f"warning: {sentence}")
    if lan.look_for and not (quiet or as_json):
        click.echo(f"{lan.look_for}\n")
    summary = Summary(warnings, recordings(lan).values())
    progress = Progress(sys.stderr, lan.until_ns)
    digest = Digest(progress.above(Timeline(Console())))
    listeners: tuple[_Listener, ...]
    if quiet:
        tell = progress.above(_print_json if as_json else _print_output)
        listeners = (summary, partial(_tell_output, tell))
    elif as_json or whole or selection:
        tell = progress.above(_print_json if as_json else Timeline(Console()))
        listeners = (summary, partial(_tell_selected, tell, selection) if selection else tell)
    else:
        listeners = (summary, digest)
    if sys.stderr.isatty():
        listeners = (*listeners, progress)
    with _sentences(folder):
        recorded = Options(folder, engine, _waveform(lan, vcd, waves), listeners, _aside, extent)
        outcome = run_scenario(lan, recorded)
    progress.clear()
    lines = [*map(printable, (*digest.rest(), *summary.lines(outcome, folder)))]
    hash_seed = os.environ.get(_HASH_SEED, "random")
    if any(program.run.split()[0] == "python" for program in lan.programs):  # ours go through no set
        lines.insert(-1, f"hash seed: {hash_seed}")
    if as_json:
        lines = [json.dumps({"summary": summary.record(outcome, folder) | {"hash_seed": hash_seed}})]
    try:
        click.echo("\n".join(lines))
    except BrokenPipeError:
        raise
    except OSError as error:
        fail(1, f"the summary cannot be printed: {error.strerror}")
    if reported:
        open_report(make_report(folder, folder / REPORT))
    sys.exit(0 if outcome.succeeded else 1)


@main.command()
@_of_a_run
def shell(
    scenario: str, folder: Path | None, engine: str, seed: int | None, vcd: bool | None, waves: str | None
) -> None:
    """Run a scenario with a prompt on its hosts.

    SCENARIO is a file, or the name of one that ships. `help` lists what can be typed; lines may come from a
    pipe, too. Exit status 1 if a line from a pipe could not be carried out or a program failed.
    """
    from sim.api.network import Network
    from sim.cli.shell.shell import Shell
    from sim.cli.shell.terminal import converse
    from sim.record.timeline import Timeline

    path, lan = read(scenario)
    extent = _extent(lan, waves, None, None)
    lan, folder = _prepare(path, lan, folder, seed)
    typed = Shell(click.echo)
    timeline = Timeline(Console())

    def listen(event: Event) -> None:
        if typed.timeline:
            timeline(event)

    with _sentences(folder):
        recorded = Options(folder, engine, _waveform(lan, vcd, waves), (listen,), _aside, extent)
        with Network(lan, recorded) as network:
            typed.begin(network)
            converse(typed)
        click.echo(f"recorded in {folder}")
    sys.exit(1 if typed.failed and not sys.stdin.isatty() else 0)


def _waveform(lan: "Scenario", asked: bool | None, waves: str | None) -> bool:
    if waves is not None and asked is False:
        fail(2, "--waves chooses of a waveform, and --no-vcd records none: leave one of them out")
    return waves is not None or (not lan.long if asked is None else asked)


def _extent(lan: "Scenario", waves: str | None, begin: int | None, end: int | None) -> "Extent":
    """What --waves chooses, and the window, in ns."""
    from sim.record.extent import Extent

    if waves is None:
        return Extent()
    return Extent(places(lan, waves), 1000 * (begin or 0), None if end is None else 1000 * end)


def _prepare(path: Path, lan: "Scenario", folder: Path | None, seed: int | None) -> tuple["Scenario", Path]:
    """The scenario that was read from `path`, with another seed if one is given, and an empty run folder."""
    folder = folder or Path("runs") / path.stem
    try:
        prepare_folder(folder)
    except FolderError as error:
        fail(2, str(error))
    if seed is not None:
        lan = dataclasses.replace(lan, seed=seed)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that knows no µ gets an escape instead
        sys.stdout.reconfigure(errors="backslashreplace")
    return lan, folder


@contextmanager
def _sentences(folder: Path) -> Iterator[None]:
    """What goes wrong while a scenario runs, reported in a sentence."""
    from hw.kinds import KindError
    from hw.ports import JoinError
    from sim.engine.choose import EngineError
    from sim.protocols import ProtocolError

    try:
        yield
    except EngineError as error:
        fail(1, str(error))
    except (JoinError, KindError) as error:  # of another package
        fail(2, f"a box cannot be put together: {error}")
    except ProtocolError as error:
        fail(2, str(error))
    except BrokenPipeError:  # whoever read the timeline has gone: click ends quietly
        raise
    except OSError as error:
        fail(1, f"{folder}: cannot be written: {error.strerror}")


def _aside(line: str) -> None:
    click.echo(line, err=True)


def _tell_output(tell: _Listener, event: Event) -> None:
    """Give away only what programs print."""
    if (event.layer, event.kind) == (Output.layer, Output.kind):
        tell(event)


def _tell_selected(tell: _Listener, selection: "Selection", event: Event) -> None:
    """Give away only what is asked for."""
    if selection(event):
        tell(event)


def _print_output(event: Event) -> None:
    click.echo(printable(f"{event.where} {event.fields['program']}: {event.fields['text']}"))


def _print_json(event: Event) -> None:
    click.echo(json_line(event), nl=False)
