"""Clause 3.2.9, the frame check sequence, judged by zlib."""

import zlib
from random import Random

import pytest
from bench import Clocked

from hw.mac.crc32 import ONES, RESIDUE


def take(circuit: Clocked, octets: bytes) -> None:
    circuit.tick(init=1, enable=0)
    for octet in octets:
        circuit.tick(init=0, enable=1, data=octet & 15)
        circuit.tick(init=0, enable=1, data=octet >> 4)


def test_check_value() -> None:
    circuit = Clocked("crc32")
    take(circuit, b"123456789")
    assert circuit["crc"] ^ ONES == 0xCBF43926


def test_random_octets_agree_with_zlib() -> None:
    circuit = Clocked("crc32")
    random = Random(1)
    for length in (0, 1, 2, 3, 4, 64, 65, 200):
        octets = random.randbytes(length)
        take(circuit, octets)
        assert circuit["crc"] ^ ONES == zlib.crc32(octets), length


@pytest.mark.slow
def test_longest_frame_agrees_with_zlib() -> None:
    circuit = Clocked("crc32")
    octets = Random(2).randbytes(1514)
    take(circuit, octets)
    assert circuit["crc"] ^ ONES == zlib.crc32(octets)


def test_frame_with_its_fcs_leaves_the_residue() -> None:
    circuit = Clocked("crc32")
    octets = Random(3).randbytes(60)
    take(circuit, octets + zlib.crc32(octets).to_bytes(4, "little"))
    assert circuit["crc"] == RESIDUE == 0xDEBB20E3
    take(circuit, octets + (zlib.crc32(octets) ^ 1).to_bytes(4, "little"))
    assert circuit["crc"] != RESIDUE


def test_holds_while_not_enabled() -> None:
    circuit = Clocked("crc32")
    take(circuit, b"abc")
    before = circuit["crc"]
    circuit.tick(enable=0, data=7)
    assert circuit["crc"] == before


def test_init_goes_before_enable() -> None:
    circuit = Clocked("crc32")
    take(circuit, b"abc")
    circuit.tick(init=1, enable=1, data=5)
    assert circuit["crc"] == ONES
