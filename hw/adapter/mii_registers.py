"""MII management registers: commands to the station management entity, and their results.

A bit of MIICOMMAND waits until the interface is free: a write first, then a read, then the next round of a
scan. WCTRLDATA and RSTAT are cleared when their operation begins; SCANSTAT stays, and the reads repeat. BUSY
is one from the command to the end of its operation. NVALID is one while MIIRX_DATA is not valid: the first
round of a scan is not over, or no PHY has answered. LINKFAIL follows the link bit of a status register that
was read.

CLKDIV keeps what is written; an odd divider counts as the even one below, and two is the least.
"""

from typing import Annotated, Any

from myhdl import always, always_comb, block, concat, intbv

from hw.adapter.map import (
    MIIADDRESS,
    MIICOMMAND,
    MIIMODER,
    MIIRX_DATA,
    MIISTATUS,
    MIITX_DATA,
    WORD_BITS,
    pin,
)
from hw.ports import Sig, clock, into, out, register

STATUS_REGISTER = 1
LINK_STATUS = 2
"""Its bit (802.3 clause 22.2.4.2)."""


@block
def mii_registers(
    reg_clk: Annotated[Sig, clock("bus clock, 25 MHz, while a register is needed")],
    address: Annotated[Sig, into(8, "word address")],
    word: Annotated[Sig, into(WORD_BITS, "word to write")],
    write: Annotated[Sig, into(1, "for one tick: write it")],
    clear: Annotated[Sig, into(1, "for one tick: return to the reset values")],
    mii_done: Annotated[Sig, into(1, "follows mii_command when the operation is over")],
    mii_rx_data: Annotated[Sig, into(MIIRX_DATA.PRSD.width, "the word read from the PHY")],
    mii_silent: Annotated[Sig, into(1, "no PHY answered")],
    data: Annotated[Sig, out(WORD_BITS, "the word at the address; 0 if it is no register of this circuit")],
    mii_command: Annotated[Sig, out(1, "changes when an operation begins")],
    mii_write: Annotated[Sig, out(1, "it is a write")],
    mii_phy: Annotated[Sig, pin(MIIADDRESS.FIAD)],
    mii_register: Annotated[Sig, pin(MIIADDRESS.RGAD)],
    mii_tx_data: Annotated[Sig, pin(MIITX_DATA.CTRLDATA)],
    mii_no_preamble: Annotated[Sig, pin(MIIMODER.MIINOPRE)],
    mii_divider: Annotated[
        Sig,
        out(MIIMODER.CLKDIV.width, "ticks of the bus clock in one of MDC", initial=MIIMODER.CLKDIV.reset),
    ],
    mii_seen: Annotated[Sig, out(1, "follows mii_done")],
) -> Any:
    """The MII management registers."""
    meta = register(1)
    stable = register(1)
    mode = register(WORD_BITS, MIIMODER.RESET)
    command = register(WORD_BITS, MIICOMMAND.RESET)
    target = register(WORD_BITS, MIIADDRESS.RESET)
    tx_data = register(WORD_BITS, MIITX_DATA.RESET)
    rx_data = register(WORD_BITS, MIIRX_DATA.RESET)
    running = register(1)
    wanted = register(1)
    of_status = register(1)
    invalid, link_fail = [register(1) for _ in range(2)]

    @always_comb
    def fields() -> None:
        mii_no_preamble.next = mode[MIIMODER.MIINOPRE]
        mii_phy.next = target[MIIADDRESS.FIAD.end : MIIADDRESS.FIAD]
        mii_register.next = target[MIIADDRESS.RGAD.end : MIIADDRESS.RGAD]
        mii_tx_data.next = tx_data[MIITX_DATA.CTRLDATA.end : MIITX_DATA.CTRLDATA]
        if mode[MIIMODER.CLKDIV.end : 1] == 0:
            mii_divider.next = 2
        else:
            mii_divider.next = concat(mode[MIIMODER.CLKDIV.end : 1], False)

    @always(reg_clk.posedge)
    def keep() -> None:
        if mii_seen != mii_done:
            meta.next = mii_done
            stable.next = meta
            mii_seen.next = stable
        if running and mii_command == stable:
            running.next = False
            wanted.next = False
            if wanted:
                rx_data.next = concat(intbv(0)[16:], mii_rx_data)
                invalid.next = mii_silent
                if of_status:
                    link_fail.next = not mii_rx_data[LINK_STATUS]
        if mii_command == stable and command != 0:
            mii_command.next = not mii_command
            mii_write.next = command[MIICOMMAND.WCTRLDATA]
            running.next = True
            wanted.next = not command[MIICOMMAND.WCTRLDATA]
            of_status.next = mii_register == STATUS_REGISTER
            if command[MIICOMMAND.WCTRLDATA]:
                command.next[MIICOMMAND.WCTRLDATA] = False
            elif command[MIICOMMAND.RSTAT]:
                command.next[MIICOMMAND.RSTAT] = False
        if clear:
            mode.next = MIIMODER.RESET
            command.next = MIICOMMAND.RESET
            wanted.next = False
            target.next = MIIADDRESS.RESET
            tx_data.next = MIITX_DATA.RESET
            rx_data.next = MIIRX_DATA.RESET
            invalid.next = False
            link_fail.next = False
        elif write:
            if address == MIIMODER.WORD:
                mode.next = word & MIIMODER.KEPT
            elif address == MIICOMMAND.WORD:
                command.next = word & MIICOMMAND.WRITTEN
                if word[MIICOMMAND.SCANSTAT] and not command[MIICOMMAND.SCANSTAT]:
                    invalid.next = True
            elif address == MIIADDRESS.WORD:
                target.next = word & MIIADDRESS.KEPT
            elif address == MIITX_DATA.WORD:
                tx_data.next = word & MIITX_DATA.KEPT

    @always_comb
    def look_up() -> None:
        data.next = 0
        if address == MIIMODER.WORD:
            data.next = mode
        elif address == MIICOMMAND.WORD:
            data.next = command
        elif address == MIIADDRESS.WORD:
            data.next = target
        elif address == MIITX_DATA.WORD:
            data.next = tx_data
        elif address == MIIRX_DATA.WORD:
            data.next = rx_data
        elif address == MIISTATUS.WORD:
            data.next[MIISTATUS.LINKFAIL] = link_fail
            data.next[MIISTATUS.BUSY] = running or command != 0
            data.next[MIISTATUS.NVALID] = invalid

    return fields, keep, look_up
