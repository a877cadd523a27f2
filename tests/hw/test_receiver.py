"""Clause 7 receiving: clock recovery, SFD and nibbles, with the MAC behind them. Rows R5 to R8, R10, R11."""

import zlib
from random import Random

import pytest
from bench import Clocked
from line import Line
from manchester import PREAMBLE, Sender, end_of_bits
from receiving import BAD_FCS, DRIBBLE, STATION, Received

START_PS = 5_000_000
BIT_PS = 100_000
JITTER_PS = 18_000
"""What a DTE's receiver must take on each edge."""


def frame(length: int = 64, seed: int = 1) -> bytes:
    body = (STATION + Random(seed).randbytes(length))[: length - 4]
    return body + zlib.crc32(body).to_bytes(4, "little")


def good(octets: bytes) -> Received:
    return Received(octets, len(octets), 0)


# The PHY alone, bit by bit.


def shown(bits: str, after: int = 12) -> list[int]:
    """The nibbles that a MAC samples at every fourth bit clock, when `bits` and then silence come."""
    phy = Clocked("phy_receive")
    nibbles = []
    for place in range(len(bits) + after):
        phy.tick(rx_valid=place < len(bits), rx_bit=int(bits[place]) if place < len(bits) else 1)
        if place % 4 == 3 and phy["rx_dv"]:
            nibbles.append(phy["rxd"])
    return nibbles


@pytest.mark.parametrize(
    ("lead", "found"), [("11010101", True), ("110101", False), ("1010101", True), ("010101", False)]
)
def test_sfd_is_11_after_six_alternating_bits(lead: str, found: bool) -> None:
    """Counted are the bits that differ from the one before; before the first there was a 0."""
    assert (shown(lead + "1" + "0011") != []) is found


@pytest.mark.parametrize("offset", range(4))
def test_nibbles_are_aligned_to_the_sfd_wherever_it_falls(offset: int) -> None:
    nibbles = shown("1" * (offset % 2) + "10" * (8 + offset // 2) + "10101011" + "1100" + "0110" + "0001")
    assert nibbles == [13, 3, 6, 8]


@pytest.mark.parametrize("dribble", range(1, 4))
def test_up_to_three_left_over_bits_are_dropped(dribble: int) -> None:
    assert shown("10" * 8 + "10101011" + "1100" + "1" * dribble) == [13, 3]


# From the wire.


def test_frame_from_a_steady_line() -> None:
    line = Line()
    line.hear(Sender(START_PS, frame()))
    assert line.mac.frames == [good(frame())]


@pytest.mark.parametrize("ppm", [-200, -100, 100, 200])
def test_r11_longest_frame_at_the_limits_of_the_clocks(ppm: int) -> None:
    line = Line()
    line.hear(Sender(START_PS, frame(1518), ppm=ppm))
    assert line.mac.frames == [good(frame(1518))]


def jittered(frames: int, seed: int) -> None:
    line = Line()
    at = START_PS
    random = Random(seed)
    for number in range(frames):
        sender = Sender(at, frame(seed=number), ppm=random.randint(-200, 200))
        line.hear(sender, jitter_ps=JITTER_PS, seed=seed * frames + number)
        at = end_of_bits(sender) + 20_000_000 + random.randrange(BIT_PS)
    assert line.mac.frames == [good(frame(seed=number)) for number in range(frames)]


def test_r11_jitter_of_18_ns_and_200_ppm() -> None:
    jittered(40, 1)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 12))
def test_r11_jitter_at_length(seed: int) -> None:
    jittered(100, seed)


@pytest.mark.parametrize("dribble", range(1, 8))
def test_r5_dribble_bits_and_good_fcs(dribble: int) -> None:
    line = Line()
    line.hear(Sender(START_PS, frame(), extra_bits="1011001"[:dribble]))
    assert line.mac.frames == [good(frame())]


@pytest.mark.parametrize("dribble", range(1, 8))
def test_r6_dribble_bits_and_bad_fcs(dribble: int) -> None:
    """Fewer than four bits are no nibble on MII, so the MAC cannot tell them from a mere bad FCS."""
    line = Line()
    bad = frame()[:-1] + bytes([frame()[-1] ^ 0x40])
    line.hear(Sender(START_PS, bad, extra_bits="1011001"[:dribble]))
    assert line.mac.frames == [Received(bad, 64, BAD_FCS | (DRIBBLE if dribble > 3 else 0))]


@pytest.mark.parametrize("octets", [5, 6, 7, 8, 12, 30])
def test_r7_preambles_from_40_bits_up(octets: int) -> None:
    """40 bits with the SFD are the least that this receiver promises; a run beyond 64 bits is no fault."""
    line = Line()
    line.hear(Sender(START_PS, frame(), preamble=b"\x55" * (octets - 1) + b"\xd5"))
    assert line.mac.frames == [good(frame())]


