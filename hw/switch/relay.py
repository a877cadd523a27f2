"""The relay: learning and forwarding (802.1D 7.7 and 7.8), for one frame at a time, port by port.

From a frame that ended well the station's address is learnt, unless it is a group's. Then the destination is
looked up. A known one gets the frame, if it is not behind the port that the frame came in at; an unknown
one, or a group, gets it by way of all other ports with a link. Addresses 01-80-C2-00-00-00 to 0F stay on
their segment (7.12.6), PAUSE frames among them. The frame is queued at all its ports in one tick, at those
whose queue has room.

Cut-through: a frame that is offered early is queued, without its length, if it has one known destination
whose port is idle, so that it leaves while it comes; when it has ended, that port is told the length.
"""

from typing import Any

from myhdl import Signal, always, always_comb, block, concat, enum, intbv, modbv

from hw.ports import into, out, register
from hw.switch.ageing import AGEING_BITS, SECOND_BITS
from hw.switch.round_robin import round_robin
from hw.switch.sizes import BUFFER_BITS, FRAME_BITS, LENGTH_BITS, NO_ROOM, PORT_BITS
from hw.switch.sizes import PORTS as LINES
from hw.switch.table import ADDRESS_BITS, BUCKET_BITS, address_table

RESERVED_HIGH = 0x0180C2
"""01-80-C2-00-00-0x: the first half; of the second all but the last digit is 0."""
GROUP_OF_DESTINATION = 24
GROUP_OF_SOURCE = 8
"""Where header_0 and header_1 have an address's group bit."""

State = enum("IDLE", "PICK", "HEAR", "LEARN", "ASK", "LOOK_UP", "DECIDE", "TELL")

CLOCK = "relay_clk"
PORTS = (
    into("relay_clk", 1, "the switch's, 100 MHz; runs while there is an offer, or relay_busy"),
    into("offers", LINES, "ports with a frame, or the header of one"),
    into("linked", LINES, "ports with a working link"),
    into("rooms", LINES, "ports whose queue has room"),
    into("idle_ports", LINES, "ports with nothing to send"),
    into("source_port", PORT_BITS, "the port that is served, by its number"),
    into("header_0", 32, "of its frame, the first four octets"),
    into("header_1", 32, "the next"),
    into("header_2", 32, "the next"),
    into("slot", BUFFER_BITS, "where the frame is"),
    into("length", LENGTH_BITS, "its octets"),
    into("early", 1, "it has not ended"),
    into("taken_early", 1, "it was queued before it ended"),
    into("early_port", PORT_BITS, "at this port"),
    into("sound", 1, "it ended without an error"),
    into("second", SECOND_BITS, "the present second"),
    into("ageing_time", AGEING_BITS, "strap: seconds after which an address is forgotten"),
    into("bucket_mask", BUCKET_BITS, "strap: the table's buckets, less one"),
    into("stamped_seen", 1, "follows stamped"),
    into("t_dat_r", 32, "the table's memory: its word"),
    out("t_adr", ADDRESS_BITS, "the table's memory: octet address"),
    out("t_dat_w", 32, "the table's memory: word to write"),
    out("t_we", 1, "the table's memory: write"),
    out("t_stb", 1, "the table's memory: cycle"),
    out("serving", LINES, "the port whose frame is on the fabric"),
    out("served", 1, "for one tick: that is done"),
    out("copies", PORT_BITS, "with this tick: how many ports have it in their queue; NO_ROOM: all are full"),
    out("found_port", PORT_BITS, "and the one that was found in the table"),
    out("enqueue", LINES, "for one tick: ports that take `queued`"),
    out("refused", LINES, "for one tick: ports that would have, but have no room"),
    out("finish", LINES, "for one tick: the port whose early frame has the length in `queued`"),
    out("queued", FRAME_BITS, "port, buffer and octets of a frame; 0 octets: not yet known"),
    out("stamped", 1, "changes when an entry gets the present second, unless that is still to be seen"),
    out("learnt", 32, "addresses that came into the table"),
    out("moved", 32, "addresses that were heard at another port than before"),
    out("unlearnt", 32, "addresses for which the table had no room"),
    out("destination", 48, "of the last frame"),
    out("sender", 48, "of the last frame"),
    out("targets", LINES, "of the last frame: the ports that it was for"),
    out("known", 1, "of the last frame: its destination was in the table"),
    out("relayed", 32, "frames that were decided on"),
    out("relay_busy", 1, "the clock is needed"),
)


@block
def switch_relay(
    relay_clk: Any,
    offers: Any,
    linked: Any,
    rooms: Any,
    idle_ports: Any,
    source_port: Any,
    header_0: Any,
    header_1: Any,
    header_2: Any,
    slot: Any,
    length: Any,
    early: Any,
    taken_early: Any,
    early_port: Any,
    sound: Any,
    second: Any,
    ageing_time: Any,
    bucket_mask: Any,
    stamped_seen: Any,
    t_dat_r: Any,
    t_adr: Any,
    t_dat_w: Any,
    t_we: Any,
    t_stb: Any,
    serving: Any,
    served: Any,
    copies: Any,
    found_port: Any,
    enqueue: Any,
    refused: Any,
    finish: Any,
    queued: Any,
    stamped: Any,
    learnt: Any,
    moved: Any,
    unlearnt: Any,
    destination: Any,
    sender: Any,
    targets: Any,
    known: Any,
    relayed: Any,
    relay_busy: Any,
) -> Any:
    """Learning and forwarding. Ports: `PORTS`. Clock: `relay_clk`."""
    state = Signal(State.IDLE)
    asking, turn = [register(LINES) for _ in range(2)]
    start, learn, ready, found = [register(1) for _ in range(4)]
    address = register(48)

    choice = round_robin(relay_clk, asking, turn)
    table = address_table(
        relay_clk, start, learn, address, source_port, second, ageing_time, bucket_mask, stamped_seen,
        t_dat_r, t_adr, t_dat_w, t_we, t_stb, ready, found, found_port, stamped, learnt, moved, unlearnt,
    )  # fmt: skip

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
        mask = modbv(0)[LINES:]
        one = modbv(0)[LINES:]
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
            one[:] = intbv(1)[LINES:] << found_port
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
                finish.next = intbv(1)[LINES:] << early_port
                mask[:] = 0
            enqueue.next = mask & rooms
            refused.next = mask & ~rooms
            if not taken_early and not (early and mask == 0):
                targets.next = mask
                known.next = found and not header_0[GROUP_OF_DESTINATION]
                relayed.next = relayed + 1
            full = mask != 0 and mask & rooms == 0
            mask[:] = mask & rooms
            for n in range(LINES):
                if mask[n]:
                    number[:] = number + 1
            copies.next = number
            if full:
                copies.next = NO_ROOM
            if early:
                queued.next = concat(source_port, slot, intbv(0)[LENGTH_BITS:])
            else:
                queued.next = concat(source_port, slot, length)
            served.next = True
            state.next = State.TELL
        else:
            enqueue.next = 0
            refused.next = 0
            finish.next = 0
            served.next = False
            serving.next = 0
            state.next = State.IDLE

    return choice, table, ask, needed, relay
