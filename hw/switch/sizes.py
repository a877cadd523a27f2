"""How wide the switch's buses are: what its circuits agree upon."""

from hw.ports import PerPort

MOST_PORTS = 48


def per_port(bits: int) -> PerPort:
    """The width of a bundle with `bits` for each port."""
    return PerPort(bits, MOST_PORTS)


PORTS = per_port(1)
"""Bits of a bundle with one line for each port."""
PORT_BITS = 6
NO_ROOM = (1 << PORT_BITS) - 1
"""In the place of the number of a frame's copies: none, because all queues that it was for are full."""
BUFFER_BITS = 5
BUFFERS = 1 << BUFFER_BITS
"""Buffers of each port for what comes in there: a frame each."""
WORD_BITS = 9
"""Words of 32 bits in a buffer: 2,048 octets."""
LENGTH_BITS = 11
PLACE_BITS = BUFFER_BITS + WORD_BITS
"""A word among those of one port."""
FRAME_BITS = PORT_BITS + BUFFER_BITS + LENGTH_BITS
"""What queues hold of a frame: the port and the buffer that it lies in, and its octets."""
