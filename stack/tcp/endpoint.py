"""The calls of a stream socket (RFC 9293 sections 3.10.1 to 3.10.6): POSIX's names, Linux's errno."""

import errno
import socket as constants
from typing import Protocol

from journal.kind import EventKind
from stack.endpoint import NOTHING, NOWHERE, Address, Endpoint, SocketRow
from stack.environment import Environment
from stack.errors import os_error
from stack.events import SocketRemoved
from stack.ip import Ip
from stack.options import (
    IP_ADD_MEMBERSHIP,
    IP_DROP_MEMBERSHIP,
    IP_MTU,
    IP_MULTICAST_TTL,
    SO_BINDTODEVICE,
    TCP_CONGESTION,
    TCP_INFO,
    Options,
    device_name,
)
from stack.poll import POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP
from stack.ports import PortTable
from stack.tcp import events
from stack.tcp.answers import answer, choose_congestion_control, path_mtu
from stack.tcp.control_block import RECEIVING, SYNCHRONIZING, ControlBlock, State, TimerKind
from stack.tcp.listener import Listener, Opener
from stack.tcp.output import output, send_reset, send_syn
from stack.tcp.rows import block_row, idle_row
from stack.tcp.transitions import watch_fin_wait_2
from stack.tcp.urgent import urgent_octets
from stack.tcp.window import window_update_is_due
from stack.wire.address import ANY, LOOPBACK, pair

_ECN = 3
"""The two low bits of the type of service are TCP's own (RFC 3168), and 0 here."""
_CAN_WRITE = frozenset({State.ESTABLISHED, State.CLOSE_WAIT})


class Layer(Opener, Protocol):
    """What an endpoint needs of the TCP layer."""

    ports: PortTable
    listeners: dict[Address, list[Listener]]
    """More than one at an address share its connections (SO_REUSEPORT)."""

    def open_block(self, local: Address, remote: Address, options: Options) -> ControlBlock:
        """A block for a new connection."""


_IP_OPTIONS = constants.IPPROTO_IP, constants.IP_OPTIONS
"""A connection's segments have none."""


