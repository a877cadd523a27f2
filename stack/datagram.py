"""What UDP and ping sockets have in common: a port, perhaps a peer, and a queue of messages that came.

What they send is charged to them until it has left the host (`stack.send_memory`): a socket whose send buffer
is used up takes nothing more, and is writable again when half of it is free, as in Linux.
"""

import errno
import socket as constants
from collections import deque

from journal.kind import EventKind
from stack import events
from stack.control import NO_CHOICE, Choice, Control, chosen, received
from stack.endpoint import NOWHERE, Address, Endpoint, Lost, SocketRow
from stack.environment import Environment
from stack.errors import Fault, os_error
from stack.ip import Came, Ip, Path
from stack.memberships import OPTIONS, Memberships
from stack.options import DISCOVERING, DO, IP_MTU, PROBE, SO_BINDTODEVICE, device_name
from stack.poll import POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP
from stack.ports import PortTable
from stack.send_memory import true_size
from stack.wire import ipv4
from stack.wire.address import ANY, LOOPBACK, is_multicast, pair

_LEAST = 256
"""A buffer holds one datagram for this many of its octets: empty ones must not wait without bound."""
_LOST = 64
"""Errors that wait in a socket; the oldest gives way."""


class DatagramEndpoint(Endpoint):
    """Subclasses say how a message is sent, and put what arrives in with `deliver`."""

    proto = ""
    dropped: type[EventKind]
    """What it reports of a message that it does not take."""
    header_octets = 0
    """What `transmit` puts between the IP header and the message."""

    def __init__(
        self, environment: Environment, ip: Ip, ports: PortTable, table: dict[int, list["DatagramEndpoint"]]
    ) -> None:
        super().__init__(environment, stream=False)
        self.ip = ip
        self._ports = ports
        self._table = table
        self._peer: Address | None = None
        self._chosen = ANY  # the address that the program asked for; connect() only borrows one
        self._queue: deque[tuple[bytes, Address, Came | None]] = deque()
        self._queued = 0
        self._in_flight = 0
        """Send memory of what has not left yet."""
        self.memberships = Memberships(ip)
        self._lost: deque[Lost] = deque(maxlen=_LOST)
        self._read_shut = self._write_shut = False

    @property
    def remote(self) -> Address | None:
        return self._peer

    def bind(self, address: Address) -> None:
        if self.binding is not None:
            raise os_error(errno.EINVAL)
        if address[0] != ANY and not self.ip.is_own(address[0]) and not self.ip.is_group(address[0]):
            raise os_error(errno.EADDRNOTAVAIL)
        self._claim(address)
        self._chosen = address[0]

    def connect(self, address: Address) -> None:
        destination = address[0] or LOOPBACK
        path = self._path(destination)
        if self.binding is None:
            self._claim(NOWHERE, errno.EAGAIN)
        if self.binding is not None and self.binding.address == ANY:
            self.binding.address = path.source
        self._peer = destination, address[1]

    def send(self, data: bytes) -> int:
        if self._peer is None:
            raise os_error(errno.EDESTADDRREQ)
        return self.send_to(data, self._peer)

    def send_message(self, data: bytes, address: Address | None, control: list[Control]) -> int:
        target = address or self._peer
        if target is None:
            raise os_error(errno.EDESTADDRREQ)
        return self.send_to(data, target, chosen(control))

    def send_to(self, data: bytes, address: Address, choice: Choice = NO_CHOICE) -> int:
        if self._write_shut:
            raise os_error(errno.EPIPE)
        self.raise_error()
        destination = address[0] or LOOPBACK
        path = self._path(destination, choice)
        if self.binding is None:
            self._claim(NOWHERE, errno.EAGAIN)
        if self._in_flight >= self.options.send_buffer:
            raise os_error(errno.EAGAIN)
        if len(data) > path.interface.mtu - self._ip_header() - self.header_octets:
            self._admit_fragments(path, self.header_octets + len(data))
        kept = self.options
        self.options = choice.options(kept)
        try:
            self.transmit(path, destination, address[1], data)
        finally:
            self.options = kept
        if self.options.report_faults:
            self._check_room(path)
        return len(data)

    def receive_from(self, size: int, peek: bool) -> tuple[bytes, Address]:
        self.raise_error()
        if not self._queue:
            if self._read_shut:
                return b"", NOWHERE
            raise os_error(errno.EAGAIN)
        data, source, _ = self._queue[0]
        if not peek:
            self._queue.popleft()
            self._queued -= len(data)
        return data[:size], source

    def receive_message(self, size: int, peek: bool) -> tuple[bytes, Address, list[Control]]:
        header = self._queue[0][2] if self._queue else None
        data, source = self.receive_from(size, peek)
        return data, source, [] if header is None else received(self.options, self.ip.arrival(*header))

    def shutdown(self, read: bool, write: bool) -> None:
        if self._peer is None:
            raise os_error(errno.ENOTCONN)
        self._read_shut |= read
        self._write_shut |= write
        self.readers.wake()
        self.writers.wake()

    def close(self) -> None:
        self.memberships.close()
        if self.binding is not None:
            self._ports.release(self.binding)
            self._table[self.binding.port].remove(self)
            if not self._table[self.binding.port]:
                del self._table[self.binding.port]
            self.binding = None
        self.environment.emit(events.SocketRemoved, fd=self.fd)
        self.fd = None

    def poll(self) -> int:
        events = POLLERR if self.error or self._lost else 0
        if self._read_shut:
            events |= POLLIN | POLLRDHUP | (POLLHUP if self._write_shut else 0)
        if self._queue:
            events |= POLLIN
        return events | POLLOUT if 2 * self._in_flight < self.options.send_buffer else events

    def readable(self) -> bool:
        return bool(self._queue) or self._read_shut or self.error != 0

    def writable(self) -> bool:
        return 2 * self._in_flight < self.options.send_buffer or self.error != 0

    def row(self) -> SocketRow:
        peer = self._peer or NOWHERE
        state = "ESTABLISHED" if self._peer else ""
        return SocketRow(
            self.proto,
            self._queued,
            self._in_flight,
            pair(*self.local),
            pair(*peer),
            state,
            "off",
            None,
            self.fd,
        )

    def charge(self, octets: int) -> int:
        """See `stack.send_memory.Sender`."""
        self._in_flight += octets
        self.environment.touch(self)
        return 0

    def uncharge(self, octets: int, mark: int) -> None:
        """See `stack.send_memory.Sender`."""
        before = self._in_flight
        self._in_flight = after = before - octets
        self.environment.touch(self)
        if 2 * after < self.options.send_buffer <= 2 * before:
            self.writers.wake()

    def options_changed(self) -> None:
        super().options_changed()
        self.writers.wake()  # a larger send buffer has room

    def deliver(self, data: bytes, source: Address, came: Came | None = None) -> None:
        """Queue a message for the program, or drop it if there is no room.

        How it `came` the program gets beside it, if it asks (recvmsg).
        """
        buffer = self.options.receive_buffer
        full = self._queued + len(data) > buffer or len(self._queue) >= buffer // _LEAST
        if full or self._read_shut:
            self._drop("receive buffer is full" if full else "socket is shut for reading")
            return
        self._queue.append((data, source, came))
        self._queued += len(data)
        self.environment.touch(self)
        self.readers.wake()

    def fault(self, fault: Fault, destination: Address, data: bytes) -> None:
        """A message was lost: connected sockets learn (RFC 1122 section 4.1.3.3), others with IP_RECVERR."""
        if fault.length:  # it was too long for the path, if it had DF (RFC 1191)
            if self.options.path_mtu_discovery not in DISCOVERING:
                return
            self.ip.path_mtus.lower(destination[0], fault.mtu, fault.length)
        if self._peer is None and not self.options.report_faults:
            return
        self.error = fault.errno
        if self.options.report_faults:
            if len(self._lost) == _LOST:
                self._drop("queue of errors is full")
            self._lost.append(Lost(data, destination, fault))
        self.readers.wake()
        self.writers.wake()

    def transmit(self, path: Path, destination: int, port: int, data: bytes) -> None:
        """Send one message; this endpoint is the sender to whom `ip.send` charges it."""
        raise NotImplementedError

    def _admit_fragments(self, path: Path, payload: int) -> None:
        """OSError ENOBUFS if the fragments of a message go beyond twice the send buffer: waiting is no help.

        With some room left the buffer takes a whole message.
        """
        header = self._ip_header()
        whole = (path.interface.mtu - header) // 8 * 8
        before_last = (payload - 1) // whole * true_size(header + whole)
        if self._in_flight + before_last >= 2 * self.options.send_buffer:
            raise os_error(errno.ENOBUFS)

    def _check_room(self, path: Path) -> None:
        """OSError ENOBUFS if a frame just made will be dropped, since the queue of its device is full.

        Without IP_RECVERR no program learns of it (ip(7)). What waits for ARP is in no such queue yet.
        """
        senders = [charge and charge[0] for link, _, charge in self.ip.outgoing if link is path.interface]
        if self in senders[path.interface.room() :]:
            raise os_error(errno.ENOBUFS)

    def receive_lost(self) -> Lost:
        if not self._lost:
            raise os_error(errno.EAGAIN)
        first = self._lost.popleft()
        self.error = self._lost[0].fault.errno if self._lost else 0
        return first

    def _drop(self, reason: str) -> None:
        self.environment.emit(self.dropped, reason=reason, fd=self.fd)

    def dont_fragment(self, path: Path, destination: int, payload: int) -> bool:
        """Whether a packet with this number of octets behind the IP header has DF (IP_MTU_DISCOVER).

        OSError EMSGSIZE if it would have to be cut, and the program has forbidden that.
        """
        mode, link = self.options.path_mtu_discovery, path.interface.mtu
        if mode not in DISCOVERING:
            return False
        mtu = link if mode == PROBE else self.ip.path_mtus.get(destination, link)
        fits = self._ip_header() + payload <= mtu
        if mode in (DO, PROBE) and not fits:
            raise os_error(errno.EMSGSIZE)
        return fits

    def set_option(self, level: int, option: int, value: bytes) -> None:
        if (level, option) in OPTIONS:
            self.memberships.set(self.options, option, value)
            return
        if (level, option) == (constants.SOL_SOCKET, SO_BINDTODEVICE):
            self.ip.check_device(device_name(value))
        super().set_option(level, option, value)

    def get_option(self, level: int, option: int) -> int | bytes:
        if (level, option) == (constants.IPPROTO_IP, IP_MTU):
            if self._peer is None:
                raise os_error(errno.ENOTCONN)
            return self.ip.path_mtus.get(self._peer[0], self._path(self._peer[0]).interface.mtu)
        return super().get_option(level, option)

    def ttl(self, destination: int) -> int:
        """Of what goes to `destination`."""
        return self.options.multicast_ttl if is_multicast(destination) else self.options.ttl

    def _ip_header(self) -> int:
        """Octets of IP's header."""
        return ipv4.HEADER_LENGTH + len(self.options.ip_options)

    def _path(self, destination: int, choice: Choice = NO_CHOICE) -> Path:
        own, device = self.local[0], self.options.device
        source = ANY if self.ip.is_group(own) else own  # RFC 1122 section 3.2.1.3: a group sends nothing
        if is_multicast(destination):
            device = device or self.options.multicast_device
        elif self.ip.is_group(destination) and not self.options.broadcast:
            raise os_error(errno.EACCES)
        if choice is NO_CHOICE:
            return self.ip.path(destination, source, device)
        return self.ip.path(destination, choice.source or source, self._device(choice) or device)

    def _device(self, choice: Choice) -> str:
        """OSError ENETUNREACH, ENODEV for what is not this host's, EINVAL if the bond is another."""
        if choice.source and not self.ip.is_own(choice.source):
            raise os_error(errno.ENETUNREACH)
        if not choice.interface:
            return self.options.device
        if choice.interface > len(self.ip.interfaces):
            raise os_error(errno.ENODEV)
        name = self.ip.interfaces[choice.interface - 1].name
        if self.options.device not in ("", name):
            raise os_error(errno.EINVAL)
        return name

    def _claim(self, address: Address, error: int = errno.EADDRINUSE) -> None:
        self.binding = self._ports.claim(*address, self.options, error)
        self._table.setdefault(self.binding.port, []).append(self)
