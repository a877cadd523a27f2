"""Received octets on their way to the bus side: two words in turn.

Each has a toggle that says it is full and one that says it was taken. A word may be put before it is
announced: the first one waits for the verdict on the address. A word that nobody has taken when the next one
comes into its place is lost: an overrun.
"""

from typing import Any

from myhdl import always, block

from hw.ports import into, out, register

CLOCK = "rx_clk"
PORTS = (
    into("rx_clk", 1, "MII receive clock, 2.5 MHz"),
    into("frame_begins", 1, "for one tick: a frame begins"),
    into("put", 1, "for one tick: `word` is complete"),
    into("announce", 1, "for one tick: the bus side may have it"),
    into("word", 32, "four octets, the first on top"),
    into("taken_0", 1, "rx_taken_0, synchronised"),
    into("taken_1", 1, "rx_taken_1, synchronised"),
    out("rx_word_0", 32, "octets 0-3, 8-11, ..."),
    out("rx_word_1", 32, "octets 4-7, 12-15, ..."),
    out("rx_full_0", 1, "changes when word 0 is full"),
    out("rx_full_1", 1, "changes when word 1 is full"),
    out("overrun", 1, "a word of this frame was lost"),
)


@block
def word_store(
    rx_clk: Any,
    frame_begins: Any,
    put: Any,
    announce: Any,
    word: Any,
    taken_0: Any,
    taken_1: Any,
    rx_word_0: Any,
    rx_word_1: Any,
    rx_full_0: Any,
    rx_full_1: Any,
    overrun: Any,
) -> Any:
    """Two words. Ports: `PORTS`. Clock: `rx_clk`."""
    index = register(1)

    @always(rx_clk.posedge)
    def store() -> None:
        if frame_begins:
            index.next = False
            overrun.next = False
        if put:
            if index:
                rx_word_1.next = word
                if rx_full_1 != taken_1:
                    overrun.next = True
            else:
                rx_word_0.next = word
                if rx_full_0 != taken_0:
                    overrun.next = True
        if announce:
            index.next = not index
            if index:
                rx_full_1.next = not rx_full_1
            else:
                rx_full_0.next = not rx_full_0

    return store