class StreamEndpoint(Endpoint):
    """At most one of `block` (a connection) and `listener` is set."""

    def __init__(self, environment: Environment, ip: Ip, layer: Layer) -> None:
        super().__init__(environment, stream=True)
        self._ip = ip
        self._layer = layer
        self._block: ControlBlock | None = None
        self._listener: Listener | None = None
        self._read_shut = False
        self._connecting = False

    @property
    def local(self) -> Address:
        return self._block.local if self._block is not None else super().local

    @property
    def remote(self) -> Address | None:
        block = self._block
        if block is None or block.state in (State.CLOSED, State.SYN_SENT):
            return None
        return block.remote

    def hold(self, fd: int) -> None:
        super().hold(fd)
        if self._block is not None:
            self._block.fd = fd

    def bind(self, address: Address) -> None:
        if self.binding is not None or self._block is not None:
            raise os_error(errno.EINVAL)
        if address[0] != ANY and not self._ip.is_own(address[0]):
            raise os_error(errno.EADDRNOTAVAIL)
        self.binding = self._layer.ports.claim(*address, self.options)

    def listen(self, backlog: int) -> None:
        if self._listener is not None:
            self._listener.backlog = max(backlog, 0)
            return
        if self._block is not None:
            raise os_error(errno.EINVAL)
        if self.binding is None:
            self.binding = self._layer.ports.claim(*NOWHERE, self.options)
        self.binding.listening = True
        if self._layer.ports.clashes(self.binding):
            self.binding.listening = False
            raise os_error(errno.EADDRINUSE)
        self._listener = Listener(self.environment, self._layer, self, max(backlog, 0))
        self._layer.listeners.setdefault(self.local, []).append(self._listener)
        self._listen_event(events.State, old="CLOSED", new="LISTEN")

    def accept(self) -> tuple[Endpoint, Address]:
        if self._listener is None:
            raise os_error(errno.EINVAL)
        if not self._listener.ready:
            raise os_error(errno.EAGAIN)
        block = self._listener.ready.popleft()
        child = StreamEndpoint(self.environment, self._ip, self._layer)
        child.options = block.options
        child._block = block
        block.owner, block.acceptor = child, None
        child.error = block.error
        return child, block.remote

    def connect(self, address: Address) -> None:
        block = self._block
        if self._listener is not None:
            raise os_error(errno.EISCONN)
        if block is not None and block.state is not State.CLOSED:
            if block.state in SYNCHRONIZING:
                raise os_error(errno.EALREADY)
            if self._connecting:  # the call that learns of success, as the first after the handshake does
                self._connecting = False
                return
            raise os_error(errno.EISCONN)
        if block is not None and not self._connecting:
            raise os_error(errno.EISCONN)  # it was, and no second connection comes after it
        self._connecting, self._block = False, None
        self.raise_error()
        if block is not None:  # SO_ERROR has reported why the attempt failed
            raise os_error(errno.ECONNABORTED)
        self._open(address[0] or LOOPBACK, address[1])
        raise os_error(errno.EINPROGRESS)

    def send(self, data: bytes) -> int:
        return self._write(data, False)

    def _write(self, data: bytes, urgent: bool) -> int:
        """SEND (section 3.10.2)."""
        block = self._block
        if block is not None and block.state in SYNCHRONIZING:
            raise os_error(errno.EAGAIN)
        self.raise_error()
        if block is None or block.state not in _CAN_WRITE:
            raise os_error(errno.EPIPE)
        room = self.options.send_buffer - len(block.send_buffer)
        if data and (room <= 0 or self._is_far_ahead(block)):
            raise os_error(errno.EAGAIN)
        self.options.quick_ack = False
        taken = data[:room]
        block.send_buffer += taken
        block.snd_end += len(taken)
        if urgent:
            block.snd_up = block.snd_end
        output(block)
        return len(taken)

    def send_urgent(self, data: bytes) -> int:
        return self._write(data, True)

    def send_to(self, data: bytes, address: Address) -> int:
        return self.send(data)

    def receive_from(self, size: int, peek: bool) -> tuple[bytes, Address]:
        block = self._block
        if block is not None and block.receive_buffer and block.state not in SYNCHRONIZING:
            return self._read(block, size, peek), block.remote
        if block is not None and block.peer_finished:
            return b"", block.remote  # an error that came after the end leaves the end as it is
        self.raise_error()
        if block is None:
            raise os_error(errno.ENOTCONN)
        if self._read_shut or block.state not in RECEIVING | SYNCHRONIZING:
            return b"", block.remote
        raise os_error(errno.EAGAIN)

    def shutdown(self, read: bool, write: bool) -> None:
        block = self._block
        if self._listener is not None:
            if read:
                self._stop_listening()
                self.readers.wake()
            return
        if block is None or block.state is State.CLOSED:
            raise os_error(errno.ENOTCONN)
        if block.state is State.SYN_SENT:  # section 3.10.4: nothing was agreed on yet
            block.close_down(errno.ECONNRESET)
            self._block = None
            return
        self._read_shut |= read
        if write:
            _finish(block)
        block.wake_all()

    def close(self) -> None:
        if self._listener is not None:
            self._stop_listening()
        block, self._block = self._block, None
        if self.binding is not None:
            self._layer.ports.release(self.binding)
            self.binding = None
        if block is None or block.state is State.CLOSED:
            self.environment.emit(SocketRemoved, fd=self.fd)
            self.fd = None
            return
        block.owner = None
        if self.options.linger == 0 or (block.receive_buffer and block.state is not State.TIME_WAIT):
            # ABORT (section 3.10.5); data that nobody reads is lost, and the peer shall know (section 3.6.1).
            if block.state is not State.SYN_SENT:
                send_reset(block)
            block.close_down()
        elif block.state is State.SYN_SENT:
            block.close_down()  # section 3.10.4: nothing was agreed on yet
        else:
            _finish(block)
            if block.state is State.FIN_WAIT_2:
                watch_fin_wait_2(block)

    def options_changed(self) -> None:
        super().options_changed()
        self.options.type_of_service &= ~_ECN
        block = self._block
        if block is None or block.state is State.CLOSED:
            return
        block.ack_now |= self.options.quick_ack and block.segments_to_ack > 0
        if block.timer_kind in (TimerKind.OFF, TimerKind.KEEPALIVE):
            block.stop_timer()
        output(block)  # TCP_NODELAY lets go what Nagle's rule holds

    def exceptional(self) -> bool:
        return self._block is not None and urgent_octets(self._block) > 0

    def is_listening(self) -> bool:
        return self._listener is not None

    def poll(self) -> int:
        if self._listener is not None:
            return POLLIN if self._listener.ready else 0
        events = POLLERR if self.error else 0
        block = self._block
        if block is None:
            return events | POLLOUT | POLLHUP
        synchronizing = block.state in SYNCHRONIZING
        if self._read_shut or (block.state not in RECEIVING and not synchronizing):
            events |= POLLIN | POLLRDHUP
            if block.fin_queued or block.state is State.CLOSED:
                events |= POLLHUP
        if synchronizing:
            return events
        if len(block.receive_buffer) >= self.options.receive_low_water:
            events |= POLLIN
        if self.exceptional():
            events |= POLLPRI
        return events | POLLOUT if self.writable() else events

    def readable(self) -> bool:
        if self._listener is not None:
            return bool(self._listener.ready)
        block = self._block
        if block is None or block.state in SYNCHRONIZING:
            return block is None or self._read_shut
        enough = len(block.receive_buffer) >= self.options.receive_low_water
        return enough or block.state not in RECEIVING or self._read_shut or self.error != 0

    def waits_for_more(self, size: int | None) -> bool:
        low_water, block = self.options.receive_low_water, self._block
        if low_water == 1 or block is None or block.state not in RECEIVING or self._read_shut or self.error:
            return False
        return len(block.receive_buffer) < (low_water if size is None else min(low_water, size))

    def writable(self) -> bool:
        """With a third of the buffer free, as in Linux: a wake-up per octet would cost more than it gives."""
        block = self._block
        if self._listener is not None or (block is not None and block.state in SYNCHRONIZING):
            return False
        if block is None or block.state not in _CAN_WRITE:
            return True  # an error to report
        if 3 * len(block.send_buffer) > 2 * self.options.send_buffer:
            return False
        return not self._is_far_ahead(block, 2)

    def _is_far_ahead(self, block: ControlBlock, weight: int = 1) -> bool:
        """Whether so much is written and not sent yet that the program waits (TCP_NOTSENT_LOWAT)."""
        limit = self.options.unsent_low_water
        return 0 < limit <= weight * (block.snd_end - block.snd_nxt)

    def unacknowledged(self) -> int:
        block = self._block
        if block is None or block.state is State.CLOSED:
            return 0
        return block.snd_end + block.fin_queued - block.snd_una

    def row(self) -> SocketRow:
        if self._block is not None:
            return block_row(self._block, self.fd)
        listener = self._listener
        if listener is None:
            return idle_row(self.local, self.fd)
        return idle_row(self.local, self.fd, len(listener.ready), listener.backlog)

    def show(self) -> None:
        if self._block is None:
            super().show()
        else:
            self._block.show()
            self._shown = NOTHING  # it has a row of its own again when it is without the connection

    def get_option(self, level: int, option: int) -> int | bytes:
        if level == constants.IPPROTO_TCP:
            if option == TCP_INFO:
                info = self.row().info
                assert info is not None
                return info.pack()
            found = answer(option, self.options, self.environment.parameters, self._block)
            if found is not None:
                return found
        elif (level, option) == (constants.IPPROTO_IP, IP_MTU):
            return path_mtu(self._block)
        elif (level, option) == _IP_OPTIONS:
            raise os_error(errno.ENOPROTOOPT)
        return super().get_option(level, option)

    def set_option(self, level: int, option: int, value: bytes) -> None:
        if (level, option) == _IP_OPTIONS:
            raise os_error(errno.ENOPROTOOPT)
        if level == constants.IPPROTO_IP and option in (IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP):
            raise os_error(errno.EPROTO)  # a connection has one host at its other end
        if level == constants.IPPROTO_IP and option == IP_MULTICAST_TTL:
            raise os_error(errno.EINVAL)
        if (level, option) == (constants.IPPROTO_TCP, TCP_CONGESTION):
            choose_congestion_control(self.environment.parameters, value)
            return
        if (level, option) == (constants.SOL_SOCKET, SO_BINDTODEVICE):
            self._ip.check_device(device_name(value))
        super().set_option(level, option, value)

    def _open(self, destination: int, port: int) -> None:
        """Active OPEN (section 3.10.1)."""
        if self._ip.is_group(destination):
            raise os_error(errno.ENETUNREACH)
        path = self._ip.path(destination, super().local[0], self.options.device)
        if self.binding is None:
            self.binding = self._layer.ports.claim(path.source, 0, self.options, errno.EADDRNOTAVAIL)
        local = path.source, self.binding.port
        self._block = block = self._layer.open_block(local, (destination, port), self.options)
        block.owner, block.fd = self, self.fd
        self._connecting = True
        block.set_state(State.SYN_SENT)
        send_syn(block)

    def _read(self, block: ControlBlock, size: int, peek: bool) -> bytes:
        data = bytes(block.receive_buffer[:size])
        if not peek:
            del block.receive_buffer[:size]
            if block.growth is not None:
                block.growth.has_read(len(data), block.rto.srtt, self.environment.now)
            if block.state in RECEIVING and window_update_is_due(block):
                block.ack_now = True
                output(block)
        return data

    def _stop_listening(self) -> None:
        assert self._listener is not None
        group = self._layer.listeners[self.local]
        group.remove(self._listener)
        if not group:
            del self._layer.listeners[self.local]
        self._listener.close()
        self._listener = None
        if self.binding is not None:
            self.binding.listening = False
        self._listen_event(events.State, old="LISTEN", new="CLOSED")

    def _listen_event(self, kind: type[EventKind], **fields: str) -> None:
        self.environment.emit(kind, fd=self.fd, local=pair(*self.local), remote=None, **fields)


def _finish(block: ControlBlock) -> None:
    """CLOSE (section 3.10.4): a FIN after all that was written; before the handshake's end it waits."""
    if block.fin_queued:
        return
    match block.state:
        case State.ESTABLISHED:
            block.set_state(State.FIN_WAIT_1)
        case State.CLOSE_WAIT:
            block.set_state(State.LAST_ACK)
        case State.SYN_SENT | State.SYN_RECEIVED:
            pass
        case _:
            return
    block.fin_queued = True
    output(block)
