"""Rows D1 to D13 of the repeater, at a hub's ports: bits in, bits out (IEEE 802.3 clause 9).

Times are in bit times (BT) of 100 ns. A hub's port hears a signal `SQUELCH` after its first edge.
"""

from collections.abc import Sequence
from random import Random

import pytest
from bench import fresh_simulator
from repeating import BIT_PS, CABLE_MM, END_PS, PREAMBLE, SFD, Burst, HubBench, bits_of

from hw.analogue.twisted_pair import propagation_ps

HEAD = PREAMBLE + SFD
START_PS = 5_000_000
QUIET_BT = 60
ALTERNATING = "10" * 60_000
DATA = Random(9).randbytes(64)
START_BUDGET_BT, JAM_BUDGET_BT = 14.5, 15.5
"""Start of a frame and of jam: hubs of the time, 1,450 and 1,550 ns."""


def repeated(bits: str, ppm: float = 0.0, start_ps: int = START_PS, **parameters: float) -> Burst:
    """What comes out at another port when `bits` come in at one; nothing comes out where they come in."""
    bench = HubBench(2, **parameters)
    end = bench.send(0, bits, start_ps, ppm)
    bench.run_to(max(end, start_ps + 96 * BIT_PS) + QUIET_BT * BIT_PS)
    assert bench.bursts[0] == []
    (burst,) = bench.bursts[1]
    return burst


def delay(burst: Burst, start_ps: int = START_PS) -> float:
    """From `start_ps` to the burst, in BT."""
    return (burst.start - start_ps) / BIT_PS


def jams(bits: str) -> bool:
    """Whether `bits` are jam: 62 at least in turns, beginning with a 1; 96 in all."""
    return len(bits) >= 96 and bits.startswith(PREAMBLE)


class TestD1PreambleRegeneration:
    @pytest.mark.parametrize("alternating", [38, 39, 40, 54, 61, 62])
    def test_short_ones_come_out_whole(self, alternating: int) -> None:
        assert repeated(PREAMBLE[-alternating:] + SFD + bits_of(DATA)).bits == HEAD + bits_of(DATA)

    @pytest.mark.parametrize("alternating", [63, 64, 68, 100, 1001])
    def test_long_ones_stay_long(self, alternating: int) -> None:
        sent = ALTERNATING[alternating % 2 :][:alternating] + SFD + bits_of(DATA)
        preamble, _, data = repeated(sent).bits.partition(SFD)
        assert data == bits_of(DATA)
        assert len(PREAMBLE) <= len(preamble) <= alternating + 3
        assert preamble == ALTERNATING[: len(preamble)]

    def test_one_that_is_too_short_for_clock_recovery_is_jam(self) -> None:
        assert SFD not in repeated(PREAMBLE[:30] + SFD + bits_of(DATA)).bits


class TestD2DataTransparency:
    @pytest.mark.parametrize("extra", ["", "1", "01", "110", "0011", "10101", "000000", "1111111"])
    def test_bad_fcs_and_dribble_bits_come_out_as_they_came_in(self, extra: str) -> None:
        bits = HEAD + bits_of(DATA) + extra
        assert repeated(bits).bits == bits

    @pytest.mark.parametrize("last", ["0", "1"])
    def test_end_of_frame(self, last: str) -> None:
        """The last level is high, for at least 250 ns after the last cell."""
        burst = repeated(HEAD + bits_of(DATA) + last)
        assert burst.held >= 250_000
        assert burst.end - burst.start == 250_000 + len(burst.bits) * BIT_PS


class TestD3FragmentExtension:
    @pytest.mark.parametrize("bits", [1, 2, 40, 63, 64, 65, 67, 95])
    def test_less_than_96_bits_become_96(self, bits: int) -> None:
        sent = (HEAD + bits_of(DATA))[:bits]
        burst = repeated(sent)
        assert len(burst.bits) == 96
        assert burst.bits.startswith(sent) or bits < 64

    @pytest.mark.parametrize("bits", [96, 97, 98, 99])
    def test_96_and_more_stay_as_they_are(self, bits: int) -> None:
        sent = (HEAD + bits_of(DATA))[:bits]
        assert repeated(sent).bits == sent

    def test_a_link_pulse_is_no_signal(self) -> None:
        bench = HubBench(2)
        bench.ports[0]["line_active"].next = True
        bench.run_for(120_000)
        bench.ports[0]["line_active"].next = False
        bench.run_for(100 * BIT_PS)
        assert bench.bursts == [[], []]


