"""Clock recovery as a circuit, beside the analogue one: the same edges, the same nibbles. Rows R7 and R11."""

from itertools import dropwhile
from random import Random
from typing import Any

import pytest
from bench import Bench, fresh_simulator
from line import _Player, edges
from manchester import PREAMBLE, Sender, end_of_bits, frame
from myhdl import Signal, always, block, delay, instance

from hw.analogue.clock_recovery import PINS, ClockRecovery
from hw.analogue.events import Clock
from hw.modules import MODULES
from hw.ports import signals

START_PS, QUIET_PS = 1_000_000, 2_000_000
SAMPLE_PS = 6_250
"""160 MHz."""
BIT_PS = 100_000
JITTER_PS = 18_000
Nibbles = list[tuple[int, int]]


@block
def taker(bit_clk: Any, rxd: Any, rx_dv: Any, rx_er: Any, found: Nibbles) -> Any:
    """What MII shows at every fourth tick."""
    ticks = 0

    @always(bit_clk.posedge)
    def take() -> None:
        nonlocal ticks
        ticks += 1
        if ticks % 4 == 0 and rx_dv:
            found.append((int(rxd), int(rx_er)))

    return take


class Receiver(Bench):
    """Clock recovery of one kind or the other, and `phy_receive` behind it."""

    def __init__(self, *, sampled: bool, ppm: int = 0, phase_ps: int = 0, **inputs: int) -> None:
        decoder = MODULES["manchester_decoder"]
        pins: dict[str, Any] = {name: Signal(False) for name in PINS} | signals(decoder.ports)
        pins |= signals(MODULES["phy_receive"].ports)
        period = SAMPLE_PS / (1 + ppm * 1e-6)

        @instance
        def crystal() -> Any:
            yield delay(phase_ps + 1)
            tick = 0
            while True:
                pins["sample_clk"].next = not pins["sample_clk"]
                tick += 1
                yield delay(round(tick * period / 2) - round((tick - 1) * period / 2))

        parts: list[Any] = []
        if sampled:
            pins["bit_clk"] = pins["rx_bit_clk"]
            parts = [crystal, decoder.block(**{port.name: pins[port.name] for port in decoder.ports})]
        else:
            pins["bit_clk"] = Clock()
            ClockRecovery(pins, pins["bit_clk"], Clock())
        self.pins = pins
        self.nibbles: Nibbles = []
        phy = MODULES["phy_receive"]
        parts.append(phy.block(**{port.name: pins[port.name] for port in phy.ports}))
        parts.append(taker(pins["bit_clk"], pins["rxd"], pins["rx_dv"], pins["rx_er"], self.nibbles))
        super().__init__(*parts)
        for name, value in {"aui_di": 1, **inputs}.items():
            pins[name].next = value
        self.run_for(1)

    def hear(self, *senders: Sender, jitter_ps: int = JITTER_PS, seed: int = 0) -> Nibbles:
        """Play them; the nibbles from D on, each with rx_er."""
        already = len(self.nibbles)
        moves = sorted(edges(senders, jitter_ps, Random(seed)))
        _Player(self.pins, moves).wait()
        self.run_to(moves[-1][0] + QUIET_PS)
        return list(dropwhile((5, 0).__eq__, self.nibbles[already:]))


def nibbles_of(octets: bytes) -> Nibbles:
    return [(13, 0), *((half, 0) for octet in octets for half in (octet & 15, octet >> 4))]


def same(sender: Sender, *, ppm: int = 0, phase_ps: int = 0, seed: int = 0) -> Nibbles:
    """What both make of the same edges."""
    with fresh_simulator():
        analogue = Receiver(sampled=False).hear(sender, seed=seed)
    with fresh_simulator():
        assert Receiver(sampled=True, ppm=ppm, phase_ps=phase_ps).hear(sender, seed=seed) == analogue
    return analogue


