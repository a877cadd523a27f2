"""`select`, `poll` and `epoll` over simulated descriptors; the standard `selectors` stand on these unchanged.

A waiting call puts its thread into the queues of just the descriptors and directions it was asked
about, and looks at those again when one of their queues is woken. A regular file is always ready, and epoll
takes none (EPERM), as on Linux.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import errno
import os
import select
import stat
from collections.abc import Callable, Iterable
from typing import Any

from sim.os.descriptors import Descriptor
from sim.os.process import Process, Thread, calling
from sim.python import arguments
from sim.python.dispatch import dispatch, nanoseconds, real
from stack.poll import POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI, POLLRDHUP

_EVENTS = POLLIN | POLLPRI | POLLOUT | POLLRDHUP
_UNASKED = POLLERR | POLLHUP
"""What is reported in any case."""
_EDGE, _ONCE = 1 << 31, 1 << 30
"""EPOLLET and EPOLLONESHOT."""
_QUIET = 1 << 32
"""Wait for what comes, and do not report what is there."""
_POLL_OBJECT = "a poll object of a simulated program"


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def _is_file(fd: int) -> bool:
    """Whether `fd` is a file of the real machine."""
    try:
        return stat.S_ISREG(real["os.fstat"](fd).st_mode)
    except OSError:
        return False


def _wait(
    thread: Thread, call: str, timeout_ns: int | None, interest: Callable[[], list[tuple[int, int]]]
) -> list[tuple[int, int]]:
    """Wait until one of `interest()`, pairs of descriptor and mask, is ready; those that are, in order."""
    table = thread.process.descriptors
    thread.poll()
    deadline = None if timeout_ns is None else thread.clock.now + timeout_ns
    waiting = True
    while True:
        ready: list[tuple[int, int]] = []
        queues = []
        wanted = interest()
        for fd, mask in wanted:
            descriptor = table.get(fd)
            if descriptor is None:
                ready.append((fd, mask & (POLLIN | POLLOUT) if _is_file(fd) else POLLNVAL))
                continue
            events = 0 if mask & _QUIET else descriptor.poll() & (mask | _UNASKED)
            if events:
                ready.append((fd, events))
            if not mask & POLLOUT or mask & (POLLIN | POLLPRI | POLLRDHUP):
                queues.append(descriptor.readers)
            if mask & POLLOUT:
                queues.append(descriptor.writers)
        if ready or not waiting or timeout_ns == 0:
            return ready
        thread.polling.waited()
        waiting = thread.wait(queues, deadline, call, f"descriptors {', '.join(str(fd) for fd, _ in wanted)}")


def _select(
    thread: Thread,
    readers: Iterable[Any],
    writers: Iterable[Any],
    exceptional: Iterable[Any],
    timeout: float | None = None,
    /,
) -> tuple[list[Any], list[Any], list[Any]]:
    if timeout is not None and timeout < 0:
        raise ValueError("timeout must be non-negative")
    asked = [
        [(file, arguments.descriptor(file)) for file in files] for files in (readers, writers, exceptional)
    ]
    masks: dict[int, int] = {}
    for files, mask in zip(asked, (POLLIN, POLLOUT, POLLPRI), strict=True):
        for _, fd in files:
            if fd not in thread.process.descriptors and not _is_file(fd):
                raise _error(errno.EBADF)
            masks[fd] = masks.get(fd, 0) | mask
    timeout_ns = None if timeout is None else nanoseconds(timeout)
    ready = dict(_wait(thread, "select", timeout_ns, lambda: list(masks.items())))
    if any(events & POLLNVAL for events in ready.values()):
        raise _error(errno.EBADF)
    found = (
        [file for file, fd in files if ready.get(fd, 0) & mask]
        for files, mask in zip(asked, (POLLIN | POLLHUP | POLLERR, POLLOUT | POLLERR, POLLPRI), strict=True)
    )
    ready_to_read, ready_to_write, in_exception = found
    return ready_to_read, ready_to_write, in_exception


class _Registry:
    """Descriptors and masks, in the order of registration."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._masks: dict[int, int] = {}

    def _interest(self) -> list[tuple[int, int]]:
        return list(self._masks.items())


class SimPoll(_Registry):
    """`select.poll()`."""

    def register(self, file: Any, mask: int = POLLIN | POLLPRI | POLLOUT, /) -> None:
        """Add or replace."""
        self._masks[arguments.descriptor(file)] = mask

    def modify(self, file: Any, mask: int, /) -> None:
        """Replace; ENOENT when not registered."""
        if arguments.descriptor(file) not in self._masks:
            raise _error(errno.ENOENT)
        self._masks[arguments.descriptor(file)] = mask

    def unregister(self, file: Any, /) -> None:
        """Remove; KeyError when not registered."""
        del self._masks[arguments.descriptor(file)]

    def poll(self, timeout: float | None = None, /) -> list[tuple[int, int]]:
        """Wait for at most `timeout` ms, forever when None or negative."""
        endless = timeout is None or timeout < 0
        timeout_ns = None if endless else nanoseconds((timeout or 0) / 1000)
        return _wait(calling(_POLL_OBJECT), "poll", timeout_ns, self._interest)


