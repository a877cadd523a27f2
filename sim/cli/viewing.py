"""`thicknet view`: a run's waveform in GTKWave or Surfer, its captures in Wireshark, or a picture."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from sim.cli.group import fail, main
from sim.cli.times import SimulatedTime

if TYPE_CHECKING:
    from sim.record.places import Place

_SPAN_NS = 80_000
"""A short frame, and what comes a little after it."""
_COLUMNS = ",".join(
    f'"{title}","{column}"'
    for title, column in {
        "No.": "%m",
        "Time": "%t",
        "Source": "%s",
        "Destination": "%d",
        "Protocol": "%p",
        "Length": "%L",
        "Info": "%i",
        "Comment": "%Cus:frame.comment:0:R",
    }.items()
)
"""Wireshark's columns, and the comment of a packet beside them."""


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--at", type=SimulatedTime(), help='Begin at an instant, such as "12.3 ms".')
@click.option("--frame", metavar="CABLE:N", help="Begin at a frame, by its number in the cable's capture.")
@click.option("--for", "span", type=SimulatedTime(above=0), help="Show that much time; a frame if not given.")
@click.option("--wireshark", is_flag=True, help="Open the capture, with its comments in the list of packets.")
@click.option("--svg", type=click.Path(path_type=Path), help="Write a picture, and open nothing.")
@click.option("--rows", metavar="NAMES", help="Rows of the picture: yellow.field,pc.adapter.*")
def view(
    folder: Path,
    at: int | None,
    frame: str | None,
    span: int | None,
    wireshark: bool,
    svg: Path | None,
    rows: str | None,
) -> None:
    """Open a run's waveform or capture, or draw it.

    FOLDER is a run folder, such as runs/collision. The waveform opens in GTKWave, or in Surfer if that is
    what is there, the capture in Wireshark. What is shown begins at the first frame, unless --at or
    --frame say where. A picture (--svg) needs neither program.
    """
    from sim.record.places import Place, first_frame, numbered_frame
    from sim.record.reading import ReadingError

    if at is not None and frame is not None:
        fail(2, "--at and --frame both say where to begin: give one of them")
    if rows is not None and svg is None:
        fail(2, "--rows chooses rows of a picture: give --svg FILE")
    try:
        if frame is not None:
            place = numbered_frame(folder, frame)
        elif at is not None:
            _check_instant(folder, 1000 * at)
            place = Place("", 0, 1000 * at, 1000 * (at + _SPAN_NS))
        else:
            place = first_frame(folder)
        if wireshark:
            _wireshark(folder, place)
        begin = place.begin if at is not None else max(place.begin - (place.end - place.begin) // 20, 0)
        end = begin + 1000 * span if span else place.end + (place.end - begin) // 20
        if svg is None:
            _open(folder, begin, end)
        _draw(folder, svg, rows, begin, end)
    except ReadingError as error:
        fail(2, str(error))


def _check_instant(folder: Path, ps: int) -> None:
    """An instant after the end of the run is a sentence; a run that was killed has none."""
    from sim.os.outcome import seconds
    from sim.record.manifest import read_manifest
    from sim.record.reading import ReadingError

    try:
        ended = read_manifest(folder).ended
    except ReadingError:
        return
    if ended is not None and ps > ended.ps:
        fail(2, f"--at: the run ended at {seconds(ended.ps // 1000)}")


def _draw(folder: Path, svg: Path, rows: str | None, begin: int, end: int) -> None:
    from sim.record.picture import picture
    from sim.record.stretch import read_stretch

    drawn = read_stretch(folder, rows.split(",") if rows else ["*"], begin, end)
    try:
        svg.write_text(picture(drawn, begin, end), encoding="utf-8")
    except OSError as error:
        fail(2, f"{svg}: cannot be written: {error.strerror}")


def _open(folder: Path, begin: int, end: int) -> NoReturn:
    from sim.record.arrangement import GTKWAVE, SURFER, window

    arranged = (folder / GTKWAVE).is_file()
    if not arranged and not (folder / "waves.vcd").is_file():
        fail(2, f"{folder}: holds no waveform; run a scenario with -o {folder} --vcd")
    viewers = {"gtkwave": (GTKWAVE, ["view.gtkw"]), "surfer": (SURFER, ["-c", "view.sucl", "waves.vcd"])}
    program = next(filter(shutil.which, viewers), None)
    if program is None:
        fail(
            1,
            "neither GTKWave nor Surfer is installed: `make tools` installs GTKWave, surfer-project.org has "
            f"Surfer; any other viewer opens {folder / 'waves.vcd'}",
        )
    _need_display("GTKWave" if program == "gtkwave" else "Surfer")
    arrangement, arguments = viewers[program]
    if not arranged:
        click.echo(
            f"{folder}: the run was killed before its rows were arranged; choose rows yourself", err=True
        )
        arguments = ["waves.vcd"]
    else:
        try:
            window(folder, arrangement, arrangement.replace("waves", "view"), begin, end)
        except OSError as error:
            fail(1, f"{folder}: cannot be written: {error.strerror}")
    sys.exit(subprocess.run([program, *arguments], cwd=folder, check=False).returncode)


def _wireshark(folder: Path, place: "Place") -> NoReturn:
    capture = folder / f"{place.capture}.pcapng"
    if not place.capture or not capture.is_file():
        fail(2, f"{folder}: no frame has passed a cable whose capture there is; --frame says which one")
    if shutil.which("wireshark") is None:
        fail(1, f"Wireshark is not installed (`apt-get install wireshark`); {capture} is what it opens")
    _need_display("Wireshark")
    arguments = ["-r", str(capture), "-g", str(place.number), "-o", f"gui.column.format:{_COLUMNS}"]
    sys.exit(subprocess.run(["wireshark", *arguments], check=False).returncode)


def _need_display(program: str) -> None:
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        fail(1, f"there is no display for {program} (DISPLAY is not set)")
