"""A frame as bits in the order of their transmission, and as Manchester half bits (802.3 clause 7.3.1.1)."""

from sim.record.dissect.layer import bits_in_order
from sim.record.timeline import clock

PREAMBLE = b"\x55" * 7 + b"\xd5"
"""Preamble and SFD (clauses 3.2.1, 3.2.2)."""
BIT_PS = 100_000
_HALVES = {"0": "-_", "1": "_-"}
_BITS_A_ROW, _SIGNAL_A_ROW = 8, 4


def halves(bits: str) -> str:
    """Two half bits for each bit: its complement, then the bit itself; `-` is HI, `_` is LO."""
    return "".join(_HALVES[bit] for bit in bits)


def head(bits: int | None, octets: bytes) -> bytes:
    """What preceded a frame of which `bits` were on the cable: preamble and SFD, or what came of them."""
    before = 8 if bits is None else max(bits // 8 - len(octets), 0)
    return PREAMBLE[-before:] if before <= len(PREAMBLE) and before else PREAMBLE[:0]


def _rows(octets: bytes, size: int) -> list[tuple[int, bytes]]:
    return [(at, octets[at : at + size]) for at in range(0, len(octets), size)]


def bit_rows(octets: bytes) -> list[str]:
    """All octets and their bits."""
    width = 3 * _BITS_A_ROW
    return [
        f"{at:>6}  {row.hex(' '):<{width}} {' '.join(bits_in_order(bytes((octet,))) for octet in row)}"
        for at, row in _rows(octets, _BITS_A_ROW)
    ]


def signal_rows(octets: bytes, start_ps: int | None) -> list[str]:
    """All octets and their half bits, each row with the instant at which it begins."""
    rows = []
    for at, row in _rows(octets, _SIGNAL_A_ROW):
        when = "" if start_ps is None else clock(start_ps + 8 * at * BIT_PS)
        shown = " ".join(halves(bits_in_order(bytes((octet,)))) for octet in row)
        rows.append(f"{when:>18}  {row.hex(' '):<12}{shown}")
    return rows
