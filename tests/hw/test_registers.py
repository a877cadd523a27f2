"""The register model: reset values, fields, interrupt. Judged by the model's table, in byte offsets."""

import pytest
from bus import BusSide

RESET = {
    0x00: 0x0000A000,
    0x04: 0,
    0x08: 0,
    0x0C: 0x12,
    0x10: 0x0C,
    0x14: 0x12,
    0x18: 0x00400600,
    0x1C: 0x000F003F,
    0x20: 0x40,
    0x24: 0,
    0x28: 0x64,
    0x2C: 0,
    0x30: 0,
    0x34: 0,
    0x38: 0,
    0x3C: 0,
    0x40: 0,
    0x44: 0,
    0x48: 0,
    0x4C: 0,
    0x50: 0,
}
FIELDS = {
    0x08: 0x7F,
    0x0C: 0x7F,
    0x10: 0x7F,
    0x14: 0x7F,
    0x18: 0xFFFFFFFF,
    0x1C: 0x000F003F,
    0x24: 0x7,
    0x28: 0x1FF,
    0x30: 0x1F1F,
    0x34: 0xFFFF,
    0x40: 0xFFFFFFFF,
    0x44: 0x0000FFFF,
    0x48: 0xFFFFFFFF,
    0x4C: 0xFFFFFFFF,
    0x50: 0x0000FFFF,
}
"""Registers that keep what is written, and which bits of them exist."""
READ_ONLY = (0x38, 0x3C)
PINS = {
    (0x00, 1 << 2): ("no_preamble", 1),
    (0x00, 1 << 3): ("reject_broadcast", 1),
    (0x00, 1 << 4): ("individual_hash", 1),
    (0x00, 1 << 5): ("promiscuous", 1),
    (0x00, 1 << 6): ("ignore_gap", 1),
    (0x00, 1 << 7): ("loopback", 1),
    (0x00, 1 << 8): ("no_backoff", 1),
    (0x00, 1 << 9): ("wait_forever", 1),
    (0x00, 1 << 10): ("full_duplex", 1),
    (0x00, 1 << 12): ("delay_crc", 1),
    (0x00, 1 << 13): ("crc_always", 1),
    (0x00, 1 << 14): ("huge_enable", 1),
    (0x00, 1 << 15): ("pad_always", 1),
    (0x00, 1 << 16): ("receive_small", 1),
    (0x0C, 0x55): ("ipgt", 0x55),
    (0x10, 0x2A): ("ipgr1", 0x2A),
    (0x14, 0x7F): ("ipgr2", 0x7F),
    (0x18, 0x12345678): ("min_frame", 0x1234),
    (0x18, 0x87654321): ("max_frame", 0x4321),
    (0x1C, 0x000A0000): ("max_retry", 10),
    (0x1C, 0x0000002A): ("collision_valid", 0x2A),
    (0x24, 1): ("pass_all", 1),
    (0x24, 2): ("rx_flow", 1),
    (0x28, 1 << 8): ("mii_no_preamble", 1),
    (0x48, 0xDEADBEEF): ("hash_0", 0xDEADBEEF),
    (0x4C, 0xDEADBEEF): ("hash_1", 0xDEADBEEF),
    (0x50, 0x1234): ("tx_pause_time", 0x1234),
}
"""Which pin of the MAC's an address and a word move, and to what."""
MODER, INT_SOURCE, INT_MASK, TX_BD_NUM, CTRLMODER, TXCTRL = 0x00, 0x04, 0x08, 0x20, 0x24, 0x50
ROM_0, ROM_1, COUNTERS = 0x60, 0x64, 0x80
DESCRIPTORS = 0x400
RXEN, TXEN, RST = 1, 2, 1 << 11
BUSY, TXC, RXC = 1 << 4, 1 << 5, 1 << 6
TXFLOW, TXPAUSERQ = 4, 1 << 16


