"""`socket.socket` inside a simulated program: the same class to look at, the simulated stack underneath.

A `SimSocket` inherits `makefile`, the context manager, `dup` and the like, and never runs the C
initialiser: there is no real descriptor under it. How a call is made is in `socket_calls`.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
import errno
import os
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sim.os.descriptors import number
from sim.python import arguments
from sim.python.arguments import Address, as_text
from sim.python.dispatch import nanoseconds
from sim.python.names import resolve
from sim.python.option_names import option_name
from sim.python.socket_calls import CallingSocket, calling_thread
from sim.python.socket_class import OfPrograms
from stack.wire.address import dotted

_LARGEST_DATAGRAM = 0xFFFF
_PIECE = 1 << 18
"""What `sendall` offers at a time: more than a send buffer, little to copy."""


class SimSocket(CallingSocket, metaclass=OfPrograms):
    """A socket of the calling program's host."""

    def __init__(self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None) -> None:
        thread = calling_thread()
        self._closed = False  # the program's view; files made by makefile keep the descriptor open
        self._io_refs = 0
        self._descriptor: Any
        self._process = process = thread.process
        waits = type == -1 or not type & socket.SOCK_NONBLOCK
        self._timeout: float | None = process.socket_timeout if waits else 0.0
        if fileno is not None:
            self._fd = number(fileno)
            self._descriptor = process.descriptors.behind(self._fd)
            if not hasattr(self._descriptor, "family"):
                raise arguments.error(errno.ENOTSOCK)
            self._proto = self._descriptor.protocol if proto == -1 else proto
            self._is_open = True
            self._inform_descriptor()
            return
        thread.system_call()
        process.descriptors.need(1)
        kind = (socket.SOCK_STREAM if type == -1 else type) & arguments.KIND_MASK
        self._proto = 0 if proto == -1 else proto
        if family == socket.AF_UNIX:
            self._descriptor = process.host.local.socket(kind, self._proto)
            self._descriptor.credentials = (process.pid, os.getuid(), os.getgid())
        elif family in (-1, socket.AF_INET, socket.AF_INET6):
            domain = socket.AF_INET if family == -1 else family
            try:
                self._descriptor = process.host.stack.socket(domain, kind, self._proto)
            except OSError as error:
                if kind == socket.SOCK_RAW and self._proto and error.errno != errno.EAFNOSUPPORT:
                    raise arguments.no_raw_socket() from None
                raise
        else:
            raise arguments.no_family(family)
        self._fd = self._descriptor.fd
        process.descriptors.add(self._fd, self._descriptor)
        self._is_open = True
        self._inform_descriptor()
        self._event("socket", type=socket.SocketKind(kind).name)

    # -- what it is --------------------------------------------------------------------------------

    @property
    def family(self) -> socket.AddressFamily:
        return socket.AddressFamily(self._descriptor.family)

    @property
    def type(self) -> socket.SocketKind:
        return socket.SocketKind(self._descriptor.type)

    @property
    def proto(self) -> int:
        return self._proto

    @property
    def timeout(self) -> float | None:
        return self._timeout

    def fileno(self) -> int:
        return self._fd if self._is_open else -1

    def __repr__(self) -> str:
        host = self._process.host.name
        return (
            f"<socket of {host} fd={self.fileno()} family={self.family} type={self.type} proto={self.proto}>"
        )

    def get_inheritable(self) -> bool:
        self._open()
        return bool(self._process.descriptors.inheritable(self._fd))

    def set_inheritable(self, inheritable: bool) -> None:
        self._open()
        self._process.descriptors.set_inheritable(self._fd, bool(inheritable))

    def settimeout(self, value: float | None) -> None:
        seconds = arguments.timeout(value)
        self._open()
        self._timeout = seconds
        self._process.descriptors.set_blocking(self._descriptor, seconds is None)

    def _inform_descriptor(self) -> None:
        """A socket with a time-out never waits in the kernel: CPython sets O_NONBLOCK then."""
        if self._timeout is not None:
            self._process.descriptors.set_blocking(self._descriptor, False)

    def gettimeout(self) -> float | None:
        return self._timeout

    def setblocking(self, flag: bool) -> None:
        self.settimeout(None if flag else 0.0)

    def getblocking(self) -> bool:
        return self._timeout != 0

    # -- calls -------------------------------------------------------------------------------------

    def _address(self, address: Address) -> Any:
        """Check and resolve an address as the C module does."""
        if self.family == socket.AF_UNIX:
            return arguments.path(address)
        host, port = arguments.host_and_port(address)
        return resolve(calling_thread(), host), port

    def bind(self, address: Address) -> None:
        target = self._address(address)
        self._call("bind", lambda now: self._descriptor.bind(target, now), address=as_text(target))
        self._event("bind", address=as_text(self._descriptor.getsockname()))

    def listen(self, backlog: int = 128, /) -> None:
        self._open()
        length = max(arguments.c_int(backlog), 0)
        self._event("listen", backlog=length)
        self._call("listen", lambda now: self._descriptor.listen(length, now))

    def accept(self) -> tuple[socket.socket, Address]:
        self._process.descriptors.need(1)
        accepted, peer = self._wait("accept", self._open().readers, lambda now: self._descriptor.accept(now))
        self._process.descriptors.add(accepted.fd, accepted)
        connection = SimSocket(fileno=accepted.fd)
        self._event("accept", new=accepted.fd, peer=as_text(peer))
        return connection, peer

    def connect(self, address: Address) -> None:
        code = self._connect(address)
        if code == errno.ETIMEDOUT and self._timeout:
            raise TimeoutError("timed out")
        if code:
            raise arguments.error(code)

    def connect_ex(self, address: Address) -> int:
        try:
            code = self._connect(address)
        except OSError as error:
            return error.errno or errno.EINVAL
        return errno.EAGAIN if code == errno.ETIMEDOUT and self._timeout else code

    def _connect(self, address: Address) -> int:
        """Connect and return an errno, 0 when connected; the caller's own time-out is ETIMEDOUT."""
        target = self._address(address)
        thread = calling_thread()
        descriptor = self._open()
        if descriptor.family == socket.AF_UNIX:
            self._event("connect", address=as_text(target))
            self._wait("connect", descriptor.writers, lambda now: descriptor.connect(target, now))
            self._event("connected", address=as_text(target), local=as_text(descriptor.getsockname()))
            return 0
        if descriptor.type == socket.SOCK_DGRAM:  # nobody is asked: it is about this socket alone
            self._call("connect", lambda now: descriptor.connect(target, now))
            self._event("peer set", address=as_text(target), local=as_text(descriptor.getsockname()))
            return 0
        self._event("connect", address=as_text(target))
        try:
            self._call("connect", lambda now: descriptor.connect(target, now))
        except BlockingIOError as error:
            if self._timeout == 0 or (self._timeout is None and not self._blocks()):
                return error.errno or errno.EINPROGRESS
            deadline = self._deadline(descriptor.writers, self._timeout)
            while not descriptor.writable():
                if not thread.wait((descriptor.writers,), deadline, "connect", as_text(target)):
                    return errno.EINPROGRESS if self._timeout is None else errno.ETIMEDOUT
                self._open()
            try:
                descriptor.connect(
                    target, thread.clock.now
                )  # the outcome, which leaves a socket that may try again
            except OSError as error:
                code = error.errno or errno.EINVAL
                self._event("connected", address=as_text(target), error=errno.errorcode.get(code, str(code)))
                return code
        self._event("connected", address=as_text(target), local=as_text(descriptor.getsockname()))
        return 0

    def _send(
        self, name: str, octets: int, operation: Callable[[int], int], flags: int, **fields: Any
    ) -> int:
        """Send. Its event precedes its effects; that of a call that may not wait comes when it worked."""
        arguments.check_flags(flags)
        queue = self._open().writers
        waits = self._timeout != 0 and not flags & socket.MSG_DONTWAIT
        if waits:
            self._event(name, octets=octets, **fields)
        sent = self._wait(name, queue, operation, flags)
        if not waits:
            self._event(name, octets=sent, **fields)
        return sent

    def send(self, data: Any, flags: int = 0, /) -> int:
        octets = arguments.octets(data)
        return self._send("send", len(octets), lambda now: self._descriptor.send(octets, now), flags)

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        octets = arguments.octets(data)
        sent = 0

        def send_rest(now: int) -> int:
            """Whatever fits now; EAGAIN until all of it has."""
            nonlocal sent
            while True:
                sent += int(self._descriptor.send(octets[sent : sent + _PIECE], now))
                if sent == len(octets):
                    return sent

        self._send("send", len(octets), send_rest, flags)

    def sendto(self, data: Any, *rest: Any) -> int:
        if len(rest) not in (1, 2):
            raise TypeError(f"sendto() takes 2 or 3 arguments ({1 + len(rest)} given)")
        flags, address = rest if len(rest) == 2 else (0, rest[0])
        octets = arguments.octets(data)
        target = self._address(address)
        return self._send(
            "sendto",
            len(octets),
            lambda now: self._descriptor.sendto(octets, target, now),
            flags,
            address=as_text(target),
        )

    def sendmsg(
        self, buffers: Iterable[Any], ancdata: Iterable[Any] = (), flags: int = 0, address: Address = None, /
    ) -> int:
        control = [(level, kind, arguments.octets(data)) for level, kind, data in ancdata]
        data = b"".join(arguments.octets(buffer) for buffer in buffers)
        if not control:
            return self.send(data, flags) if address is None else self.sendto(data, flags, address)
        if self.family != socket.AF_INET:
            raise arguments.error(errno.EINVAL)
        target = None if address is None else self._address(address)
        return self._send(
            "sendmsg",
            len(data),
            lambda now: self._descriptor.sendmsg(data, target, control, now),
            flags,
            address="" if target is None else as_text(target),
        )

    def _receive(self, name: str, size: int, flags: int, *, messages: bool = False) -> Any:
        """Data and source; of `messages` the control messages too."""
        if size < 0:
            raise ValueError(f"negative buffersize in {name}")
        arguments.check_flags(flags)
        peek = bool(flags & socket.MSG_PEEK)
        descriptor = self._open()
        take = descriptor.recvmsg if messages else descriptor.recvfrom

        def receive(now: int) -> Any:
            return take(size, now, peek=peek)

        def receive_enough(now: int) -> Any:
            """With SO_RCVLOWAT a call that may wait does, although there is something."""
            if descriptor.waits_for_more(size if self._timeout is None else None):
                raise arguments.error(errno.EAGAIN)
            return receive(now)

        if self._timeout == 0 or flags & socket.MSG_DONTWAIT:
            return self._call(name, receive)
        try:
            return self._wait(name, descriptor.readers, receive_enough, flags)
        except BlockingIOError:  # SO_RCVTIMEO is over
            return self._call(name, receive)

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        if size == 0:  # CPython makes no system call
            return b""
        data: bytes
        data, _ = self._receive("recv", size, flags)
        if flags & socket.MSG_WAITALL and not flags & socket.MSG_PEEK and self.type == socket.SOCK_STREAM:
            while data and len(data) < size:
                more, _ = self._receive("recv", size - len(data), flags)
                if not more:
                    break
                data += more
        self._event("recv", octets=len(data))
        return data

    def recvfrom(self, size: int, flags: int = 0, /) -> tuple[bytes, Address]:
        data, source = self._receive("recvfrom", size, flags)
        self._event("recvfrom", octets=len(data), address=as_text(source))
        return data, source

    def recvmsg(
        self, bufsize: int, ancbufsize: int = 0, flags: int = 0, /
    ) -> tuple[bytes, list[tuple[int, int, bytes]], int, Address]:
        """With MSG_ERRQUEUE what did not arrive, and who said why, in Linux's structures (ip(7))."""
        if bufsize < 0 or ancbufsize < 0:
            raise ValueError("negative buffer size in recvmsg()")
        if not flags & socket.MSG_ERRQUEUE:
            if self.type != socket.SOCK_DGRAM:
                return self.recvfrom(bufsize, flags)[0], [], 0, None
            data, source, control = self._receive("recvmsg", _LARGEST_DATAGRAM, flags, messages=True)
            self._event("recvfrom", octets=len(data), address=as_text(source))
            kept = arguments.room_for(control, ancbufsize)
            cut = socket.MSG_TRUNC * (len(data) > bufsize) | socket.MSG_CTRUNC * (len(kept) < len(control))
            return data[:bufsize], kept, cut, source
        data, destination, fault = self._call("recvmsg", self._open().receive_lost)
        self._event("recvmsg", address=as_text(destination), reason=fault.reason, by=dotted(fault.by))
        return data[:bufsize], arguments.extended_error(fault), socket.MSG_ERRQUEUE, destination

    def recvmsg_into(
        self, buffers: Iterable[Any], ancbufsize: int = 0, flags: int = 0, /
    ) -> tuple[int, list[tuple[int, int, bytes]], int, Address]:
        views = [arguments.writable(buffer) for buffer in buffers]
        data, ancillary, flagged, source = self.recvmsg(sum(map(len, views)), ancbufsize, flags)
        arguments.scatter(data, views)
        return len(data), ancillary, flagged, source

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        view = arguments.room(buffer, nbytes)
        data = self.recv(len(view), flags)
        view[: len(data)] = data
        return len(data)

    def recvfrom_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> tuple[int, Address]:
        view = arguments.room(buffer, nbytes)
        data, source = self.recvfrom(len(view), flags)
        view[: len(data)] = data
        return len(data), source

    def getsockname(self) -> Address:
        return self._call("getsockname", lambda now: self._descriptor.getsockname())

    def getpeername(self) -> Address:
        return self._call("getpeername", lambda now: self._descriptor.getpeername())

    def setsockopt(self, level: int, option: int, value: Any, length: int | None = None, /) -> None:
        setting = arguments.option_value(value, length)
        self._call(
            "setsockopt",
            lambda now: self._descriptor.setsockopt(level, option, setting, now),
            option=option_name(level, option),
        )

    def getsockopt(self, level: int, option: int, length: int = 0, /) -> Any:
        value = self._call(
            "getsockopt",
            lambda now: self._descriptor.getsockopt(level, option, now),
            option=option_name(level, option),
        )
        octets = value if isinstance(value, bytes) else value.to_bytes(4, "little", signed=True)
        return octets[:length] if length else int.from_bytes(octets[:4], "little", signed=True)

    def shutdown(self, how: int, /) -> None:
        self._open()
        how = arguments.c_int(how)
        self._event("shutdown", how={0: "SHUT_RD", 1: "SHUT_WR", 2: "SHUT_RDWR"}.get(how, str(how)))
        self._call("shutdown", lambda now: self._descriptor.shutdown(how, now))

    def detach(self) -> int:
        fd = self.fileno()
        self._closed = True
        self._is_open = False
        return fd

    def _real_close(self, _base: Any = None) -> None:
        """The end of `close()`, once no file of `makefile` is open."""
        if self._is_open and not self._is_held() and not self._process.ended:
            self._is_open = False
            raise arguments.error(errno.EBADF)  # os.close was there before
        try:
            last = self._is_held() and not self._process.descriptors.is_shared(self._descriptor)
            if last and self.family == socket.AF_INET and (seconds := self._descriptor.lingers()):
                self._linger(seconds)
        finally:
            self._give_back()

    def _linger(self, seconds: int) -> None:
        """With SO_LINGER and a time, close() waits until the peer has everything, or the time is over."""
        thread, descriptor = calling_thread(), self._descriptor
        deadline = thread.clock.now + nanoseconds(seconds)
        self._call("shutdown", lambda now: descriptor.shutdown(socket.SHUT_WR, now))
        while descriptor.unacknowledged():
            if not thread.wait((descriptor.writers,), deadline, "close", self._subject()):
                return

    def _is_held(self) -> bool:
        """Whether the process has this descriptor still; not when it has ended."""
        if not self._is_open or self._process.kernel.closed:
            return False
        held: Any = self._process.descriptors.get(self._fd)
        return held is self._descriptor

    def _give_back(self) -> None:
        """Close the descriptor. Never waits, so it may run anywhere."""
        held = self._is_held()
        self._is_open = False
        if not held:
            return
        self._event("close")
        self._process.descriptors.close(self._fd)
        self._process.host.settle()

    def __del__(self) -> None:
        self._give_back()


SimSocket.__name__ = SimSocket.__qualname__ = "socket"
SimSocket.__module__ = "socket"


@contextmanager
def borrowed(fd: int) -> Iterator[SimSocket]:
    """A socket object of `fd` for one call that waits as the descriptor does; `fd` and its flags stay."""
    process = calling_thread().process
    default, process.socket_timeout = process.socket_timeout, None
    try:
        sock = SimSocket(fileno=fd)
    finally:
        process.socket_timeout = default
    try:
        yield sock
    finally:
        sock.detach()
