"""`sys.stdin`, `sys.stdout` and `sys.stderr` while a kernel runs: each caller's own.

They ask at each use who is calling: a program gets its process's stream, everybody else (a progress bar in
another thread, the test runner) the stream that was there before.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import io
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from sim.os.output import Nowhere
from sim.os.process import current


class Redirected:
    """A stream that is the calling process's own inside the simulation, and the outer one outside."""

    def __init__(self, name: str, outer: TextIO | io.TextIOBase) -> None:
        self._name = name
        self.outer = outer
        """That of who runs the kernel."""

    def _stream(self) -> Any:
        thread = current()
        return self.outer if thread is None else getattr(thread.process, self._name)

    def write(self, text: str) -> int:
        """Write to the caller's stream."""
        written: int = self._stream().write(text)
        return written

    def __iter__(self) -> Iterator[str]:
        return iter(self._stream())

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._stream(), attribute)


class RedirectedStreams:
    """While entered, the three streams follow the caller; at the end they are put back.

    Entered again, they are the same objects: a program that waits in a write, from one run of its kernel to
    the next, is inside print(), and CPython 3.11's holds `sys.stdout` by a borrowed reference.
    """

    def __init__(self) -> None:
        names = ("stdin", "stdout", "stderr")
        self._ours: list[Any] = [Redirected(name, Nowhere()) for name in names]
        self._outer: list[Any] = []

    def __enter__(self) -> None:
        self._outer = [sys.stdin, sys.stdout, sys.stderr]
        for ours, stream in zip(self._ours, self._outer, strict=True):
            ours.outer = stream or Nowhere()
        sys.stdin, sys.stdout, sys.stderr = self._ours

    def __exit__(self, *error: object) -> None:
        sys.stdin, sys.stdout, sys.stderr = self._outer
