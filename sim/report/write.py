"""One HTML file of a run: the page that ships, with the run's payload in it.

The payload is compressed, and written as base64: whatever a program has printed, it cannot end the element
that it stands in. The page has all its scripts and styles in it, and opens from a disk.
"""

import json
import zlib
from base64 import b64encode
from importlib.resources import files
from pathlib import Path

from sim.report.payload import payload

PLACE = "THICKNET_RUN"
"""What the page has where the payload is to be."""
_LEVEL = 6


def write_report(folder: Path, path: Path) -> None:
    """Write the report of the run in `folder` to `path`. Raises ReadingError, OSError."""
    record = json.dumps(payload(folder), separators=(",", ":"), ensure_ascii=False).encode()
    page = files("sim.report").joinpath("page.html").read_text(encoding="utf-8")
    compressed = b64encode(zlib.compress(record, _LEVEL)).decode("ascii")
    path.write_text(page.replace(PLACE, compressed, 1), encoding="utf-8")
