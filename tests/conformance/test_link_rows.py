"""The twisted pair, row H17 and clause 14: link test, squelch, polarity, jabber, at a station on a cable."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import manual as m
import pytest
from bench import Clocked
from laboratory import MS, address, frame
from library import Instance
from pair_lab import PULSE_PS, PairLab
from pattern import BIT_PS, bits, moves

from sim.engine.compiled.build import module_library
from sim.engine.compiled.toolchain import toolchain

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]


STATUS_LINK, STATUS_JABBER = 1 << 2, 1 << 1
LINK = "adapter.link"
MINE = frame(address(9), fill=3)[:-4]
HEAD = "10" * 31 + "11"


class Link:
    """The circuit on either engine. A tick is a millisecond."""

    def __init__(self, engine: str, loss_ms: int, good_pulses: int) -> None:
        name = "link_integrity"
        compiled = engine == "compiled"
        self._pins = Instance(name, module_library(name, toolchain())) if compiled else Clocked(name)
        self._pins.set(link_loss_ms=loss_ms, good_pulses=good_pulses)
        self._pulse = 0

    def wait(self, ms: int, **inputs: int) -> None:
        """Let time pass."""
        for _ in range(ms):
            self._pins.tick(**inputs)

    def pulse(self) -> None:
        """A link pulse comes."""
        self._pulse ^= 1
        self._pins.set(pulse=self._pulse)

    @property
    def up(self) -> bool:
        """The link is alive."""
        return bool(self._pins["link_up"])

    def pulses_to_recover(self, spacing_ms: int) -> int:
        """How many pulses bring it back; 99 if none do."""
        for number in range(1, 40):
            self.pulse()
            self.wait(spacing_ms)
            if self.up:
                return number
        return 99


def test_H17_link_integrity(engine: str, pick: Pick, measured: Measured) -> None:
    lost = []
    for loss, good in pick(((50, 2), (100, 5), (147, 10)), ((50, 2),)):
        link = Link(engine, loss, good)
        link.wait(5, receiving=1)
        assert link.up, "a frame brings it back at once"
        link.wait(5, receiving=0)
        link.pulse()
        silence = 0
        while link.up:
            link.wait(1)
            silence += 1
        lost.append(silence)
        assert loss <= silence <= loss + 4
        assert link.pulses_to_recover(1) == 99, "too close together: noise"
        link.wait(2 * loss)
        for spacing in (8, 16, 24):
            assert good <= link.pulses_to_recover(spacing) <= min(good + 1, 10)
            link.wait(2 * loss)
            assert not link.up
    assert all(50 <= ms <= 150 for ms in lost)
    measured(
        f"fails after {', '.join(map(str, lost))} ms (50, 100, 147); 2, 5, 10 pulses 8 to 24 ms apart recover"
    )


def test_H17_at_the_cable(engine: str, pick: Pick, measured: Measured) -> None:
    """Link pulses of 100 ns, 8 to 24 ms apart, at an adapter whose link has failed."""
    lost, needed = [], set()
    for spacing in pick((8, 16, 24), (16,)):
        with PairLab(engine, fidelity="pulses") as lab:
            assert not lab.phy(1) & STATUS_LINK, "after power-up"
            begun = lab.now
            last = lab.pulses(12, spacing)
            ((passed, up),) = lab.changes(LINK)[1:]
            assert up
            needed.add(1 + (passed - begun) // (spacing * MS))
            lab.forget()
            lab.run_for(200 * MS)
            ((failed, up),) = lab.changes(LINK)
            assert not up
            lost.append((failed - last) / MS)
    assert all(50 <= ms <= 150 for ms in lost)
    assert all(2 <= pulses <= 10 for pulses in needed)
    after = sorted({f"{ms:.0f}" for ms in lost})
    measured(
        f"at a cable: {' or '.join(map(str, sorted(needed)))} pulses; failed after {' or '.join(after)} ms"
    )


def test_H17_what_is_no_link_pulse(engine: str) -> None:
    """Too short, too close together, too far apart."""
    with PairLab(engine, fidelity="pulses") as lab:
        for count, width_ns, spacing_ms in ((20, 40, 16), (20, 100, 1), (6, 100, 130)):
            lab.run_for(200 * MS)
            lab.pulses(count, spacing_ms, width_ns * 1_000)
        assert lab.changes(LINK)[1:] == []


def test_H17_in_link_fail_nothing_is_sent_or_received_until_both_are_idle(engine: str) -> None:
    """Clause 14.2.1.7: a frame brings the link back, and is lost itself; so is what was begun meanwhile."""
    with PairLab(engine, fidelity="pulses", duplex="half") as lab:
        station = lab.station
        station.bring_up()
        lab.forget()
        station.queue(MINE)
        assert station.sent() & m.CS, "no loopback: carrier is lost"
        assert not [mv for _, mv in lab.log["pair.s0.line"] if mv < 0], "nothing but link pulses leaves"
        heard = frame(address(0))
        lab.hear(moves(HEAD + bits(heard)), quiet_ps=5 * MS)
        assert not lab.phy(1) & STATUS_LINK, "it latches low"
        assert lab.phy(1) & STATUS_LINK
        assert station.received() == []
        lab.hear(moves(HEAD + bits(heard)))
        assert [received.octets for received in station.received()] == [heard]
        station.queue(MINE)
        assert not station.sent() & m.CS


def test_14_receive_squelch(engine: str) -> None:
    """What is shorter than 200 ns does not reach data in, so nothing defers to it."""
    with PairLab(engine) as lab:
        lab.station.bring_up()
        lab.forget()
        for width_ns, carrier in ((60, 0), (150, 0), (190, 0), (260, 1)):
            lab.forget()
            lab.pulses(1, 1, width_ns * 1_000)
            assert len(lab.changes("adapter.aui_di_active")) == 2 * carrier, width_ns


@pytest.mark.parametrize("correct", [True, False])
def test_14_swapped_wires(engine: str, correct: bool) -> None:
    """After two signals that end low the receiver knows; if it may, it swaps them back."""
    with PairLab(engine, reversed_here=True, correct=correct) as lab:
        station = lab.station
        station.bring_up()
        mine = frame(address(0))
        for number in range(4):
            assert bool(lab.phy(16)) == (number >= 2)
            lab.hear(moves(HEAD + bits(mine)), quiet_ps=MS // 10)
        octets = [received.octets for received in station.received()]
        assert octets == ([mine] * 2 if correct else [])
        ((_, polarity),) = lab.changes("adapter.polarity")
        assert polarity


def test_14_polarity_is_learnt_from_link_pulses(engine: str) -> None:
    """So that no frame is lost to it."""
    with PairLab(engine, fidelity="pulses", reversed_here=True) as lab:
        station = lab.station
        station.bring_up()
        lab.pulses(8, 16)
        mine = frame(address(0))
        lab.hear(moves(HEAD + bits(mine)))
        assert [received.octets for received in station.received()] == [mine]
        assert lab.phy(16) == 1


def test_14_collision_is_both_ways_at_once(engine: str) -> None:
    """Clause 14.2.1.4; the station jams, and control in is on within 9 bit times of the second signal."""
    with PairLab(engine, duplex="half") as lab:
        station = lab.station
        station.bring_up()
        lab.forget()
        station.queue(MINE)
        begun = lab.changes("adapter.aui_do_active")
        while not begun:
            lab.run_for(10 * BIT_PS)
            begun = lab.changes("adapter.aui_do_active")
        start = lab.play(moves("10" * 60), after_ps=20 * BIT_PS)
        assert m.retries(station.sent()) >= 1
        (on, value), *_ = lab.changes("mau.aui_ci")
        assert value
        assert 0 < on - start <= (9 + 1) * BIT_PS


def test_14_own_link_pulses(engine: str) -> None:
    """Every 16 +- 8 ms, 100 ns long, positive."""
    with PairLab(engine, fidelity="pulses") as lab:
        lab.run_for(400 * MS)
        told = lab.changes_of("pair.s0.line")
        starts = [ps for ps, mv in told if mv]
        assert {mv for _, mv in told} == {0, 2_500}
        assert {end - begin for (begin, _), (end, _) in zip(told[::2], told[1::2], strict=True)} == {PULSE_PS}
        intervals = [(later - sooner) / MS for sooner, later in pairwise(starts)]
        assert len(intervals) > 15
        assert min(intervals) >= 8
        assert max(intervals) <= 24
        assert max(intervals) - min(intervals) > 6, "they are drawn"


@pytest.mark.parametrize("engine", ["compiled"])
def test_14_jabber(engine: str) -> None:
    """Clause 14.2.1.6: off the pair after 20 to 150 ms, free after 0.25 to 0.75 s; so status bit 1.1."""
    with PairLab(engine, duplex="half") as lab:
        station = lab.station
        station.bring_up(m.HUGEN)
        assert not lab.phy(1) & STATUS_JABBER
        lab.forget()
        station.queue(b"", length=65_535)
        station.sent()
        lab.look()
        driven = [ps for ps, mv in lab.log["pair.s0.line"] if not mv]
        begun, _ = lab.changes("adapter.aui_do_active")[0]
        assert 20 <= (driven[0] - begun) / MS <= 150
        assert lab.phy(1) & STATUS_JABBER
        assert lab.phy(1) & STATUS_JABBER, "it still is inhibited"
        ended = lab.now
        lab.forget()
        lab.run_for(800 * MS)
        free, value = lab.changes("mau.aui_ci")[-1]
        assert not value
        assert 250 <= (free - ended) / MS <= 750
        assert lab.phy(1) & STATUS_JABBER, "once more, since it was"
        assert not lab.phy(1) & STATUS_JABBER
        station.queue(MINE)
        assert not station.sent() & m.CS
