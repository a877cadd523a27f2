"""`fcntl` and `ioctl` for the descriptors of a simulated process: fcntl(2), ioctl(2), pipe(7)."""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import errno
import fcntl
import os
import struct
import termios
from collections.abc import Callable
from typing import Any

from sim.os.inside import Inside, os_error
from sim.os.pipe import CAPACITY, ReadEnd, WriteEnd
from sim.os.process import Thread
from sim.python import arguments, interface_requests
from sim.python.dispatch import dispatch, real, system_call

_INT = struct.Struct("i")
_FLOCK = struct.Struct("hhqqi4x")
"""struct flock of <fcntl.h>: kind, whence, start, length, process."""
_LOOK_AGAIN_NS = 1_000_000
_SIOCINQ, _SIOCOUTQ, _FIONBIO = termios.FIONREAD, termios.TIOCOUTQ, termios.FIONBIO


def _fcntl(thread: Thread, file: Any, command: int, argument: Any = 0, /) -> Any:
    fd = arguments.descriptor(file)
    table = thread.process.descriptors
    descriptor: Any = table.get(fd)
    if descriptor is None:
        return real["fcntl.fcntl"](fd, command, argument)
    thread.system_call()
    if not isinstance(argument, int):
        raise os_error(errno.EINVAL)
    match command:
        case fcntl.F_DUPFD | fcntl.F_DUPFD_CLOEXEC:
            copy = table.duplicate(fd)
            table.set_inheritable(copy, command == fcntl.F_DUPFD)
            return copy
        case fcntl.F_GETFD:
            return 0 if table.inheritable(fd) else fcntl.FD_CLOEXEC
        case fcntl.F_SETFD:
            table.set_inheritable(fd, not argument & fcntl.FD_CLOEXEC)
            return 0
        case fcntl.F_GETFL:
            access = descriptor.access if isinstance(descriptor, Inside) else os.O_RDWR
            return access | (0 if table.blocks(descriptor) else os.O_NONBLOCK)
        case fcntl.F_SETFL:
            table.set_blocking(descriptor, not argument & os.O_NONBLOCK)
            return 0
        case fcntl.F_GETOWN | fcntl.F_SETOWN:
            return 0
        case fcntl.F_GETPIPE_SZ if isinstance(descriptor, ReadEnd | WriteEnd):
            return CAPACITY
    raise os_error(errno.EBADF if command in _OF_PIPES else errno.EINVAL)


_OF_PIPES = (fcntl.F_GETPIPE_SZ, fcntl.F_SETPIPE_SZ)


def _ioctl(thread: Thread, file: Any, request: int, argument: Any = 0, mutate_flag: bool = True, /) -> Any:
    fd = arguments.descriptor(file)
    descriptor: Any = thread.process.descriptors.get(fd)
    if descriptor is None:
        return real["fcntl.ioctl"](fd, request, argument, mutate_flag)
    thread.system_call()
    given = b"" if isinstance(argument, int) else arguments.octets(argument)
    answer = _answer(thread, descriptor, request & 0xFFFFFFFF, given, isinstance(argument, int))
    if isinstance(argument, int) or (mutate_flag and not isinstance(argument, bytes | str)):
        if not isinstance(argument, int):
            view = memoryview(argument).cast("B")
            view[: len(answer)] = answer[: len(view)]
        return 0
    return answer + given[len(answer) :]


def _answer(thread: Thread, descriptor: Any, request: int, given: bytes, is_number: bool) -> bytes:
    """What the request writes into the caller's buffer."""
    if interface_requests.is_one(request) and hasattr(descriptor, "family") and not is_number:
        return interface_requests.answer(thread.process.host, request, given)
    if request not in (_SIOCINQ, _SIOCOUTQ, _FIONBIO):
        raise os_error(errno.ENOTTY)
    if is_number:  # it would be an address
        raise os_error(errno.EFAULT)
    if request == _FIONBIO:
        number = int.from_bytes(given[: _INT.size], "little")  # Python's own buffer is longer, and zero
        thread.process.descriptors.set_blocking(descriptor, not number)
        return given
    if isinstance(descriptor, Inside):
        if request == _SIOCOUTQ:
            raise os_error(errno.ENOTTY)
        return _INT.pack(descriptor.unread())
    row = descriptor.row()
    return _INT.pack(row.recv_q if request == _SIOCINQ else row.send_q)


def _flock(thread: Thread, file: Any, operation: int, /) -> None:
    """flock(2) of a real file."""
    _lock(thread, file, operation, "flock", lambda how: real["fcntl.flock"](file, how))


def _lockf(thread: Thread, file: Any, cmd: int, len: int = 0, start: int = 0, whence: int = 0, /) -> None:
    """Record locks of a real file, of F_SETLK's kind.

    Those belong to a process, and the real one is the same for all programs. So the lock is one of the open
    file (F_OFD_SETLK): it excludes other programs as a process's does, and ends when the file is closed.
    """
    kinds = {fcntl.LOCK_SH: fcntl.F_RDLCK, fcntl.LOCK_EX: fcntl.F_WRLCK, fcntl.LOCK_UN: fcntl.F_UNLCK}
    kind = kinds.get(cmd & ~fcntl.LOCK_NB)
    if kind is None:
        raise ValueError("unrecognized lockf argument")
    wanted = _FLOCK.pack(kind, whence, start, len, 0)
    _lock(thread, file, cmd, "lockf", lambda how: real["fcntl.fcntl"](file, fcntl.F_OFD_SETLK, wanted))


def _lock(thread: Thread, file: Any, operation: int, call: str, take: Callable[[int], object]) -> None:
    """Lock or unlock: who has to wait looks again, since its owner gives it back by any close(2)."""
    may_wait = not operation & (fcntl.LOCK_NB | fcntl.LOCK_UN)
    while True:
        try:
            take(operation | (fcntl.LOCK_NB if may_wait else 0))
        except BlockingIOError:
            if not may_wait:
                raise
        else:
            return
        thread.wait((), thread.clock.now + _LOOK_AGAIN_NS, call, f"descriptor {arguments.descriptor(file)}")


def install() -> None:
    """Patch `fcntl`."""
    dispatch(fcntl, "flock", system_call(_flock))
    dispatch(fcntl, "lockf", system_call(_lockf))
    dispatch(fcntl, "fcntl", _fcntl)
    dispatch(fcntl, "ioctl", _ioctl)
