"""How a simulated socket makes a system call: it is charged to the thread, may wait, and is reported.

Waiting is `Thread.wait` on the one queue that matters; a socket's calls are events of the layer `socket`.
"""

# ruff: noqa: ANN401 (what stands behind a descriptor is of several kinds)
import errno
import socket
from collections.abc import Callable
from typing import Any, TypeVar

from sim.os.process import Thread, calling
from sim.python import arguments
from sim.python.arguments import as_text
from sim.python.dispatch import nanoseconds
from sim.python.events import CALLS

Result = TypeVar("Result")


def calling_thread() -> Thread:
    """The thread that makes a call; RuntimeError outside a simulated program."""
    return calling("a socket of a simulated program")


class CallingSocket(socket.socket):
    """What `SimSocket` makes its calls with."""

    _is_open = False
    _fd: int
    _descriptor: Any
    _process: Any
    _timeout: float | None

    def _event(self, kind: str, **fields: Any) -> None:
        self._process.host.emit(
            CALLS[kind],
            fd=self._fd,
            program=self._process.name,
            pid=self._process.pid,
            **fields,
        )

    def _open(self) -> Any:
        if not self._is_open or self._process.descriptors.get(self._fd) is not self._descriptor:
            if self._process.ended:
                calling_thread().strike()
            raise arguments.error(errno.EBADF)
        return self._descriptor

    def _call(self, name: str, operation: Callable[[int], Result], **fields: Any) -> Result:
        """A system call that does not wait: charge and make it, carry off what it caused, report failure."""
        thread = calling_thread()
        thread.system_call()
        self._open()
        try:
            return operation(thread.clock.now)
        except BlockingIOError:
            raise
        except OSError as error:
            self._failed(name, errno.errorcode.get(error.errno or 0, str(error.errno)), fields)
            raise
        finally:
            self._process.host.settle()

    def _failed(self, name: str, code: str, fields: dict[str, Any]) -> None:
        """Report a failed call; of one about an option only the first of its kind."""
        if "option" in fields:
            what = name, fields["option"], code
            if what in self._process.refused_options:
                return
            self._process.refused_options.add(what)
        self._event(name, error=code, **fields)

    def _wait(self, name: str, queue: Any, operation: Callable[[int], Result], flags: int = 0) -> Result:
        """A system call that waits in `queue` until it can be done, as long as the time-out allows.

        The time-out is Python's; a socket without one has the kernel's (SO_RCVTIMEO, SO_SNDTIMEO).
        """
        thread = calling_thread()
        timeout = 0.0 if flags & socket.MSG_DONTWAIT else self._timeout
        deadline: int | None = None
        while True:
            try:
                return self._call(name, operation)
            except BlockingIOError:
                if timeout == 0 or (timeout is None and not self._blocks()):
                    raise
            if deadline is None:
                deadline = self._deadline(queue, timeout)
            if not thread.wait((queue,), deadline, name, self._subject()):
                if timeout is None:
                    raise arguments.error(errno.EAGAIN)
                raise TimeoutError("timed out")

    def _blocks(self) -> bool:
        """Whether the descriptor does: `os.set_blocking` and `fcntl` change that without the object."""
        blocks: bool = self._process.descriptors.blocks(self._descriptor)
        return blocks

    def _deadline(self, queue: Any, timeout: float | None) -> int | None:
        now, descriptor = calling_thread().clock.now, self._descriptor
        if timeout is not None:
            return now + nanoseconds(timeout)
        receiving = queue is descriptor.readers
        limit: int | None = descriptor.receive_timeout() if receiving else descriptor.send_timeout()
        return None if limit is None else now + limit

    def _subject(self) -> str:
        descriptor = self._descriptor
        try:
            ends = f"{as_text(descriptor.getsockname())} – {as_text(descriptor.getpeername())}"
        except OSError:
            ends = as_text(descriptor.getsockname())
        return f"socket {self._fd} ({ends})"
