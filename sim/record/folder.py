"""The run folder: a new one, or an earlier run's, whose files give way. No other files are touched."""

import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from weakref import finalize

HOSTS = "hosts"
"""In it, a directory for each host: what its programs have written."""
_RECORDS = (
    "events.jsonl",
    "waves.vcd",
    "waves.gtkw",
    "waves.sucl",
    "view.gtkw",
    "view.sucl",
    "*.pcapng",
    "report.html",
    "run.json",
    "run.json.part",
)


class FolderError(Exception):
    """The folder cannot hold a run; `str` is a sentence for the reader."""


def prepare_folder(folder: Path) -> None:
    """Make `folder` or clear it of an earlier run."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()) and not (folder / "events.jsonl").exists():
            raise FolderError(f"{folder}: holds other files and no earlier run; choose another with -o")
        for pattern in _RECORDS:
            for path in folder.glob(pattern):
                path.unlink()
        if (folder / HOSTS).is_dir():
            shutil.rmtree(folder / HOSTS)
    except OSError as error:
        raise FolderError(f"{folder}: cannot be written: {error.strerror}") from None


def host_directory(folder: Path, host: str) -> Path:
    """Where the programs of `host` begin, in the run folder `folder`; absolute."""
    return folder.resolve() / HOSTS / host


def tidy_folder(folder: Path) -> None:
    """Take away the directories of hosts in which nothing was written."""
    if (folder / HOSTS).is_dir():
        for directory in (*(folder / HOSTS).iterdir(), folder / HOSTS):
            with suppress(OSError):  # there is something in it
                directory.rmdir()


class TemporaryFolder:
    """A folder that vanishes with this object, or with Python: there is nothing to close."""

    def __init__(self) -> None:
        self.path = Path(mkdtemp(prefix="thicknet-"))
        finalize(self, shutil.rmtree, self.path, ignore_errors=True)
