"""The address ROM: six octets that the manufacturer has written.

The MAC circuit does not know them. A driver reads them here at probe time and writes them into the MAC's
address registers. The contents differ from adapter to adapter and therefore enter by strap
pins.
"""

from typing import Annotated, Any

from myhdl import always_comb, block, concat, intbv

from hw.adapter.map import WORD_BITS
from hw.ports import Sig, into, out


@block
def address_rom(
    address: Annotated[
        Sig, into(1, "word 0: octets 2-5; word 1: octets 0 and 1 (as MAC_ADDR0 and MAC_ADDR1)")
    ],
    rom_address: Annotated[
        Sig, into(48, "strap: the address ROM's contents, first octet in the highest bits")
    ],
    data: Annotated[Sig, out(WORD_BITS, "the word")],
) -> Any:
    """Two words of ROM. No clock."""

    @always_comb
    def look_up() -> None:
        if address:
            data.next = concat(intbv(0)[16:], rom_address[48:32])
        else:
            data.next = rom_address[32:]

    return look_up
