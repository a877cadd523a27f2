"""MII management, 802.3 clause 22.2.4: registers of the model, frames on MDIO, the PHY's registers."""

import pytest
from bench import Clocked
from bus import BusSide

MIIMODER, MIICOMMAND, MIIADDRESS, MIITX_DATA, MIIRX_DATA, MIISTATUS = range(0x28, 0x40, 4)
MODER, RST = 0x00, 1 << 11
SCANSTAT, RSTAT, WCTRLDATA = 1, 2, 4
LINKFAIL, BUSY, NVALID = 1, 2, 4
NOPRE = 1 << 8
PHY = 1
CONTROL, STATUS, IDENTIFIER_1, IDENTIFIER_2 = range(4)
RESET, LOOPBACK, POWER_DOWN, ISOLATE, DUPLEX, COLLISION_TEST = (1 << bit for bit in (15, 14, 11, 10, 8, 7))
STATUS_WITH_LINK = 0b0001_1000_0100_0101
"""10 Mb/s full and half duplex, preamble suppression, link, extended registers."""
LINK = 1 << 2
FASTEST = 2
PREAMBLE = [1] * 32
TURNAROUND = 15
"""The bit of a read that the PHY pulls low."""
SYNCHRONISER = 3
"""Rises of MDC from the command to the first bit."""


def bits_of(value: int, width: int) -> list[int]:
    return [value >> bit & 1 for bit in reversed(range(width))]


def transfer(station: Clocked, answer: list[int]) -> list[int | None]:
    """Bits on MDIO at each rise of MDC, None where the station lets go; `answer`: from the turnaround on."""
    station.set(mii_command=1 - station["mii_command"])
    begin = 0 if station["mii_no_preamble"] else len(PREAMBLE)
    bits: list[int | None] = []
    while station["mii_done"] != station["mii_command"]:
        if bits or station["mdo_en"]:
            bits.append(station["mdo"] if station["mdo_en"] else None)
        # With the rise that takes one bit, the next is put there.
        place = len(bits) - begin - TURNAROUND
        station.tick()
        station.set(mdi=answer[place] if 0 <= place < len(answer) else 1)
    return bits


@pytest.mark.parametrize("no_preamble", [0, 1])
@pytest.mark.parametrize(("phy", "register", "word"), [(0, 0, 0), (31, 31, 0xFFFF), (22, 9, 0xA5C3)])
def test_a_write_is_64_bits_or_32(no_preamble: int, phy: int, register: int, word: int) -> None:
    """Preamble, start 01, operation 01, addresses, turnaround 10, data (22.2.4.5)."""
    station = Clocked(
        "mii_management", mdi=1, mii_write=1, mii_phy=phy, mii_register=register, mii_tx_data=word,
        mii_no_preamble=no_preamble,
    )  # fmt: skip
    frame = [0, 1, 0, 1, *bits_of(phy, 5), *bits_of(register, 5), 1, 0, *bits_of(word, 16)]
    for _ in range(2):
        assert transfer(station, []) == [*([] if no_preamble else PREAMBLE), *frame]
        assert not station["mdo_en"]


@pytest.mark.parametrize("word", [0, 0xFFFF, 0x8001, 0xA5C3])
def test_a_read_takes_16_bits_after_a_turnaround_that_is_pulled_low(word: int) -> None:
    station = Clocked("mii_management", mdi=1, mii_phy=1, mii_register=2)
    bits = transfer(station, [0, *bits_of(word, 16)])
    assert bits == [*PREAMBLE, 0, 1, 1, 0, *bits_of(1, 5), *bits_of(2, 5), *[None] * 18]
    assert station["mii_rx_data"] == word
    assert not station["mii_silent"]


def test_a_read_that_nobody_answers_says_so() -> None:
    station = Clocked("mii_management", mdi=1, mii_phy=9)
    transfer(station, [])
    assert station["mii_silent"]
    assert station["mii_rx_data"] == 0xFFFF


class Management:
    """Station and PHY joined, behind the registers, with MDC at its fastest."""

    def __init__(self, mode: int = FASTEST) -> None:
        self.bus = BusSide()
        self.bus.write(MIIMODER, mode)

    def ended(self) -> None:
        """Until BUSY has gone."""
        for _ in range(400):
            if not self.bus.read(MIISTATUS) & BUSY:
                return
            self.bus.tick()
        raise AssertionError("MII management stays busy")

    def command(self, what: int) -> None:
        self.bus.write(MIICOMMAND, what)
        assert self.bus.read(MIISTATUS) & BUSY
        self.ended()
        assert self.bus.read(MIICOMMAND) == 0

    def read(self, register: int, phy: int = PHY) -> int:
        self.bus.write(MIIADDRESS, register << 8 | phy)
        self.command(RSTAT)
        return self.bus.read(MIIRX_DATA)

    def write(self, register: int, value: int, phy: int = PHY) -> None:
        self.bus.write(MIIADDRESS, register << 8 | phy)
        self.bus.write(MIITX_DATA, value)
        self.command(WCTRLDATA)


