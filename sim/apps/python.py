"""`python FILE …` and `python -m MODULE …`: a program of the reader's own, as the interpreter would run it.

It gets a module `__main__` and `sys.argv` of its own. Other modules, and the path on which they are looked
for, it shares with all programs of the run. It begins in the directory of its host; `FILE` is looked for
where `thicknet` was called.
"""

import argparse
import signal
import sys
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, ModuleType

from sim.apps.command_line import CommandLine
from sim.os.process import current


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line, and compile the program: a mistake in it is found before the run."""
    line = CommandLine("python")
    line.add_argument("-m", dest="module", action="store_true")
    line.add_argument("program", metavar="FILE")
    line.add_argument("rest", nargs=argparse.REMAINDER, metavar="ARGUMENT")
    options = line.parse_args(words)
    try:
        options.code = (_of_module if options.module else _of_file)(options.program)
    except OSError as error:
        raise ValueError(f"python: {options.program} cannot be read: {error.strerror}") from None
    except SyntaxError as error:
        raise ValueError(f"python: {options.program}, line {error.lineno}: {error.msg}") from None
    return options


_files: dict[str, Path] = {}
"""Where each FILE of a command line was when it was checked: a program begins in another directory."""


def _of_file(name: str) -> CodeType:
    if current() is None:
        _files[name] = Path(name).resolve()
    path = _files.get(name, Path(name))
    folder = str(path.parent)
    code = compile(path.read_bytes(), str(path), "exec")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return code


def _of_module(name: str) -> CodeType:
    try:
        spec = find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = find_spec(f"{name}.__main__")
    except ImportError as error:
        raise ValueError(f"python: {error}") from None
    get_code = getattr(None if spec is None else spec.loader, "get_code", None)
    code = get_code(spec.name) if get_code and spec else None
    if not isinstance(code, CodeType):
        raise ValueError(f"python: there is no module {name} that can be run")
    return code


def main(words: list[str]) -> None:
    """Run the program; what it returns by `sys.exit` is its exit status."""
    options = arguments(words)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as the interpreter does when it starts
    sys.argv[:] = [options.code.co_filename, *options.rest]
    module = ModuleType("__main__")
    module.__file__ = options.code.co_filename
    exec(options.code, vars(module))
