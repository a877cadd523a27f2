"""A host's own file, as `open` gives it, is the object that `open` gives of a file of the real machine."""

# ruff: noqa: PTH123, SIM115, ANN202 (the built-in `open`, each way to call it)

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from here_and_there import both, failure, simulated

from sim.python.barrier import OutsideWorldError

NAME = "/etc/passwd"
"""On a host its own, here the real one; there are some lines in both."""

CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((), {}),
    (("rt",), {}),
    (("rb",), {}),
    (("rb", 0), {}),
    (("rb", 16), {}),
    (("r", 1), {}),
    ((), {"encoding": "ascii", "errors": "replace", "newline": "\r\n"}),
    ((), {"newline": ""}),
    ((), {"opener": os.open}),
    (("r", -1, None, None, None, True, lambda path, flags: os.open(path, flags)), {}),
    (("r", 0), {}),
    ((), {"newline": "x"}),
    ((), {"encoding": "no such encoding"}),
    ((), {"closefd": False}),
    (("rb",), {"encoding": "utf-8"}),
    (("rb",), {"errors": "strict"}),
    (("rb",), {"newline": "\n"}),
    *[((mode,), {}) for mode in ("zz", "rr", "b", "", "rbt", "rw", "+", "U", "wz", "r\0", None, 7)],
]


def tried(call: Callable[[], object]) -> object:
    """What it returns or raises, as text."""
    try:
        return repr(call())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def described(*arguments: Any, **keywords: Any) -> object:
    """What is seen of a file that is read, and what of what it does not do."""
    file = open(NAME, *arguments, **keywords)
    with file:
        known = ("name", "mode", "encoding", "errors", "newlines", "line_buffering", "closefd")
        seen = [type(file), *(getattr(file, name, None) for name in known)]
        seen += [file.readable(), file.writable(), file.seekable(), file.isatty(), repr(file)]
        line = file.readline()
        empty = type(line)()
        seen += [type(line), file.tell() == len(line)]
        for call in (
            lambda: file.write(empty),
            lambda: file.writelines([empty]),
            lambda: file.truncate(0),
            lambda: os.write(file.fileno(), b"x"),
            lambda: file.seek(0),
            lambda: file.readline() == line,
            lambda: os.fstat(file.fileno()).st_size == len(line) + len(file.read()),
            lambda: file.seek(0, os.SEEK_END) == os.fstat(file.fileno()).st_size,
            lambda: file.read(),
        ):
            seen.append(tried(call))
    return [*seen, file.closed, tried(file.read)]


@pytest.mark.parametrize(("arguments", "keywords"), CALLS)
def test_a_file_of_a_host_is_opened_and_behaves_as_another(
    arguments: tuple[Any, ...], keywords: dict[str, Any]
) -> None:
    both(lambda: tried(lambda: described(*arguments, **keywords)))


@pytest.mark.parametrize("name", [NAME, NAME.encode(), Path(NAME), "/etc/../etc/passwd"])
def test_the_name_of_a_file_is_what_was_given(name: Any) -> None:
    def look():
        with open(name) as text, open(name, "rb", 0) as raw:
            return [(file.name, type(file.name)) for file in (text, text.buffer, text.buffer.raw, raw)]

    both(look)


@pytest.mark.parametrize("name", [NAME, NAME.encode(), Path(NAME)])
def test_who_opens_it_for_writing_is_no_privileged_user(name: Any) -> None:
    """open(2): EACCES, EEXIST with O_EXCL; the real file here is not to be tried on."""

    def program():
        return {mode: failure(open, name, mode) for mode in ("w", "a", "r+", "wb", "rb+", "a+", "x", "w+b")}

    assert simulated(program) == {
        **dict.fromkeys(("w", "a", "r+", "wb", "rb+", "a+", "w+b"), ("PermissionError", "EACCES")),
        "x": ("FileExistsError", "EEXIST"),
    }


@pytest.mark.parametrize("name", [NAME, NAME.encode(), Path(NAME), "/etc//passwd", "/proc/self/../1/stat"])
def test_another_door_is_refused_by_each_kind_of_path(name: Any) -> None:
    def program():
        with pytest.raises(OutsideWorldError, match="of the real machine"):
            io.FileIO(name)

    simulated(program)
