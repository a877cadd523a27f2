"""MII management registers: what the station management entity is told to do, and what came of it.

A bit of MIICOMMAND waits until the wires are free: a write first, then a read, then the next round of a
scan. WCTRLDATA and RSTAT are cleared when their operation begins; SCANSTAT stays, and reads on and on. BUSY
is one from the command to the end of its operation. NVALID is one when MIIRX_DATA means nothing: a scan's
first round is not over, or nobody answered. LINKFAIL follows the link bit of a status register that was read.

CLKDIV keeps what is written; an odd divider counts as the even one below, and two is the least.
"""

from typing import Any

from myhdl import always, always_comb, block, concat, intbv

from hw.adapter import map as m
from hw.ports import into, out, register

CLKDIV_RESET = 0x64
STATUS_REGISTER = 1
LINK_STATUS = 2
"""Its bit (802.3 clause 22.2.4.2)."""

CLOCK = "reg_clk"
PORTS = (
    into("reg_clk", 1, "bus clock, 25 MHz, while a register is needed"),
    into("address", 8, "word address"),
    into("word", 16, "word to write: its lower bits"),
    into("write", 1, "for one tick: write it"),
    into("clear", 1, "for one tick: back to the reset values"),
    into("mii_done", 1, "follows mii_command when the operation is over"),
    into("mii_rx_data", 16, "the word read from the PHY"),
    into("mii_silent", 1, "nobody answered"),
    out("data", 32, "the word at the address; 0 if there is none here"),
    out("mii_command", 1, "changes when an operation begins"),
    out("mii_write", 1, "it is a write"),
    out("mii_phy", 5, "FIAD"),
    out("mii_register", 5, "RGAD"),
    out("mii_tx_data", 16, "the word to write"),
    out("mii_no_preamble", 1, "NOPRE of MIIMODER"),
    out("mii_divider", 8, "ticks of the bus clock in one of MDC", CLKDIV_RESET),
    out("mii_seen", 1, "follows mii_done"),
)


@block
def mii_registers(
    reg_clk: Any,
    address: Any,
    word: Any,
    write: Any,
    clear: Any,
    mii_done: Any,
    mii_rx_data: Any,
    mii_silent: Any,
    data: Any,
    mii_command: Any,
    mii_write: Any,
    mii_phy: Any,
    mii_register: Any,
    mii_tx_data: Any,
    mii_no_preamble: Any,
    mii_divider: Any,
    mii_seen: Any,
) -> Any:
    """The MII management registers. Ports: `PORTS`. Clock: `reg_clk`."""
    meta = register(1)
    stable = register(1)
    clkdiv = register(8, CLKDIV_RESET)
    scan, read, writing = [register(1) for _ in range(3)]
    running = register(1)
    wanted = register(1)
    of_status = register(1)
    busy, invalid, link_fail = [register(1) for _ in range(3)]
    rx_data = register(16)

    @always_comb
    def divider() -> None:
        if clkdiv[8:1] == 0:
            mii_divider.next = 2
        else:
            mii_divider.next = concat(clkdiv[8:1], False)

    @always_comb
    def business() -> None:
        busy.next = running or scan or read or writing

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
                rx_data.next = mii_rx_data
                invalid.next = mii_silent
                if of_status:
                    link_fail.next = not mii_rx_data[LINK_STATUS]
        if mii_command == stable and (scan or read or writing):
            mii_command.next = not mii_command
            mii_write.next = writing
            running.next = True
            wanted.next = not writing
            of_status.next = mii_register == STATUS_REGISTER
            if writing:
                writing.next = False
            elif read:
                read.next = False
        if clear:
            clkdiv.next = CLKDIV_RESET
            mii_no_preamble.next = False
            scan.next = False
            read.next = False
            writing.next = False
            wanted.next = False
            mii_phy.next = 0
            mii_register.next = 0
            mii_tx_data.next = 0
            rx_data.next = 0
            invalid.next = False
            link_fail.next = False
        elif write:
            if address == m.MIIMODER:
                clkdiv.next = word[8:]
                mii_no_preamble.next = word[m.MII_NOPRE]
            elif address == m.MIICOMMAND:
                scan.next = word[m.SCANSTAT]
                read.next = word[m.RSTAT]
                writing.next = word[m.WCTRLDATA]
                if word[m.SCANSTAT] and not scan:
                    invalid.next = True
            elif address == m.MIIADDRESS:
                mii_phy.next = word[5:]
                mii_register.next = word[13:8]
            elif address == m.MIITX_DATA:
                mii_tx_data.next = word

    @always_comb
    def look_up() -> None:
        if address == m.MIIMODER:
            data.next = concat(intbv(0)[23:], mii_no_preamble, clkdiv)
        elif address == m.MIICOMMAND:
            data.next = concat(intbv(0)[29:], writing, read, scan)
        elif address == m.MIIADDRESS:
            data.next = concat(intbv(0)[19:], mii_register, intbv(0)[3:], mii_phy)
        elif address == m.MIITX_DATA:
            data.next = concat(intbv(0)[16:], mii_tx_data)
        elif address == m.MIIRX_DATA:
            data.next = concat(intbv(0)[16:], rx_data)
        elif address == m.MIISTATUS:
            data.next = concat(intbv(0)[29:], invalid, busy, link_fail)
        else:
            data.next = 0

    return divider, business, keep, look_up
