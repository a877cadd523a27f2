"""A program that a network runs, and what came of it."""

import asyncio
import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from journal.event import Event, FieldValue
from sim.api.run import RunError
from sim.os.process import Process

if TYPE_CHECKING:
    from types import TracebackType

T_co = TypeVar("T_co", covariant=True)


class Job(Generic[T_co]):
    """A program of a host, and what came of it (compare `concurrent.futures.Future`).

    That of a function has what the function returned as its result; that of a command line, which is a
    `Job[int]`, its exit status. `Lan.program` and `Host.run` make jobs.
    """

    def __init__(self, name: str, call: Callable[[], Any] | None = None) -> None:
        self.name = name
        """The command line, or the function's name with `()`."""
        self.status: int | None = None
        """The exit status, or the negative number of the signal that ended the program; None until then."""
        self.output: list[str] = []
        """The lines that the program has written to stdout."""
        self.errors: list[str] = []
        """The lines that it has written to stderr."""
        self._call = call
        self._processes: tuple[Process, ...] = ()
        """One, and that which begins again at `restart`."""
        self._wait: Callable[[str], None] | None = None
        self._ended: Mapping[str, FieldValue] | None = None
        """The fields of the event that it has ended."""
        self._forget()

    def _forget(self) -> None:
        """A job that begins again has the result of its last time only."""
        self._returned = False
        self._value: Any = None
        self._trace: TracebackType | None = None
        """That of the error when it left the program: each `raise` of it adds a line."""

    # -- for the program's user ----------------------------------------------------------------------

    def done(self) -> bool:
        """Whether the function has returned or raised, or the program has ended."""
        return self._returned or self.exception() is not None or self._ended is not None

    def exception(self) -> BaseException | None:
        """What the function raised, or None."""
        return self.process.error if self._call is not None and self._processes else None

    def result(self) -> T_co:
        """What the function returned, or a command line's exit status.

        Raises what the function raised, and RunError if the program has not ended, or was ended from outside.
        """
        __tracebackhide__ = True  # pytest shows the line of the test, and the program's
        error = self.exception()
        if error is not None:
            self._trace = self._trace or error.__traceback__
            raise error.with_traceback(self._trace)
        if self._returned:
            return cast("T_co", self._value)
        if self._ended is None:
            raise RunError(f"{self.name} had not ended when the run did, or was not run")
        if self._call is None and self.status is not None:
            return cast("T_co", self.status)
        cause = self._ended.get("signal") or self._ended.get("reason")
        raise RunError(f"{self.name} was ended by {cause}" if cause else f"{self.name} ended with no result")

    def wait(self, within: str = "60 s") -> T_co:
        """Let time pass until the program has ended, and return its result.

        Raises TimeoutError when that takes longer than `within`, simulated, and what `result` raises.
        """
        __tracebackhide__ = True
        if self._wait is None:
            raise RuntimeError(f"{self.name} has not been run; begin a network with Lan.start()")
        self._wait(within)
        return self.result()

    @property
    def process(self) -> Process:
        """The process that runs it, or ran it last."""
        if not self._processes:
            raise RuntimeError(f"{self.name} has not been run; begin a network with Lan.start()")
        begun = [process for process in self._processes if process.threads]
        return (begun or self._processes)[-1 if begun else 0].latest

    # -- for the network that runs it ------------------------------------------------------------------

    @property
    def is_function(self) -> bool:
        """Whether it is that of a function, and `main` its program."""
        return self._call is not None

    def main(self, argv: list[str]) -> None:
        """The program: calls the function in its process."""
        assert self._call is not None, "a command line has a program of its own"
        self._forget()
        self._value = self._call()
        if inspect.iscoroutine(self._value):
            self._value = asyncio.run(self._value)
        self._returned = True

    def attach(self, processes: tuple[Process, ...], wait: Callable[[str], None]) -> None:
        """It is run by `processes`, one after the other, in a network in which `wait` waits for its end."""
        self._processes = processes
        self._wait = wait

    def heard(self, event: Event) -> None:
        """Take an event of the program."""
        if event.kind == "started":
            self._ended = self.status = None
            self.output, self.errors = [], []
        elif event.kind == "output":
            lines = self.output if event.fields["stream"] == "stdout" else self.errors
            lines.append(str(event.fields["text"]))
        elif event.kind == "ended":
            self._ended = event.fields
            status = event.fields.get("status")
            self.status = status if isinstance(status, int) else None
