"""The station's end of MII management (802.3 clause 22.2.4.5): frames of 32 bits over MDC and MDIO.

    preamble 32 ones (unless NOPRE) | start 01 | operation 10 read, 01 write | PHY 5 | register 5
    | turnaround 2 | data 16, highest bit first

Both ends put bits on MDIO with a rise of MDC and take them with the next one. In a read the station lets go
of the wire at the turnaround; a PHY that was meant pulls the second bit of it low. MDC runs while an
operation is under way.
"""

from typing import Any

from myhdl import Signal, always, block, concat, enum, intbv

from hw.ports import into, out, register

PREAMBLE = 32
ADDRESSED = 14
"""Bits before the turnaround."""
DATA = 16
"""Bits before the data."""
FRAME = 32
READ = 0b0110
WRITE = 0b0101
"""Start and operation."""

State = enum("IDLE", "PREAMBLE", "FRAME")

CLOCK = "mdc"
PORTS = (
    into("mdc", 1, "management data clock: the bus clock divided by mii_divider"),
    into("mii_command", 1, "changes when an operation begins"),
    into("mii_write", 1, "it is a write"),
    into("mii_phy", 5, "to the PHY of this address"),
    into("mii_register", 5, "its register"),
    into("mii_tx_data", 16, "the word to write"),
    into("mii_no_preamble", 1, "without preamble"),
    into("mdi", 1, "MDIO as the PHY drives it; 1 when it does not"),
    out("mdo", 1, "MDIO as the station drives it", 1),
    out("mdo_en", 1, "it does"),
    out("mii_done", 1, "follows mii_command when the operation is over"),
    out("mii_rx_data", 16, "the word read"),
    out("mii_silent", 1, "nobody answered"),
)


@block
def mii_management(
    mdc: Any,
    mii_command: Any,
    mii_write: Any,
    mii_phy: Any,
    mii_register: Any,
    mii_tx_data: Any,
    mii_no_preamble: Any,
    mdi: Any,
    mdo: Any,
    mdo_en: Any,
    mii_done: Any,
    mii_rx_data: Any,
    mii_silent: Any,
) -> Any:
    """The station management entity. Ports: `PORTS`. Clock: `mdc`."""
    state = Signal(State.IDLE)
    meta = register(1)
    stable = register(1)
    frame = register(32)
    count = register(6)

    @always(mdc.posedge)
    def synchronise() -> None:
        meta.next = mii_command
        stable.next = meta

    @always(mdc.posedge)
    def transfer() -> None:
        if state == State.IDLE:
            if stable != mii_done:
                operation = intbv(READ)[4:]
                if mii_write:
                    operation[:] = WRITE
                frame.next = concat(operation, mii_phy, mii_register, intbv(0b10)[2:], mii_tx_data)
                count.next = 0
                if mii_no_preamble:
                    state.next = State.FRAME
                else:
                    state.next = State.PREAMBLE
        elif state == State.PREAMBLE:
            mdo.next = True
            mdo_en.next = True
            count.next = count + 1
            if count == PREAMBLE - 1:
                count.next = 0
                state.next = State.FRAME
        else:
            count.next = count + 1
            if count == FRAME:
                mdo.next = True
                mdo_en.next = False
                mii_done.next = stable
                state.next = State.IDLE
            else:
                mdo.next = frame[31]
                frame.next = concat(frame[31:], False)
                mdo_en.next = mii_write or count < ADDRESSED
            if not mii_write:
                if count == DATA:
                    mii_silent.next = mdi
                elif count > DATA:
                    mii_rx_data.next = concat(mii_rx_data[15:], mdi)

    return synchronise, transfer
