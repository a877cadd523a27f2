"""The PHY's registers (802.3 clauses 22.2.4 and 28.2.4) behind MDC and MDIO.

A 10 Mb/s PHY of one port, half and full duplex, at address 1:

    0 control        reset, loopback, auto-negotiation, power down, isolate, duplex, collision test
    1 status         10 Mb/s in half and full duplex, management frames without preamble, negotiation
                     complete, ability to negotiate, link status, jabber, extended register set
    2, 3             identifier: this project's, organization 02-54-4B, model 1, revision 1
    4 advertisement  10BASE-T in half and in full duplex
    5 partner        the other end's ability; without negotiation only 10BASE-T (parallel detection)
    6 expansion      the other end negotiates
    16 receiver      the pair's wires are swapped at this end (vendor specific)

Link status latches low, jabber latches high, until the register is read. A reset is over before it can be
read.

Negotiation is a level on the cable in place of its bursts of pulses: `announce` says that this end negotiates
and can do full duplex, `partner_announces` that the other end does. Without both the link is half duplex. An
AUI has no negotiation (`negotiates`), and registers 4 to 6 read as zeros.
"""

from typing import Annotated, Any

from myhdl import Signal, always, always_comb, block, concat, enum, intbv

from hw.ports import Sig, clock, into, out, register

PHY_ADDRESS = 1
CONTROL, STATUS, IDENTIFIER_1, IDENTIFIER_2, ADVERTISEMENT, PARTNER, EXPANSION = range(7)
RECEIVER = 16
ORGANIZATION = 0x00AB
"""Bits 3-18 of the identifier in the order of the wire (22.2.4.3.1)."""
MODEL = 0x4811
"""Bits 19-24 of it, model 1, revision 1."""
RESET, LOOPBACK, NEGOTIATION, POWER_DOWN, ISOLATE, DUPLEX, COLLISION_TEST = 15, 14, 12, 11, 10, 8, 7
ADVERTISES_HALF, ADVERTISES_FULL = 5, 6
SELECTOR = 0b00001
"""802.3."""
ADDRESSED = 13
"""Last bit before the turnaround, counted from the start."""
TURNAROUND = 14
LAST = 31

State = enum("IDLE", "START", "ADDRESS", "READ", "WRITE", "OTHER")


@block
def phy_management(
    mdc: Annotated[Sig, clock("management data clock")],
    mdo: Annotated[Sig, into(1, "MDIO as the station management drives it")],
    mdo_en: Annotated[Sig, into(1, "it drives MDIO, which is 1 when undriven")],
    link: Annotated[Sig, into(1, "the link is up")],
    negotiates: Annotated[Sig, into(1, "strap: the medium has auto-negotiation, as a twisted pair")],
    partner_announces: Annotated[Sig, into(1, "the other end negotiates and can do full duplex")],
    phy_jabber: Annotated[Sig, into(1, "the transceiver has cut off a transmission that was too long")],
    polarity: Annotated[Sig, into(1, "the received signal is inverted")],
    mdi: Annotated[Sig, out(1, "MDIO as the PHY drives it; 1 when it does not", initial=1)],
    mdi_en: Annotated[Sig, out(1, "it does")],
    phy_loopback: Annotated[Sig, out(1, "transmitted data are received and do not leave")],
    phy_isolate: Annotated[Sig, out(1, "isolated or powered down: nothing is transmitted or received")],
    phy_full_duplex: Annotated[Sig, out(1, "full duplex, negotiated or set")],
    phy_collision_test: Annotated[Sig, out(1, "col follows tx_en")],
    link_seen: Annotated[Sig, out(1, "follows link", initial=1)],
    partner_seen: Annotated[Sig, out(1, "follows partner_announces")],
    jabber_seen: Annotated[Sig, out(1, "follows phy_jabber")],
    announce: Annotated[Sig, out(1, "this end negotiates and can do full duplex")],
) -> Any:
    """The PHY's management."""
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
    partner_meta = register(1)
    jabber_meta = register(1)
    jabbered = register(1)
    forced = register(1)
    told_full = register(1)
    half_able = register(1, 1)
    full_able = register(1, 1)
    negotiated = register(1)
    complete = register(1)

    @always_comb
    def wire() -> None:
        line.next = mdo or not mdo_en

    @always_comb
    def isolated() -> None:
        phy_isolate.next = isolate or power_down

    @always_comb
    def negotiate() -> None:
        negotiated.next = negotiates and not forced

    @always_comb
    def finish() -> None:
        complete.next = negotiated and stable

    @always_comb
    def speak() -> None:
        announce.next = negotiated and full_able and not power_down

    @always_comb
    def resolve() -> None:
        if negotiated:
            phy_full_duplex.next = announce and partner_seen
        else:
            phy_full_duplex.next = told_full

    @always(mdc.posedge)
    def manage() -> None:
        meta.next = link
        stable.next = meta
        link_seen.next = stable
        if not stable:
            link_good.next = False
        partner_meta.next = partner_announces
        partner_seen.next = partner_meta
        jabber_meta.next = phy_jabber
        jabber_seen.next = jabber_meta
        if jabber_meta:
            jabbered.next = True
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
                mdi_en.next = True
                if number == CONTROL:
                    shift.next = concat(
                        False, phy_loopback, False, negotiated, power_down, isolate, False, told_full,
                        phy_collision_test, intbv(0)[7:],
                    )  # fmt: skip
                elif number == STATUS:
                    shift.next = concat(
                        intbv(0b0001100001)[10:], complete, False, negotiates, link_good, jabbered, True
                    )
                    link_good.next = stable
                    jabbered.next = jabber_meta
                elif number == IDENTIFIER_1:
                    shift.next = ORGANIZATION
                elif number == IDENTIFIER_2:
                    shift.next = MODEL
                elif number == ADVERTISEMENT and negotiates:
                    shift.next = concat(intbv(0)[9:], full_able, half_able, intbv(SELECTOR)[5:])
                elif number == PARTNER and complete:
                    # Bit 14, acknowledge; bit 0, the selector of 802.3.
                    shift.next = concat(
                        False, partner_seen, intbv(0)[7:], partner_seen, True, intbv(0)[4:], partner_seen,
                    )  # fmt: skip
                elif number == EXPANSION and complete:
                    shift.next = concat(intbv(0)[15:], partner_seen)
                elif number == RECEIVER:
                    shift.next = concat(intbv(0)[15:], polarity)
                else:
                    shift.next = 0
            else:
                mdi.next = shift[15]
                if count == LAST:
                    mdi.next = True
                    mdi_en.next = False
                    state.next = State.IDLE
        elif state == State.WRITE:
            if count == LAST:
                state.next = State.IDLE
                if number == CONTROL:
                    cleared = shift[RESET - 1]
                    phy_loopback.next = shift[LOOPBACK - 1] and not cleared
                    forced.next = not shift[NEGOTIATION - 1] and not cleared
                    power_down.next = shift[POWER_DOWN - 1] and not cleared
                    isolate.next = shift[ISOLATE - 1] and not cleared
                    told_full.next = shift[DUPLEX - 1] and not cleared
                    phy_collision_test.next = shift[COLLISION_TEST - 1] and not cleared
                    if cleared:
                        half_able.next = True
                        full_able.next = True
                elif number == ADVERTISEMENT:
                    half_able.next = shift[ADVERTISES_HALF - 1]
                    full_able.next = shift[ADVERTISES_FULL - 1]
        elif count == LAST:
            state.next = State.IDLE

    return wire, isolated, negotiate, finish, speak, resolve, manage
