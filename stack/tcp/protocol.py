"""The TCP layer of one host: which segment belongs to which connection, and CLOSED for the rest."""

import errno
from socket import SOCK_STREAM

from journal.kind import EventKind
from stack.endpoint import Address, SocketRow
from stack.environment import Environment
from stack.errors import Fault, os_error
from stack.ip import Came, Ip
from stack.options import DISCOVERING, Options, default_options
from stack.ports import Binding, PortTable, spread
from stack.protocol import IpProtocol
from stack.send_memory import Sender
from stack.tcp import events, timeouts, variables
from stack.tcp import segment_arrives as arrival
from stack.tcp.control_block import SYNCHRONIZING, ControlBlock, State
from stack.tcp.endpoint import StreamEndpoint
from stack.tcp.isn import InitialSequenceNumbers
from stack.tcp.listener import Listener
from stack.tcp.output import output
from stack.tcp.rows import block_row
from stack.tcp.segment_size import HEADERS, fit
from stack.tcp.sequence import unwrap, wrap
from stack.wire import ipv4, tcp
from stack.wire.address import ANY, pair
from stack.wire.error import WireError
from stack.wire.tcp import ACK, FIN, RST, SYN, Segment, flag_names
from stack.wire.tcp_options import find_maximum_segment_size, find_timestamps

_Pair = tuple[Address, Address]


