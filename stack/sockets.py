"""Sockets: the POSIX face of endpoints. Descriptors, dotted addresses, options by number, errno.

A socket only translates; what a call does is the endpoint's business.
"""

import errno
import socket as constants
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

from stack import events
from stack.control import Control
from stack.endpoint import Address, Endpoint, SocketRow
from stack.environment import Environment
from stack.errors import Fault, os_error
from stack.wire.address import ANY, BROADCAST, dotted, parse_dotted

if TYPE_CHECKING:
    from stack.waitqueue import WaitQueue

_INT = struct.Struct("=i")


class Socket:
    """An open descriptor. All calls but the questions take `now` (ns); after close() they raise EBADF."""

    def __init__(
        self,
        environment: Environment,
        family: int,
        type: int,
        protocol: int,
        endpoint: Endpoint,
        enter: Callable[["Socket"], int],
        leave: Callable[["Socket"], None],
    ) -> None:
        self.family = family
        self.type = type
        self.protocol = protocol
        self.readers: WaitQueue = endpoint.readers
        self.writers: WaitQueue = endpoint.writers
        self._environment = environment
        self._endpoint: Endpoint | None = endpoint
        self._enter = enter
        self._leave = leave
        self.fd = enter(self)
        endpoint.hold(self.fd)
        environment.emit(
            events.SocketCreated,
            fd=self.fd,
            type=constants.SocketKind(type).name,
            proto=protocol,
            receive_buffer=endpoint.options.receive_buffer,
            send_buffer=endpoint.options.send_buffer,
        )
        if environment.traced:
            endpoint.show()

    def bind(self, address: tuple[str, int], now: int) -> None:
        """EINVAL when bound, EADDRINUSE, EADDRNOTAVAIL."""
        with self._at(now):
            self._open.bind(_to_address(address))

    def listen(self, backlog: int, now: int) -> None:
        """Accept connections; at most `backlog` + 1 wait for accept()."""
        with self._at(now):
            self._open.listen(backlog)

    def accept(self, now: int) -> tuple["Socket", tuple[str, int]]:
        """The next connection and its peer; EAGAIN, EINVAL when not listening."""
        with self._at(now):
            child, peer = self._open.accept()
            accepted = Socket(
                self._environment, self.family, self.type, self.protocol, child, self._enter, self._leave
            )
            return accepted, _to_text(peer)

    def connect(self, address: tuple[str, int], now: int) -> None:
        """UDP: set the peer. TCP: begin; raises EINPROGRESS, the outcome is SO_ERROR once writable."""
        with self._at(now):
            self._open.connect(_to_address(address))

    def send(self, data: bytes, now: int, *, urgent: bool = False) -> int:
        """Octets taken, at least one; EAGAIN when the buffer is full, EPIPE, ENOTCONN, EDESTADDRREQ.

        With `urgent` (MSG_OOB) the peer is notified that the stream is urgent up to its end.
        """
        with self._at(now):
            return self._open.send_urgent(data) if urgent else self._open.send(data)

    def sendto(self, data: bytes, address: tuple[str, int], now: int) -> int:
        """Like send(), to `address`, which streams ignore."""
        with self._at(now):
            return self._open.send_to(data, _to_address(address))

    def recv(self, size: int, now: int, *, peek: bool = False) -> bytes:
        """At most `size` octets; b"" at the end of a stream; EAGAIN when nothing is there."""
        return self.recvfrom(size, now, peek=peek)[0]

    def recvfrom(self, size: int, now: int, *, peek: bool = False) -> tuple[bytes, tuple[str, int]]:
        """Like recv(), with the sender."""
        with self._at(now):
            data, source = self._open.receive_from(size, peek)
            return data, _to_text(source)

    def recvmsg(
        self, size: int, now: int, *, peek: bool = False
    ) -> tuple[bytes, tuple[str, int], list[Control]]:
        """Like recvfrom(), with what options let the program know (IP_PKTINFO, IP_RECVTTL …)."""
        with self._at(now):
            data, source, control = self._open.receive_message(size, peek)
            return data, _to_text(source), control

    def sendmsg(self, data: bytes, address: tuple[str, int] | None, control: list[Control], now: int) -> int:
        """Like sendto(), or send() without an address, with choices for this message (`stack.control`)."""
        with self._at(now):
            target = None if address is None else _to_address(address)
            return self._open.send_message(data, target, control)

    def receive_lost(self, now: int) -> tuple[bytes, tuple[str, int], Fault]:
        """Of a message that did not arrive the data, the destination and the reason (MSG_ERRQUEUE); EAGAIN.

        Errors wait here when IP_RECVERR is set; a call that they concern fails with their errno all the same.
        """
        with self._at(now):
            lost = self._open.receive_lost()
            return lost.data, _to_text(lost.destination), lost.fault

    def shutdown(self, how: int, now: int) -> None:
        """SHUT_RD, SHUT_WR or SHUT_RDWR; ENOTCONN."""
        if how not in (constants.SHUT_RD, constants.SHUT_WR, constants.SHUT_RDWR):
            raise os_error(errno.EINVAL)
        with self._at(now):
            self._open.shutdown(how != constants.SHUT_WR, how != constants.SHUT_RD)

    def close(self, now: int) -> None:
        """Give the descriptor back. What the protocol still has to do, it does without the program."""
        with self._environment.at(now):
            endpoint = self._open
            self._endpoint = None
            self._leave(self)
            self._environment.emit(events.SocketClosed, fd=self.fd)
            endpoint.close()
            self.readers.wake()
            self.writers.wake()

    def getsockname(self) -> tuple[str, int]:
        """Own address; ("0.0.0.0", 0) when unbound."""
        return _to_text(self._open.local)

    def getpeername(self) -> tuple[str, int]:
        """The peer's address; ENOTCONN."""
        peer = self._open.remote
        if peer is None:
            raise os_error(errno.ENOTCONN)
        return _to_text(peer)

    def setsockopt(self, level: int, option: int, value: int | bytes, now: int) -> None:
        """ENOPROTOOPT, EINVAL and others. A number is a C int; structures are given in octets."""
        octets = value if isinstance(value, bytes) else _INT.pack(value)
        with self._at(now):
            endpoint = self._open
            self._check_level(level, errno.ENOPROTOOPT)
            endpoint.set_option(level, option, octets)
            endpoint.options_changed()

    def getsockopt(self, level: int, option: int, now: int | None = None) -> int | bytes:
        """ENOPROTOOPT, EOPNOTSUPP. SO_ERROR is cleared by reading; structures come in octets.

        TCP_INFO is a `struct tcp_info` (`stack.tcp_info`), whose times count back from `now`.
        """
        endpoint = self._open
        if now is not None:
            self._environment.now = now
        if level == constants.SOL_SOCKET:
            match option:
                case constants.SO_ERROR:
                    return endpoint.take_error()
                case constants.SO_TYPE:
                    return self.type
                case constants.SO_DOMAIN:
                    return self.family
                case constants.SO_PROTOCOL:
                    return self.protocol
                case constants.SO_ACCEPTCONN:
                    return int(endpoint.is_listening())
        self._check_level(level, errno.EOPNOTSUPP)
        return endpoint.get_option(level, option)

    def waits_for_more(self, size: int | None) -> bool:
        """Whether SO_RCVLOWAT lets a recv() of `size` octets wait although something is there.

        None is a call that waits until the socket is readable, as Python's calls with a time-out do.
        """
        return self._open.waits_for_more(size)

    def receive_timeout(self) -> int | None:
        """How long a blocking accept() or recv() waits (ns); None: as long as it takes (SO_RCVTIMEO)."""
        return self._open.options.receive_timeout

    def send_timeout(self) -> int | None:
        """How long a blocking connect() or send() waits (ns); None: as long as it takes (SO_SNDTIMEO)."""
        return self._open.options.send_timeout

    def lingers(self) -> int:
        """Seconds that close() should wait for what was written to arrive; 0 if it should not (SO_LINGER)."""
        endpoint = self._open
        seconds = endpoint.options.linger
        if not seconds or endpoint.remote is None:
            return 0
        return 0 if endpoint.row().recv_q else seconds  # what nobody reads is lost, and the connection reset

    def unacknowledged(self) -> int:
        """Octets written that the peer does not have yet, a FIN counting one."""
        return self._open.unacknowledged()

    def poll(self) -> int:
        """What poll(2) reports, whether asked for or not (`stack.poll`)."""
        return self._open.poll()

    def readable(self) -> bool:
        """Whether recv() or accept() would not block; also with an error or at the end."""
        return self._open.readable()

    def writable(self) -> bool:
        """Whether send() would not block, or connect() has ended."""
        return self._open.writable()

    def exceptional(self) -> bool:
        """Whether urgent data is to be read; it is in the stream like all other (RFC 6093 section 6)."""
        return self._open.exceptional()

    def row(self) -> SocketRow:
        """This socket's row in the table."""
        return self._open.row()

    def _check_level(self, level: int, error: int) -> None:
        """Options of another protocol are none of this socket's."""
        if level not in (constants.SOL_SOCKET, constants.IPPROTO_IP, self.protocol):
            raise os_error(error)

    def _at(self, now: int) -> Environment:
        """Begin a call that may change something."""
        if self._endpoint is not None:
            self._environment.touch(self._endpoint)
        return self._environment.at(now)

    @property
    def _open(self) -> Endpoint:
        if self._endpoint is None:
            raise os_error(errno.EBADF)
        return self._endpoint

    def __repr__(self) -> str:
        return f"<Socket {self.fd}>"


def _to_address(address: tuple[str, int]) -> Address:
    host, port = address
    if not 0 <= port <= 0xFFFF:
        raise OverflowError("port must be 0-65535.")
    if host in ("", "<broadcast>"):
        return (BROADCAST if host else ANY), port
    try:
        return parse_dotted(host), port
    except ValueError:
        raise os_error(errno.EINVAL) from None


def _to_text(address: Address) -> tuple[str, int]:
    return dotted(address[0]), address[1]