@pytest.mark.parametrize("mode", [FASTEST, FASTEST | NOPRE])
def test_the_registers_after_power_up(mode: int) -> None:
    management = Management(mode)
    assert management.read(CONTROL) == 0
    assert management.read(STATUS) == STATUS_WITH_LINK
    identifier = management.read(IDENTIFIER_1) << 16 | management.read(IDENTIFIER_2)
    assert identifier not in (0, 0xFFFFFFFF)
    assert [management.read(register) for register in range(4, 32, 9)] == [0] * 4


NEGOTIATION, JABBER, ABLE, COMPLETE = 1 << 12, 1 << 1, 1 << 3, 1 << 5
ADVERTISEMENT, PARTNER, EXPANSION, RECEIVER = 4, 5, 6, 16
TEN, TEN_FULL, SELECTOR, ACKNOWLEDGED = 1 << 5, 1 << 6, 1, 1 << 14


def on_a_pair(**pins: int) -> Management:
    """The PHY on a twisted pair."""
    management = Management()
    management.bus.set(negotiates=1, **pins)
    return management


def test_28_negotiation_is_on_after_power_up_on_a_twisted_pair() -> None:
    management = on_a_pair()
    assert management.read(CONTROL) == NEGOTIATION
    assert management.read(STATUS) == STATUS_WITH_LINK | ABLE | COMPLETE
    assert management.read(ADVERTISEMENT) == TEN | TEN_FULL | SELECTOR
    assert management.bus["announce"]


@pytest.mark.parametrize("partner", [0, 1])
def test_28_full_duplex_if_both_announce_it(partner: int) -> None:
    """Registers 5 and 6; without a partner's bursts only 10BASE-T is detected (28.2.3.1)."""
    management = on_a_pair(partner_announces=partner)
    found = TEN | (ACKNOWLEDGED | TEN_FULL | SELECTOR) * partner
    assert management.read(PARTNER) == found
    assert management.read(EXPANSION) == partner
    assert management.bus["phy_full_duplex"] == partner
    management.write(ADVERTISEMENT, TEN | SELECTOR)
    assert not management.bus["announce"]
    assert not management.bus["phy_full_duplex"]


@pytest.mark.parametrize("duplex", [0, DUPLEX])
def test_28_a_phy_told_its_mode_announces_nothing(duplex: int) -> None:
    management = on_a_pair(partner_announces=1)
    management.write(CONTROL, duplex)
    assert management.read(CONTROL) == duplex
    assert not management.bus["announce"]
    assert management.bus["phy_full_duplex"] == bool(duplex)
    assert management.read(PARTNER) == management.read(EXPANSION) == 0
    assert not management.read(STATUS) & COMPLETE
    management.write(CONTROL, RESET)
    assert management.read(CONTROL) == NEGOTIATION
    assert management.bus["phy_full_duplex"]


def test_28_it_is_complete_when_the_link_is_there() -> None:
    management = on_a_pair(link=0, partner_announces=1)
    for _ in range(2):
        assert not management.read(STATUS) & (COMPLETE | LINK)
    assert management.read(PARTNER) == 0
    management.bus.set(link=1)
    management.read(STATUS)
    assert management.read(STATUS) & COMPLETE


def test_14_jabber_latches_high() -> None:
    """22.2.4.2.14."""
    management = on_a_pair()
    for level in (1, 0):
        management.bus.set(phy_jabber=level)
        management.bus.settle()
    assert management.read(STATUS) & JABBER
    assert not management.read(STATUS) & JABBER


def test_14_polarity_is_told() -> None:
    management = on_a_pair(polarity=1)
    assert management.read(RECEIVER) == 1
    management.bus.set(polarity=0)
    assert management.read(RECEIVER) == 0


@pytest.mark.parametrize("phy", [0, 2, 3, 9, 17, 31])
def test_at_other_addresses_nobody_answers(phy: int) -> None:
    """A scan for PHYs finds one: elsewhere ones are read, and NVALID is set."""
    management = Management()
    assert management.read(IDENTIFIER_1, phy) == 0xFFFF
    assert management.bus.read(MIISTATUS) == NVALID
    management.write(CONTROL, LOOPBACK, phy)
    assert management.read(CONTROL) == 0
    assert management.bus.read(MIISTATUS) == 0


@pytest.mark.parametrize(
    ("bit", "pins"),
    [
        (LOOPBACK, {"phy_loopback"}),
        (POWER_DOWN, {"phy_isolate"}),
        (ISOLATE, {"phy_isolate"}),
        (POWER_DOWN | ISOLATE, {"phy_isolate"}),
        (DUPLEX, {"phy_full_duplex"}),
        (COLLISION_TEST, {"phy_collision_test"}),
    ],
)
def test_control_bits_do_their_work_until_a_reset(bit: int, pins: set[str]) -> None:
    management = Management()
    every = ("phy_loopback", "phy_isolate", "phy_full_duplex", "phy_collision_test")
    management.write(CONTROL, bit)
    assert {name for name in every if management.bus[name]} == pins
    assert management.read(CONTROL) == bit
    management.write(CONTROL, RESET | bit)
    assert {name for name in every if management.bus[name]} == set()
    assert management.read(CONTROL) == 0


