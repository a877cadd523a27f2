"""The station's end of MII management (802.3 clause 22.2.4.5): frames of 32 bits over MDC and MDIO.

    preamble 32 ones (unless NOPRE) | start 01 | operation 10 read, 01 write | PHY 5 | register 5
    | turnaround 2 | data 16, highest bit first

Both ends put bits on MDIO with a rise of MDC and sample them at the next one. In a read the station releases
the wire at the turnaround; the PHY that is addressed pulls its second bit low. MDC runs while an operation is
in progress.
"""

from typing import Annotated, Any

from myhdl import Signal, always, block, concat, enum, intbv

from hw.ports import Sig, clock, into, out, register

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


@block
def mii_management(
    mdc: Annotated[Sig, clock("management data clock: the bus clock divided by mii_divider")],
    mii_command: Annotated[Sig, into(1, "changes when an operation begins")],
    mii_write: Annotated[Sig, into(1, "it is a write")],
    mii_phy: Annotated[Sig, into(5, "address of the PHY")],
    mii_register: Annotated[Sig, into(5, "its register")],
    mii_tx_data: Annotated[Sig, into(16, "the word to write")],
    mii_no_preamble: Annotated[Sig, into(1, "without preamble")],
    mdi: Annotated[Sig, into(1, "MDIO as the PHY drives it; 1 when it does not")],
    mdo: Annotated[Sig, out(1, "MDIO as the station drives it", initial=1)],
    mdo_en: Annotated[Sig, out(1, "it does")],
    mii_done: Annotated[Sig, out(1, "follows mii_command when the operation is over")],
    mii_rx_data: Annotated[Sig, out(16, "the word read")],
    mii_silent: Annotated[Sig, out(1, "no PHY answered")],
) -> Any:
    """The station management entity."""
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
