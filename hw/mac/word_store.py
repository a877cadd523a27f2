"""Received octets on their way to the bus side: two words, used in turn.

Each has a toggle that says it is full and one that says it was taken. A word may be stored before it is
announced: the first one waits for the address filter. A word that has not been taken when the next one
overwrites it is lost: an overrun.
"""

from typing import Annotated, Any

from myhdl import always, block

from hw.ports import Sig, clock, into, out, register


@block
def word_store(
    rx_clk: Annotated[Sig, clock("MII receive clock, 2.5 MHz")],
    frame_begins: Annotated[Sig, into(1, "for one tick: a frame begins")],
    put: Annotated[Sig, into(1, "for one tick: `word` is complete")],
    announce: Annotated[Sig, into(1, "for one tick: the bus side may take it")],
    word: Annotated[Sig, into(32, "four octets, the first on top")],
    taken_0: Annotated[Sig, into(1, "rx_taken_0, synchronised")],
    taken_1: Annotated[Sig, into(1, "rx_taken_1, synchronised")],
    rx_word_0: Annotated[Sig, out(32, "octets 0-3, 8-11, ...")],
    rx_word_1: Annotated[Sig, out(32, "octets 4-7, 12-15, ...")],
    rx_full_0: Annotated[Sig, out(1, "changes when word 0 is full")],
    rx_full_1: Annotated[Sig, out(1, "changes when word 1 is full")],
    overrun: Annotated[Sig, out(1, "a word of this frame was lost")],
) -> Any:
    """Two words."""
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
