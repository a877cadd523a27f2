"""Where a circuit of somebody else is: `mymac.py:my_transmit` or `package.module:block` into an object.

A FILE is looked for where `thicknet` was called, as that of a program `python FILE` is, and runs once.
"""

import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from re import sub
from traceback import extract_tb
from types import ModuleType

from sim.words import no_such

EXAMPLE = 'a circuit such as "mymac.py:my_transmit" or "package.module:block"'


def find(text: str) -> object:
    """What `text` names. Raises ValueError, a sentence, if it is not there."""
    place, colon, name = text.rpartition(":")
    if not (place and name and colon):
        raise ValueError(f'"{text}" is not {EXAMPLE}')
    path = Path(place).resolve()
    try:
        source = path.read_bytes() if path.suffix == ".py" else None
    except OSError as error:
        raise ValueError(f"{place} cannot be read: {error.strerror}") from None
    try:
        module = import_module(place) if source is None else _run(path, source)
    except (Exception, SystemExit) as error:  # whatever it does when it runs
        lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == str(path)]
        where = f" (line {lines[-1]})" if lines else ""
        words = " ".join(f"{type(error).__name__}: {error}".split())
        raise ValueError(f"{place} cannot be imported: {words}{where}") from error
    if name not in vars(module):
        raise ValueError(no_such(name, f"block in {place}", list(vars(module)), "see what the file defines"))
    return getattr(module, name)


@cache
def _run(path: Path, source: bytes) -> ModuleType:
    """The module that a file is. Other modules are looked for in its folder, too."""
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    module = ModuleType(sub(r"\W", "_", path.stem))
    module.__file__ = str(path)
    exec(compile(source, str(path), "exec"), vars(module))
    return module
