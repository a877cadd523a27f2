"""AF_UNIX sockets (unix(7)): streams and messages between processes of one computer.

A socket bound to a path is a node in the file system, as on Linux: it can be looked at, renamed and removed,
and it is the node, not its name, that connect() finds. Nodes outside the host's own directory are the real
machine's, so they go with the simulation. Abstract names (octets, the first of them zero) are the host's own.
What one end sends, the other has at once; a sender waits while its peer has unread what Linux would keep.
"""

import errno
import os
import socket
import stat
import struct
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim.os.descriptors import Numbers
from sim.os.inside import Inside, os_error
from stack.poll import POLLERR, POLLHUP, POLLRDHUP

_CAPACITY = 212_992
"""Octets that wait unread, Linux's default (net.core.wmem_default)."""
_LARGEST_MESSAGE = _CAPACITY - 32
_LONGEST_QUEUE = 10
"""Messages that wait unread (net.unix.max_dgram_qlen); one more is taken."""
_LONGEST_PATH = 108
_TYPES = 11
"""SOCK_MAX of Linux."""
_CREDENTIALS = struct.Struct("=iII")
_CONNECTED = (socket.SOCK_STREAM, socket.SOCK_SEQPACKET)

Name = str | bytes


class LocalSockets:
    """All AF_UNIX sockets of one computer: names and descriptors. `directory` is its own part of the disk."""

    def __init__(self, numbers: Numbers, directory: Callable[[], Path | None]) -> None:
        self.numbers = numbers
        self._directory = directory
        self._bound: dict[Any, LocalSocket] = {}
        """By abstract name, or by device and number of the node."""
        self._nodes: dict[Path, Any] = {}
        """Those on the real machine's part of the disk: device and number."""
        self._unnamed = 0

    def socket(self, type: int, protocol: int = 0) -> "LocalSocket":
        """EPROTONOSUPPORT, ESOCKTNOSUPPORT."""
        if protocol not in (0, socket.AF_UNIX):
            raise os_error(errno.EPROTONOSUPPORT)
        if type not in (*_CONNECTED, socket.SOCK_DGRAM):
            raise os_error(errno.ESOCKTNOSUPPORT if type < _TYPES else errno.EINVAL)
        return LocalSocket(self, type)

    def pair(self, type: int, protocol: int = 0) -> tuple["LocalSocket", "LocalSocket"]:
        """Two that are connected with each other."""
        one, other = self.socket(type, protocol), self.socket(type, protocol)
        one.peer, other.peer = other, one
        return one, other

    def enter(self, name: Name, sock: "LocalSocket") -> tuple[Name, Any]:
        """Give `sock` a name, or find it one; its whole name and its key. EADDRINUSE."""
        if not name:
            self._unnamed += 1
            name = b"\0%05x" % self._unnamed
        if isinstance(name, bytes):
            if name in self._bound:
                raise os_error(errno.EADDRINUSE)
            self._bound[name] = sock
            return name, name
        try:
            os.mknod(name, stat.S_IFSOCK | 0o777)
        except FileExistsError:
            raise os_error(errno.EADDRINUSE) from None
        found = Path(name).stat()
        key = found.st_dev, found.st_ino
        self._bound[key] = sock
        node, home = Path(name).absolute(), self._directory()
        if home is None or not node.is_relative_to(home):
            self._nodes[node] = key
        return name, key

    def leave(self, key: Any, sock: "LocalSocket") -> None:  # noqa: ANN401 (an inode, or an abstract name)
        """A socket is gone; its node stays, as on Linux. Another may have the number of a removed one."""
        if self._bound.get(key) is sock:
            del self._bound[key]

    def clean(self) -> None:
        """Remove what is left of the nodes on the real machine's part of the disk."""
        for node, key in self._nodes.items():
            try:
                found = node.lstat()
            except OSError:  # the program has removed it
                continue
            if (found.st_dev, found.st_ino) == key:
                node.unlink()
        self._nodes.clear()

    def find(self, name: Name) -> "LocalSocket":
        """The socket with that name; ECONNREFUSED, or what stat(2) says."""
        if isinstance(name, bytes):
            key: Any = name
        else:
            found = Path(name).stat()
            key = found.st_dev, found.st_ino
        try:
            return self._bound[key]
        except KeyError:
            raise os_error(errno.ECONNREFUSED) from None

    def clear(self) -> None:
        """The host was switched off. Its nodes stay on the disk."""
        self._bound.clear()


