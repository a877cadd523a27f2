"""Address recognition of clause 4.2.9 (RecognizeAddress), with the register model's filters.

A destination is wanted if it is the station's own address, broadcast (unless BRO), or marked in the hash
table: 64 bits, of which the upper six bits of the address's CRC choose one. The table is asked for group
addresses, and with IAM for all individual ones instead of the comparison. PRO wants everything. The address
that PAUSE frames go to (annex 31B) is wanted while somebody cares for them: with PASSALL like any other, else
for RXFLOW's sake, and then nothing of the frame is stored (`silent`).

The verdict is there when the seventh octet begins, one octet later if the table must be asked.
With DLYCRCEN the CRC is not of the whole address, and the table is no use.
"""

from typing import Any

from myhdl import always, block, concat, intbv

from hw.ports import into, out, register

ADDRESS_OCTETS = 6
PAUSE_NIBBLES = (1, 0, 0, 8, 2, 12, 0, 0, 0, 0, 1, 0)
"""01-80-C2-00-00-01 in the order in which its nibbles arrive."""
BINS = tuple(int(f"{bits:06b}"[::-1], 2) for bits in range(64))
"""The hash is the CRC's upper six bits; the register is reflected, so they are its lowest ones, backwards."""

CLOCK = "rx_clk"
PORTS = (
    into("rx_clk", 1, "MII receive clock, 2.5 MHz"),
    into("rxd", 4, "MII receive data"),
    into("receiving", 1, "rxd belongs to a frame"),
    into("octets", 16, "whole octets before this nibble"),
    into("odd", 1, "and half of another"),
    into("crc", 6, "of the octets before the last one, lowest bits"),
    into("promiscuous", 1, "PRO: take every frame"),
    into("reject_broadcast", 1, "BRO: drop broadcasts"),
    into("individual_hash", 1, "IAM: individual addresses are looked up, not compared"),
    into("pass_all", 1, "PASSALL: PAUSE frames are stored"),
    into("rx_flow", 1, "RXFLOW: PAUSE frames are obeyed"),
    into("station_address", 48, "MAC_ADDR1 and MAC_ADDR0: first octet on top"),
    into("hash_0", 32, "HASH0: bins 0 to 31"),
    into("hash_1", 32, "HASH1: bins 32 to 63"),
    out("wanted", 1, "the frame is wanted"),
    out("unwanted", 1, "the frame is not wanted"),
    out("silent", 1, "wanted for its effect only"),
    out("foreign", 1, "wanted by nobody but PRO"),
    out("pause_address", 1, "the address is own, or that of PAUSE frames"),
)


@block
def address_filter(
    rx_clk: Any,
    rxd: Any,
    receiving: Any,
    octets: Any,
    odd: Any,
    crc: Any,
    promiscuous: Any,
    reject_broadcast: Any,
    individual_hash: Any,
    pass_all: Any,
    rx_flow: Any,
    station_address: Any,
    hash_0: Any,
    hash_1: Any,
    wanted: Any,
    unwanted: Any,
    silent: Any,
    foreign: Any,
    pause_address: Any,
) -> Any:
    """The address filter. Ports: `PORTS`. Clock: `rx_clk`."""
    expected = register(48)
    own = register(1)
    broadcast = register(1)
    pause = register(1)
    multicast = register(1)

    @always(rx_clk.posedge)
    def recognise() -> None:
        place = intbv(0)[4:]
        nibble = intbv(0)[4:]
        entry = intbv(0)[6:]
        if not receiving:
            # In the order in which its nibbles arrive, the first one lowest.
            expected.next = concat(
                station_address[8:],
                station_address[16:8],
                station_address[24:16],
                station_address[32:24],
                station_address[40:32],
                station_address[48:40],
            )
            own.next = True
            broadcast.next = True
            pause.next = True
            wanted.next = False
            unwanted.next = False
        elif octets < ADDRESS_OCTETS:
            place[:] = concat(octets[3:], odd)
            nibble[:] = PAUSE_NIBBLES[int(place)]
            if place == 0:
                multicast.next = rxd[0]
            expected.next = expected >> 4
            if rxd != expected[4:]:
                own.next = False
            if rxd != 15:
                broadcast.next = False
            if rxd != nibble:
                pause.next = False
        elif not wanted and not unwanted and not odd:
            match = (own and not individual_hash) or (broadcast and not reject_broadcast)
            look_up = (
                not match
                and not broadcast
                and (multicast or individual_hash)
                and (hash_0 != 0 or hash_1 != 0)
            )
            if octets == ADDRESS_OCTETS + 1 and look_up:
                entry[:] = BINS[int(crc)]
                match = (entry[5] and hash_1[entry[5:]]) or (not entry[5] and hash_0[entry[5:]])
            if octets == ADDRESS_OCTETS + 1 or not look_up:
                pause_address.next = own or pause
                foreign.next = not match and not pause
                silent.next = not match and not promiscuous and not pass_all
                if match or promiscuous or (pause and (pass_all or rx_flow)):
                    wanted.next = True
                else:
                    unwanted.next = True

    return recognise