def with_wrong_bit(place: int) -> bytes:
    """A preamble whose bit `place` is another."""
    preamble = bytearray(PREAMBLE)
    preamble[place // 8] ^= 1 << place % 8
    return bytes(preamble)


@pytest.mark.parametrize("ppm", [-100, 100])
def test_r11_crystals_and_jitter_at_their_limits(ppm: int) -> None:
    """Both crystals, away from each other; 18 ns either way on each edge."""
    octets = frame(bytes(range(46)))
    found = same(Sender(START_PS, octets, ppm=ppm), ppm=-ppm, phase_ps=3_000, seed=ppm)
    assert found == nibbles_of(octets)


@pytest.mark.parametrize("place", [1, pytest.param(4, marks=pytest.mark.slow), 30])
def test_r7_a_wrong_bit_in_the_preamble_loses_no_frame(place: int) -> None:
    octets = frame(b"\x5a\x00\xff" * 8)
    found = same(Sender(START_PS, octets, preamble=with_wrong_bit(place)), seed=place)
    assert found == nibbles_of(octets)


@pytest.mark.slow
@pytest.mark.parametrize("place", range(0, 56, 2))
def test_r7_each_1_of_the_preamble_may_be_wrong(place: int) -> None:
    """A wrong 0 makes an SFD of it, and a bad frame, for who has found the bits by then."""
    random = Random(place)
    octets = frame(random.randbytes(46))
    sender = Sender(START_PS, octets, random.choice((-100, 100)), with_wrong_bit(place))
    ppm, phase_ps = random.choice((-100, 100)), random.randrange(SAMPLE_PS)
    receiver = Receiver(sampled=True, ppm=ppm, phase_ps=phase_ps)
    assert receiver.hear(sender, seed=place) == nibbles_of(octets)


@pytest.mark.slow
@pytest.mark.parametrize("ppm", [-100, 100])
def test_r11_the_longest_frame(ppm: int) -> None:
    octets = frame(Random(ppm).randbytes(1514))
    assert same(Sender(START_PS, octets, ppm=ppm), ppm=-ppm, seed=ppm) == nibbles_of(octets)


@pytest.mark.parametrize("last", [0x00, 0xFF])
def test_the_end_of_a_frame_adds_no_bit(last: int) -> None:
    """Behind a last bit of 0 the line rises at the end of its cell, which is no bit, and stays high."""
    octets = bytes(20) + bytes([last])
    assert same(Sender(START_PS, octets)) == nibbles_of(octets)


def test_two_frames_with_a_gap_between_them() -> None:
    first = Sender(START_PS, bytes(range(20)), ppm=100)
    second = Sender(end_of_bits(first) + 96 * BIT_PS, bytes(range(20, 40)), ppm=-100)
    receiver = Receiver(sampled=True)
    assert receiver.hear(first) == nibbles_of(first.octets)
    assert receiver.hear(second) == nibbles_of(second.octets)


def test_in_half_duplex_nothing_is_received_while_the_phy_transmits() -> None:
    """Nor the rest of another's frame, when that is over."""
    sender = Sender(START_PS, bytes(range(40)))
    receiver = Receiver(sampled=True, aui_do_active=1)
    moves = sorted(edges([sender], 0, Random(0)))
    _Player(receiver.pins, moves).wait()
    receiver.run_to(START_PS + 80 * BIT_PS)
    receiver.pins["aui_do_active"].next = 0
    receiver.run_to(end_of_bits(sender) + QUIET_PS)
    assert receiver.nibbles == []
    later = Sender(end_of_bits(sender) + QUIET_PS + START_PS, bytes(range(20)))
    assert receiver.hear(later) == nibbles_of(later.octets)


def test_in_full_duplex_it_is() -> None:
    octets = bytes(range(20))
    receiver = Receiver(sampled=True, aui_do_active=1, phy_full_duplex=1)
    assert receiver.hear(Sender(START_PS, octets)) == nibbles_of(octets)