class LocalSocket(Inside):
    """One socket. Made by `LocalSockets`."""

    family = socket.AF_UNIX
    protocol = 0
    mode = stat.S_IFSOCK | 0o777

    def __init__(self, names: LocalSockets, type: int) -> None:
        super().__init__()
        self.type = type
        self.fd = names.numbers.take()
        self.name: Name = ""
        self.peer: LocalSocket | None = None
        self.credentials = (0, -1, -1)
        """Process, user and group of whoever made the other end (SO_PEERCRED)."""
        self._names = names
        self._key: Any = None
        self._inbox: deque[tuple[bytes, Name | None]] = deque()
        """What came and from whom; of a stream the pieces that were sent."""
        self._octets = 0
        self._was_connected = False
        self._peer_name: Name | None = None
        self._cannot_send = False
        self._cannot_receive = False
        self._reset = False
        """The peer has closed, and did not read all that it was sent."""
        self._pending: deque[LocalSocket] = deque()
        """Connections not accepted yet."""
        self._backlog: int | None = None
        """None if it does not listen."""
        self._turned_away: dict[LocalSocket, None] = {}
        """Those who wait until there is room among the pending ones."""
        self._stalled: dict[LocalSocket, None] = {}
        """Those who wait until there is room for a message."""

    # -- its state ---------------------------------------------------------------------------------

    @property
    def is_stream(self) -> bool:
        """Whether octets have no boundaries."""
        return self.type == socket.SOCK_STREAM

    @property
    def _connects(self) -> bool:
        return self.type in _CONNECTED

    @property
    def _at_end(self) -> bool:
        """Whether nothing more will come."""
        return self._cannot_receive or (self._connects and self._was_connected and self.peer is None)

    def readable(self) -> bool:
        if self._backlog is not None:
            return bool(self._pending)
        return bool(self._inbox) or self._at_end

    def writable(self) -> bool:
        if self._backlog is not None:
            return False
        return self.peer is None or self.peer._room()

    def ended(self) -> int:
        if self._backlog is not None:
            return 0
        events = POLLERR if self._reset else 0
        if self._at_end:
            events |= POLLRDHUP
        alone = self._connects and self.peer is None
        return events | POLLHUP if alone or (self._cannot_send and self._cannot_receive) else events

    def unread(self) -> int:
        return self._octets if self.is_stream else len(self._inbox[0][0]) if self._inbox else 0

    def _room(self) -> bool:
        return self._octets < _CAPACITY if self._connects else len(self._inbox) <= _LONGEST_QUEUE

    # -- connecting --------------------------------------------------------------------------------

    def bind(self, name: Name, now: int) -> None:
        """EINVAL when bound, EADDRINUSE, or what mknod(2) says."""
        if self._key is not None:
            raise os_error(errno.EINVAL)
        self.name, self._key = self._names.enter(name, self)

    def listen(self, backlog: int, now: int) -> None:
        """EOPNOTSUPP for messages, EINVAL without a name."""
        if not self._connects:
            raise os_error(errno.EOPNOTSUPP)
        if self._key is None or self.peer is not None:
            raise os_error(errno.EINVAL)
        self._backlog = backlog

    def accept(self, now: int) -> tuple["LocalSocket", Name]:
        """The next connection and its other end's name."""
        if not self._connects:
            raise os_error(errno.EOPNOTSUPP)
        if self._backlog is None:
            raise os_error(errno.EINVAL)
        if not self._pending:
            raise os_error(errno.EAGAIN)
        accepted = self._pending.popleft()
        waiting, self._turned_away = self._turned_away, {}
        for one in waiting:
            one.writers.wake()
        return accepted, "" if accepted.peer is None else accepted.peer.name

    def connect(self, name: Name, now: int) -> None:
        """Of messages: whom they are for. ENOENT, ECONNREFUSED, EPROTOTYPE, EISCONN, EAGAIN."""
        other = self._names.find(name)
        if other.type != self.type:
            raise os_error(errno.EPROTOTYPE)
        if not self._connects:
            self.peer = other
            return
        if other._backlog is None:
            raise os_error(errno.ECONNREFUSED)
        if self._was_connected or self.peer is not None:
            raise os_error(errno.EISCONN)
        if len(other._pending) > other._backlog:
            other._turned_away[self] = None
            raise os_error(errno.EAGAIN)
        accepted = LocalSocket(self._names, self.type)
        accepted.name = other.name
        accepted.credentials, self.credentials = self.credentials, other.credentials
        self.peer, accepted.peer = accepted, self
        self._was_connected = accepted._was_connected = True
        other._pending.append(accepted)
        other.readers.wake()

    # -- octets and messages -----------------------------------------------------------------------

    def send(self, data: bytes, now: int) -> int:
        """To the peer: octets taken. EPIPE, ENOTCONN, EAGAIN."""
        if self._cannot_send:
            raise os_error(errno.EPIPE)
        if self.peer is None:
            self._without_a_peer()
        assert self.peer is not None
        return self._deliver(self.peer, data)

    def _without_a_peer(self) -> None:
        if self._reset:
            self._reset = False
            raise os_error(errno.ECONNRESET)
        gone = errno.EPIPE if self._was_connected else errno.ENOTCONN
        raise os_error(gone if self._connects else errno.ENOTCONN)

    def sendto(self, data: bytes, name: Name, now: int) -> int:
        """To whoever has that name; a stream takes none (EISCONN, EOPNOTSUPP)."""
        if self._connects:
            raise os_error(errno.EISCONN if self.peer is not None else errno.EOPNOTSUPP)
        return self._deliver(self._names.find(name), data)

    def _deliver(self, other: "LocalSocket", data: bytes) -> int:
        if other._cannot_receive:
            raise os_error(errno.EPIPE)
        if not self._connects:
            if other.type != self.type:
                raise os_error(errno.EPROTOTYPE)
            if other._closed:
                self.peer = None
                raise os_error(errno.ECONNREFUSED)
            if other.peer not in (None, self):
                raise os_error(errno.EPERM)
        if not self.is_stream and len(data) > _LARGEST_MESSAGE:
            raise os_error(errno.EMSGSIZE)
        taken = data[: _CAPACITY - other._octets] if self.is_stream else data
        if (data or not self.is_stream) and not other._room():
            other._stalled[self] = None
            raise os_error(errno.EAGAIN)
        if taken or not self.is_stream:
            other._inbox.append((bytes(taken), self.name or None))
            other._octets += len(taken)
            other.readers.wake()
        return len(taken)

    def recv(self, size: int, now: int, *, peek: bool = False) -> bytes:
        """Up to `size` octets, or the next message; empty at the end of a stream; EAGAIN."""
        return self.recvfrom(size, now, peek=peek)[0]

    def recvfrom(self, size: int, now: int, *, peek: bool = False) -> tuple[bytes, Name | None]:
        """With the sender's name, if it has one."""
        if self._connects and not self._was_connected and self.peer is None:
            raise os_error(errno.EINVAL if self.is_stream else errno.ENOTCONN)
        if not self._inbox:
            if self._reset:
                self._reset = False
                raise os_error(errno.ECONNRESET)
            if not self.readable():
                raise os_error(errno.EAGAIN)
            return b"", None
        data, source = self._inbox[0]
        if self.is_stream:
            data = self._gather(size)
        if not peek:
            self._take(len(data))
        return data[:size], source

    def recvmsg(self, size: int, now: int, *, peek: bool = False) -> tuple[bytes, Name | None, list[Any]]:
        """As `recvfrom`; nothing comes beside the octets."""
        data, source = self.recvfrom(size, now, peek=peek)
        return data, source, []

    def _gather(self, size: int) -> bytes:
        """The next octets of a stream."""
        pieces, left = [], size
        for data, _ in self._inbox:
            if left <= 0:
                break
            pieces.append(data[:left])
            left -= len(data)
        return b"".join(pieces)

    def _take(self, octets: int) -> None:
        """They are read: whole messages, or a part of a stream."""
        self._octets -= octets
        if not self.is_stream:
            self._inbox.popleft()
        else:
            while octets:
                data, source = self._inbox.popleft()
                if len(data) > octets:
                    self._inbox.appendleft((data[octets:], source))
                octets = max(0, octets - len(data))
        waiting, self._stalled = self._stalled, {}
        for one in waiting:
            one.writers.wake()

    # -- its end -----------------------------------------------------------------------------------

    def shutdown(self, how: int, now: int) -> None:
        """End one direction or both."""
        ends = how in (socket.SHUT_WR, socket.SHUT_RDWR), how in (socket.SHUT_RD, socket.SHUT_RDWR)
        self._end(*ends)
        if self.peer is not None and self._connects:
            self.peer._end(*reversed(ends))

    def _end(self, sending: bool, receiving: bool) -> None:
        self._cannot_send |= sending
        self._cannot_receive |= receiving
        self.wake()

    _closed = False

    def close(self, now: int) -> None:
        """Leave: the peer reads to the end, and cannot write."""
        self._closed = True
        if self._key is not None:
            self._names.leave(self._key, self)
        for one in self._pending:
            one._names.numbers.give_back(one.fd)
            one.close(now)
        peer, self.peer = self.peer, None
        if peer is not None and self._connects:
            peer._abandon(bool(self._inbox))
        for one in (*self._turned_away, *self._stalled):
            one.writers.wake()
        self.wake()

    def _abandon(self, unread: bool) -> None:
        """The peer has closed, with something `unread` or not."""
        self.getpeername()
        self.peer = None
        self._was_connected = True
        self._reset = unread
        self.wake()

    # -- names and options -------------------------------------------------------------------------

    def getsockname(self) -> Name:
        """Empty without one."""
        return self.name

    def getpeername(self) -> Name:
        """ENOTCONN; of one that has closed, too."""
        if self.peer is not None:
            self._peer_name = self.peer.name
        elif self._peer_name is None:
            raise os_error(errno.ENOTCONN)
        return self._peer_name

    def setsockopt(self, level: int, option: int, value: int | bytes, now: int) -> None:
        """Those of SOL_SOCKET are accepted and without effect; others are none of its (EOPNOTSUPP)."""
        if level != socket.SOL_SOCKET:
            raise os_error(errno.EOPNOTSUPP)

    def getsockopt(self, level: int, option: int, now: int | None = None) -> int | bytes:
        """What a socket is, its buffers, and who made the other end."""
        if level != socket.SOL_SOCKET:
            raise os_error(errno.EOPNOTSUPP)
        match option:
            case socket.SO_TYPE:
                return self.type
            case socket.SO_DOMAIN:
                return int(self.family)
            case socket.SO_ACCEPTCONN:
                return int(self._backlog is not None)
            case socket.SO_SNDBUF | socket.SO_RCVBUF:
                return _CAPACITY
            case socket.SO_PEERCRED:
                pid, user, group = self.credentials
                return _CREDENTIALS.pack(pid, user & 0xFFFFFFFF, group & 0xFFFFFFFF)
        return 0

    def waits_for_more(self, size: int | None) -> bool:
        """Never: there is no SO_RCVLOWAT here."""
        return False

    def receive_timeout(self) -> int | None:
        """None: there is no SO_RCVTIMEO here."""
        return None

    def send_timeout(self) -> int | None:
        """None: there is no SO_SNDTIMEO here."""
        return None
