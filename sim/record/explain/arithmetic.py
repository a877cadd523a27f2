"""The frame check sequence worked out as by hand (802.3 clause 3.2.9), and its check by another program."""

import zlib
from collections.abc import Iterator

from hw.mac.crc32 import ONES, POLYNOMIAL
from sim.record.dissect.layer import bits_in_order

_GENERATOR = 0x04C11DB7
_SHOWN = 3
"""Octets at each end whose result is shown."""


def _terms(generator: int) -> str:
    powers = [power for power in range(31, -1, -1) if generator >> power & 1]
    names = {0: "1", 1: "x"}
    return " + ".join(["x^32", *(names.get(power, f"x^{power}") for power in powers)])


def shift(register: int, bit: int) -> int:
    """The register after one more bit of the frame."""
    differs = (register ^ bit) & 1
    return register >> 1 ^ (POLYNOMIAL if differs else 0)


def registers(octets: bytes) -> Iterator[int]:
    """The register after each octet, least significant bit first."""
    register = ONES
    for octet in octets:
        for place in range(8):
            register = shift(register, octet >> place & 1)
        yield register


def worked_out(frame: bytes) -> list[str]:
    """The FCS of `frame`, which ends with one, step by step."""
    body, fcs = frame[:-4], frame[-4:]
    lines = [
        f"G(x) = {_terms(_GENERATOR)}",
        f"The {len(body)} octets from the destination address to the last one before the FCS are M(x): the",
        "first bit sent, the least significant one of the first octet, has the highest power. The first 32",
        "bits of M(x) are complemented; the FCS is the complement of the remainder of x^32 M(x) / G(x).",
        f"In a register, highest power lowest: it starts as {ONES:08x}; for each bit of M(x) it is shifted",
        f"right, and {POLYNOMIAL:08x}, which is G(x), is added if the bit that leaves differs from M(x)'s.",
    ]
    register = ONES
    for place, bit in enumerate(bits_in_order(body[:1])):
        before, register = register, shift(register, int(bit))
        added = f"differ: add {POLYNOMIAL:08x}" if before & 1 != int(bit) else "are equal"
        lines.append(f"  octet 0 bit {place}: {bit} and {before & 1} {added}  ->  {register:08x}")
    after = list(registers(body))
    for number, value in enumerate(after):
        if number < _SHOWN or number >= len(after) - _SHOWN:
            lines.append(f"  after octet {number:>4} ({body[number]:02x}): {value:08x}")
        elif number == _SHOWN:
            lines.append("  ...")
    remainder = after[-1] if after else ONES
    right = remainder ^ ONES
    sent = right.to_bytes(4, "little")
    verdict = "they are equal, the FCS is good" if fcs == sent else "they differ, the FCS is bad"
    lines += [
        f"Complemented: {right:08x}; zlib.crc32 of the octets: {zlib.crc32(body):08x}.",
        f"The highest power goes first, and that is the register's lowest bit: {sent.hex(' ')} as octets.",
        f"The frame ends with {fcs.hex(' ')}: {verdict}.",
    ]
    return lines
