"""Address registers: the station's own (MAC_ADDR), the hash table of group addresses (HASH), and the ROM.

MAC_ADDR is what the receiver compares with; the ROM holds the manufacturer's address. The driver copies one
into the other.
"""

from typing import Annotated, Any

from myhdl import always, always_comb, block, concat

from hw.adapter.address_rom import address_rom
from hw.adapter.map import HASH0, HASH1, MAC_ADDR0, MAC_ADDR1, ROM_HIGH, ROM_LOW, WORD_BITS
from hw.hierarchy import by_name
from hw.ports import Sig, clock, into, of, out, register


@block
def addresses(
    reg_clk: Annotated[Sig, clock("bus clock, 25 MHz, while a register is needed")],
    address: Annotated[Sig, into(8, "word address")],
    word: Annotated[Sig, into(WORD_BITS, "word to write")],
    write: Annotated[Sig, into(1, "for one tick: write it")],
    clear: Annotated[Sig, into(1, "for one tick: return to the reset values")],
    rom_address: Annotated[Sig, of(address_rom)],
    data: Annotated[Sig, out(WORD_BITS, "the word at the address; 0 if it is no register of this circuit")],
    station_address: Annotated[Sig, out(48, "MAC_ADDR1 and MAC_ADDR0: first octet in the highest bits")],
    hash_0: Annotated[Sig, out(WORD_BITS, "HASH0: bins 0-31")],
    hash_1: Annotated[Sig, out(WORD_BITS, "HASH1: bins 32-63")],
) -> Any:
    """The address registers."""
    low = register(WORD_BITS, MAC_ADDR0.RESET)
    high = register(WORD_BITS, MAC_ADDR1.RESET)
    rom_data = register(WORD_BITS)
    rom = address_rom(**by_name(address_rom, locals(), address=address(0), data=rom_data))

    @always_comb
    def fields() -> None:
        station_address.next = concat(high[MAC_ADDR1.OCTETS_0_1.end :], low)

    @always(reg_clk.posedge)
    def keep() -> None:
        if clear:
            low.next = MAC_ADDR0.RESET
            high.next = MAC_ADDR1.RESET
            hash_0.next = HASH0.RESET
            hash_1.next = HASH1.RESET
        elif write:
            if address == MAC_ADDR0.WORD:
                low.next = word & MAC_ADDR0.KEPT
            elif address == MAC_ADDR1.WORD:
                high.next = word & MAC_ADDR1.KEPT
            elif address == HASH0.WORD:
                hash_0.next = word & HASH0.KEPT
            elif address == HASH1.WORD:
                hash_1.next = word & HASH1.KEPT

    @always_comb
    def look_up() -> None:
        if address == MAC_ADDR0.WORD:
            data.next = low
        elif address == MAC_ADDR1.WORD:
            data.next = high
        elif address == HASH0.WORD:
            data.next = hash_0
        elif address == HASH1.WORD:
            data.next = hash_1
        elif address == ROM_LOW.WORD or address == ROM_HIGH.WORD:
            data.next = rom_data
        else:
            data.next = 0

    return rom, fields, keep, look_up
