"""The PHY's registers (802.3 clause 22.2.4) behind MDC and MDIO.

A 10 Mb/s PHY of one port, half and full duplex, without auto-negotiation, at address 1:

    0 control   reset, loopback, power down, isolate, duplex, collision test; the speed bits are fixed
    1 status    10 Mb/s both ways, frames without preamble are understood, link status, extended set
    2, 3        identifier: this project's own, organization 02-54-4B, model 1, revision 1

Link status is a latch: zero if the link has ever been down since the register was last read. A reset is over
before it can be read.
"""

from typing import Any

from myhdl import Signal, always, always_comb, block, concat, enum, intbv

from hw.ports import into, out, register

PHY_ADDRESS = 1
CONTROL, STATUS, IDENTIFIER_1, IDENTIFIER_2 = range(4)
ORGANIZATION = 0x00AB
"""Bits 3-18 of the identifier in the order of the wire (22.2.4.3.1)."""
MODEL = 0x4811
"""Bits 19-24 of it, model 1, revision 1."""
RESET, LOOPBACK, POWER_DOWN, ISOLATE, DUPLEX, COLLISION_TEST = 15, 14, 11, 10, 8, 7
ADDRESSED = 13
"""Last bit before the turnaround, counted from the start."""
TURNAROUND = 14
LAST = 31

State = enum("IDLE", "START", "ADDRESS", "READ", "WRITE", "OTHER")

CLOCK = "mdc"
PORTS = (
    into("mdc", 1, "management data clock"),
    into("mdo", 1, "MDIO as the station drives it"),
    into("mdo_en", 1, "it does; 1 is on the wire when nobody does"),
    into("link", 1, "there is somebody at the other end"),
    out("mdi", 1, "MDIO as the PHY drives it; 1 when it does not", 1),
    out("phy_loopback", 1, "what is sent is received, and does not leave"),
    out("phy_isolate", 1, "isolated or powered down: nothing is sent or received"),
    out("phy_full_duplex", 1, "duplex mode"),
    out("phy_collision_test", 1, "what is sent is answered by col"),
    out("link_seen", 1, "follows link", 1),
)


@block
def phy_management(
    mdc: Any,
    mdo: Any,
    mdo_en: Any,
    link: Any,
    mdi: Any,
    phy_loopback: Any,
    phy_isolate: Any,
    phy_full_duplex: Any,
    phy_collision_test: Any,
    link_seen: Any,
) -> Any:
    """The PHY's management. Ports: `PORTS`. Clock: `mdc`."""
    state = Signal(State.IDLE)
    meta = register(1, 1)
    stable = register(1, 1)
    link_good = register(1, 1)
    line = register(1, 1)
    count = register(5)
    shift = register(16)
    number = register(5)
    power_down = register(1)
    isolate = register(1)

    @always_comb
    def wire() -> None:
        line.next = mdo or not mdo_en

    @always_comb
    def isolated() -> None:
        phy_isolate.next = isolate or power_down

    @always(mdc.posedge)
    def manage() -> None:
        meta.next = link
        stable.next = meta
        link_seen.next = stable
        if not stable:
            link_good.next = False
        count.next = (count + 1) & 31
        shift.next = concat(shift[15:], line)
        if state == State.IDLE:
            count.next = 1
            if not line:
                state.next = State.START
        elif state == State.START:
            if line:
                state.next = State.ADDRESS
            else:
                state.next = State.IDLE
        elif state == State.ADDRESS:
            if count == ADDRESSED:
                number.next = concat(shift[4:], line)
                if shift[9:4] != PHY_ADDRESS:
                    state.next = State.OTHER
                elif shift[10] and not shift[9]:
                    state.next = State.READ
                elif shift[9] and not shift[10]:
                    state.next = State.WRITE
                else:
                    state.next = State.OTHER
        elif state == State.READ:
            if count == TURNAROUND:
                mdi.next = False
                if number == CONTROL:
                    shift.next = concat(
                        False, phy_loopback, intbv(0)[2:], power_down, isolate, False, phy_full_duplex,
                        phy_collision_test, intbv(0)[7:],
                    )  # fmt: skip
                elif number == STATUS:
                    shift.next = concat(intbv(0b0001100001000)[13:], link_good, intbv(0b01)[2:])
                    link_good.next = stable
                elif number == IDENTIFIER_1:
                    shift.next = ORGANIZATION
                elif number == IDENTIFIER_2:
                    shift.next = MODEL
                else:
                    shift.next = 0
            else:
                mdi.next = shift[15]
                if count == LAST:
                    mdi.next = True
                    state.next = State.IDLE
        elif state == State.WRITE:
            if count == LAST:
                state.next = State.IDLE
                if number == CONTROL:
                    reset = shift[RESET - 1]
                    phy_loopback.next = shift[LOOPBACK - 1] and not reset
                    power_down.next = shift[POWER_DOWN - 1] and not reset
                    isolate.next = shift[ISOLATE - 1] and not reset
                    phy_full_duplex.next = shift[DUPLEX - 1] and not reset
                    phy_collision_test.next = shift[COLLISION_TEST - 1] and not reset
        elif count == LAST:
            state.next = State.IDLE

    return wire, isolated, manage
