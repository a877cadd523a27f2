"""The address table, 802.1D 7.9: which station was seen at which port, and in which second.

It is kept in a memory. A hash of the address selects a bucket of four entries of 16 octets, and all are
examined: so a lookup takes 24 ticks at most, whatever the table holds.

    octets 0-3   bit 31: in use; bits 21-16: the port's number, from 0; bits 15-0: the address's first two
    octets 4-7   its last four
    octets 8-11  the second in which it was last seen

An entry that has aged is treated as empty. To learn, the walk ends in one of three ways: the address is
there, and gets its port (a station may have moved) and the present second; there is room in the bucket; or
there is none, and the address is not learnt. Frames for it are then flooded, as for any unknown address, and
the entries of the bucket stay: a flood of random addresses cannot evict them.
"""

import struct
from typing import Annotated, Any, NamedTuple

from myhdl import Signal, always, always_comb, block, concat, enum, intbv, modbv

from hw.ports import Sig, clock, into, out, register
from hw.switch.ageing import AGEING_BITS, SECOND_BITS
from hw.switch.sizes import PORT_BITS

WAYS = 4
BUCKET_BITS = 11
ENTRY_OCTETS = 16
ADDRESS_BITS = BUCKET_BITS + 6
"""Of an octet in the table's memory."""
IN_USE = 31
PORT_AT = 16

State = enum("REST", "HIGH", "LOW", "STAMP", "WRITE_STAMP", "WRITE_LOW", "WRITE_HIGH")


class Entry(NamedTuple):
    """A station in the table: its address, its port, from 1 on, and how many seconds ago it was seen."""

    address: bytes
    port: int
    age_s: int


def entries(octets: bytes, second: int, ageing_time: int) -> list[Entry]:
    """The entries of a table's memory that have not aged in this `second`, in the order of addresses."""
    found = []
    for high, low, stamp, _ in struct.iter_unpack(">4I", octets):
        if not high >> IN_USE:
            continue
        age = second - stamp & (1 << SECOND_BITS) - 1
        if age <= ageing_time:
            address = (high & 0xFFFF) << 32 | low
            port = high >> PORT_AT & (1 << PORT_BITS) - 1
            found.append(Entry(address.to_bytes(6, "big"), port + 1, age))
    return sorted(found)


