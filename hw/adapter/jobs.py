"""The jobs of the descriptor controller: what can be done in one tick of the bus clock.

The arbiter (`hw.adapter.arbiter`) chooses one; the circuits around it each do their part of it.
"""

from enum import IntEnum, auto


class Job(IntEnum):
    """`job` between the circuits of the descriptor controller.

    In most ticks it is REST or WAIT. These two come first, and the jobs of a direction stand together: then a
    circuit passes over what is not its own in two comparisons, which are what MyHDL spends its time on here.
    """

    REST = 0
    """Nothing is to be done."""
    WAIT = auto()
    """A DMA cycle is open, or the descriptor memory is about to answer."""
    ENABLE = auto()
    """TXEN or RXEN has changed."""
    RESET = auto()
    """RST: the MAC's reset begins."""
    CLEAR = auto()
    """It is over, and the MAC at rest: both directions forget what they did."""

    ACCESS = auto()
    """The processor reads or writes a word of a descriptor."""
    ANSWER = auto()
    """The word is there."""

    RX_LOOK = auto()
    """A frame's first word has come: read its descriptor."""
    RX_ACCEPT = auto()
    """It is empty: read the buffer's address."""
    RX_REFUSE = auto()
    """It is not: the frame will be missed."""
    RX_BEGIN = auto()
    """The buffer's address is there."""
    RX_DROP = auto()
    """Take a word of a frame that is not stored."""
    RX_STORE = auto()
    """Take a word and write it to the buffer."""
    RX_FLUSH = auto()
    """Write what of a frame's last word did not fit into the word of memory before."""
    RX_STORED = auto()
    """The DMA cycle is over."""
    RX_REJECT = auto()
    """A runt or a control frame is over: its descriptor stays as it is."""
    RX_MISS = auto()
    """A frame that found no empty descriptor is over."""
    RX_CLOSE = auto()
    """A frame is over: write its descriptor."""
    RX_NEXT = auto()
    """On to the next descriptor."""

    TX_LOOK = auto()
    """Read the next descriptor."""
    TX_ACCEPT = auto()
    """It is ready: read the buffer's address."""
    TX_REFUSE = auto()
    """It is not."""
    TX_BEGIN = auto()
    """The buffer's address is there: the frame waits for the MAC."""
    TX_FETCH = auto()
    """Read a word of the frame."""
    TX_FETCHED = auto()
    """It is there."""
    TX_FAIL = auto()
    """There is no memory at its address: no more words."""
    TX_REWIND = auto()
    """The MAC wants the frame from its beginning, after a collision."""
    TX_CLOSE = auto()
    """A frame is over: write its descriptor."""
    TX_NEXT = auto()
    """On to the next descriptor."""

    EVENTS = auto()
    """Report the MAC's events that belong to no frame."""


JOB_BITS = max(Job).bit_length()
JOB = "what is done in this tick (`hw.adapter.jobs`)"