class _Edge:
    """The memory of an edge-triggered registration: whether anything has come since it was last reported."""

    def __init__(self, descriptor: Descriptor) -> None:
        self.armed = True
        self._descriptor = descriptor
        self._watch()

    def _watch(self) -> None:
        for queue in (self._descriptor.readers, self._descriptor.writers):
            queue.discard(self)
            queue.add(self)

    def wake(self) -> None:
        """One of its queues was woken, which has emptied it."""
        self.armed = True
        self._watch()

    def leave(self) -> None:
        """It is not registered any more."""
        self._descriptor.readers.discard(self)
        self._descriptor.writers.discard(self)


class SimEpoll(_Registry):
    """`select.epoll()`. A closed descriptor leaves it by itself, as in Linux."""

    def __init__(self, process: Process) -> None:
        super().__init__(process)
        self.closed = False
        self._edges: dict[int, _Edge] = {}
        self._special = False
        """Whether any registration is edge-triggered or for once."""

    @property  # type: ignore[misc]  # as for any attribute, `object` has it writable
    def __class__(self) -> Any:
        return real["select.epoll"]  # for `isinstance`

    def register(self, file: Any, eventmask: int = POLLIN | POLLPRI | POLLOUT) -> None:
        """Add; EEXIST when registered, EBADF when not a descriptor, EPERM for a file."""
        fd = self._existing(file)
        if fd in self._masks:
            raise _error(errno.EEXIST)
        self._set(fd, eventmask)

    def modify(self, file: Any, eventmask: int) -> None:
        """Replace; ENOENT when not registered."""
        fd = self._existing(file)
        if fd not in self._masks:
            raise _error(errno.ENOENT)
        self._set(fd, eventmask)

    def unregister(self, file: Any) -> None:
        """Remove; ENOENT when not registered."""
        fd = self._existing(file)
        if fd not in self._masks:
            raise _error(errno.ENOENT)
        self._forget(fd)

    def _set(self, fd: int, mask: int) -> None:
        self._special |= bool(mask & (_EDGE | _ONCE))
        if fd in self._edges:
            self._edges.pop(fd).leave()
        self._masks[fd] = mask
        if mask & _EDGE:
            self._edges[fd] = _Edge(self._process.descriptors.behind(fd))

    def _forget(self, fd: int) -> None:
        self._masks.pop(fd, None)
        edge = self._edges.pop(fd, None)
        if edge is not None:
            edge.leave()

    def poll(self, timeout: float | None = None, maxevents: int = -1) -> list[tuple[int, int]]:
        """Wait for at most `timeout` seconds, forever when None or negative."""
        self._open()
        endless = timeout is None or timeout < 0
        timeout_ns = None if endless else nanoseconds(timeout or 0)
        ready = _wait(calling(_POLL_OBJECT), "epoll_wait", timeout_ns, self._interest)
        if maxevents >= 0:
            ready = ready[:maxevents]
        for fd, _ in ready:
            mask = self._masks[fd]
            if mask & _EDGE:
                self._edges[fd].armed = False
            if mask & _ONCE:
                self._masks[fd] = mask & ~_EVENTS
        return ready

    def _existing(self, file: Any) -> int:
        self._open()
        fd = arguments.descriptor(file)
        if fd not in self._process.descriptors:
            raise _error(errno.EPERM if _is_file(fd) else errno.EBADF)
        return fd

    def _open(self) -> None:
        if self.closed:
            raise ValueError("I/O operation on closed epoll object")

    def _interest(self) -> list[tuple[int, int]]:
        table = self._process.descriptors
        for fd in [fd for fd in self._masks if fd not in table]:
            self._forget(fd)
        if not self._special:
            return list(self._masks.items())
        return [
            (fd, mask | _QUIET if fd in self._edges and not self._edges[fd].armed else mask)
            for fd, mask in self._masks.items()
            if mask & _EVENTS or not mask & _ONCE
        ]

    def fileno(self) -> int:
        """It has no descriptor of its own: none can be waited for that waits for others."""
        return -1

    def close(self) -> None:
        """Forget everything."""
        self.closed = True
        for fd in list(self._masks):
            self._forget(fd)

    def __enter__(self) -> "SimEpoll":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def install() -> None:
    """Patch the module `select`; `selectors` holds its functions and is reached by the sweep."""
    dispatch(select, "select", _select)
    dispatch(select, "poll", lambda thread: SimPoll(thread.process))
    dispatch(select, "epoll", lambda thread, sizehint=-1, flags=0: SimEpoll(thread.process))
