"""The run folder: a new one, or an earlier run's, whose files give way. Nobody else's files are touched."""

from pathlib import Path

_RECORDS = ("events.jsonl", "waves.vcd", "waves.gtkw", "*.pcapng")


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
    except OSError as error:
        raise FolderError(f"{folder}: cannot be written: {error.strerror}") from None
