"""The functions of `os` that take a descriptor: one of the process's table means what it stands for.

All other numbers are files of the real machine, as `open` gives them. Sockets of the network are read and
written as by their own calls, and report them; all else (`sim.os.inside`) waits here.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import errno
import os
import stat
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from sim.os.counter import Counter
from sim.os.inside import Inside, os_error
from sim.os.local_sockets import LocalSocket
from sim.os.pipe import PIPE_BUF, ReadEnd
from sim.os.process import Thread
from sim.python import arguments
from sim.python.barrier import refuse
from sim.python.dispatch import dispatch, real, system_call
from sim.python.file_times import settled
from sim.python.simsocket import borrowed
from stack.waitqueue import WaitQueue

T = TypeVar("T")
_SOCKET_MODE = stat.S_IFSOCK | 0o777
_STANDARD = range(3)
"""Numbers that never mean a file of the real machine: its own standard streams."""
_PIECE = 1 << 16
"""What sendfile reads of a file at a time."""


def of_a_table(
    owner: Any, name: str, simulated: Callable[..., Any], other: Callable[..., Any] | None = None
) -> None:
    """Let `owner.NAME` do what `simulated` does if its first argument is a descriptor of the process.

    Else it does what `other` does, or what it always did.
    """
    key = f"{owner.__name__}.{name}"

    def call(thread: Thread, fd: Any, /, *arguments: Any, **keywords: Any) -> Any:
        if isinstance(fd, int) and (fd in thread.process.descriptors or fd in _STANDARD):
            return system_call(simulated)(thread, fd, *arguments, **keywords)
        if other is not None:
            return other(thread, fd, *arguments, **keywords)
        return real[key](fd, *arguments, **keywords)

    dispatch(owner, name, call)


def _is_socket(descriptor: Any) -> bool:
    return not isinstance(descriptor, Inside) or isinstance(descriptor, LocalSocket)


# -- octets ------------------------------------------------------------------------------------------


def _wait(thread: Thread, fd: int, call: str, queue: WaitQueue, operation: Callable[[], T]) -> T:
    """Do it when it can be done, unless the descriptor does not block."""
    table = thread.process.descriptors
    descriptor = table.behind(fd)
    while True:
        try:
            return operation()
        except BlockingIOError:
            if not table.blocks(descriptor):
                raise
        thread.wait((queue,), None, call, f"descriptor {fd}")
        thread.system_call()
        if table.get(fd) is not descriptor:
            raise os_error(errno.EBADF)


def _read(thread: Thread, fd: int, octets: int, /) -> bytes:
    if octets < 0:
        raise os_error(errno.EINVAL)
    descriptor: Any = thread.process.descriptors.behind(fd)
    if _is_socket(descriptor):
        with borrowed(fd) as sock:
            return sock.recv(octets)

    def receive() -> bytes:
        data: bytes = descriptor.recv(octets, thread.clock.now)
        return data

    return _wait(thread, fd, "read", descriptor.readers, receive)


def _write(thread: Thread, fd: int, data: Any, /) -> int:
    octets = arguments.octets(data)
    table = thread.process.descriptors
    descriptor: Any = table.behind(fd)
    if _is_socket(descriptor):
        with borrowed(fd) as sock:
            return int(sock.send(octets))
    written = 0

    def send() -> int:
        taken: int = descriptor.send(octets[written:], thread.clock.now)
        return taken

    while True:
        try:
            written += _wait(thread, fd, "write", descriptor.writers, send)
        except BlockingIOError:
            if not written:
                raise
            return written
        if written >= len(octets) or not table.blocks(descriptor):
            return written


def _readv(thread: Thread, fd: int, buffers: Iterable[Any], /) -> int:
    views = [arguments.writable(buffer) for buffer in buffers]
    data = _read(thread, fd, sum(map(len, views)))
    arguments.scatter(data, views)
    return len(data)


def _writev(thread: Thread, fd: int, buffers: Iterable[Any], /) -> int:
    return _write(thread, fd, b"".join(arguments.octets(buffer) for buffer in buffers))


def _sendfile(thread: Thread, out_fd: int, in_fd: int, offset: int | None, count: int) -> int:
    """From a file to a descriptor of the process; ESPIPE for what cannot be read at an offset."""
    if in_fd in thread.process.descriptors:
        raise os_error(errno.EINVAL if offset is None else errno.ESPIPE)
    place = real["os.lseek"](in_fd, 0, os.SEEK_CUR) if offset is None else offset
    sent = 0
    while sent < count:
        piece = real["os.pread"](in_fd, min(count - sent, _PIECE), place + sent)
        if not piece:
            break
        try:
            taken = _write(thread, out_fd, piece)
        except BlockingIOError:
            if not sent:
                raise
            break
        sent += taken
        if taken < len(piece):
            break
    if offset is None:
        real["os.lseek"](in_fd, place + sent, os.SEEK_SET)
    return sent


# -- numbers -----------------------------------------------------------------------------------------


def _close(thread: Thread, fd: int, /) -> None:
    descriptor = thread.process.descriptors.behind(fd)
    if _is_socket(descriptor):
        with borrowed(fd) as sock:
            sock.close()
    else:
        thread.process.descriptors.close(fd)


def _closerange(thread: Thread, low: int, high: int, /) -> None:
    """Those of the process; files of the real machine stay open, for some are not the program's."""
    table = thread.process.descriptors
    for fd in table.between(low, high):
        _close(thread, fd)


