"""The offer that the relay sees: header and buffer of the frame of the port that is served.

They are taken at the tick at which the relay begins to serve the port in `turn`, and are stable until the
next port is served.
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
    port_header_0: Annotated[Sig, into(per_port(WIDTH), "of each port: octets 0 to 3 of its frame")],
    port_header_1: Annotated[Sig, into(per_port(WIDTH), "of each port: octets 4 to 7")],
    port_header_2: Annotated[Sig, into(per_port(WIDTH), "of each port: octets 8 to 11")],
    port_buffer_number: Annotated[
        Sig, into(per_port(BUFFER_BITS), "of each port: number of the frame's buffer")
    ],
    port_length: Annotated[Sig, into(per_port(LENGTH_BITS), "of each port: the frame's octets")],
    port_early: Annotated[Sig, into(LINES, "ports whose frame has not ended")],
    port_taken_early: Annotated[Sig, into(LINES, "ports whose frame was queued before it ended")],
    port_early_port: Annotated[
        Sig, into(per_port(PORT_BITS), "of each port: number of the port that it was queued at")
    ],
    port_sound: Annotated[Sig, into(LINES, "ports whose frame ended without an error")],
    source_port: Annotated[Sig, out(PORT_BITS, "number of the port that is served")],
    header_0: Annotated[Sig, out(WIDTH, "octets 0 to 3 of its frame")],
    header_1: Annotated[Sig, out(WIDTH, "octets 4 to 7")],
    header_2: Annotated[Sig, out(WIDTH, "octets 8 to 11")],
    buffer_number: Annotated[Sig, out(BUFFER_BITS, "number of its buffer")],
    length: Annotated[Sig, out(LENGTH_BITS, "its octets")],
    early: Annotated[Sig, out(1, "the frame has not ended yet")],
    taken_early: Annotated[Sig, out(1, "the frame was queued before it ended")],
    early_port: Annotated[Sig, out(PORT_BITS, "number of the port that it was queued at")],
    sound: Annotated[Sig, out(1, "the frame has ended without an error")],
) -> Any:
    """A multiplexer with a register."""
    lines = len(port_sound)

    @always(relay_clk.posedge)
    def take_over() -> None:
        number = modbv(0)[PORT_BITS:]
        word_at = 0
        buffer_at = 0
        length_at = 0
        port_at = 0
        if turn != 0:
            for n in range(lines):
                if turn[n]:
                    source_port.next = number
                    header_0.next = port_header_0[word_at + WIDTH : word_at]
                    header_1.next = port_header_1[word_at + WIDTH : word_at]
                    header_2.next = port_header_2[word_at + WIDTH : word_at]
                    buffer_number.next = port_buffer_number[buffer_at + BUFFER_BITS : buffer_at]
                    length.next = port_length[length_at + LENGTH_BITS : length_at]
                    early.next = port_early[n]
                    taken_early.next = port_taken_early[n]
                    early_port.next = port_early_port[port_at + PORT_BITS : port_at]
                    sound.next = port_sound[n]
                number[:] = number + 1
                word_at = word_at + WIDTH
                buffer_at = buffer_at + BUFFER_BITS
                length_at = length_at + LENGTH_BITS
                port_at = port_at + PORT_BITS

    return take_over