def test_r7_40_bits_and_jitter() -> None:
    line = Line()
    for number in range(20):
        sender = Sender(START_PS + number * 100_000_000, frame(), preamble=PREAMBLE[3:])
        line.hear(sender, jitter_ps=JITTER_PS, seed=number)
    assert line.mac.frames == [good(frame())] * 20


def test_r7_too_short_a_preamble_does_no_harm() -> None:
    line = Line()
    line.hear(Sender(START_PS, frame(), preamble=b"\x55\xd5"))
    assert line.mac.frames == []
    line.hear(Sender(START_PS + 100_000_000, frame()))
    assert line.mac.frames == [good(frame())]


def test_r8_alternating_bits_only() -> None:
    line = Line()
    line.hear(Sender(START_PS, b"\x55" * 64, preamble=b"\x55" * 8))
    assert line.starts == 0
    assert line.mac.frames == []
    line.hear(Sender(START_PS + 100_000_000, frame()))
    assert line.mac.frames == [good(frame())]


@pytest.mark.parametrize("gap_bits", [96, 47])
def test_r10_back_to_back_frames(gap_bits: int) -> None:
    """96 bit times, and a gap that repeaters have shrunk to 47."""
    line = Line()
    first = Sender(START_PS, frame(65, seed=1), ppm=100)
    second = Sender(end_of_bits(first) + gap_bits * BIT_PS, frame(64, seed=2), ppm=-100)
    third = Sender(end_of_bits(second) + gap_bits * BIT_PS, frame(66, seed=3), ppm=100)
    line.hear(first, second, third)
    assert line.mac.frames == [good(frame(65, seed=1)), good(frame(64, seed=2)), good(frame(66, seed=3))]


def test_r10_frame_after_one_for_somebody_else() -> None:
    line = Line()
    other = b"\x02\0\0\0\0\x77" + frame()[6:]
    first = Sender(START_PS, other)
    line.hear(first, Sender(end_of_bits(first) + 47 * BIT_PS, frame()))
    assert line.mac.frames == [good(frame())]


@pytest.mark.parametrize("shift_ns", [0, 25, 50, 100, 130, 300, 777])
def test_r12_two_senders_at_once_and_then_a_frame(shift_ns: int) -> None:
    """100 and 300 ns apart the preambles cancel: there is carrier and not one edge."""
    line = Line()
    collision = [
        Sender(START_PS + n * shift_ns * 1000, b"", preamble=b"\x55" * 7 + b"\xd5" + b"\xff" * 4)
        for n in (0, 1)
    ]
    line.hear(*collision)
    assert all(received.status != 0 for received in line.mac.frames)
    line.hear(Sender(START_PS + 100_000_000, frame()))
    assert line.mac.frames[-1:] == [good(frame())]
    assert len(line.mac.frames) == 1


def test_frame_after_noise() -> None:
    """Edges at random: whatever the receiver made of them, it hears the next frame."""
    random = Random(7)
    line = Line()
    at = START_PS
    for number in range(15):
        moves = [(at, "aui_di_active", 1)]
        level = 1
        for _ in range(random.randint(1, 200)):
            at += random.randint(20_000, 160_000)
            level ^= 1
            moves.append((at, "aui_di", level))
        at += 150_000
        moves += [(at, "aui_di", 1), (at, "aui_di_active", 0)]
        line.play(moves)
        before = len(line.mac.frames)
        sender = Sender(at + 96 * BIT_PS, frame(seed=number))
        line.hear(sender)
        assert line.mac.frames[before:] == [good(frame(seed=number))], number
        at = end_of_bits(sender) + 50_000_000


def test_frame_cut_off_in_its_middle() -> None:
    """The carrier stops dead: a bad FCS, and the next frame arrives."""
    line = Line()
    cut = START_PS + 400 * BIT_PS
    line.hear(Sender(START_PS, frame(), cut_ps=cut))
    line.hear(Sender(START_PS + 100_000_000, frame()))
    first, second = line.mac.frames
    assert first.status & BAD_FCS
    assert second == good(frame())


def test_own_transmission_is_not_decoded() -> None:
    line = Line()
    line.pins["transmitting"].next = True
    line.hear(Sender(START_PS, frame()))
    assert line.starts == 0
    line.pins["transmitting"].next = False
    line.hear(Sender(START_PS + 100_000_000, frame()))
    assert line.mac.frames == [good(frame())]


def test_lock_is_given_up_when_own_transmission_begins() -> None:
    """A frame under way when the station begins to send is a collision: none of it is delivered as good."""
    line = Line()
    line.play([(START_PS + 300 * BIT_PS, "transmitting", 1), (START_PS + 700 * BIT_PS, "transmitting", 0)])
    line.hear(Sender(START_PS, frame()))
    assert all(received.status & BAD_FCS for received in line.mac.frames)
    before = len(line.mac.frames)
    line.hear(Sender(START_PS + 200_000_000, frame()))
    assert line.mac.frames[before:] == [good(frame())]