def _dup(thread: Thread, fd: int, /) -> int:
    return thread.process.descriptors.duplicate(fd)


def _dup2(thread: Thread, fd: int, fd2: int, inheritable: bool = True) -> int:
    table = thread.process.descriptors
    if fd not in table:
        if fd2 in table:
            raise refuse("a file of the real machine in the place of a descriptor of its own")
        return int(real["os.dup2"](fd, fd2, inheritable))
    table.duplicate_to(fd, arguments.c_int(fd2))
    if fd != fd2:
        table.set_inheritable(fd2, inheritable)
    return fd2


def _fstat(thread: Thread, fd: int) -> os.stat_result:
    descriptor: Any = thread.process.descriptors.behind(fd)
    mode = descriptor.mode if isinstance(descriptor, Inside) else _SOCKET_MODE
    return os.stat_result((mode, fd, 0, 1, os.getuid(), os.getgid(), 0, 0, 0, 0))


def _set_blocking(thread: Thread, fd: int, blocking: bool, /) -> None:
    table = thread.process.descriptors
    table.set_blocking(table.behind(fd), bool(blocking))


def _get_blocking(thread: Thread, fd: int, /) -> bool:
    table = thread.process.descriptors
    return table.blocks(table.behind(fd))


def _set_inheritable(thread: Thread, fd: int, inheritable: int, /) -> None:
    thread.process.descriptors.set_inheritable(fd, bool(inheritable))


def _get_inheritable(thread: Thread, fd: int, /) -> bool:
    return thread.process.descriptors.inheritable(fd)


def _failing(number: int) -> Callable[..., Any]:
    """A call that Linux refuses for sockets and pipes."""

    def fail(thread: Thread, fd: int, /, *arguments: Any, **keywords: Any) -> Any:
        raise os_error(number)

    return fail


# -- new ones ----------------------------------------------------------------------------------------


def _pipe(thread: Thread) -> tuple[int, int]:
    return _pipe2(thread, os.O_CLOEXEC)


def _pipe2(thread: Thread, flags: int, /) -> tuple[int, int]:
    if flags & ~(os.O_CLOEXEC | os.O_NONBLOCK):
        raise os_error(errno.EINVAL)
    table = thread.process.descriptors
    table.need(2)
    reader = ReadEnd()
    ends = []
    for end in (reader, reader.writer):
        fd = table.enter(end)
        table.set_blocking(end, not flags & os.O_NONBLOCK)
        table.set_inheritable(fd, not flags & os.O_CLOEXEC)
        ends.append(fd)
    return ends[0], ends[1]


def _eventfd(thread: Thread, initval: int, flags: int = getattr(os, "EFD_CLOEXEC", 0)) -> int:
    counter = Counter(initval, semaphore=bool(flags & os.EFD_SEMAPHORE))
    table = thread.process.descriptors
    fd = table.enter(counter)
    table.set_blocking(counter, not flags & os.EFD_NONBLOCK)
    table.set_inheritable(fd, not flags & os.EFD_CLOEXEC)
    return fd


def _refused(what: str) -> Callable[..., Any]:
    def refused(thread: Thread, *arguments: Any, **keywords: Any) -> Any:
        raise refuse(what)

    return refused


def install() -> None:
    """Patch `os`."""
    for name, simulated in (
        ("read", _read),
        ("write", _write),
        ("readv", _readv),
        ("writev", _writev),
        ("close", _close),
        ("dup", _dup),
        ("isatty", lambda thread, fd: False),
        ("set_blocking", _set_blocking),
        ("get_blocking", _get_blocking),
        ("set_inheritable", _set_inheritable),
        ("get_inheritable", _get_inheritable),
        ("fpathconf", lambda thread, fd, name: PIPE_BUF if name in ("PC_PIPE_BUF", 5) else None),
        ("fchmod", lambda thread, fd, mode: None),
        ("fchown", lambda thread, fd, uid, gid: None),
        ("sendfile", _sendfile),
    ):
        of_a_table(os, name, simulated)
    of_a_table(os, "fstat", _fstat, settled("os.fstat"))
    for number, names in (
        (errno.ESPIPE, ("lseek", "pread", "pwrite", "preadv", "pwritev")),
        (errno.EINVAL, ("fsync", "fdatasync", "ftruncate", "splice", "copy_file_range")),
        (errno.ENOTTY, ("ttyname", "get_terminal_size", "tcgetpgrp", "tcsetpgrp")),
        (errno.ENOTDIR, ("fchdir",)),
    ):
        for name in names:
            of_a_table(os, name, _failing(number))
    dispatch(os, "dup2", system_call(_dup2))
    dispatch(os, "closerange", system_call(_closerange))
    dispatch(os, "pipe", system_call(_pipe))
    dispatch(os, "pipe2", system_call(_pipe2))
    dispatch(os, "eventfd", system_call(_eventfd))
    of_a_table(os, "eventfd_read", lambda thread, fd: int.from_bytes(_read(thread, fd, 8), "little"))
    of_a_table(os, "eventfd_write", lambda thread, fd, value: _add(thread, fd, value))
    dispatch(os, "openpty", _refused("a real terminal"))
    dispatch(os, "timerfd_create", _refused("a real timer"))


def _add(thread: Thread, fd: int, value: int) -> None:
    _write(thread, fd, value.to_bytes(8, "little"))
