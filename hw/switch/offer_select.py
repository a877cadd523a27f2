"""Which port's offer the relay sees: header and place of the frame whose turn it is.

They are taken at the tick at which the relay begins to serve the port that `turn` shows, and stay until the
next one.
"""

from typing import Annotated, Any

from myhdl import always, block, modbv

from hw.ports import Sig, clock, into, out
from hw.switch.sizes import BUFFER_BITS, LENGTH_BITS, PORT_BITS, per_port
from hw.switch.sizes import PORTS as LINES

WIDTH = 32
"""Of a word of the header."""


@block
def offer_select(
    relay_clk: Annotated[Sig, clock("the switch's, 100 MHz; runs while there is an offer, or relay_busy")],
    turn: Annotated[Sig, into(LINES, "for one tick: the port whose frame is served next")],
    port_header_0: Annotated[Sig, into(per_port(WIDTH), "of each port: its frame's first four octets")],
    port_header_1: Annotated[Sig, into(per_port(WIDTH), "of each port: the next")],
    port_header_2: Annotated[Sig, into(per_port(WIDTH), "of each port: the next")],
    port_slot: Annotated[Sig, into(per_port(BUFFER_BITS), "of each port: the buffer that the frame is in")],
    port_length: Annotated[Sig, into(per_port(LENGTH_BITS), "of each port: the frame's octets")],
    port_early: Annotated[Sig, into(LINES, "ports whose frame has not ended")],
    port_taken_early: Annotated[Sig, into(LINES, "ports whose frame was queued before it ended")],
    port_early_port: Annotated[Sig, into(per_port(PORT_BITS), "of each port: at which one")],
    port_sound: Annotated[Sig, into(LINES, "ports whose frame ended without an error")],
    source_port: Annotated[Sig, out(PORT_BITS, "the port that is served, by its number")],
    header_0: Annotated[Sig, out(WIDTH, "of its frame, the first four octets")],
    header_1: Annotated[Sig, out(WIDTH, "the next")],
    header_2: Annotated[Sig, out(WIDTH, "the next")],
    slot: Annotated[Sig, out(BUFFER_BITS, "where the frame is")],
    length: Annotated[Sig, out(LENGTH_BITS, "its octets")],
    early: Annotated[Sig, out(1, "it has not ended")],
    taken_early: Annotated[Sig, out(1, "it was queued before it ended")],
    early_port: Annotated[Sig, out(PORT_BITS, "at this port")],
    sound: Annotated[Sig, out(1, "it ended without an error")],
) -> Any:
    """A multiplexer with a register."""
    lines = len(port_sound)

    @always(relay_clk.posedge)
    def take_over() -> None:
        number = modbv(0)[PORT_BITS:]
        word_at = 0
        slot_at = 0
        length_at = 0
        port_at = 0
        if turn != 0:
            for n in range(lines):
                if turn[n]:
                    source_port.next = number
                    header_0.next = port_header_0[word_at + WIDTH : word_at]
                    header_1.next = port_header_1[word_at + WIDTH : word_at]
                    header_2.next = port_header_2[word_at + WIDTH : word_at]
                    slot.next = port_slot[slot_at + BUFFER_BITS : slot_at]
                    length.next = port_length[length_at + LENGTH_BITS : length_at]
                    early.next = port_early[n]
                    taken_early.next = port_taken_early[n]
                    early_port.next = port_early_port[port_at + PORT_BITS : port_at]
                    sound.next = port_sound[n]
                number[:] = number + 1
                word_at = word_at + WIDTH
                slot_at = slot_at + BUFFER_BITS
                length_at = length_at + LENGTH_BITS
                port_at = port_at + PORT_BITS

    return take_over
