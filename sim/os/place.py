"""Where in a program something happens: the line that a programmer looks for."""

import sysconfig
from pathlib import Path
from types import FrameType

_NOT_THEIRS = (
    str(Path(__file__).parents[1]) + "/",  # this package, but not the programs that ship with it
    sysconfig.get_path("stdlib") + "/",
    "<frozen",
)
_THEIRS = ("/site-packages/", "/sim/apps/")


def place_of(frame: FrameType | None) -> str:
    """File and line of the innermost frame that is neither of this package nor of the standard library."""
    innermost = frame
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith(_NOT_THEIRS) or any(part in name for part in _THEIRS):
            break
        frame = frame.f_back
    found = frame or innermost
    return "nowhere" if found is None else f"{Path(found.f_code.co_filename).name}, line {found.f_lineno}"
