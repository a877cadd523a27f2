"""Clause 7 receiving: clock recovery, SFD and nibbles, with the MAC behind them. Rows R5 to R8, R10, R11."""

import zlib
from itertools import dropwhile
from random import Random

import pytest
from bench import Clocked
from line import Line, edges
from manchester import PREAMBLE, Sender, bits_of, end_of_bits
from receiving import BAD_FCS, DRIBBLE, INVALID, STATION, Received

from hw.analogue.events import on_change

START_PS = 5_000_000
BIT_PS = 100_000
JITTER_PS = 18_000
"""What a DTE's receiver must take on each edge."""

SOURCE_AND_TYPE = b"\x02\x00\x00\x00\x00\x02\x08\x00"


def frame(length: int = 64, seed: int = 1) -> bytes:
    body = (STATION + SOURCE_AND_TYPE + Random(seed).randbytes(length))[: length - 4]
    return body + zlib.crc32(body).to_bytes(4, "little")


def good(octets: bytes) -> Received:
    return Received(octets, len(octets), 0)


# The PHY alone, bit by bit.


def mii(bits: str, after: int = 12) -> list[tuple[int, int]]:
    """(nibble, rx_er) that a MAC samples at every fourth bit clock, when `bits` and then silence come, from D
    on. Before it there are nibbles 5, one at least.

    `x` is a cell with a code violation; as the last one it has ended the reception, and comes when the line
    has.
    """
    phy = Clocked("phy_receive")
    nibbles = []
    for place, bit in enumerate(bits + "-" * after):
        ended = bit == "-" or (bit == "x" and place == len(bits) - 1)
        guess = 1 - phy["rx_bit"]
        phy.tick(rx_valid=not ended, rx_bit=guess if bit == "x" else bit == "1", rx_violation=bit == "x")
        if place % 4 == 3 and phy["rx_dv"]:
            nibbles.append((phy["rxd"], phy["rx_er"]))
    frame = list(dropwhile((5, 0).__eq__, nibbles))
    assert not frame or len(frame) < len(nibbles)
    return frame


def shown(bits: str) -> list[int]:
    """The nibbles alone."""
    return [nibble for nibble, _ in mii(bits)]


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


@pytest.mark.parametrize("octets", [1, 2, 64])
@pytest.mark.parametrize("dribble", range(8))
def test_r5_dribble_bits_are_one_nibble_on_mii(octets: int, dribble: int) -> None:
    """1 to 7 bits behind whole octets: MII shows half an octet more, whatever the number."""
    nibbles = shown("10" * 8 + "10101011" + "11000110" * octets + "1011001"[:dribble])
    assert nibbles[: 2 * octets + 1] == [13] + [3, 6] * octets
    assert len(nibbles) == 2 * octets + 1 + (dribble > 0)


@pytest.mark.parametrize("place", range(8))
def test_rx_er_is_beside_the_nibble_with_the_code_violation(place: int) -> None:
    data = list("11000110" * 2)
    data[4 + place] = "x"
    errors = [error for _, error in mii("10" * 8 + "10101011" + "".join(data))]
    assert errors == [0, 0, place < 4, place >= 4, 0]


@pytest.mark.parametrize("bits", range(8))
def test_rx_er_has_a_nibble_of_its_own_when_a_violation_ended_the_reception(bits: int) -> None:
    errors = [error for _, error in mii("10" * 8 + "10101011" + "11000110" + "1011001"[:bits] + "x")]
    assert errors[-1] == 1
    assert not any(errors[:-1])
    assert len(errors) >= 4


@pytest.mark.parametrize("place", [6, 7, 21])
def test_violation_before_the_sfd_is_nobodys_error(place: int) -> None:
    lead = list("10" * 8 + "10101011")
    lead[place] = "x"
    assert mii("".join(lead) + "1100") == [(13, 0), (3, 0)]


# From the wire.


def test_frame_from_a_steady_line() -> None:
    line = Line()
    line.hear(Sender(START_PS, frame()))
    assert line.mac.frames == [good(frame())]


@pytest.mark.parametrize("ppm", [-200, *(pytest.param(n, marks=pytest.mark.slow) for n in (-100, 100)), 200])
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
    jittered(15, 1)


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
    line = Line()
    bad = frame()[:-1] + bytes([frame()[-1] ^ 0x40])
    line.hear(Sender(START_PS, bad, extra_bits="1011001"[:dribble]))
    assert line.mac.frames == [Received(bad, 64, BAD_FCS | DRIBBLE)]