@pytest.mark.parametrize("register", RESET)
def test_reset_values(register: int) -> None:
    assert BusSide().read(register) == RESET[register]


@pytest.mark.parametrize("register", FIELDS)
def test_fields_keep_what_is_written_and_nothing_else_does(register: int) -> None:
    bus = BusSide()
    for value in (0xFFFFFFFF, 0x55555555, 0xAAAAAAAA, 0):
        bus.write(register, value)
        assert bus.read(register) == value & FIELDS[register]
    for other, initial in RESET.items():
        if other != register:
            assert bus.read(other) == initial, hex(other)


def test_moder_keeps_17_bits_less_rst() -> None:
    bus = BusSide()
    bus.write(MODER, 0xFFFFFFFF & ~RST)
    assert bus.read(MODER) == 0x1F7FF


@pytest.mark.parametrize(("register", "word"), PINS)
def test_the_mac_is_shown_what_is_written(register: int, word: int) -> None:
    bus = BusSide()
    pin, value = PINS[register, word]
    assert bus[pin] != value or pin in ("crc_always", "pad_always")
    bus.write(register, word)
    assert bus[pin] == value
    bus.write(register, 0)
    assert bus[pin] == 0


@pytest.mark.parametrize("register", READ_ONLY)
def test_read_only_registers_ignore_writes(register: int) -> None:
    bus = BusSide()
    bus.write(register, 0xFFFFFFFF)
    assert bus.read(register) == 0


@pytest.mark.parametrize("register", [0x800, 0x804, 0xBFC, 0xC00, 0xFFC])
def test_from_0x800_up_is_a_bus_error_that_ends_the_cycle(register: int) -> None:
    bus = BusSide()
    before = [bus.read(other) for other in RESET]
    bus.write(register, 0xFFFFFFFF)
    assert bus.failed
    assert bus.read(register) == 0xFFFFFFFF
    assert bus.failed
    assert [bus.read(other) for other in RESET] == before
    assert not bus.failed


def test_0x7fc_is_the_last_word_that_answers() -> None:
    bus = BusSide()
    bus.write(0x7FC, 0x12345678)
    assert bus.read(0x7FC) == 0x12345678
    assert not bus.failed


def test_tx_bd_num_takes_0x80_and_ignores_more() -> None:
    bus = BusSide()
    for written, kept in (
        *((0x80, 0x80), (0x81, 0x80), (0xFF, 0x80), (0, 0), (0x7F, 0x7F)),
        *((0x100, 0x7F), (0x110, 0x7F), (0x80000001, 0x7F), (1, 1)),
    ):
        bus.write(TX_BD_NUM, written)
        assert bus.read(TX_BD_NUM) == kept


def test_station_address_pins_follow_the_registers() -> None:
    bus = BusSide()
    bus.write(0x40, 0x33445566)
    bus.write(0x44, 0x1122)
    assert bus["station_address"] == 0x112233445566


@pytest.mark.parametrize("address", [0x020000000001, 0xFEDCBA987654])
def test_address_rom_is_read_only(address: int) -> None:
    bus = BusSide(address)
    for _ in range(2):
        assert bus.read(ROM_0) == address & 0xFFFFFFFF
        assert bus.read(ROM_1) == address >> 32
        bus.write(ROM_0, 0)
        bus.write(ROM_1, 0)


@pytest.mark.parametrize("register", [0x54, 0x5C, 0x68, 0x7C, 0xD4, 0xFC, 0x100, 0x3FC])
def test_where_there_is_no_register_zeros_are_read(register: int) -> None:
    bus = BusSide()
    bus.write(register, 0xFFFFFFFF)
    assert bus.read(register) == 0


@pytest.mark.parametrize(("tx_bd_num", "pins"), [(0, (0, 1)), (1, (1, 1)), (0x7F, (1, 1)), (0x80, (1, 0))])
def test_tx_bd_num_of_0_disables_tx_and_of_0x80_rx(tx_bd_num: int, pins: tuple[int, int]) -> None:
    bus = BusSide()
    bus.write(TX_BD_NUM, tx_bd_num)
    bus.write(MODER, RXEN | TXEN)
    assert (bus["tx_enable"], bus["rx_enable"]) == pins
    assert bus.read(MODER) == RXEN | TXEN


