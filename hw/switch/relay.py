"""The relay: learning and forwarding (802.1D 7.7 and 7.8), for one frame at a time, port by port.

The source address of a frame without errors is learnt, unless it is a group address. Then the destination is
looked up. A frame for a known station is forwarded to its port, if that is not the one that it came in at; a
frame for an unknown station or a group is forwarded to all other ports whose link is up. Frames for
01-80-C2-00-00-00 to 0F are not forwarded (7.12.6), PAUSE frames among them. A frame is queued in one tick at
all its ports whose queue has room.

Cut-through: a frame that is offered early is queued, without its length, if it has one known destination
whose port is idle, so that it leaves while it comes in; when it has ended, that port gets the length.
"""

from typing import Annotated, Any

from myhdl import Signal, always, always_comb, block, concat, enum, intbv, modbv

from hw.hierarchy import by_name
from hw.ports import Sig, clock, into, of, out, register
from hw.switch.round_robin import round_robin
from hw.switch.sizes import BUFFER_BITS, FRAME_BITS, LENGTH_BITS, NO_ROOM, PORT_BITS
from hw.switch.sizes import PORTS as LINES
from hw.switch.table import address_table

RESERVED_HIGH = 0x0180C2
"""The first half of 01-80-C2-00-00-0x; in the second half all digits except the last are 0."""
GROUP_OF_DESTINATION = 24
GROUP_OF_SOURCE = 8
"""The group bits of the addresses in header_0 and header_1."""

State = enum("IDLE", "PICK", "HEAR", "LEARN", "ASK", "LOOK_UP", "DECIDE", "TELL")


