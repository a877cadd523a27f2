"""A file over a descriptor of a process, as `open` and `os.fdopen` make it."""

# ruff: noqa: ANN001, ANN201, ANN202

import contextlib
import os

import pytest
from here_and_there import both, failure

MODES = ["r", "rb", "w", "wb", "a", "x", "xb", "zz", "rr", "b", "", "rbt", "rw", "r\0", None]
ARGUMENTS = [
    {},
    {"buffering": 0},
    {"buffering": 16},
    {"encoding": "ascii", "errors": "replace"},
    {"newline": "\r\n"},
    {"newline": "x"},
    {"encoding": "no such encoding"},
    {"opener": os.open},
]


@pytest.mark.parametrize("mode", MODES)
def test_open_of_a_descriptor_takes_and_refuses_what_pythons_own_does(mode):
    """The attributes of the file, and whether it has closed the descriptor; or the error."""

    def look(keywords):
        reader, writer = os.pipe()
        fd, other = (writer, reader) if mode and set(mode) & set("wax") else (reader, writer)
        try:
            with open(fd, mode, **keywords) as file:  # noqa: PTH123
                binary = getattr(file, "buffer", file)
                texts = [getattr(file, name, None) for name in ("encoding", "errors", "line_buffering")]
                found = file.mode, binary.mode, file.name == fd, file.readable(), file.writable(), *texts
            found = *found, failure(os.fstat, fd)
        except Exception as error:
            found = type(error), str(error)
        for open_fd in (fd, other):
            with contextlib.suppress(OSError):
                os.close(open_fd)
        return found

    both(lambda: [look(keywords) for keywords in ARGUMENTS])
