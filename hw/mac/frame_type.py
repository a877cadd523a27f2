"""What follows the addresses of a frame: length or type, and in a control frame opcode and time.

Clause 31 gives MAC control frames the type 88-08; annex 31B gives PAUSE the opcode 00-01, followed by a time.
Read from the frame's fourth and fifth word.
"""

from typing import Annotated, Any

from myhdl import always, block

from hw.ports import Sig, clock, into, out, register

TYPE_WORD = 3
TIME_WORD = 4
CONTROL_TYPE = 0x8808
PAUSE_OPCODE = 1


@block
def frame_type(
    rx_clk: Annotated[Sig, clock("MII receive clock, 2.5 MHz")],
    frame_begins: Annotated[Sig, into(1, "for one tick: a frame begins")],
    put: Annotated[Sig, into(1, "for one tick: `word` is the frame's next one")],
    word: Annotated[Sig, into(32, "four octets, the first on top")],
    length_type: Annotated[Sig, out(16, "octets 12 and 13")],
    pause_opcode: Annotated[Sig, out(1, "octets 14 and 15 are the opcode of PAUSE")],
    quanta: Annotated[Sig, out(16, "octets 16 and 17")],
) -> Any:
    """Length or type."""
    number = register(3)

    @always(rx_clk.posedge)
    def read() -> None:
        if frame_begins:
            number.next = 0
        elif put:
            if number == TYPE_WORD:
                length_type.next = word[32:16]
                pause_opcode.next = word[16:] == PAUSE_OPCODE
            elif number == TIME_WORD:
                quanta.next = word[32:16]
            if number <= TIME_WORD:
                number.next = number + 1

    return read
