"""Standard streams of simulated programs: what they print becomes events, line by line.

`Redirected` stands in `sys.stdout` and `sys.stderr` while a kernel runs. It asks at each use who is
calling: a program gets its own stream, everybody else (a progress bar in another thread, the test
runner) the stream that was there before.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from greenlet import getcurrent

WriteLine = Callable[[str, str], None]


class _Lines(io.BufferedIOBase):
    """Collects octets and gives away each complete line; at `close` also the last, incomplete one."""

    def __init__(self, name: str, write_line: WriteLine) -> None:
        self._name = name
        self._write_line = write_line
        self._pending = b""

    def readable(self) -> bool:
        return self._name == "stdin"

    def writable(self) -> bool:
        return self._name != "stdin"

    def read(self, size: int | None = -1, /) -> bytes:
        return b""  # nobody types: standard input is at its end

    def read1(self, size: int = -1, /) -> bytes:
        return b""

    def write(self, data: Any, /) -> int:
        octets = bytes(data)
        *lines, self._pending = (self._pending + octets).split(b"\n")
        for line in lines:
            self._write_line(self._name, line.decode("utf-8", "backslashreplace"))
        return len(octets)

    def close(self) -> None:
        if self._pending:
            self.write(b"\n")
        super().close()


def program_stream(name: str, write_line: WriteLine) -> TextIO:
    """A text stream that calls `write_line(name, line)` for each line written; `stdin` is empty."""
    lines: Any = _Lines(name, write_line)
    return io.TextIOWrapper(
        lines,
        encoding="utf-8",
        errors="backslashreplace",
        newline="\n",
        write_through=True,
    )


class Nowhere(io.TextIOBase):
    """In place of a stream that was closed before Python began, or whose program has ended."""

    def write(self, text: str) -> int:
        return len(text)


class Redirected:
    """A stream that is the calling process's own inside the simulation, and the outer one outside."""

    def __init__(self, name: str, outer: TextIO | io.TextIOBase) -> None:
        self._name = name
        self._outer = outer

    def _stream(self) -> Any:
        process = getattr(getcurrent(), "process", None)
        return self._outer if process is None else getattr(process, self._name)

    def write(self, text: str) -> int:
        """Write to the caller's stream."""
        written: int = self._stream().write(text)
        return written

    def __iter__(self) -> Iterator[str]:
        return iter(self._stream())

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._stream(), attribute)


@contextmanager
def redirected_streams() -> Iterator[None]:
    """`sys.stdin`, `sys.stdout` and `sys.stderr` follow the caller; put back at the end."""
    outer = sys.stdin, sys.stdout, sys.stderr
    names = ("stdin", "stdout", "stderr")
    ours: Any = [Redirected(name, stream or Nowhere()) for name, stream in zip(names, outer, strict=True)]
    sys.stdin, sys.stdout, sys.stderr = ours
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = outer
