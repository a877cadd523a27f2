"""Standard streams of simulated programs: what they print becomes events, line by line."""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import io
from collections.abc import Callable
from typing import Any, TextIO

WriteLine = Callable[[str, str], None]

_NUMBERS = {"stdin": 0, "stdout": 1, "stderr": 2}


class _Lines(io.BufferedIOBase):
    """Collects octets and gives away each complete line; at `close` also the last, incomplete one."""

    def __init__(self, name: str, write_line: WriteLine) -> None:
        self._name = name
        self._write_line = write_line
        self._pending = b""

    def fileno(self) -> int:
        return _NUMBERS[self._name]

    def readable(self) -> bool:
        return self._name == "stdin"

    def writable(self) -> bool:
        return self._name != "stdin"

    def read(self, size: int | None = -1, /) -> bytes:
        return b""  # nothing is typed: standard input is at its end

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