class Tcp(IpProtocol):
    """Connections by their pair of addresses, listeners by their own."""

    number, name, socket_type = ipv4.TCP, "TCP", SOCK_STREAM

    def __init__(self, environment: Environment, ip: Ip) -> None:
        super().__init__(environment, ip)
        self._blocks: dict[_Pair, ControlBlock] = {}
        self._waiting: dict[ControlBlock, None] = {}  # in TIME-WAIT, by the time of their coming
        self.listeners: dict[Address, list[Listener]] = {}
        self.ports = PortTable(environment.random, environment.parameters.ephemeral_ports)
        self._isn = InitialSequenceNumbers(environment.random)
        self._own_options = default_options(environment.parameters, stream=True)
        """Of segments that belong to no connection."""

    def endpoint(self) -> StreamEndpoint:
        """A new endpoint."""
        return StreamEndpoint(self.environment, self.ip, self)

    def open_block(
        self, local: Address, remote: Address, options: Options, above: int | None = None
    ) -> ControlBlock:
        """A new block in CLOSED, entered into the tables. OSError EADDRNOTAVAIL if there is one already.

        `above` is SND.NXT of a predecessor: the new numbers lie beyond it (section 3.6.1, MAY-2).
        """
        if (local, remote) in self._blocks:
            raise os_error(errno.EADDRNOTAVAIL)
        path = self.ip.path(remote[0], local[0], options.device)
        mtu = self.ip.path_mtus.get(remote[0], path.interface.mtu)
        binding = self.ports.hold(Binding(*local, options))
        iss = self._isn.choose(local, remote, self.environment.now)
        if above is not None:
            iss = max(unwrap(iss, above), above + 1)
        offset = self._isn.timestamp_offset(local[0], remote[0])
        block = ControlBlock(
            self.environment, self, local, remote, options, binding, iss, offset, path.interface.mtu
        )
        block.path_mss = mtu - HEADERS
        self._blocks[local, remote] = block
        return block

    def accept_block(
        self, listener: Listener, local: Address, remote: Address, above: int | None
    ) -> ControlBlock:
        """A block for a passive open; it has a copy of the listener's options."""
        return self.open_block(local, remote, listener.owner.options.copy(), above)

    def remove(self, block: ControlBlock) -> None:
        """Take a block out of the tables."""
        del self._blocks[block.local, block.remote]
        self._waiting.pop(block, None)
        self.ports.release(block.binding)

    def begins_to_wait(self, block: ControlBlock) -> None:
        """A block enters TIME-WAIT; the one that has waited longest gives way if there are too many."""
        self._waiting[block] = None
        if len(self._waiting) > self.environment.parameters.time_wait_connections:
            oldest = next(iter(self._waiting))
            oldest.event(events.Drop, reason="too many connections in TIME-WAIT")
            oldest.close_down()

    def receive(self, header: ipv4.Header, payload: bytes, group: bool) -> None:
        """A segment for this host."""
        try:
            segment = tcp.parse(payload, header.source, header.destination)
        except WireError as error:
            self.environment.emit(events.Drop, reason=str(error))
            return
        local = header.destination, segment.destination_port
        remote = header.source, segment.source_port
        block = self._blocks.get((local, remote))
        came = self.ip.arrived, header
        if block is not None and block.options.device and not self.ip.is_for(block.options.device, came):
            block = None
        if self.environment.traced:
            self._trace(events.SegmentReceived, block.fd if block else None, local, remote, segment)
        if group:
            # RFC 1122 section 4.2.3.10: a connection has two ends, a broadcast has more.
            self.environment.emit(events.Drop, reason="segment to a group address", remote=pair(*remote))
            return
        if block is None or block.state is State.TIME_WAIT:
            listener = self._listener(came, local, remote)
            above = None
            if block is not None and listener is not None and _may_succeed(block, segment):
                above = block.snd_nxt
                block.close_down()
                block = None
            if block is None:
                self._begin(listener, local, remote, segment, above)
                return
        block.counts.received(segment, self.environment.now)
        self.environment.touch(block)
        arrival.segment_arrives(block, segment)

    def _begin(
        self,
        listener: Listener | None,
        local: Address,
        remote: Address,
        segment: Segment,
        above: int | None,
    ) -> None:
        """A segment of no connection; it may succeed one that got to `above`."""
        if listener is not None:
            listener.segment_arrives(local, remote, segment, above)
            return
        self.environment.emit(
            events.Drop, reason="no such connection", local=pair(*local), remote=pair(*remote)
        )
        self.refuse(local, remote, segment)

    def refuse(self, local: Address, remote: Address, segment: Segment) -> None:
        """Section 3.10.7.1: what CLOSED answers; nothing to a RST."""
        if segment.flags & RST:
            return
        if segment.flags & ACK:
            reset = Segment(local[1], remote[1], segment.acknowledgment, 0, RST, 0)
        else:
            acknowledgment = wrap(segment.sequence + segment.length)
            reset = Segment(local[1], remote[1], 0, acknowledgment, RST | ACK, 0)
        self._send(None, local, remote, reset, self._own_options)

    def transmit(self, block: ControlBlock, segment: Segment) -> None:
        """Send a connection's segment."""
        block.counts.sent(segment)
        self.environment.touch(block)
        sender = block if segment.data or segment.flags & (SYN | FIN) else None
        self._send(block.fd, block.local, block.remote, segment, block.options, sender)

    def resume(self, block: ControlBlock) -> None:
        """A connection may send what it held back."""
        output(block)

    def show(self, block: ControlBlock) -> None:
        """Emit which variables of a connection have changed."""
        variables.show(block)

    def timer_expired(self, block: ControlBlock) -> None:
        """A connection's timer."""
        self.environment.touch(block)
        timeouts.timer_expired(block)

    def acknowledgment_due(self, block: ControlBlock) -> None:
        """A connection's delayed acknowledgment."""
        timeouts.acknowledgment_due(block)

    def doubts_the_way(self, block: ControlBlock) -> None:
        """Negative advice to IP about the way to a block's peer."""
        self.ip.doubt(block.remote[0])

    def fault(self, header: ipv4.Header, payload: bytes, fault: Fault) -> None:
        """A segment of ours did not arrive (section 3.9.2.2, with the check of RFC 5927 section 4.1)."""
        if len(payload) < 8:
            self.environment.emit(events.Drop, reason="ICMP error that quotes no sequence number")
            return
        local = header.source, int.from_bytes(payload[0:2], "big")
        remote = header.destination, int.from_bytes(payload[2:4], "big")
        block = self._blocks.get((local, remote))
        if block is None:
            self.environment.emit(events.Drop, reason="ICMP error that concerns no connection")
            return
        sequence = unwrap(int.from_bytes(payload[4:8], "big"), block.snd_una)
        if not block.snd_una <= sequence < block.snd_nxt:
            block.event(events.Drop, reason="ICMP error about a segment that is not under way")
            return
        if fault.length:
            self._too_long(block, fault)
            return
        hard = fault.hard or self.environment.parameters.abort_on_unreachable
        block.event(events.Fault, reason=fault.reason)
        if hard and block.state in SYNCHRONIZING:
            block.close_down(fault.errno)
        else:
            block.soft_error = fault.errno

    def _too_long(self, block: ControlBlock, fault: Fault) -> None:
        """A router cannot pass a packet of this connection on (RFC 1191)."""
        mtu = self.ip.path_mtus.lower(block.remote[0], fault.mtu, fault.length)
        if mtu is None:
            block.drop("ICMP reports a path MTU that is not lower")
            return
        for other in list(self._blocks.values()):
            if other.remote[0] == block.remote[0] and other.state is not State.CLOSED:
                self.environment.touch(other)
                fit(other, mtu)

    def rows_without_descriptor(self) -> list[SocketRow]:
        """Rows of connections that no program holds."""
        return [block_row(block, None) for block in self._blocks.values() if block.owner is None]

    def busy(self) -> bool:
        """Whether a closed socket's connection still has work to do."""
        return any(block.abandoned for block in self._blocks.values())

    def _listener(self, came: Came, local: Address, remote: Address) -> Listener | None:
        """Who listens for a segment: at its address rather than at any; the peer decides among several."""
        for address in (local, (ANY, local[1])):
            listeners = self.listeners.get(address, ())
            group = [one for one in listeners if self.ip.is_for(one.owner.options.device, came)]
            if group:
                return group[spread(remote, len(group))]
        return None

    def _send(
        self,
        fd: int | None,
        local: Address,
        remote: Address,
        segment: Segment,
        options: Options,
        sender: Sender | None = None,
    ) -> None:
        if self.environment.traced:
            self._trace(events.SegmentSent, fd, local, remote, segment)
        try:
            path = self.ip.path(remote[0], local[0], options.device)
        except OSError:
            self.environment.emit(events.Drop, reason="no route", local=pair(*local), remote=pair(*remote))
            return
        octets = segment.pack(local[0], remote[0])
        discovers = options.path_mtu_discovery in DISCOVERING
        service = options.type_of_service
        self.ip.send(path, ipv4.TCP, remote[0], octets, options.ttl, discovers, service, sender)

    def _trace(
        self, kind: type[EventKind], fd: int | None, local: Address, remote: Address, segment: Segment
    ) -> None:
        self.environment.emit(
            kind,
            fd=fd,
            local=pair(*local),
            remote=pair(*remote),
            flags=flag_names(segment.flags),
            seq=segment.sequence,
            ack=segment.acknowledgment,
            length=len(segment.data),
            window=segment.window,
            mss=find_maximum_segment_size(segment.options) if segment.options else None,
        )


def _may_succeed(block: ControlBlock, segment: Segment) -> bool:
    """Whether a SYN may replace a connection in TIME-WAIT (RFC 9293 section 3.6.1, MAY-2; RFC 6191).

    Its text must be distinguished from late segments of the old connection: by a later timestamp where
    both have one, by sequence numbers beyond the old ones otherwise.
    """
    if block.state is not State.TIME_WAIT or segment.flags & (SYN | ACK | RST) != SYN:
        return False
    stamps = find_timestamps(segment.options)
    if stamps is not None and block.timestamps is not None and stamps[0] != block.timestamps.recent:
        return not block.timestamps.is_old(stamps[0], block.environment.now)
    return unwrap(segment.sequence, block.rcv_nxt) > block.rcv_nxt
