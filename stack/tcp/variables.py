"""The variables of a connection as an event has them: what has changed since they were shown last.

They are compared when a call into the stack ends (`stack.environment.Environment.touch`), so that one event
sums up what a segment, a timer or a call of the program has changed.
"""

from stack.tcp.control_block import ControlBlock, State
from stack.tcp.events import Variables
from stack.tcp.sequence import wrap

NAMES = tuple(field.name for field in Variables.declared if not field.required)


def show(block: ControlBlock) -> None:
    """Emit those that have changed, if the connection has a row in the table of sockets."""
    if block.state is State.CLOSED and block.abandoned:
        return
    options, rto, congestion = block.options, block.rto, block.congestion
    deadline = block.deadline
    now = (
        len(block.receive_buffer),
        len(block.send_buffer),
        options.receive_buffer,
        options.send_buffer,
        wrap(block.snd_una),
        wrap(block.snd_nxt),
        block.snd_wnd,
        wrap(block.rcv_nxt),
        block.rcv_edge - block.rcv_nxt,
        block.snd_mss,
        congestion.window,
        congestion.threshold,
        rto.srtt,
        rto.rttvar,
        rto.value,
        block.timer_kind.value,
        deadline,
        block.attempts,
        block.fd,
    )
    if now != block.shown:
        pairs = zip(NAMES, now, block.shown or (None,) * len(now), strict=False)
        changed = {name: new for name, new, was in pairs if new != was}
        block.shown = now
        if "expires_in" in changed:
            changed["expires_in"] = None if deadline is None else deadline - block.environment.now
        block.event(Variables, **changed)