def test_rst_brings_every_reset_value_back_and_reads_as_zero() -> None:
    bus = BusSide()
    provoke_busy(bus)
    for register in FIELDS:
        bus.write(register, 0xFFFFFFFF)
    bus.write(TX_BD_NUM, 3)
    bus.write(DESCRIPTORS, 0x12345678)
    assert bus["irq"]
    bus.write(MODER, 0x1FFFF)
    assert [bus.read(register) for register in RESET] == list(RESET.values())
    assert not bus["irq"]
    assert bus.read(DESCRIPTORS) == 0x12345678


def test_txpauserq_asks_for_one_frame_and_clears_itself_when_it_has_left() -> None:
    bus = BusSide()
    bus.write(CTRLMODER, TXFLOW)
    for time in (0x1234, 0xFFFF):
        before = bus["tx_pause"]
        bus.write(TXCTRL, TXPAUSERQ | time)
        assert bus["tx_pause"] != before
        assert bus["tx_pause_time"] == time
        # A second wish before the first has come true changes nothing.
        bus.write(TXCTRL, TXPAUSERQ | 1)
        assert bus["tx_pause"] != before
        assert bus.read(TXCTRL) == TXPAUSERQ | time
        bus.toggle("tx_pause_done")
        bus.settle()
        assert bus.read(TXCTRL) == time
        assert bus.read(INT_SOURCE) == TXC
        bus.write(INT_SOURCE, TXC)


def test_txpauserq_needs_txflow() -> None:
    bus = BusSide()
    bus.write(TXCTRL, TXPAUSERQ | 7)
    assert bus["tx_pause"] == 0
    assert bus.read(TXCTRL) == 7


def test_rxc_tells_of_a_pause_frame() -> None:
    bus = BusSide()
    for _ in range(2):
        bus.toggle("rx_pause")
        bus.settle()
        assert bus.read(INT_SOURCE) == RXC
        bus.write(INT_SOURCE, RXC)


def provoke_busy(bus: BusSide) -> None:
    """A frame that finds no empty descriptor."""
    bus.write(MODER, RXEN)
    bus.deliver(bytes(64))


def test_interrupts_are_set_although_masked() -> None:
    bus = BusSide()
    provoke_busy(bus)
    assert bus.read(INT_SOURCE) == BUSY
    assert not bus["irq"]
    bus.write(INT_MASK, 0x7F & ~BUSY)
    assert not bus["irq"]
    bus.write(INT_MASK, BUSY)
    assert bus["irq"]


def test_irq_is_a_level_and_ones_clear_it() -> None:
    bus = BusSide()
    bus.write(INT_MASK, 0x7F)
    provoke_busy(bus)
    assert bus["irq"]
    bus.write(INT_SOURCE, 0x7F & ~BUSY)
    assert bus["irq"]
    bus.write(INT_SOURCE, 0)
    assert bus.read(INT_SOURCE) == BUSY
    bus.write(INT_SOURCE, BUSY)
    assert not bus["irq"]
    assert bus.read(INT_SOURCE) == 0


def test_every_descriptor_word_keeps_32_bits() -> None:
    bus = BusSide()
    words = [DESCRIPTORS + 4 * number for number in range(256)]
    for register in words:
        bus.write(register, register * 0x01000193 & 0xFFFFFFFF)
    assert [bus.read(register) for register in words] == [n * 0x01000193 & 0xFFFFFFFF for n in words]


def test_the_clock_rests_when_nothing_is_to_be_done() -> None:
    bus = BusSide()
    bus.write(MODER, RXEN | TXEN)
    bus.settle()
    assert not bus["busy"]
    assert not bus["s_ack"]