@pytest.mark.parametrize("octets", [5, 6, 7, 8, 12, 30])
def test_r7_preambles_from_40_bits_up(octets: int) -> None:
    """40 bits with the SFD are the least that this receiver promises; a run beyond 64 bits is no fault."""
    line = Line()
    line.hear(Sender(START_PS, frame(), preamble=b"\x55" * (octets - 1) + b"\xd5"))
    assert line.mac.frames == [good(frame())]


@pytest.mark.parametrize("frames", [7, pytest.param(20, marks=pytest.mark.slow)])
def test_r7_40_bits_and_jitter(frames: int) -> None:
    line = Line()
    for number in range(frames):
        sender = Sender(START_PS + number * 100_000_000, frame(), preamble=PREAMBLE[3:])
        line.hear(sender, jitter_ps=JITTER_PS, seed=number)
    assert line.mac.frames == [good(frame())] * frames


def test_r7_too_short_a_preamble_does_no_harm() -> None:
    line = Line()
    line.hear(Sender(START_PS, frame(), preamble=b"\x55\xd5"))
    assert all(received == good(frame()) or received.status & BAD_FCS for received in line.mac.frames)
    line.hear(Sender(START_PS + 100_000_000, frame()))
    assert line.mac.frames[-1] == good(frame())


def wrong_in_preamble(bit: int) -> bytes:
    """The preamble with a wrong bit, counted from its first."""
    return (int.from_bytes(PREAMBLE, "little") ^ 1 << bit).to_bytes(len(PREAMBLE), "little")


@pytest.mark.parametrize("jitter_ps", [pytest.param(0, marks=pytest.mark.slow), JITTER_PS])
@pytest.mark.parametrize("bit", range(0, 56, 2))
def test_4_2_9_a_wrong_bit_in_the_preamble_loses_no_frame(bit: int, jitter_ps: int) -> None:
    """A receiver searches for the SFD, and does not judge the preamble before it."""
    line = Line()
    sender = Sender(START_PS, frame(), preamble=wrong_in_preamble(bit))
    line.hear(sender, jitter_ps=jitter_ps, seed=bit)
    assert line.mac.frames == [good(frame())]


@pytest.mark.parametrize("promiscuous", [False, True])
@pytest.mark.parametrize(
    "bit",
    [
        1,
        9,
        11,
        13,
        33,
        55,
        *(pytest.param(n, marks=pytest.mark.slow) for n in (3, 5, 7, *range(15, 33, 2), *range(35, 55, 2))),
    ],
)
def test_4_2_9_one_that_makes_an_sfd_of_it_begins_the_frame_there(bit: int, promiscuous: bool) -> None:
    """10101011 in the preamble is a start frame delimiter, but for its first bits, which are ignored.

    What follows has another destination and a bad FCS: it is nobody's, or an error of who takes all.
    """
    line = Line()
    line.pins["promiscuous"].next = promiscuous
    line.hear(Sender(START_PS, frame(), preamble=wrong_in_preamble(bit)))
    if bit < 11:
        assert line.mac.frames == [good(frame())]
    else:
        assert [received.status & BAD_FCS for received in line.mac.frames] == [BAD_FCS] * promiscuous
    line.hear(Sender(START_PS + 100_000_000, frame()))
    assert line.mac.frames[-1] == good(frame())


def test_r8_alternating_bits_only() -> None:
    line = Line()
    nibbles: list[int] = []
    on_change(line.pins["rxd"], lambda: nibbles.append(int(line.pins["rxd"])))
    line.hear(Sender(START_PS, b"\x55" * 64, preamble=b"\x55" * 8))
    assert nibbles == [5]
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
    """Edges at random: whatever the receiver made of them, it receives the next frame."""
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
    line.pins["aui_do_active"].next = True
    line.hear(Sender(START_PS, frame()))
    assert line.starts == 0
    line.pins["aui_do_active"].next = False
    line.hear(Sender(START_PS + 100_000_000, frame()))
    assert line.mac.frames == [good(frame())]


def test_lock_is_given_up_when_own_transmission_begins() -> None:
    """A frame under way when the station begins to send is a collision: none of it is delivered as good."""
    line = Line()
    line.play([(START_PS + 300 * BIT_PS, "aui_do_active", 1), (START_PS + 700 * BIT_PS, "aui_do_active", 0)])
    line.hear(Sender(START_PS, frame()))
    assert all(received.status & BAD_FCS for received in line.mac.frames)
    before = len(line.mac.frames)
    line.hear(Sender(START_PS + 200_000_000, frame()))
    assert line.mac.frames[before:] == [good(frame())]


