"""Whole adapters on a coax, each with its driver. Rows T5, H3, H6, H10 and H15, as the cable shows them."""

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import pytest
from lan import CABLE_MM, Lan, address

from driver.driver import Received

if TYPE_CHECKING:
    from sim.engine.interface import Change

BIT_PS = 100_000
SLOT_PS = 512 * BIT_PS
HOLD_PS = 250_000
"""The high level at the end of a frame."""
START_PS = 50_000_000
PAYLOAD = 46


class Interval(NamedTuple):
    """From a rise to the next fall, in ps."""

    start: int
    end: int


class Recording:
    """What two or more stations did, from the engine's nets."""

    def __init__(self, lan: Lan) -> None:
        self._names = [net.name for net in lan.engine.nets]
        self._changes: list[Change] = list(lan.engine.changes().rows())

    def of(self, name: str) -> list[tuple[int, int]]:
        """(ps, value) of each change of a net."""
        net = self._names.index(name)
        return [(change.ps, change.value) for change in self._changes if change.net == net]

    def bursts(self, host: int) -> list[Interval]:
        """The stretches of a station's tx_en."""
        return _intervals((ps, value) for ps, value in self.of(f"host{host}.adapter.tx_en"))

    def carrier(self, tap: int) -> list[Interval]:
        """The stretches in which somebody drives the cable, as seen at a tap."""
        return _intervals((ps, int(value < 0)) for ps, value in self.of(f"yellow.tap{tap}.mean"))


def _intervals(levels: Iterator[tuple[int, int]]) -> list[Interval]:
    found, start, last = [], 0, 0
    for ps, level in levels:
        if level and not last:
            start = ps
        if last and not level:
            found.append(Interval(start, ps))
        last = level
    return found


def frame(source: int, destination: int, payload: int = PAYLOAD, mark: int = 0) -> bytes:
    return address(destination) + address(source) + b"\x08\0" + bytes([mark]) * payload


def run(lan: Lan, sends: list[tuple[int, int, bytes]], end_ps: int) -> Recording:
    """Let each (ps, host, frame) be sent, and go on to `end_ps`."""
    lan.probe()
    for ps, host, octets in sorted(sends):
        lan.run_to(ps)
        lan.send(host, octets)
    lan.run_to(end_ps)
    recording = Recording(lan)
    lan.engine.close()
    return recording


def frames_of(received: Iterator[Received]) -> list[bytes]:
    return [one.frame for one in received]


@pytest.mark.parametrize("length", [46, 47, *(pytest.param(n, marks=pytest.mark.slow) for n in (100, 1500))])
def test_a_frame_reaches_its_station_and_no_other(length: int) -> None:
    lan = Lan([0, 250_000, CABLE_MM], ppm=[100, 0, -100])
    sent = frame(0, 2, length, 7)
    recording = run(lan, [(START_PS, 0, sent)], START_PS + 1_500_000_000)
    assert frames_of(lan.drivers[2].received) == [sent]
    assert not lan.drivers[1].received
    assert not lan.drivers[0].received
    (burst,) = recording.bursts(0)
    assert len(recording.carrier(1)) == 1
    assert burst.end - burst.start == pytest.approx((64 + 8 * (18 + length)) * BIT_PS, rel=2e-4)


def test_broadcast_reaches_all_others_with_pad() -> None:
    lan = Lan([0, 250_000, CABLE_MM])
    sent = b"\xff" * 6 + address(1) + b"\x08\x06" + b"x" * 28
    run(lan, [(START_PS, 1, sent)], START_PS + 200_000_000)
    for host in (0, 2):
        assert frames_of(lan.drivers[host].received) == [sent.ljust(60, b"\0")]
    assert not lan.drivers[1].received


def test_t5_own_frames_follow_after_96_bit_times_on_the_cable() -> None:
    """At the sender's own tap, from the last bit to the first."""
    lan = Lan([0, CABLE_MM])
    recording = run(lan, [(START_PS, 0, frame(0, 1, mark=n)) for n in range(4)], START_PS + 400_000_000)
    assert len(lan.drivers[1].received) == 4
    gaps = [after.start - (before.end - HOLD_PS) for before, after in pairwise(recording.carrier(0))]
    assert len(gaps) == 3
    assert all(abs(gap - 96 * BIT_PS) <= 32 for gap in gaps)


@pytest.mark.parametrize("rounds", [4, pytest.param(24, marks=pytest.mark.slow)])
def test_h3_gap_after_a_reception_is_96_to_103_bit_times(rounds: int) -> None:
    """Never less than interFrameGap, and at most a nibble and the synchroniser's doubt more.

    Two crystals 200 ppm apart come to stand differently in each round.
    """
    lan = Lan([0, CABLE_MM], ppm=[100, -100])
    starts = [START_PS + 410_000_000 * n for n in range(rounds)]
    sends = [(ps, 0, frame(0, 1)) for ps in starts] + [(ps + 10_000_000, 1, frame(1, 0)) for ps in starts]
    recording = run(lan, sends, starts[-1] + 200_000_000)
    carrier = recording.carrier(1)
    gaps = [(b.start - (a.end - HOLD_PS)) / BIT_PS for a, b in zip(carrier[::2], carrier[1::2], strict=True)]
    assert len(gaps) == rounds
    assert min(gaps) >= 96
    assert max(gaps) <= 103
    assert max(gaps) - min(gaps) > 2
    assert all(sent.deferred for sent in lan.drivers[1].transmitted)


