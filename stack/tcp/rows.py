"""A connection's row in the socket table."""

from stack.endpoint import SocketRow
from stack.tcp.control_block import ControlBlock
from stack.wire.address import pair


def block_row(block: ControlBlock, fd: int | None) -> SocketRow:
    """As `netstat -ano` shows it: unread octets, unacknowledged octets, the timer that runs."""
    return SocketRow(
        "tcp",
        len(block.receive_buffer),
        len(block.send_buffer),
        pair(*block.local),
        pair(*block.remote),
        block.state.value,
        block.timer_kind.value,
        block.deadline,
        fd,
        block.attempts,
    )