class TestD4TransmitCollision:
    @pytest.mark.parametrize("later_bt", [0, 1, 5, 12, 64, 75, 200])
    def test_all_ports_are_jammed_in_time(self, later_bt: int) -> None:
        bench = HubBench(4)
        second = START_PS + later_bt * BIT_PS + 37_000
        bench.send(1, HEAD + bits_of(DATA), START_PS)
        bench.send(3, HEAD + bits_of(DATA)[: 8 * 40], second)
        bench.run_to(START_PS + 1_200 * BIT_PS)
        for port in (1, 3):
            (jam,) = bench.bursts[port]
            if port == 1 or later_bt == 0:
                assert jams(jam.bits)
            assert delay(jam, second) <= JAM_BUDGET_BT
        for port in (0, 2):
            (burst,) = bench.bursts[port]
            assert delay(burst) <= START_BUDGET_BT
            assert len(burst.bits) >= 96 + max(0, later_bt - 20)

    def test_jam_lasts_96_bits_however_short_the_collision(self) -> None:
        bench = HubBench(3)
        bench.send(0, PREAMBLE[:5], START_PS)
        bench.send(1, PREAMBLE[:5], START_PS)
        bench.run_to(START_PS + 300 * BIT_PS)
        assert [len(burst.bits) for (burst,) in bench.bursts] == [97, 97, 97]


class TestD5OnePortLeft:
    def test_it_hears_nothing_more_and_the_others_are_jammed_to_the_end(self) -> None:
        bench = HubBench(4)
        last = bench.send(1, HEAD + bits_of(DATA), START_PS)
        first = bench.send(2, HEAD + bits_of(DATA)[:100], START_PS + 30 * BIT_PS)
        bench.run_to(START_PS + 1_200 * BIT_PS)
        (left,) = bench.bursts[1]
        assert 0 <= left.end - first <= 12 * BIT_PS
        for port in (0, 2, 3):
            (jam,) = bench.bursts[port]
            assert 0 <= jam.end - last <= 12 * BIT_PS

    def test_a_third_one_begins_another_collision(self) -> None:
        bench = HubBench(4)
        bench.send(1, HEAD + bits_of(DATA), START_PS)
        bench.send(2, HEAD + bits_of(DATA)[:50], START_PS + 30 * BIT_PS)
        third = START_PS + 300 * BIT_PS
        bench.send(3, HEAD, third)
        bench.run_to(START_PS + 1_200 * BIT_PS)
        before, after = bench.bursts[1]
        assert before.end < third
        assert delay(after, third) <= JAM_BUDGET_BT
        assert jams(after.bits)
        assert [len(bench.bursts[port]) for port in (0, 2, 3)] == [1, 1, 1]


class TestD6ReceiveCollision:
    @pytest.mark.parametrize("at_bt", [0, 20, 66])
    def test_others_are_jammed_and_the_source_is_not(self, at_bt: int) -> None:
        bench = HubBench(2, coax_ports=1)
        coax = 2
        end = bench.send(coax, HEAD + bits_of(DATA)[:400], START_PS)
        bench.run_to(START_PS + at_bt * BIT_PS + 40_000)
        bench.ports[coax]["aui_ci"].next = True
        trouble = bench.time
        bench.run_for(100 * BIT_PS)
        bench.ports[coax]["aui_ci"].next = False
        bench.run_to(START_PS + 900 * BIT_PS)
        assert bench.bursts[coax] == []
        for port in (0, 1):
            (burst,) = bench.bursts[port]
            assert len(burst.bits) >= 96
            jam = burst.bits[max(0, int((trouble - burst.start) / BIT_PS) + 10) :]
            assert jam in ALTERNATING
            assert 0 <= burst.end - end <= 12 * BIT_PS