# Code violations on the line.


def without_edges(octets: bytes, cells: set[int]) -> list[tuple[int, str, int]]:
    """A frame's edges; these cells, counted from the preamble's first, have one at their ends and not in the
    middle.

    (The other kind of violation, 200 ns without an edge, is the end of a frame.)
    """
    moves, bits = [(START_PS, "aui_di_active", 1)], bits_of(Sender(START_PS, octets))
    for cell, bit in enumerate(bits):
        held = 1 - bits[cell - 1]
        for half in (0, 1):
            level = held if cell in cells else bit if half else 1 - bit
            moves.append((START_PS + (2 * cell + half) * BIT_PS // 2, "aui_di", level))
    end = START_PS + len(bits) * BIT_PS
    return [*moves, (end, "aui_di", 1), (end + 250_000, "aui_di_active", 0)]


@pytest.mark.parametrize("cell", [64 + 100, 64 + 101, 64 + 400])
def test_one_violation_costs_one_bit_and_no_place(cell: int) -> None:
    """The octets keep their places: an FCS error, not an alignment error, and rx_er beside it."""
    line = Line()
    errors: list[int] = []
    on_change(line.pins["rx_er"], lambda: errors.append(int(line.pins["rx_er"])))
    line.play(without_edges(frame(), {cell}))
    line.run_to(START_PS + 100_000_000)
    assert errors == [1, 0]
    for received in line.mac.frames:
        wrong = [n for n, (a, b) in enumerate(zip(received.octets, frame(), strict=True)) if a != b]
        assert set(wrong) <= {(cell - 64) // 8}
        assert received.status in (INVALID, INVALID | BAD_FCS)


@pytest.mark.parametrize("apart", [1, 8, 16])
def test_two_violations_in_16_bits_end_the_reception_and_not_the_next_one(apart: int) -> None:
    line = Line()
    line.play(without_edges(frame(), {200, 200 + apart}))
    line.run_to(START_PS + 100_000_000)
    line.hear(Sender(START_PS + 200_000_000, frame()))
    assert [received.status & BAD_FCS for received in line.mac.frames[:-1]] == [BAD_FCS]
    assert line.mac.frames[0].length < 64
    assert line.mac.frames[-1] == good(frame())


def test_violations_further_apart_than_16_bits_do_not() -> None:
    line = Line()
    line.play(without_edges(frame(), {200, 217}))
    line.run_to(START_PS + 100_000_000)
    assert [received.length for received in line.mac.frames] == [64]


# Modes.


def test_full_duplex_hears_while_it_sends() -> None:
    line = Line()
    line.pins["full_duplex"].next = True
    line.pins["aui_do_active"].next = True
    line.hear(Sender(START_PS, frame()))
    line.pins["aui_do_active"].next = False
    assert line.mac.frames == [good(frame())]


def test_own_transmission_does_not_disturb_full_duplex() -> None:
    line = Line()
    line.pins["full_duplex"].next = True
    line.play([(START_PS + 300 * BIT_PS, "aui_do_active", 1), (START_PS + 500 * BIT_PS, "aui_do_active", 0)])
    line.hear(Sender(START_PS, frame()))
    assert line.mac.frames == [good(frame())]


def test_isolated_phy_is_deaf() -> None:
    line = Line()
    line.pins["phy_isolate"].next = True
    line.hear(Sender(START_PS, frame()))
    assert line.starts == 0
    line.pins["phy_isolate"].next = False
    line.hear(Sender(START_PS + 100_000_000, frame()))
    assert line.mac.frames == [good(frame())]


@pytest.mark.parametrize("mode", ["loopback", "phy_loopback"])
def test_loopback_hears_the_encoder_and_not_the_pair(mode: str) -> None:
    line = Line()
    line.pins[mode].next = True
    line.hear(Sender(START_PS, frame(seed=2)))
    assert line.starts == 0
    names = {"aui_di": "aui_do", "aui_di_active": "looped"}
    for number in range(2):
        start = START_PS + (number + 1) * 100_000_000
        own = edges([Sender(start, frame(seed=number))], 0, Random(1))
        other = edges([Sender(start + 777_000, frame(seed=9))], 0, Random(1))
        line.play([(ps, names[name], level) for ps, name, level in own] + other)
        line.run_to(start + 90_000_000)
    assert line.mac.frames == [good(frame(seed=0)), good(frame(seed=1))]
    line.pins[mode].next = False
    line.hear(Sender(START_PS + 500_000_000, frame()))
    assert line.mac.frames[2:] == [good(frame())]