def collide(positions_mm: list[int], seed: int, rounds: int = 1) -> tuple[Lan, Recording]:
    """Both stations begin to send at once, some times over."""
    lan = Lan(positions_mm, seed=seed)
    sends = [
        (START_PS + n * 4_000_000_000, host, frame(host, 1 - host, mark=n))
        for n in range(rounds)
        for host in (0, 1)
    ]
    recording = run(lan, sends, START_PS + rounds * 4_000_000_000)
    return lan, recording


def test_h6_collision_over_500_m_sends_96_bits_at_both_ends() -> None:
    lan, recording = collide([0, CABLE_MM], seed=1)
    for host in (0, 1):
        fragment = recording.bursts(host)[0]
        assert abs(fragment.end - fragment.start - 96 * BIT_PS) <= 32
    assert [frames_of(lan.drivers[host].received) for host in (0, 1)] == [[frame(1, 0)], [frame(0, 1)]]


@pytest.mark.parametrize(("seed", "rounds"), [(3, 2), pytest.param(1, 8, marks=pytest.mark.slow)])
def test_h10_waits_are_whole_slots_from_the_end_of_jam(seed: int, rounds: int) -> None:
    """Exact, wherever the cable was quiet when the wait was over."""
    lan, recording = collide([0, CABLE_MM], seed=seed, rounds=rounds)
    exact = 0
    for host in (0, 1):
        draws = dict(recording.of(f"host{host}.adapter.mac.backoff_slots"))
        for before, after in pairwise(recording.bursts(host)):
            drawn = [slots for ps, slots in draws.items() if ps <= after.start]
            waited = after.start - before.end
            fragment = before.end - before.start < 500 * BIT_PS
            carried = any(
                carrier.end > before.end + 40 * BIT_PS and carrier.start < after.start - BIT_PS
                for carrier in recording.carrier(host)
            )
            if fragment and not carried and waited > 200 * BIT_PS:
                assert abs(waited - drawn[-1] * SLOT_PS) <= 32
                exact += 1
    assert exact >= 2
    assert [len(driver.received) for driver in lan.drivers] == [rounds, rounds]


def test_two_stations_that_collide_always_deliver() -> None:
    for seed in (2, 3):
        lan, _ = collide([0, 100_000], seed=seed)
        assert [frames_of(lan.drivers[host].received) for host in (0, 1)] == [[frame(1, 0)], [frame(0, 1)]]
        assert all(driver.transmitted[0].error is None for driver in lan.drivers)


@pytest.mark.slow
def test_another_seed_draws_other_waits() -> None:
    """Two stations collide again in half of all runs: some of eight do, and some do not."""
    again = 0
    for seed in range(8):
        lan, _ = collide([0, 2_500], seed=seed)
        again += all(driver.transmitted[0].collisions > 1 for driver in lan.drivers)
    assert 0 < again < 8


@pytest.mark.slow
def test_h15_two_stations_collide_again_in_half_of_all_rounds() -> None:
    """P(2 or more collisions) = 1/2, P(3 or more) = 1/8: within 3 standard deviations over 200 rounds."""
    rounds = 200
    lan, _ = collide([0, 2_500], seed=1, rounds=rounds)
    pairs = zip(lan.drivers[0].transmitted, lan.drivers[1].transmitted, strict=True)
    both = [min(mine.collisions, theirs.collisions) for mine, theirs in pairs]
    assert len(both) == rounds
    assert abs(sum(count > 1 for count in both) - rounds / 2) <= 3 * (rounds / 4) ** 0.5
    assert abs(sum(count > 2 for count in both) - rounds / 8) <= 3 * (rounds * 7 / 64) ** 0.5


def test_waiting_stations_collide_after_the_frame_that_both_waited_for() -> None:
    """Fairness: part 2 of the gap ignores carrier, so two that waited transmit at once."""
    lan = Lan([0, 250_000, CABLE_MM])
    sends = [(START_PS, 1, frame(1, 0, 400))]
    sends += [(START_PS + 20_000_000, host, frame(host, 1)) for host in (0, 2)]
    run(lan, sends, START_PS + 3_000_000_000)
    first, last = lan.drivers[0].transmitted[0], lan.drivers[2].transmitted[0]
    assert first.deferred
    assert last.deferred
    assert first.collisions > 0
    assert last.collisions > 0
    assert len(lan.drivers[1].received) == 2
    assert len(lan.drivers[0].received) == 1