@block
def address_table(
    relay_clk: Annotated[Sig, clock("the switch's, 100 MHz")],
    start: Annotated[Sig, into(1, "for one tick: begin a walk")],
    learn: Annotated[Sig, into(1, "to learn the address, not to look it up")],
    address: Annotated[Sig, into(48, "the station, first octet on top")],
    heard_at: Annotated[Sig, into(PORT_BITS, "number of the port that it was seen at")],
    second: Annotated[Sig, into(SECOND_BITS, "the present second")],
    ageing_time: Annotated[Sig, into(AGEING_BITS, "strap: seconds after which an entry has aged")],
    bucket_mask: Annotated[Sig, into(BUCKET_BITS, "strap: number of buckets, less one")],
    stamped_seen: Annotated[Sig, into(1, "follows stamped")],
    t_dat_r: Annotated[Sig, into(32, "table memory: word read")],
    t_adr: Annotated[Sig, out(ADDRESS_BITS, "table memory: octet address")],
    t_dat_w: Annotated[Sig, out(32, "table memory: word to write")],
    t_we: Annotated[Sig, out(1, "table memory: write")],
    t_stb: Annotated[Sig, out(1, "table memory: a cycle is open")],
    ready: Annotated[Sig, out(1, "for one tick: the walk is over")],
    found: Annotated[Sig, out(1, "the address is in the table")],
    found_port: Annotated[Sig, out(PORT_BITS, "number of the port that it was seen at")],
    stamped: Annotated[
        Sig, out(1, "changes when an entry gets the present second, if the change before has been seen")
    ],
    learnt: Annotated[Sig, out(32, "addresses that were added to the table")],
    moved: Annotated[Sig, out(32, "addresses that were seen at another port than before")],
    unlearnt: Annotated[Sig, out(32, "addresses for which the table had no room")],
) -> Any:
    """Walks through a bucket."""
    state = Signal(State.REST)
    bucket = register(BUCKET_BITS)
    way = Signal(modbv(0)[2:])
    same, vacant, aged = [register(1) for _ in range(3)]
    vacancy = register(2)
    age = Signal(modbv(0)[SECOND_BITS:])

    @always_comb
    def fold() -> None:
        bucket.next = bucket_mask & (
            address[11:]
            ^ address[22:11]
            ^ address[33:22]
            ^ address[44:33]
            ^ concat(intbv(0)[7:], address[48:44])
        )

    @always_comb
    def reckon() -> None:
        age.next = second - t_dat_r

    @always_comb
    def judge() -> None:
        aged.next = age > concat(intbv(0)[12:], ageing_time)

    @always(relay_clk.posedge)
    def walk() -> None:
        ready.next = False
        if state == State.REST:
            if start:
                found.next = False
                vacant.next = False
                way.next = 0
                t_adr.next = concat(bucket, intbv(0)[6:])
                t_stb.next = True
                state.next = State.HIGH
        elif not t_stb:
            t_stb.next = True
        else:
            t_stb.next = False
            room = bool(vacant)
            place = intbv(0)[2:]
            place[:] = vacancy
            following = modbv(0)[2:]
            following[:] = way + 1
            onwards = False
            write = False
            if state == State.HIGH:
                found_port.next = t_dat_r[PORT_AT + PORT_BITS : PORT_AT]
                same.next = True
                if not t_dat_r[IN_USE]:
                    if not vacant:
                        room = True
                        place[:] = way
                    onwards = True
                elif t_dat_r[16:] == address[48:32]:
                    t_adr.next = concat(bucket, way, intbv(0b0100)[4:])
                    state.next = State.LOW
                elif learn:
                    same.next = False
                    t_adr.next = concat(bucket, way, intbv(0b1000)[4:])
                    state.next = State.STAMP
                else:
                    onwards = True
            elif state == State.LOW:
                t_adr.next = concat(bucket, way, intbv(0b1000)[4:])
                same.next = t_dat_r == address[32:]
                if t_dat_r == address[32:] or learn:
                    state.next = State.STAMP
                else:
                    onwards = True
            elif state == State.STAMP:
                if not same:
                    if aged and not vacant:
                        room = True
                        place[:] = way
                    onwards = True
                elif not learn:
                    found.next = not aged
                    ready.next = True
                    state.next = State.REST
                elif aged or found_port != heard_at or age != 0:
                    if aged:
                        learnt.next = learnt + 1
                    elif found_port != heard_at:
                        moved.next = moved + 1
                    place[:] = way
                    write = True
                else:
                    ready.next = True
                    state.next = State.REST
            elif state == State.WRITE_STAMP:
                t_adr.next = concat(bucket, vacancy, intbv(0b0100)[4:])
                t_dat_w.next = address[32:]
                state.next = State.WRITE_LOW
            elif state == State.WRITE_LOW:
                t_adr.next = concat(bucket, vacancy, intbv(0b0000)[4:])
                t_dat_w.next = concat(True, intbv(0)[9:], heard_at, address[48:32])
                state.next = State.WRITE_HIGH
            else:
                t_we.next = False
                ready.next = True
                state.next = State.REST
            if onwards:
                if way != WAYS - 1:
                    way.next = following
                    t_adr.next = concat(bucket, following, intbv(0)[4:])
                    state.next = State.HIGH
                elif learn and room:
                    learnt.next = learnt + 1
                    write = True
                else:
                    if learn:
                        unlearnt.next = unlearnt + 1
                    ready.next = True
                    state.next = State.REST
            vacant.next = room
            vacancy.next = place
            if write:
                if stamped == stamped_seen:
                    stamped.next = not stamped
                t_adr.next = concat(bucket, place, intbv(0b1000)[4:])
                t_dat_w.next = second
                t_we.next = True
                state.next = State.WRITE_STAMP

    return fold, reckon, judge, walk