@block
def switch_relay(
    relay_clk: Annotated[Sig, clock("the switch's, 100 MHz; runs while there is an offer, or relay_busy")],
    offers: Annotated[Sig, into(LINES, "ports with a frame, or the header of one")],
    linked: Annotated[Sig, into(LINES, "ports whose link is up")],
    rooms: Annotated[Sig, into(LINES, "ports whose queue has room")],
    idle_ports: Annotated[Sig, into(LINES, "ports with nothing to send")],
    source_port: Annotated[Sig, into(PORT_BITS, "number of the port that is served")],
    header_0: Annotated[Sig, into(32, "octets 0 to 3 of its frame")],
    header_1: Annotated[Sig, into(32, "octets 4 to 7")],
    header_2: Annotated[Sig, into(32, "octets 8 to 11")],
    buffer_number: Annotated[Sig, into(BUFFER_BITS, "number of its buffer")],
    length: Annotated[Sig, into(LENGTH_BITS, "its octets")],
    early: Annotated[Sig, into(1, "the frame has not ended yet")],
    taken_early: Annotated[Sig, into(1, "the frame was queued before it ended")],
    early_port: Annotated[Sig, into(PORT_BITS, "number of the port that it was queued at")],
    sound: Annotated[Sig, into(1, "the frame has ended without an error")],
    second: Annotated[Sig, of(address_table)],
    ageing_time: Annotated[Sig, of(address_table)],
    bucket_mask: Annotated[Sig, of(address_table)],
    stamped_seen: Annotated[Sig, of(address_table)],
    t_dat_r: Annotated[Sig, of(address_table)],
    t_adr: Annotated[Sig, of(address_table)],
    t_dat_w: Annotated[Sig, of(address_table)],
    t_we: Annotated[Sig, of(address_table)],
    t_stb: Annotated[Sig, of(address_table)],
    turn: Annotated[Sig, out(LINES, "for one tick: the port whose frame is served next")],
    serving: Annotated[Sig, out(LINES, "the port whose frame is served")],
    served: Annotated[Sig, out(LINES, "for one tick: the same, when that is done")],
    copies: Annotated[
        Sig, out(PORT_BITS, "at this tick: number of ports that it is queued at; NO_ROOM: all are full")
    ],
    found_port: Annotated[Sig, out(PORT_BITS, "number of the port that was found in the table")],
    enqueue: Annotated[Sig, out(LINES, "for one tick: ports that take `queued`")],
    refused: Annotated[Sig, out(LINES, "for one tick: ports that have no room for it")],
    finish: Annotated[Sig, out(LINES, "for one tick: the port whose early frame has the length in `queued`")],
    queued: Annotated[Sig, out(FRAME_BITS, "port, buffer and octets of a frame; 0 octets: not yet known")],
    stamped: Annotated[Sig, of(address_table)],
    learnt: Annotated[Sig, of(address_table)],
    moved: Annotated[Sig, of(address_table)],
    unlearnt: Annotated[Sig, of(address_table)],
    destination: Annotated[Sig, out(48, "of the last frame")],
    sender: Annotated[Sig, out(48, "of the last frame")],
    targets: Annotated[Sig, out(LINES, "of the last frame: ports that it was forwarded to")],
    known: Annotated[Sig, out(1, "of the last frame: its destination was in the table")],
    relayed: Annotated[Sig, out(32, "frames that were served")],
    relay_busy: Annotated[Sig, out(1, "the clock is needed")],
) -> Any:
    """Learning and forwarding."""
    state = Signal(State.IDLE)
    lines = len(offers)
    asking, choice = [register(lines) for _ in range(2)]
    start, learn, ready, found = [register(1) for _ in range(4)]
    address = register(48)

    turns = round_robin(**by_name(round_robin, locals(), core_clk=relay_clk, requests=asking, grant=turn))
    table = address_table(**by_name(address_table, locals(), heard_at=source_port))

    @always_comb
    def ask() -> None:
        if state == State.IDLE:
            asking.next = offers
        else:
            asking.next = 0

    @always_comb
    def needed() -> None:
        relay_busy.next = state != State.IDLE

    @always(relay_clk.posedge)
    def relay() -> None:
        mask = modbv(0)[lines:]
        one = modbv(0)[lines:]
        number = intbv(0)[PORT_BITS:]
        start.next = False
        if state == State.IDLE:
            if offers != 0:
                state.next = State.PICK
        elif state == State.PICK:
            serving.next = turn
            state.next = State.HEAR
        elif state == State.HEAR:
            destination.next = concat(header_0, header_1[32:16])
            sender.next = concat(header_1[16:], header_2)
            address.next = concat(header_1[16:], header_2)
            learn.next = True
            if sound and not early and not header_1[GROUP_OF_SOURCE]:
                start.next = True
                state.next = State.LEARN
            else:
                state.next = State.ASK
        elif state == State.LEARN:
            if ready:
                state.next = State.ASK
        elif state == State.ASK:
            address.next = destination
            learn.next = False
            if header_0[GROUP_OF_DESTINATION] or taken_early:
                state.next = State.DECIDE
            else:
                start.next = True
                state.next = State.LOOK_UP
        elif state == State.LOOK_UP:
            if ready:
                state.next = State.DECIDE
        elif state == State.DECIDE:
            one[:] = intbv(1)[lines:] << found_port
            if header_0[GROUP_OF_DESTINATION] or not found or linked & one == 0:
                one[:] = linked
                if early:
                    one[:] = 0
            elif early:
                one[:] = idle_ports & one
            mask[:] = one & ~serving
            if destination[48:24] == RESERVED_HIGH and destination[24:4] == 0:
                mask[:] = 0
            if taken_early:
                finish.next = intbv(1)[lines:] << early_port
                mask[:] = 0
            enqueue.next = mask & rooms
            refused.next = mask & ~rooms
            if not taken_early and not (early and mask == 0):
                targets.next = mask
                known.next = found and not header_0[GROUP_OF_DESTINATION]
                relayed.next = relayed + 1
            full = mask != 0 and mask & rooms == 0
            mask[:] = mask & rooms
            for n in range(lines):
                if mask[n]:
                    number[:] = number + 1
            copies.next = number
            if full:
                copies.next = NO_ROOM
            if early:
                queued.next = concat(source_port, buffer_number, intbv(0)[LENGTH_BITS:])
            else:
                queued.next = concat(source_port, buffer_number, length)
            served.next = serving
            state.next = State.TELL
        else:
            enqueue.next = 0
            refused.next = 0
            finish.next = 0
            served.next = 0
            serving.next = 0
            state.next = State.IDLE

    return turns, table, ask, needed, relay
