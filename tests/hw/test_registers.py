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
    0x40: 0,
    0x44: 0,
}
FIELDS = {
    0x08: 0x7F,
    0x0C: 0x7F,
    0x10: 0x7F,
    0x14: 0x7F,
    0x18: 0xFFFFFFFF,
    0x1C: 0x000F003F,
    0x40: 0xFFFFFFFF,
    0x44: 0x0000FFFF,
}
"""Registers that keep what is written, and which bits of them exist."""
MODER, INT_SOURCE, INT_MASK, TX_BD_NUM, ROM_0, ROM_1 = 0x00, 0x04, 0x08, 0x20, 0x60, 0x64
DESCRIPTORS = 0x400
RXEN, TXEN, RST = 1, 2, 1 << 11
BUSY = 1 << 4


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


def test_tx_bd_num_takes_0x80_and_ignores_more() -> None:
    bus = BusSide()
    for written, kept in ((0x80, 0x80), (0x81, 0x80), (0xFF, 0x80), (0, 0), (0x7F, 0x7F)):
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


@pytest.mark.parametrize("register", [0x5C, 0x68, 0x3FC])
def test_where_there_is_no_register_zeros_are_read(register: int) -> None:
    bus = BusSide()
    bus.write(register, 0xFFFFFFFF)
    assert bus.read(register) == 0


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
