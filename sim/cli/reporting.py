"""`thicknet report`: one HTML file of a finished run."""

import webbrowser
from pathlib import Path

import click

from sim.cli.group import fail, main

REPORT = "report.html"


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="FOLDER/report.html if not given.",
)
@click.option("--open", "opened", is_flag=True, help="Open it in the browser.")
def report(folder: Path, path: Path | None, opened: bool) -> None:
    """Write a report of a run: one HTML file with everything in it.

    FOLDER is a run folder, such as runs/web. The page opens from the disk, without a network.
    """
    path = make_report(folder, path or folder / REPORT)
    click.echo(str(path))
    if opened:
        open_report(path)


def make_report(folder: Path, path: Path) -> Path:
    """Write the report of `folder` to `path`, or end with a sentence."""
    from sim.record.reading import ReadingError
    from sim.report.write import write_report

    try:
        write_report(folder, path)
    except ReadingError as error:
        fail(2, str(error))
    except OSError as error:
        fail(1, f"{path}: cannot be written: {error.strerror}")
    return path


def open_report(path: Path) -> None:
    """Show it in the browser, or say that there is none."""
    if not webbrowser.open(path.resolve().as_uri()):
        click.echo(f"no browser was found; open {path} by hand", err=True)