def collide(bench: HubBench, times: int, bits: int = 120) -> None:
    """Let the stations at ports 0 and 1 collide."""
    for _ in range(times):
        start = bench.time + 20 * BIT_PS
        for port in (0, 1):
            bench.send(port, ALTERNATING[:bits], start)
        bench.run_to(start + (max(bits, 96) + 120) * BIT_PS)


def succeed(bench: HubBench, port: int, bits: int) -> None:
    """Let a station send without a collision."""
    start = bench.time + 20 * BIT_PS
    end = bench.send(port, (HEAD + ALTERNATING)[:bits], start)
    bench.run_to(max(end, start + 96 * BIT_PS) + 120 * BIT_PS)


class TestD7Partition:
    def test_at_the_collision_after_cclimit(self) -> None:
        bench = HubBench(3)
        collide(bench, 31)
        assert [bench.partitioned(port) for port in range(3)] == [False, False, False]
        collide(bench, 1)
        assert [bench.partitioned(port) for port in range(3)] == [True, True, False]

    def test_a_success_clears_the_count(self) -> None:
        bench = HubBench(3)
        collide(bench, 30)
        succeed(bench, 0, 600)
        collide(bench, 31)
        assert not bench.partitioned(0)
        collide(bench, 1)
        assert bench.partitioned(0)

    def test_one_that_is_too_short_does_not(self) -> None:
        bench = HubBench(3)
        collide(bench, 30)
        succeed(bench, 0, 400)
        collide(bench, 2)
        assert bench.partitioned(0)

    def test_a_partitioned_port_is_sent_to_and_not_repeated_from(self) -> None:
        bench = HubBench(3, collision_limit=0)
        collide(bench, 1)
        assert bench.partitioned(0)
        before = len(bench.bursts[2])
        succeed(bench, 0, 300)
        assert len(bench.bursts[2]) == before
        succeed(bench, 2, 300)
        assert len(bench.bursts[0][-1].bits) == 300


class TestD8LongCollision:
    @pytest.mark.parametrize(("bits", "partitioned"), [(1_050, False), (1_150, True)])
    def test_longer_than_tw6(self, bits: int, partitioned: bool) -> None:
        bench = HubBench(3)
        collide(bench, 1, bits)
        assert [bench.partitioned(port) for port in range(3)] == [partitioned, partitioned, False]


class TestD9Reconnection:
    @pytest.mark.parametrize("source", [0, 2], ids=["received", "sent"])
    @pytest.mark.parametrize(("bits", "joined"), [(440, False), (576, True)])
    def test_after_tw5_without_a_collision(self, source: int, bits: int, joined: bool) -> None:
        bench = HubBench(3, collision_limit=0)
        collide(bench, 1)
        succeed(bench, source, bits)
        assert bench.partitioned(0) == (not joined)

    @pytest.mark.parametrize(("source", "joined"), [(0, False), (2, True)], ids=["received", "sent"])
    def test_the_alternative_algorithm_wants_it_sent(self, source: int, joined: bool) -> None:
        bench = HubBench(3, collision_limit=0, send_only=True)
        collide(bench, 1)
        succeed(bench, source, 576)
        assert bench.partitioned(0) == (not joined)

    def test_not_after_another_collision(self) -> None:
        bench = HubBench(3, collision_limit=0)
        collide(bench, 1)
        start = bench.time
        bench.send(0, HEAD + ALTERNATING[:900], start + 300 * BIT_PS)
        bench.send(2, HEAD + ALTERNATING[:300], start)
        bench.run_to(start + 600 * BIT_PS)
        assert bench.partitioned(0)


