"""Clause 4 and annex 31B, what the register model's filters and modes make of a frame that comes in on MII.

Rows R2 to R4, R9, R10; hash tables, IAM, IFG, HUGEN, DLYCRCEN, PASSALL, RXFLOW. Hashes and FCS are zlib's.
"""

import zlib
from random import Random
from typing import Any

import pytest
from receiving import (
    BAD_FCS,
    BROADCAST,
    CONTROL,
    FOREIGN,
    HEADER,
    INVALID,
    LATE,
    LENGTH,
    RUNT,
    STATION,
    TOO_LONG,
    Received,
    ReceiveMac,
)

SOURCE = b"\x02\x00\x00\x00\x00\x09"
OTHER = b"\x02\x00\x00\x00\x00\x03"
GROUP = b"\x01\x00\x5e\x00\x00\x01"
PAUSE_GROUP = bytes.fromhex("0180c2000001")


def sealed(octets: bytes) -> bytes:
    return octets + zlib.crc32(octets).to_bytes(4, "little")


def frame(length: int, destination: bytes = STATION, length_type: int = 0x0800) -> bytes:
    """A frame of `length` octets, FCS included."""
    header = destination + SOURCE + length_type.to_bytes(2, "big")
    return sealed((header + Random(1).randbytes(max(length, 0)))[: length - 4])


def whole(octets: bytes, status: int = 0) -> list[Received]:
    return [Received(octets, len(octets), status)]


def tables(*addresses: bytes) -> dict[str, int]:
    """HASH0 and HASH1 as Linux computes them: bin = ether_crc(address) >> 26, most significant bit first."""
    both = 0
    for address in addresses:
        reflected = zlib.crc32(address) ^ 0xFFFFFFFF
        both |= 1 << (int(f"{reflected:032b}"[::-1], 2) >> 26)
    return {"hash_0": both & 0xFFFFFFFF, "hash_1": both >> 32}


def inverted(pins: dict[str, int]) -> dict[str, int]:
    return {name: value ^ 0xFFFFFFFF for name, value in pins.items()}


# -- addresses ---------------------------------------------------------------------------------------


def test_hash_of_a_known_address() -> None:
    """The reference of these tests against a CRC register that shifts to the left, as it is drawn."""
    register = 0xFFFFFFFF
    for octet in GROUP:
        for bit in range(8):
            feedback = (register >> 31) ^ (octet >> bit & 1)
            register = register << 1 & 0xFFFFFFFF
            if feedback:
                register ^= 0x04C11DB7
    place = register >> 26
    assert tables(GROUP) == {"hash_0": 1 << place & 0xFFFFFFFF, "hash_1": 1 << place >> 32}


GROUPS = [bytes([1, 0, 94, *Random(n).randbytes(3)]) for n in range(24)]


@pytest.mark.parametrize("group", GROUPS)
def test_r9_group_address_in_the_table(group: bytes) -> None:
    assert ReceiveMac(**tables(group)).receive(frame(64, group)) == whole(frame(64, group))
    mac = ReceiveMac(**inverted(tables(group)))
    assert mac.receive(frame(64, group)) == []
    assert mac.taker.words == 0
    assert mac.receive(frame(65)) == whole(frame(65))


@pytest.mark.parametrize(
    ("destination", "pins", "taken"),
    [
        (OTHER, tables(OTHER), False),  # the table is for groups
        (OTHER, tables(OTHER) | {"individual_hash": 1}, True),
        (OTHER, inverted(tables(OTHER)) | {"individual_hash": 1}, False),
        (STATION, {"individual_hash": 1}, False),  # with IAM nothing is compared
        (STATION, tables(STATION) | {"individual_hash": 1}, True),
        (GROUP, tables(GROUP) | {"individual_hash": 1}, True),
        (BROADCAST, tables(BROADCAST) | {"reject_broadcast": 1}, False),
        (BROADCAST, {"individual_hash": 1}, True),
    ],
)
def test_r9_iam_and_broadcast(destination: bytes, pins: dict[str, int], taken: bool) -> None:
    mac = ReceiveMac(**pins)
    assert mac.receive(frame(64, destination)) == (whole(frame(64, destination)) if taken else [])
    assert mac.taker.words == (16 if taken else 0)


def test_r9_m_bit_says_that_only_promiscuity_took_it() -> None:
    pins = tables(GROUP)
    assert ReceiveMac(promiscuous=1, **pins).receive(frame(64, GROUP)) == whole(frame(64, GROUP))
    pins = inverted(pins)
    assert ReceiveMac(promiscuous=1, **pins).receive(frame(64, GROUP)) == whole(frame(64, GROUP), FOREIGN)
    assert ReceiveMac(promiscuous=1).receive(frame(64, OTHER)) == whole(frame(64, OTHER), FOREIGN)


