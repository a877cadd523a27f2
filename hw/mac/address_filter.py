"""Address recognition of clause 4.2.9 (RecognizeAddress), with the register model's filters.

A frame is wanted if its destination is the station's address, broadcast (unless BRO), or marked in the hash
table: 64 bits, of which the upper six bits of the address's CRC select one. The table is used for group
addresses and, with IAM, for individual ones instead of the comparison. PRO accepts everything. The address of
PAUSE frames (annex 31B) is wanted with PASSALL like any other, and with RXFLOW alone for its effect only:
then nothing of the frame is stored (`silent`).

The decision is ready when the seventh octet begins, one octet later if the table is used. With DLYCRCEN the
CRC does not cover the whole address, so the table is of no use.
"""

from typing import Annotated, Any

from myhdl import always, block, concat, intbv

from hw.ports import Sig, clock, into, out, register

ADDRESS_OCTETS = 6
PAUSE_NIBBLES = (1, 0, 0, 8, 2, 12, 0, 0, 0, 0, 1, 0)
"""01-80-C2-00-00-01 in the order in which its nibbles arrive."""
BINS = tuple(int(f"{bits:06b}"[::-1], 2) for bits in range(64))
"""The hash is the CRC's upper six bits; the register is reflected, so they are its lowest ones, backwards."""


@block
def address_filter(
    rx_clk: Annotated[Sig, clock("MII receive clock, 2.5 MHz")],
    rxd: Annotated[Sig, into(4, "MII receive data")],
    receiving: Annotated[Sig, into(1, "rxd belongs to a frame")],
    octets: Annotated[Sig, into(16, "whole octets before this nibble")],
    odd: Annotated[Sig, into(1, "and a nibble of the next")],
    crc: Annotated[Sig, into(6, "of the octets before the last one, lowest bits")],
    promiscuous: Annotated[Sig, into(1, "PRO: take every frame")],
    reject_broadcast: Annotated[Sig, into(1, "BRO: drop broadcasts")],
    individual_hash: Annotated[Sig, into(1, "IAM: individual addresses are looked up, not compared")],
    pass_all: Annotated[Sig, into(1, "PASSALL: PAUSE frames are stored")],
    rx_flow: Annotated[Sig, into(1, "RXFLOW: PAUSE frames are obeyed")],
    station_address: Annotated[Sig, into(48, "MAC_ADDR1 and MAC_ADDR0: first octet on top")],
    hash_0: Annotated[Sig, into(32, "HASH0: bins 0 to 31")],
    hash_1: Annotated[Sig, into(32, "HASH1: bins 32 to 63")],
    wanted: Annotated[Sig, out(1, "the frame is wanted")],
    unwanted: Annotated[Sig, out(1, "the frame is not wanted")],
    silent: Annotated[Sig, out(1, "wanted for its effect only")],
    foreign: Annotated[Sig, out(1, "wanted only because of PRO")],
    pause_address: Annotated[Sig, out(1, "the address is the station's, or that of PAUSE frames")],
) -> Any:
    """The address filter."""
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
