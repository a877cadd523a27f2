"""What breaks in a MAU's signal path: levels driven by hand, and what comes out of the other side."""

from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from bench import Bench
from myhdl import Signal, modbv

from hw.analogue.defects import BURST_BITS, RATE_BITS, Controls, Defects, line, threshold
from hw.analogue.events import BIT_CLOCK, CABLE, at, now, on_change, on_grid
from hw.analogue.transceiver import Ends

START_PS = 5_000_000
BIT_PS = 100_000
HALF_BIT_PS = 50_000


def ends() -> Ends:
    return Ends(Signal(True), Signal(False), Signal(True), Signal(False))


@dataclass
class Path:
    """A path that may break; `seen` are the changes of the data-in pair at the station, (ps, level)."""

    rate: float = 0.0
    burst: int = 1
    seed: int = 1
    bench: Bench = field(default_factory=Bench)
    seen: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.aui, self.path = ends(), ends()
        self.controls = Controls(
            Signal(modbv(threshold(self.rate))[RATE_BITS:]),
            Signal(modbv(self.burst)[BURST_BITS:]),
            Signal(False),
            Signal(False),
        )
        Defects(self.aui, self.path, self.controls, self.seed, line(7))
        on_change(self.aui.aui_di, lambda: self.seen.append((now(), int(self.aui.aui_di))))

    def drive(self, ps: int, pin: Any, level: int, residue: int = CABLE) -> None:
        at(on_grid(ps, residue), lambda: setattr(pin, "next", bool(level)))

    def receive(self, bits: str) -> int:
        """Manchester on the cable's side: 1 is low, then high (clause 7.3.1.1). When it is over."""
        self.drive(START_PS, self.path.aui_di_active, 1)
        for number, bit in enumerate(bits):
            self.drive(START_PS + number * BIT_PS, self.path.aui_di, bit == "0")
            self.drive(START_PS + number * BIT_PS + HALF_BIT_PS, self.path.aui_di, bit == "1")
        end = START_PS + len(bits) * BIT_PS
        self.drive(end, self.path.aui_di_active, 0)
        self.drive(end, self.path.aui_di, 1)
        self.bench.run_to(end + 1_000_000)
        return end

    def decoded(self, count: int) -> str:
        """The level three quarters into each bit cell, which is the bit."""
        bits, changes, level = "", iter([*self.seen, (1 << 62, 0)]), 1
        ps, then = next(changes)
        for number in range(count):
            while ps <= START_PS + number * BIT_PS + 3 * BIT_PS // 4:
                level = then
                ps, then = next(changes)
            bits += str(level)
        return bits


def wrong(sent: str, received: str) -> list[int]:
    return [number for number, (one, other) in enumerate(zip(sent, received, strict=True)) if one != other]


def data(count: int) -> str:
    return "".join(Random(5).choices("01", k=count))


def test_at_rate_0_a_signal_passes_as_it_is() -> None:
    path, bits = Path(), data(500)
    path.receive(bits)
    assert path.decoded(500) == bits
    assert not path.aui.aui_di_active and path.aui.aui_di


@pytest.mark.parametrize("rate", [0.01, 0.1])
@pytest.mark.parametrize("count", [1_500, pytest.param(5_000, marks=pytest.mark.slow)])
def test_so_many_bits_are_wrong(count: int, rate: float) -> None:
    """A cell behind a wrong one is never drawn for, so that the part is rate / (1 + rate)."""
    path, bits = Path(rate), data(count)
    path.receive(bits)
    expected = count * rate / (1 + rate)
    assert abs(len(wrong(bits, path.decoded(count))) - expected) < 4 * expected**0.5


def test_a_burst_is_as_long_as_it_is_said_to_be() -> None:
    path, bits = Path(0.01, burst=6), data(2_000)
    path.receive(bits)
    places = wrong(bits, path.decoded(2_000))
    begins = [place for place in places if place - 1 not in places]
    assert len(begins) > 5
    assert places == [place + n for place in begins for n in range(6) if place + n < 2_000]


def test_another_seed_has_other_errors() -> None:
    bits = data(1_000)
    found = []
    for seed in (1, 1, 2):
        path = Path(0.01, seed=seed)
        path.receive(bits)
        found.append(wrong(bits, path.decoded(1_000)))
    assert found[0] == found[1] != found[2]


def test_a_deaf_receiver_shows_nothing_and_hears_again_in_the_middle() -> None:
    path, bits = Path(), data(200)
    path.controls.deaf.next = True
    path.drive(START_PS + 150 * BIT_PS, path.controls.deaf, 0, BIT_CLOCK)
    path.receive(bits)
    assert path.seen and path.seen[0][0] >= START_PS + 150 * BIT_PS - 16
    assert path.decoded(200)[150:] == bits[150:]


def test_a_babbling_transmitter_sends_a_preamble_whatever_its_station_does() -> None:
    path = Path()
    edges: list[tuple[int, int]] = []
    on_change(path.path.aui_do, lambda: edges.append((now(), int(path.path.aui_do))))
    path.drive(START_PS, path.controls.babbling, 1, BIT_CLOCK)
    path.drive(START_PS + 10 * BIT_PS, path.aui.aui_do_active, 1, BIT_CLOCK)
    path.drive(START_PS + 12 * BIT_PS, path.aui.aui_do_active, 0, BIT_CLOCK)
    path.drive(START_PS + 40 * BIT_PS + 16, path.controls.babbling, 0, BIT_CLOCK)
    path.bench.run_to(START_PS + 39 * BIT_PS)
    assert path.path.aui_do_active
    assert {later - sooner for (sooner, _), (later, _) in pairwise(edges)} == {BIT_PS}
    path.bench.run_to(START_PS + 60 * BIT_PS)
    assert not path.path.aui_do_active and len(edges) <= 42
