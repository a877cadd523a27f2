"""CRC-32, the frame check sequence of clause 3.2.9, a nibble at a time.

Generator 04C11DB7, reflected (EDB88320), since the least significant bit of an octet goes first. The
register starts as ones; the FCS is its complement, sent least significant nibble first. A frame with its
FCS leaves the residue DEBB20E3 (C704DD7B bit-reversed).
"""

from typing import Annotated, Any

from myhdl import always, block, intbv

from hw.ports import Sig, clock, into, out

POLYNOMIAL = 0xEDB88320
ONES = 0xFFFFFFFF
RESIDUE = 0xDEBB20E3


def _table() -> tuple[int, ...]:
    """The result of four shifts for each nibble."""
    rows = []
    for nibble in range(16):
        row = nibble
        for _ in range(4):
            row = (row >> 1) ^ (POLYNOMIAL if row & 1 else 0)
        rows.append(row)
    return tuple(rows)


TABLE = _table()


@block
def crc32(
    clk: Annotated[Sig, clock("MII clock of its half of the MAC, 2.5 MHz")],
    init: Annotated[Sig, into(1, "preset to ones")],
    enable: Annotated[Sig, into(1, "include `data`")],
    data: Annotated[Sig, into(4, "a nibble")],
    crc: Annotated[Sig, out(32, "the register, uncomplemented", initial=ONES)],
) -> Any:
    """One CRC-32 register."""

    @always(clk.posedge)
    def update() -> None:
        index = intbv(0)[4:]
        row = intbv(0)[32:]
        if init:
            crc.next = ONES
        elif enable:
            index[:] = crc[4:] ^ data
            row[:] = TABLE[int(index)]
            crc.next = (crc >> 4) ^ row

    return update