class TestD10JabberLockup:
    @pytest.mark.parametrize("limit", [2_000, pytest.param(65_536, marks=pytest.mark.slow)])
    def test_a_transmission_is_cut_and_goes_on_after_a_pause(self, limit: int) -> None:
        bench = HubBench(2, transmit_limit=limit)
        bench.send(0, HEAD + ALTERNATING[:40_000] * (limit // 30_000 + 1), START_PS)
        bench.run_to(START_PS + (limit + 300) * BIT_PS)
        (burst,) = bench.bursts[1]
        assert limit <= len(burst.bits) <= limit + 1
        _, again = bench.starts[1]
        end_of_bits = burst.end - 250_000
        assert 96 * BIT_PS <= again - end_of_bits <= 116 * BIT_PS


def gap(bursts: Sequence[Burst]) -> float:
    """From the last bit of the first to the first bit of the second, in BT."""
    first, second = bursts
    return (second.start - first.end + END_PS) / BIT_PS


class TestD11Delays:
    """Squelch included: two bit times more than from the AUI."""

    def test_start_of_a_frame_and_its_variability(self) -> None:
        delays = []
        for phase in range(6):
            start = START_PS + phase * 16_800
            with fresh_simulator():
                delays.append(delay(repeated(HEAD, start_ps=start), start))
        assert 11.5 <= min(delays) <= max(delays) <= 12.6
        assert max(delays) - min(delays) <= 1

    def test_data_leave_as_much_later_as_the_preamble(self) -> None:
        bits = HEAD + bits_of(DATA)
        burst = repeated(bits)
        assert burst.end - burst.start == END_PS + len(bits) * BIT_PS

    def test_start_and_end_of_jam(self) -> None:
        begins, ends = [], []
        for phase in range(4):
            with fresh_simulator():
                bench = HubBench(3)
                second = START_PS + 30 * BIT_PS + phase * 25_000
                bench.send(0, HEAD + bits_of(DATA), START_PS)
                end = bench.send(1, HEAD, second)
                bench.run_to(START_PS + 300 * BIT_PS)
                (jam,) = bench.bursts[0]
                begins.append(delay(jam, second))
                bench.run_to(START_PS + 700 * BIT_PS)
                ends.append((jam.end - END_PS - end) / BIT_PS)
        assert 4 <= min(begins) <= max(begins) <= 6.5
        assert max(begins) - min(begins) <= 2
        assert 35 <= min(ends) <= max(ends) <= 45  # 96 bits of jam, which began 6 after the station


class TestD12FourInARow:
    """Five segments of 100 m, four hubs whose crystals differ as much as they may."""

    PPM = (100, -100, 100, -100)
    TABLE_PDV_BT = 26.55 + 3 * 53.3 + 176.3
    """Clause 13.4: left end, three in the middle, right end; up to the end of what the collision left."""

    @pytest.mark.parametrize("preamble", [PREAMBLE, PREAMBLE[-44:], PREAMBLE + "10" * 4])
    def test_the_gap_shrinks_by_less_than_49(self, preamble: str) -> None:
        bench = HubBench(2, ppm=self.PPM)
        frames = [preamble + SFD + bits_of(DATA[:n]) for n in (64, 33)]
        end = bench.send(0, frames[0], START_PS)
        end = bench.send(0, frames[1], end + 96 * BIT_PS)
        bench.run_to(end + 150 * BIT_PS)
        bursts = bench.bursts[-1]
        assert [burst.bits.partition(SFD)[2] for burst in bursts] == [bits_of(DATA[:n]) for n in (64, 33)]
        lengthened = max(0, len(PREAMBLE) - len(preamble))
        assert gap(bursts) >= 96 - 49
        assert gap(bursts) >= 96 - lengthened - len(self.PPM) * 1.2

    def test_a_collision_at_the_far_end_is_heard_in_time(self) -> None:
        cable = propagation_ps(CABLE_MM)
        with fresh_simulator():
            alone = HubBench(2, ppm=self.PPM)
            alone.send(0, HEAD + bits_of(DATA), START_PS + cable)
            alone.run_to(START_PS + 150 * BIT_PS)
            arrives = alone.starts[-1][0] + cable
        bench = HubBench(2, ppm=self.PPM)
        bench.send(0, HEAD + bits_of(DATA), START_PS + cable)
        bench.send(len(bench.ports) - 1, HEAD[:96], arrives + cable)
        bench.run_to(START_PS + 500 * BIT_PS)
        heard = (bench.starts[0][0] + cable - START_PS) / BIT_PS
        assert 120 <= heard <= 128
        assert heard + 96 < self.TABLE_PDV_BT


class TestD13Fifo:
    @pytest.mark.parametrize("ppm", [-200, 200])
    def test_1518_octets_without_a_slip(self, ppm: int) -> None:
        bits = HEAD + bits_of(Random(ppm).randbytes(1518))
        assert repeated(bits, ppm).bits == bits
