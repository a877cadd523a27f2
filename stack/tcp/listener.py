"""LISTEN: a queue of half-open connections and one of complete ones (RFC 9293 section 3.10.7.2)."""

from collections import deque
from typing import Protocol

from stack.endpoint import Address, Endpoint
from stack.environment import Environment
from stack.events import SocketRemoved
from stack.tcp import events
from stack.tcp.control_block import ControlBlock, State
from stack.tcp.handshake import agree
from stack.tcp.output import send_reset, send_syn
from stack.tcp.sequence import unwrap
from stack.wire.address import pair
from stack.wire.tcp import ACK, FIN, RST, SYN, Segment


class Opener(Protocol):
    """Who makes control blocks: the TCP layer."""

    def accept_block(
        self, listener: "Listener", local: Address, remote: Address, above: int | None
    ) -> ControlBlock:
        """A block for a connection that a SYN from `remote` asks for; its numbers lie beyond `above`."""

    def refuse(self, local: Address, remote: Address, segment: Segment) -> None:
        """Answer a segment as CLOSED would."""


class Listener:
    """A listening endpoint's queues. At most `backlog` + 1 complete connections wait, as in Linux."""

    def __init__(self, environment: Environment, opener: Opener, owner: Endpoint, backlog: int) -> None:
        self._environment = environment
        self._opener = opener
        self.owner = owner
        self.backlog = backlog
        self.ready: deque[ControlBlock] = deque()
        self._half_open: dict[ControlBlock, None] = {}

    def segment_arrives(
        self, local: Address, remote: Address, segment: Segment, above: int | None = None
    ) -> None:
        """A segment for this port that belongs to no connection, or succeeds one that got to `above`."""
        flags = segment.flags
        # First, check for a RST; second, for an ACK; third, for a SYN.
        if flags & RST:
            self._drop("RST in LISTEN", remote)
        elif flags & ACK:
            self._drop("ACK in LISTEN", remote)
            self._opener.refuse(local, remote, segment)
        elif not flags & SYN:
            self._drop("neither RST, ACK nor SYN in LISTEN", remote)
        elif not self.has_room():
            self._drop("accept queue is full", remote)
        elif len(self._half_open) >= self._environment.parameters.syn_backlog:
            self._drop("too many half-open connections", remote)
        else:
            self._open(local, remote, segment, above)

    def has_room(self) -> bool:
        """Whether one more connection may wait for accept()."""
        return len(self.ready) <= self.backlog

    def completed(self, block: ControlBlock) -> None:
        """The handshake is complete: accept() can return the connection."""
        del self._half_open[block]
        self.ready.append(block)
        self._environment.touch(self.owner)
        self.owner.readers.wake()

    def failed(self, block: ControlBlock) -> bool:
        """The connection is gone before it was accepted. If it was complete it waits on, as in Linux.

        What had come can be read, and the program learns how it ended.
        """
        self._half_open.pop(block, None)
        return block in self.ready

    def close(self) -> None:
        """Nobody will accept any more: reset what was not accepted (section 3.10.4)."""
        blocks = [*self._half_open, *self.ready]
        self._half_open.clear()
        self.ready.clear()
        for block in blocks:
            if block.state is State.CLOSED:
                block.event(SocketRemoved)
            else:
                send_reset(block)
                block.close_down()

    def _open(self, local: Address, remote: Address, segment: Segment, above: int | None) -> None:
        try:
            block = self._opener.accept_block(self, local, remote, above)
        except OSError:
            self._drop("no route to who asks", remote)
            return
        block.acceptor = self
        self._half_open[block] = None
        block.irs = unwrap(segment.sequence, 0)
        block.rcv_nxt = block.rcv_edge = block.irs + 1
        block.snd_wnd = block.max_snd_wnd = segment.window
        agree(block, segment)
        block.set_state(State.SYN_RECEIVED, was="LISTEN")
        send_syn(block)
        if segment.data or segment.flags & FIN:
            # Allowed to wait for the handshake's end; the peer sends it again (section 3.10.7.2).
            self._drop("text in a SYN is taken only after the handshake", remote)

    def _drop(self, reason: str, remote: Address) -> None:
        self._environment.emit(
            events.Drop,
            fd=self.owner.fd,
            local=pair(*self.owner.local),
            remote=pair(*remote),
            reason=reason,
        )