@pytest.mark.parametrize("nibbles", range(2 * 6, 2 * 9 + 1))
@pytest.mark.parametrize("pins", [{}, tables(GROUP), {"promiscuous": 1}])
def test_r12_frame_cut_around_the_verdict_leaves_nothing_behind(pins: dict[str, int], nibbles: int) -> None:
    """What was announced is ended, and the next frame's words are in order."""
    mac = ReceiveMac(**pins)
    destination = GROUP if "hash_0" in pins else STATION
    announced = mac.receive(frame(64, destination)[: nibbles // 2], half_octet=bool(nibbles % 2))
    assert bool(announced) == bool(mac.taker.words)
    assert all(received.status & RUNT for received in announced)
    assert mac.receive(frame(64)) == whole(frame(64))


# -- length ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [0, 1, 45, 46])
def test_r4_length_of_0_to_46_in_64_octets_is_good(length: int) -> None:
    octets = frame(64, length_type=length)
    assert ReceiveMac().receive(octets) == whole(octets)


@pytest.mark.parametrize("length", [47, 48, 100, 1499, 1500])
def test_r4_length_of_47_to_1500_in_64_octets_is_a_length_error(length: int) -> None:
    octets = frame(64, length_type=length)
    assert ReceiveMac().receive(octets) == whole(octets, LENGTH)


@pytest.mark.parametrize(("length", "status"), [(81, 0), (82, 0), (83, LENGTH), (1501, 0), (1536, 0)])
def test_r4_length_against_the_data_that_are_there(length: int, status: int) -> None:
    """100 octets have room for 82 of data. Above 1500 it is no length."""
    octets = frame(100, length_type=length)
    assert ReceiveMac().receive(octets) == whole(octets, status)


def test_r4_length_error_is_only_said_of_a_good_fcs() -> None:
    octets = frame(64, length_type=100)[:-1] + b"\0"
    assert ReceiveMac().receive(octets) == whole(octets, BAD_FCS)


def test_r3_hugen_takes_frames_of_any_length() -> None:
    mac = ReceiveMac(max_frame=128, huge_enable=1)
    for length in (127, 128, 129, 133, 700):
        assert mac.receive(frame(length)) == whole(frame(length))


@pytest.mark.slow
def test_r3_hugen_jabberer_ends_at_65535_octets() -> None:
    mac = ReceiveMac(huge_enable=1)
    (received,) = mac.receive(frame(66_000))
    assert (received.length, received.status & TOO_LONG) == (65_535, TOO_LONG)


# -- MII's errors ------------------------------------------------------------------------------------


class _Disturbed(ReceiveMac):
    """With `pin` high during one nibble, counted from the SFD's last."""

    def __init__(self, pin: str, when: int, **inputs: int) -> None:
        super().__init__(**inputs)
        self._pin, self._when, self._nibbles = pin, when, 1 - len(HEADER)

    def tick(self, **inputs: Any) -> None:
        """As `Clocked.tick`."""
        super().tick(**inputs, **{self._pin: int(self._nibbles == self._when)})
        self._nibbles += 1


@pytest.mark.parametrize(
    ("nibble", "status"),
    [(-16, 0), (-15, INVALID), (0, INVALID), (1, INVALID), (60, INVALID), (128, INVALID), (129, 0)],
)
def test_is_an_invalid_symbol_anywhere_in_the_frame(nibble: int, status: int) -> None:
    mac = _Disturbed("rx_er", nibble)
    assert mac.receive(frame(64)) == whole(frame(64), status)
    assert mac.receive(frame(64)) == whole(frame(64))


@pytest.mark.parametrize(("octet", "status"), [(30, 0), (55, 0), (56, LATE), (90, LATE)])
def test_lc_collision_behind_the_window(octet: int, status: int) -> None:
    """512 bits, preamble and SFD included, are over when 56 octets have come. `col` passes two flip-flops."""
    synchroniser = 2
    mac = _Disturbed("col", 2 * octet + 2 - synchroniser)
    assert mac.receive(frame(100)) == whole(frame(100), status)
    full = _Disturbed("col", 2 * octet + 2 - synchroniser, full_duplex=1)
    assert full.receive(frame(100)) == whole(frame(100))


# -- gaps and CRC ------------------------------------------------------------------------------------


def test_r10_frame_after_a_gap_that_is_too_short_is_dropped_unless_ifg() -> None:
    assert ReceiveMac(short_gap=1).receive(frame(64)) == []
    assert ReceiveMac(short_gap=1, ignore_gap=1).receive(frame(64)) == whole(frame(64))
    assert ReceiveMac(ignore_gap=1).receive(frame(64)) == whole(frame(64))


def test_r10_frames_11_nibbles_apart_are_both_received() -> None:
    """47 bit times, what is left of a gap of 96 behind four repeaters."""
    mac = ReceiveMac()
    for seed in range(4):
        octets = frame(64 + seed)
        mac.receive(octets, idle=11)
    assert [received.status for received in mac.taker.frames] == [0] * 4
    assert [received.octets for received in mac.taker.frames] == [frame(64 + seed) for seed in range(4)]


@pytest.mark.parametrize("length", [64, 65, 67])
def test_dlycrcen_fcs_leaves_out_the_first_4_octets(length: int) -> None:
    body = frame(length)[:-4]
    octets = body + zlib.crc32(body[4:]).to_bytes(4, "little")
    assert ReceiveMac(delay_crc=1).receive(octets) == whole(octets)
    assert ReceiveMac(delay_crc=1).receive(frame(length)) == whole(frame(length), BAD_FCS)


# -- PAUSE -------------------------------------------------------------------------------------------


def pause(quanta: int = 0x1234, destination: bytes = PAUSE_GROUP, opcode: int = 1, length: int = 64) -> bytes:
    header = destination + SOURCE + b"\x88\x08" + opcode.to_bytes(2, "big") + quanta.to_bytes(2, "big")
    return sealed(header.ljust(length - 4, b"\0"))


@pytest.mark.parametrize(
    ("pass_all", "rx_flow", "stored"), [(0, 0, False), (0, 1, False), (1, 0, True), (1, 1, True)]
)
def test_31b_pass_all_and_rx_flow(pass_all: int, rx_flow: int, stored: bool) -> None:
    mac = ReceiveMac(pass_all=pass_all, rx_flow=rx_flow)
    assert mac.receive(pause()) == (whole(pause(), CONTROL) if stored else [])
    assert mac.taker.words == (16 if stored else 0)
    assert mac["rx_pause"] == rx_flow
    assert mac["pause_time"] == (0x1234 if rx_flow else 0)
    assert mac.receive(frame(65)) == whole(frame(65))


def test_31b_pause_to_the_own_address() -> None:
    """Its words have gone to the bus side when its type comes; the status says what it was."""
    mac = ReceiveMac(rx_flow=1)
    assert mac.receive(pause(7, STATION)) == whole(pause(7, STATION), CONTROL)
    assert (mac["rx_pause"], mac["pause_time"]) == (1, 7)


def test_22_2_1_5_pause_frame_with_an_invalid_symbol_is_not_obeyed() -> None:
    """It counts as one with a wrong FCS, though its octets are right."""
    mac = _Disturbed("rx_er", 20, rx_flow=1, pass_all=1)
    assert mac.receive(pause(7)) == whole(pause(7), CONTROL | INVALID)
    assert mac["rx_pause"] == 0
    mac.receive(pause(8))
    assert (mac["rx_pause"], mac["pause_time"]) == (1, 8)


def test_31b_each_pause_frame_is_told() -> None:
    mac = ReceiveMac(rx_flow=1)
    for number, quanta in enumerate((5, 0, 0xFFFF), 1):
        mac.receive(pause(quanta))
        assert (mac["rx_pause"], mac["pause_time"]) == (number & 1, quanta)


@pytest.mark.parametrize(
    "octets",
    [
        pause(opcode=0),
        pause(opcode=2),
        pause(opcode=0x101),
        pause(length=65),
        pause(length=68),
        pause(destination=bytes.fromhex("0180c2000000")),
        pause(destination=bytes.fromhex("0180c2000011")),
        pause(destination=BROADCAST),
        pause(destination=OTHER),
        pause()[:-1] + b"\0",
        pause()[:12] + b"\x88\x09" + pause()[14:-4],
        pause()[:40],
        sealed(pause()[:40]),
    ],
)
def test_31b_what_is_no_pause_frame(octets: bytes) -> None:
    mac = ReceiveMac(rx_flow=1, promiscuous=1)
    mac.receive(octets)
    assert (mac["rx_pause"], mac["pause_time"]) == (0, 0)
    mac.receive(pause())
    assert mac["rx_pause"] == 1


def test_31b_other_frames_to_the_pause_address_are_not_stored() -> None:
    mac = ReceiveMac(rx_flow=1)
    assert mac.receive(frame(64, PAUSE_GROUP)) == []
    assert mac.receive(pause()[:40]) == []
    assert mac.taker.words == 0
    assert mac.receive(frame(66)) == whole(frame(66))
    joined = ReceiveMac(rx_flow=1, **tables(PAUSE_GROUP))
    assert joined.receive(frame(64, PAUSE_GROUP)) == whole(frame(64, PAUSE_GROUP))


@pytest.mark.parametrize("opcode", [0, 1, 2])
def test_31b_control_frames_say_what_they_are(opcode: int) -> None:
    mac = ReceiveMac()
    octets = pause(opcode=opcode, destination=STATION)
    assert mac.receive(octets) == whole(octets, CONTROL)
    assert mac["rx_pause"] == 0
