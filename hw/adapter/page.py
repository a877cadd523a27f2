"""`docs/registers.md`, written from the register map: `python -m hw.adapter.page > docs/registers.md`."""

from collections.abc import Iterable, Iterator

from hw.adapter.map import (
    COUNTERS_OFFSET,
    DESCRIPTORS,
    DESCRIPTORS_OFFSET,
    END_OFFSET,
    REGISTERS,
    RX_DESCRIPTOR,
    TX_DESCRIPTOR,
    Counter,
    Field,
)

ABOUT = f"""\
# The adapter's registers

<!-- Written by `python -m hw.adapter.page`, from hw/adapter/map.py. -->

What a driver sees of the circuit `adapter` (`thicknet convert adapter`): a slave port with registers and
buffer descriptors (`s_…`: word addresses, so offset 0x04 is `s_adr` 1), a master port to the host's memory
(`m_…`), both Wishbone-like, and `irq`. The programming model is that of the OpenCores 10/100 Ethernet MAC, so
that its drivers work (Linux: `ethoc`); on the wire the adapter does what IEEE 802.3 says. Its own additions
are above the model's last register and in two bits of the descriptors; a driver can do without them.

All registers have 32 bits; memory is big-endian. 0x000 to 0x{DESCRIPTORS_OFFSET - 1:X} are registers, \
0x{DESCRIPTORS_OFFSET:X} to 0x{END_OFFSET - 1:X}
descriptors; above is a bus error. Where there is no register, zeros are read and writes are ignored.

"""
ACCESS = """
## Fields

Access: RW keeps what is written; RO ignores writes; W1C, a written 1 clears the bit; SC, a written 1 is a
command, and the bit clears itself when that has been carried out. The meaning of a field of one bit is that
of a 1. Other bits read as zero.

"""
COUNTERS = """
## Counters

This adapter's own, under the names of RFC 2665 (`ethtool -S` shows them): 32 bits, read only, cleared by RST.
They count frames unless they say something else.

"""
RINGS = f"""
## Descriptors

Descriptor *n* of {DESCRIPTORS} is two words at 0x{DESCRIPTORS_OFFSET:X} + 8 *n*: length and status, then \
the address of the buffer.
The transmit descriptors come first, TX_BD_NUM of them; after a descriptor with WR, or the last of its kind,
the first one is next.

When a frame is done with, the adapter writes the first word: the fields that are RO, the driver's flags as
they were, and 0 in RD or E.

"""
REMARKS = """
## Where it differs from the OpenCores core

- DN is set for an alignment error only, which is half an octet too many *and* a wrong FCS (802.3 clause
  4.2.4.2.1). With a good FCS the half octet is dropped, and the frame is good. The core sets DN there too.
- TXPAUSERQ is dropped at once while TXFLOW is 0, and reads as 0. The core keeps the request.
"""


def table(columns: str, rows: Iterable[tuple[str, ...]]) -> str:
    """A table; `columns` is its head."""
    head = [columns, "|" + " --- |" * (columns.count("|") - 1)]
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def place(field: Field) -> str:
    """The bits of a field."""
    return f"{field:d}" if field.width == 1 else f"{field.end - 1}–{field:d}"


def registers() -> Iterator[tuple[str, ...]]:
    for register in REGISTERS:
        own = register.__name__.startswith("ROM")
        reset = "strap" if own else f"0x{register.RESET:08X}"
        yield f"0x{register.OFFSET:02X}", register.__name__, reset, register.MEANING


def fields() -> Iterator[tuple[str, ...]]:
    for register in REGISTERS:
        for field in register.FIELDS:
            yield register.__name__, place(field), field.name, field.access.name, field.meaning


def descriptors() -> Iterator[tuple[str, ...]]:
    for name, layout in (("transmit", TX_DESCRIPTOR), ("receive", RX_DESCRIPTOR)):
        for field in layout.FIELDS:
            yield name, place(field), field.name, field.access.name, field.meaning


def counters() -> Iterator[tuple[str, ...]]:
    for counter in Counter:
        yield f"0x{COUNTERS_OFFSET + 4 * counter:02X}", counter.name, counter.meaning


def page() -> str:
    """The whole of it."""
    return (
        ABOUT
        + table("| offset | register | reset | meaning |", registers())
        + ACCESS
        + table("| register | bits | field | access | meaning |", fields())
        + RINGS
        + table("| descriptor | bits | field | access | meaning |", descriptors())
        + COUNTERS
        + table("| offset | counter | counts |", counters())
        + REMARKS
    )


if __name__ == "__main__":
    print(page(), end="")
