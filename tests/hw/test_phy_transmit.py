"""Clause 7, Manchester out: judged by the definition of the code. Rows T1 and T4."""

from collections.abc import Sequence
from random import Random

import pytest
from bench import Clocked
from bitarray import bitarray
from manchester import PREAMBLE

from hw.analogue.events import on_change

HALF_BITS_PER_NIBBLE = 8
HOLD_HALF_BITS = 5
"""Row T4: 250 ns, in half bits of 50 ns."""

Wave = list[tuple[int, int]]
"""(driven, level) in each half bit."""


def send(phy: Clocked, nibbles: Sequence[int], silence: int = 3) -> Wave:
    """MII as the MAC drives it: a nibble changes after every eighth tick. There the clock is gated."""
    wave = []
    for nibble in (*nibbles, *[None] * silence):
        runs = phy["tx_en"] or phy["aui_do_active"] or phy["looped"]
        for half in range(HALF_BITS_PER_NIBBLE):
            if runs:
                phy.tick()
            wave.append((phy["aui_do_active"], phy["aui_do"]))
            if half == 0:
                phy.set(tx_en=nibble is not None, txd=nibble or 0)
                phy.run_for(1)
    return wave


def nibbles_of(octets: bytes) -> list[int]:
    return [nibble for octet in octets for nibble in (octet & 15, octet >> 4)]


def manchester(octets: bytes) -> list[int]:
    """A bit's second half is the bit, its first half the complement; least significant bit first."""
    bits = bitarray(endian="little")
    bits.frombytes(octets)
    return [level for bit in bits for level in (1 - bit, bit)]


def driven(wave: Wave) -> list[int]:
    """The levels while the pair is driven, which is once and without a break."""
    active = [drive for drive, _ in wave]
    first, last = active.index(1), len(active) - 1 - active[::-1].index(1)
    assert all(active[first : last + 1])
    return [level for _, level in wave[first : last + 1]]


def test_preamble_and_sfd_have_the_right_polarity() -> None:
    """T1: 1010..., 10101011 on the line, and 1 is low to high."""
    levels = driven(send(Clocked("phy_transmit"), nibbles_of(PREAMBLE)))
    halves = levels[:-HOLD_HALF_BITS]
    assert halves == manchester(PREAMBLE)
    assert [halves[i : i + 2] for i in range(0, 128, 2)] == [[0, 1], [1, 0]] * 31 + [[0, 1], [0, 1]]


def test_random_octets_are_coded_by_definition() -> None:
    octets = Random(1).randbytes(64)
    levels = driven(send(Clocked("phy_transmit"), nibbles_of(octets)))
    assert levels[:-HOLD_HALF_BITS] == manchester(octets)


@pytest.mark.parametrize("last", [0x00, 0xFF])
def test_end_of_frame_is_high_for_250_ns_whatever_the_last_bit(last: int) -> None:
    """T4: then the pair falls silent."""
    octets = bytes([0x55, last])
    wave = send(Clocked("phy_transmit"), nibbles_of(octets))
    assert driven(wave) == manchester(octets) + [1] * HOLD_HALF_BITS
    assert wave[-1] == (0, 1)


def test_first_half_bit_leaves_one_nibble_after_the_mac_put_it_on_mii() -> None:
    """The phase of the half-bit clock against MII's: 400 ns."""
    wave = send(Clocked("phy_transmit"), [5] * 4)
    assert [drive for drive, _ in wave].index(1) == HALF_BITS_PER_NIBBLE


def test_silent_without_tx_en() -> None:
    assert set(send(Clocked("phy_transmit"), [])) == {(0, 1)}


def test_two_transmissions_are_coded_alike() -> None:
    phy = Clocked("phy_transmit")
    first, second = (driven(send(phy, nibbles_of(PREAMBLE + b"\x3c"))) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("mode", ["loopback", "phy_loopback"])
def test_loopback_drives_nothing(mode: str) -> None:
    """The encoder works and its output stage does not."""
    phy = Clocked("phy_transmit", **{mode: 1})
    looped: list[int] = []
    on_change(phy.wires["looped"], lambda: looped.append(phy["looped"]))
    wave = send(phy, nibbles_of(PREAMBLE))
    assert {drive for drive, _ in wave} == {0}
    assert looped == [1, 0]
    levels = [level for _, level in wave]
    assert levels[8 : 8 + 128] == manchester(PREAMBLE)


def test_isolated_phy_does_not_answer_the_mii() -> None:
    assert set(send(Clocked("phy_transmit", phy_isolate=1), nibbles_of(PREAMBLE))) == {(0, 1)}
