"""The management interface of MII (802.3 clause 22.2.4): a PHY's registers, over the adapter's two-wire bus.

A frame of 64 bits at 2.5 MHz takes 25.6 µs, so after a command the job waits a little longer than that and
looks again, as Linux's `ethoc` does. Which of the 32 addresses the PHY has is found by its identifier: an
empty address reads as ones, since nobody pulls the line down.
"""

from driver.bus import Job, Read, Wait, Write
from driver.registers import Miicommand, Miistatus, Register, mii_address

CONTROL, STATUS, IDENTIFIER_1, IDENTIFIER_2, ADVERTISEMENT, PARTNER = range(6)
CONTROL_FULL_DUPLEX = 1 << 8
CONTROL_NEGOTIATE = 1 << 12
STATUS_LINK = 1 << 2
"""Latches low: 0 once after every loss."""
STATUS_CAN_NEGOTIATE = 1 << 3
ABLE_FULL_DUPLEX = 1 << 6
"""10BASE-T in full duplex: of this end in register 4, of the other in register 5."""
ACKNOWLEDGE = 1 << 14
"""In register 5: the other end negotiates, and has received this end's abilities."""
OWN_IDENTIFIER_1 = 0x00AB
RECEIVER = 16
"""This maker's own: bit 0 says that what comes in is inverted."""

CLOCK_DIVIDER = 10
"""25 MHz to 2.5 MHz, the most that clause 22.2.2.13 allows (400 ns)."""
WAIT_NS = 28_800
"""64 bits, and 8 more clocks for the adapter to begin and to end."""
_LOOKS = 5
_NOBODY = (0x0000, 0xFFFF)
_SEARCH: tuple[int, ...] = (*range(1, 32), 0)
"""0 is the last: some PHYs answer to it whatever their own address is."""


class ManagementError(RuntimeError):
    """The adapter never finished a frame of the management interface."""


def read(phy: int, register: int) -> Job[int]:
    """Read a PHY's register (16 bits)."""
    yield Write(Register.MIIADDRESS, mii_address(phy, register))
    yield from _command(Miicommand.RSTAT)
    value = yield Read(Register.MIIRX_DATA)
    assert value is not None
    return value


def write(phy: int, register: int, value: int) -> Job[None]:
    """Write a PHY's register (16 bits)."""
    yield Write(Register.MIIADDRESS, mii_address(phy, register))
    yield Write(Register.MIITX_DATA, value)
    yield from _command(Miicommand.WCTRLDATA)


def _command(command: Miicommand) -> Job[None]:
    yield Write(Register.MIICOMMAND, command)
    for _ in range(_LOOKS):
        status = yield Read(Register.MIISTATUS)
        assert status is not None
        if not status & Miistatus.BUSY:
            yield Write(Register.MIICOMMAND, 0)
            return
        yield Wait(WAIT_NS)
    raise ManagementError(f"the adapter is still busy with MII management after {_LOOKS} frames' time")


def find() -> Job[int | None]:
    """Set the clock and look for a PHY; its address, or None if nobody answers."""
    yield Write(Register.MIIMODER, CLOCK_DIVIDER)
    for phy in _SEARCH:
        identifier = yield from read(phy, IDENTIFIER_1)
        if identifier not in _NOBODY:
            return phy
    return None


def link(phy: int) -> Job[tuple[bool, bool]]:
    """Whether the link is up, and whether it has been without break since the last look."""
    status = yield from read(phy, STATUS)
    if status & STATUS_LINK:
        return True, True
    status = yield from read(phy, STATUS)
    return bool(status & STATUS_LINK), False


def set_mode(phy: int, *, negotiate: bool, full_duplex: bool) -> Job[bool]:
    """Have the PHY negotiate the duplex mode, or set it; whether it can negotiate at all."""
    control = yield from read(phy, CONTROL)
    status = yield from read(phy, STATUS)
    can_negotiate = bool(status & STATUS_CAN_NEGOTIATE)
    wanted = control & ~(CONTROL_NEGOTIATE | CONTROL_FULL_DUPLEX)
    if can_negotiate and negotiate:
        wanted |= CONTROL_NEGOTIATE
    elif full_duplex:
        wanted |= CONTROL_FULL_DUPLEX
    if wanted != control:
        yield from write(phy, CONTROL, wanted)
    return can_negotiate


def negotiated(phy: int) -> Job[tuple[bool, bool]]:
    """Whether the other end negotiates, too, and what both can do at best: full duplex.

    One that does not is taken for half duplex (parallel detection, 28.2.3.1).
    """
    own = yield from read(phy, ADVERTISEMENT)
    partner = yield from read(phy, PARTNER)
    answers = bool(partner & ACKNOWLEDGE)
    return answers, answers and bool(own & partner & ABLE_FULL_DUPLEX)


def inverted(phy: int) -> Job[bool | None]:
    """Whether the receiving pair's wires are swapped; None if this PHY does not report it."""
    identifier = yield from read(phy, IDENTIFIER_1)
    if identifier != OWN_IDENTIFIER_1:
        return None
    receiver = yield from read(phy, RECEIVER)
    return bool(receiver & 1)
