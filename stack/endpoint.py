"""What stands behind a socket: an endpoint of some protocol, with the calls of POSIX.

Addresses are (integer, port) here. Calls that would block raise BlockingIOError; failures raise
OSError with Linux's errno.
"""

import errno
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from journal.event import FieldValue
from stack.control import Control, check_socket_level
from stack.environment import Environment
from stack.errors import Fault, os_error
from stack.events import SocketChanged
from stack.options import Options, default_options, get_option, set_option
from stack.poll import POLLIN, POLLOUT, POLLPRI
from stack.tcp_info import TcpInfo
from stack.waitqueue import WaitQueue
from stack.wire.address import ANY

if TYPE_CHECKING:
    from stack.ports import Binding

Address = tuple[int, int]
NOWHERE: Address = (ANY, 0)
SHOWN = tuple(field.name for field in SocketChanged.declared if not field.required)
NOTHING: tuple[FieldValue, ...] = (None,) * len(SHOWN)


@dataclass(frozen=True, slots=True)
class SocketRow:
    """One row of the socket table, as `netstat -ano` shows it; queues in octets.

    `fd` is None for a socket that no program holds: closed, or not accepted yet. `timer` names what
    the socket waits for ("off" if nothing), `expires` says when (ns), `attempts` how often it came in vain.
    """

    proto: str
    recv_q: int
    send_q: int
    local: str
    remote: str
    state: str
    timer: str
    expires: int | None
    fd: int | None
    attempts: int = 0
    info: TcpInfo | None = None
    """What TCP_INFO says of a stream socket."""


class Lost(NamedTuple):
    """A message that did not arrive, as far as it is quoted: its data, whom it was for, and why."""

    data: bytes
    destination: Address
    fault: Fault


class Endpoint:
    """Base of all endpoints."""

    def __init__(self, environment: Environment, stream: bool) -> None:
        self.environment = environment
        self.fd: int | None = None
        self.readers = WaitQueue()
        self.writers = WaitQueue()
        self.options: Options = default_options(environment.parameters, stream)
        self.binding: Binding | None = None
        self._shown = NOTHING
        self.error = 0
        """SO_ERROR: the errno to report next, 0 if none."""

    @property
    def local(self) -> Address:
        """getsockname()"""
        return (self.binding.address, self.binding.port) if self.binding else NOWHERE

    @property
    def remote(self) -> Address | None:
        """getpeername(); None when not connected."""
        raise NotImplementedError

    def take_error(self) -> int:
        """Read SO_ERROR and clear it."""
        error, self.error = self.error, 0
        return error

    def raise_error(self) -> None:
        """Raise what SO_ERROR says, if anything, and clear it."""
        if self.error:
            raise os_error(self.take_error())

    def hold(self, fd: int) -> None:
        """A program holds this endpoint by descriptor `fd` now."""
        self.fd = fd

    def bind(self, address: Address) -> None:
        raise NotImplementedError

    def listen(self, backlog: int) -> None:
        raise os_error(errno.EOPNOTSUPP)

    def accept(self) -> tuple["Endpoint", Address]:
        raise os_error(errno.EOPNOTSUPP)

    def connect(self, address: Address) -> None:
        raise NotImplementedError

    def send(self, data: bytes) -> int:
        raise NotImplementedError

    def send_urgent(self, data: bytes) -> int:
        """send() with MSG_OOB"""
        raise os_error(errno.EOPNOTSUPP)

    def send_to(self, data: bytes, address: Address) -> int:
        raise NotImplementedError

    def receive_from(self, size: int, peek: bool) -> tuple[bytes, Address]:
        raise NotImplementedError

    def send_message(self, data: bytes, address: Address | None, control: list[Control]) -> int:
        """sendmsg()"""
        for message in control:
            check_socket_level(*message)
        return self.send(data) if address is None else self.send_to(data, address)

    def receive_message(self, size: int, peek: bool) -> tuple[bytes, Address, list[Control]]:
        """recvmsg()"""
        return *self.receive_from(size, peek), []

    def receive_lost(self) -> Lost:
        """recvmsg() with MSG_ERRQUEUE: the oldest error, and what it is about; the next becomes SO_ERROR."""
        raise os_error(errno.EAGAIN)

    def shutdown(self, read: bool, write: bool) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def set_option(self, level: int, option: int, value: bytes) -> None:
        """setsockopt()"""
        set_option(self.options, level, option, value)

    def get_option(self, level: int, option: int) -> int | bytes:
        """getsockopt() of a setting, or of what the protocol knows."""
        return get_option(self.options, level, option)

    def options_changed(self) -> None:
        """An option was set; some act at once."""

    def waits_for_more(self, size: int | None) -> bool:
        """See `Socket.waits_for_more`; a message is never too little."""
        return False

    def unacknowledged(self) -> int:
        """Octets written that the peer does not have yet, a FIN counting one (SIOCOUTQ)."""
        return 0

    def is_listening(self) -> bool:
        """SO_ACCEPTCONN"""
        return False

    def exceptional(self) -> bool:
        """Whether urgent data is to be read."""
        return False

    def poll(self) -> int:
        """What poll(2) reports of it (`stack.poll`), whether asked for or not."""
        return (
            (POLLIN if self.readable() else 0)
            | (POLLOUT if self.writable() else 0)
            | (POLLPRI if self.exceptional() else 0)
        )

    def readable(self) -> bool:
        raise NotImplementedError

    def writable(self) -> bool:
        raise NotImplementedError

    def row(self) -> SocketRow:
        """This endpoint's row in the socket table."""
        raise NotImplementedError

    def show(self) -> None:
        """Emit what of its row, and of the memory set aside for it, has changed since it was shown last."""
        if self.fd is None:
            return
        row, options = self.row(), self.options
        now: tuple[FieldValue, ...] = (
            *(row.proto, row.local, row.remote, row.state, row.recv_q, row.send_q),
            *(options.receive_buffer, options.send_buffer),
        )
        pairs = zip(SHOWN, now, self._shown, strict=True)
        changed: dict[str, FieldValue] = {name: new for name, new, was in pairs if new != was}
        self._shown = now
        if changed:
            self.environment.emit(SocketChanged, fd=self.fd, **changed)
