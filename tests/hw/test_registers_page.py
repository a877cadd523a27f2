"""docs/registers.md is what the map writes, and says what the driver's register map and the circuit say."""

from enum import IntFlag
from pathlib import Path

import pytest
from bus import BusSide

from driver import registers
from driver.registers import Counter, Register, Rom
from hw.adapter.page import page

PAGE = (Path(__file__).parents[2] / "docs" / "registers.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line[:1] == "|"
]
OFFSETS = {int(row[0], 16): row for row in ROWS if row[0].startswith("0x")}
RESETS = {offset: row for offset, row in OFFSETS.items() if len(row) == 4 and row[2] != "strap"}
BITS: dict[str, type[IntFlag]] = {
    "MODER": registers.Moder,
    "INT_SOURCE": registers.Interrupt,
    "CTRLMODER": registers.Ctrlmoder,
    "MIICOMMAND": registers.Miicommand,
    "MIISTATUS": registers.Miistatus,
    "transmit": registers.TxStatus,
    "receive": registers.RxStatus,
}
FIELDS: dict[str, dict[str, tuple[int, int]]] = {
    "PACKETLEN": {"MINFL": (31, 16), "MAXFL": (15, 0)},
    "COLLCONF": {"MAXRET": (19, 16), "COLLVALID": (5, 0)},
    "MIIADDRESS": {"FIAD": (4, 0), "RGAD": (12, 8)},
    "transmit": {"LEN": (31, 16), "RTRY": (7, 4)},
    "receive": {"LEN": (31, 16)},
}


def bits_of(name: str) -> dict[str, tuple[int, int]]:
    """Highest and lowest bit of each field that the page lists for a register or a kind of descriptor."""
    found = {}
    for row in ROWS:
        if row[0] == name:
            high, _, low = row[1].partition("–")
            found[row[2]] = int(high), int(low or high)
    return found


def test_the_page_is_what_the_map_writes() -> None:
    assert page() == PAGE, "write it again: python -m hw.adapter.page > docs/registers.md"


def test_every_register_has_a_row() -> None:
    known = {int(one): one.name for one in (*Register, *Counter) if one is not Register.DESCRIPTORS}
    known |= {int(one): f"ROM_{one.name}" for one in Rom}
    assert {offset: row[1] for offset, row in OFFSETS.items()} == known


def test_the_reset_values_are_the_circuit_s() -> None:
    stated = {offset: int(row[2], 16) for offset, row in RESETS.items()}
    bus = BusSide()
    assert stated == {offset: bus.read(offset) for offset in stated}
    assert stated.keys() == OFFSETS.keys() - set(Rom) - set(Counter)


@pytest.mark.parametrize("name", BITS)
def test_every_bit_has_a_row(name: str) -> None:
    stated = {field: 1 << low for field, (high, low) in bits_of(name).items() if high == low}
    assert stated == {bit.name: bit.value for bit in BITS[name]}


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_of_several_bits_has_a_row(name: str) -> None:
    assert {field: ends for field, ends in bits_of(name).items() if ends[0] != ends[1]} == FIELDS[name]


def test_fields_of_which_the_driver_knows_one() -> None:
    assert 1 << bits_of("TXCTRL")["TXPAUSERQ"][1] == registers.Txctrl.TXPAUSERQ
    assert 1 << bits_of("MIIMODER")["MIINOPRE"][1] == registers.Miimoder.MIINOPRE
