"""docs/registers.md says what the driver's register map and the circuit say."""

import re
from enum import IntFlag
from pathlib import Path

import pytest
from bus import BusSide

from driver import registers
from driver.registers import Register, Rom

PAGE = (Path(__file__).parents[2] / "docs" / "registers.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line[:1] == "|"
]
OFFSETS = {int(row[0], 16): row for row in ROWS if row[0].startswith("0x")}
BITS: dict[str, type[IntFlag]] = {
    "MODER": registers.Moder,
    "INT_SOURCE": registers.Interrupt,
    "CTRLMODER": registers.Ctrlmoder,
    "MIICOMMAND": registers.Miicommand,
    "MIISTATUS": registers.Miistatus,
    "send": registers.TxStatus,
    "receive": registers.RxStatus,
}


def test_every_register_has_a_row() -> None:
    known = [*(register for register in Register if register is not Register.DESCRIPTORS), *Rom]
    assert {offset: row[1] for offset, row in OFFSETS.items()} == {int(one): one.name for one in known}


def test_the_reset_values_are_the_circuit_s() -> None:
    told = {offset: int(row[2], 16) for offset, row in OFFSETS.items() if row[2]}
    bus = BusSide()
    assert told == {offset: bus.read(offset) for offset in told}
    assert told.keys() == OFFSETS.keys() - set(Rom)


@pytest.mark.parametrize("name", BITS)
def test_every_bit_has_a_row(name: str) -> None:
    told = {row[2]: 1 << int(row[1]) for row in ROWS if row[0] == name}
    assert told == {bit.name: bit.value for bit in BITS[name]}


def test_fields_that_stand_in_the_first_table() -> None:
    assert re.search(r"\| TXCTRL .* 16 TXPAUSERQ ", PAGE) and registers.Txctrl.TXPAUSERQ == 1 << 16
    assert re.search(r"\| MIIMODER .* 8 MIINOPRE:", PAGE) and registers.Miimoder.MIINOPRE == 1 << 8