def test_fixed_bits_and_read_only_registers_ignore_writes() -> None:
    management = Management()
    identifier = management.read(IDENTIFIER_1)
    for register in range(8):
        management.write(register, 0xFFFF & ~RESET)
    assert management.read(CONTROL) == LOOPBACK | POWER_DOWN | ISOLATE | DUPLEX | COLLISION_TEST
    assert management.read(STATUS) == STATUS_WITH_LINK
    assert management.read(IDENTIFIER_1) == identifier


def test_a_link_that_was_down_reads_as_down_once() -> None:
    """22.2.4.2.13: the bit latches low; it shows although it was not read while the link was down."""
    management = Management()
    assert management.read(STATUS) & LINK
    for level in (0, 1):
        management.bus.set(link=level)
        management.bus.settle()
    assert not management.read(STATUS) & LINK
    assert management.bus.read(MIISTATUS) == LINKFAIL
    assert management.read(STATUS) & LINK
    assert management.bus.read(MIISTATUS) == 0
    management.bus.set(link=0)
    for _ in range(2):
        assert not management.read(STATUS) & LINK


def test_linkfail_follows_the_status_register_only() -> None:
    management = Management()
    management.bus.set(link=0)
    assert management.read(CONTROL) == 0
    assert management.bus.read(MIISTATUS) == 0
    management.read(STATUS)
    assert management.bus.read(MIISTATUS) == LINKFAIL
    management.read(IDENTIFIER_2)
    assert management.bus.read(MIISTATUS) == LINKFAIL


def test_a_scan_reads_on_and_on() -> None:
    """NVALID until the first round is over; the register follows what it reads; BUSY to the end."""
    management = Management()
    bus = management.bus
    bus.write(MIIADDRESS, STATUS << 8 | PHY)
    bus.write(MIICOMMAND, SCANSTAT)
    assert bus.read(MIISTATUS) == BUSY | NVALID
    bus.wait(lambda: bus["mii_done"])
    bus.wait(lambda: not bus["mii_done"])
    assert bus.read(MIISTATUS) == BUSY
    assert bus.read(MIIRX_DATA) == STATUS_WITH_LINK
    bus.set(link=0)
    for _ in range(2):
        before = bus["mii_done"]
        bus.wait(lambda before=before: bus["mii_done"] != before)
    bus.wait(lambda: bus["mii_seen"] == bus["mii_done"])
    assert not bus.read(MIIRX_DATA) & LINK
    assert bus.read(MIISTATUS) == BUSY | LINKFAIL
    assert bus.read(MIICOMMAND) == SCANSTAT
    bus.write(MIICOMMAND, 0)
    management.ended()
    assert bus.read(MIISTATUS) == LINKFAIL


def test_a_command_during_a_scan_waits_for_the_round_and_comes_before_the_next() -> None:
    management = Management()
    bus = management.bus
    bus.write(MIIADDRESS, CONTROL << 8 | PHY)
    bus.write(MIITX_DATA, DUPLEX)
    bus.write(MIICOMMAND, SCANSTAT)
    bus.write(MIICOMMAND, SCANSTAT | WCTRLDATA)
    assert bus.read(MIICOMMAND) == SCANSTAT | WCTRLDATA
    bus.wait(lambda: bus["phy_full_duplex"])
    assert bus.read(MIICOMMAND) == SCANSTAT
    bus.write(MIICOMMAND, 0)
    management.ended()


@pytest.mark.parametrize(("clkdiv", "ticks"), [(0, 2), (1, 2), (2, 2), (3, 2), (5, 4), (10, 10), (255, 254)])
def test_mdc_is_the_bus_clock_divided_by_an_even_number(clkdiv: int, ticks: int) -> None:
    """The register keeps an odd divider; it counts as the even one below, and two is the least."""
    bus = BusSide()
    bus.write(MIIMODER, clkdiv)
    assert bus.read(MIIMODER) == clkdiv
    assert bus["mii_divider"] == ticks


def test_a_command_at_the_fastest_takes_its_67_rises_of_mdc() -> None:
    management = Management()
    bus = management.bus
    bus.write(MIICOMMAND, RSTAT)
    ticks = 0
    while bus["mii_command"] != bus["mii_done"]:
        bus.tick()
        ticks += 1
    assert abs(ticks - FASTEST * (SYNCHRONISER + len(PREAMBLE) + 32 + 1)) <= FASTEST


def test_rst_lets_an_operation_end_and_forgets_it() -> None:
    management = Management()
    bus = management.bus
    bus.write(MIIADDRESS, IDENTIFIER_1 << 8 | PHY)
    bus.write(MIICOMMAND, RSTAT)
    bus.write(MODER, RST)
    bus.write(MIIMODER, FASTEST)
    management.ended()
    assert bus.read(MIIRX_DATA) == 0
    assert management.read(IDENTIFIER_1) not in (0, 0xFFFF)
