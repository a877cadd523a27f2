"""Address registers: the station's own (MAC_ADDR), the hash table of groups (HASH), and the ROM's window.

MAC_ADDR is what the receiver compares with; the ROM is what the factory burnt in. The driver copies one
into the other (mission row 5.7).
"""

from typing import Any

from myhdl import always, always_comb, block, concat, intbv

from hw.adapter import map as m
from hw.adapter.address_rom import address_rom
from hw.ports import into, out, register

CLOCK = "reg_clk"
PORTS = (
    into("reg_clk", 1, "bus clock, 25 MHz, while a register is needed"),
    into("address", 8, "word address"),
    into("word", 32, "word to write"),
    into("write", 1, "for one tick: write it"),
    into("clear", 1, "for one tick: back to the reset values"),
    into("rom_address", 48, "strap: the address ROM's contents"),
    out("data", 32, "the word at the address; 0 if there is none here"),
    out("station_address", 48, "MAC_ADDR1 and MAC_ADDR0: first octet on top"),
    out("hash_0", 32, "HASH0: bins 0-31"),
    out("hash_1", 32, "HASH1: bins 32-63"),
)


@block
def addresses(
    reg_clk: Any,
    address: Any,
    word: Any,
    write: Any,
    clear: Any,
    rom_address: Any,
    data: Any,
    station_address: Any,
    hash_0: Any,
    hash_1: Any,
) -> Any:
    """The address registers. Ports: `PORTS`. Clock: `reg_clk`."""
    rom_data = register(32)
    rom = address_rom(address(0), rom_address, rom_data)

    @always(reg_clk.posedge)
    def keep() -> None:
        if clear:
            station_address.next = 0
            hash_0.next = 0
            hash_1.next = 0
        elif write:
            if address == m.MAC_ADDR0:
                station_address.next = concat(station_address[48:32], word)
            elif address == m.MAC_ADDR1:
                station_address.next = concat(word[16:], station_address[32:])
            elif address == m.HASH0:
                hash_0.next = word
            elif address == m.HASH1:
                hash_1.next = word

    @always_comb
    def look_up() -> None:
        if address == m.MAC_ADDR0:
            data.next = station_address[32:]
        elif address == m.MAC_ADDR1:
            data.next = concat(intbv(0)[16:], station_address[48:32])
        elif address == m.HASH0:
            data.next = hash_0
        elif address == m.HASH1:
            data.next = hash_1
        elif address == m.ROM_0 or address == m.ROM_1:
            data.next = rom_data
        else:
            data.next = 0

    return rom, keep, look_up
