"""How wide the hub's bundles are: what its circuits agree upon."""

from hw.ports import PerPort

MOST_PORTS = 64
LINES = PerPort(1, MOST_PORTS)
"""Bits of a bundle with one line for each port."""
WORD_BITS = 8
"""Of what a port's receiver hands on (`hw.hub.port_receive`)."""
