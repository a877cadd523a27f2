"""What a frame says of itself behind its addresses: length or type, and of a control frame opcode and time.

Clause 31 gives MAC control frames the type 88-08; annex 31B gives PAUSE the opcode 00-01, followed by a time.
Read from the frame's fourth and fifth word.
"""

from typing import Any

from myhdl import always, block

from hw.ports import into, out, register

TYPE_WORD = 3
TIME_WORD = 4
PAUSE_OPCODE = 1

CLOCK = "rx_clk"
PORTS = (
    into("rx_clk", 1, "MII receive clock, 2.5 MHz"),
    into("frame_begins", 1, "for one tick: a frame begins"),
    into("put", 1, "for one tick: `word` is the frame's next one"),
    into("word", 32, "four octets, the first on top"),
    out("length_type", 16, "octets 12 and 13"),
    out("pause_opcode", 1, "octets 14 and 15 are the opcode of PAUSE"),
    out("quanta", 16, "octets 16 and 17"),
)


@block
def frame_type(
    rx_clk: Any, frame_begins: Any, put: Any, word: Any, length_type: Any, pause_opcode: Any, quanta: Any
) -> Any:
    """Length or type. Ports: `PORTS`. Clock: `rx_clk`."""
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
