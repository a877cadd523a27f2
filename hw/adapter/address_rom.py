"""The address ROM: six octets that were burnt in at the factory.

The MAC circuit does not know them. A driver reads them here at probe time and writes them into the MAC's
address registers (mission row 5.7). What is in the ROM differs from adapter to adapter and therefore enters
by strap pins.
"""

from typing import Any

from myhdl import always_comb, block, concat, intbv

from hw.ports import into, out

CLOCK = ""
PORTS = (
    into("address", 1, "word 0: octets 2-5; word 1: octets 0 and 1 (as in MAC_ADDR0 and MAC_ADDR1)"),
    into("station_address", 48, "strap: the contents, first octet on top"),
    out("data", 32, "the word"),
)


@block
def address_rom(address: Any, station_address: Any, data: Any) -> Any:
    """Two words of ROM. Ports: `PORTS`. No clock."""

    @always_comb
    def look_up() -> None:
        if address:
            data.next = concat(intbv(0)[16:], station_address[48:32])
        else:
            data.next = station_address[32:]

    return look_up
