"""Clause 4, what the modes of the register model change in the MAC's transmitting half.

Rows H5, H8, H14; FULLD, NOPRE, NOBCKOF, HUGEN, DLYCRCEN, EXDFREN. Bits are counted on MII.
"""

import zlib

import pytest
from bench import fresh_simulator
from manchester import PREAMBLE
from transmitting import (
    DEFERRED,
    GAP,
    GIVEN_UP,
    LATE,
    NIBBLE_BITS,
    NO_CARRIER,
    RETRIES_SHIFT,
    RETRY_LIMIT,
    TransmitMac,
    collide,
    frame,
    sealed,
)

PIPELINE_BITS = 4
PHY_BITS = 4
"""What is on MII and not yet on the cable."""
MAX_DEFER = 24_288 // NIBBLE_BITS


# -- carrier lost ------------------------------------------------------------------------------------


def test_cs_carrier_never_seen() -> None:
    mac = TransmitMac()
    mac.deaf = True
    assert mac.send(frame(46)) == NO_CARRIER
    assert mac.bursts[0].octets == PREAMBLE + sealed(frame(46))


def test_cs_carrier_that_vanishes_once_is_lost() -> None:
    mac = TransmitMac()

    def wire() -> tuple[int, int]:
        mac.deaf = 300 <= mac.burst_bits < 304
        return 0, 0

    mac.wire = wire
    assert mac.send(frame(46)) == NO_CARRIER
    mac.wire = lambda: (0, 0)
    mac.deaf = False
    assert mac.send(frame(46)) & NO_CARRIER == 0


def test_cs_is_not_said_of_a_collision() -> None:
    mac = TransmitMac(max_retry=0)
    mac.deaf = True
    collide(mac, 200)
    assert mac.send(frame(46)) == RETRY_LIMIT


def test_cs_means_nothing_in_full_duplex() -> None:
    mac = TransmitMac(full_duplex=1)
    mac.deaf = True
    assert mac.send(frame(46)) == 0


# -- SQE test ----------------------------------------------------------------------------------------


def sqe(first: int, ticks: int, **pins: int) -> tuple[int, int]:
    """A burst on `crs` and `col` after a frame: (errors reported, nibbles from that frame to the next)."""
    mac = TransmitMac(**pins)

    def wire() -> tuple[int, int]:
        past = mac.ticks - mac.bursts[0].end if len(mac.bursts) == 1 else -1
        burst = int(first <= past < first + ticks)
        return burst, burst

    mac.wire = wire
    mac.send(frame(46))
    before = mac["sqe_error"]
    mac.offer(frame(46))
    mac.run(GAP + 10)
    told = mac["sqe_error"] != before
    mac.finish()
    assert len(mac.bursts) == 2
    return int(told), mac.bursts[1].start - mac.bursts[0].end


@pytest.mark.parametrize("first", [2, 3, 4, 8])
def test_h5_sqe_burst_is_no_collision_and_starts_nothing_again(first: int) -> None:
    """0.6 to 1.6 us after the end of transmission, up to 3.4 us with 50 m of AUI; 10 bit times long."""
    assert sqe(first, 3) == (0, GAP)


def test_h5_a_missing_burst_is_told() -> None:
    assert sqe(0, 0) == (1, GAP)


@pytest.mark.parametrize(("first", "told"), [(10, 0), (19, 1)])
def test_h5_the_window_is_between_4_and_8_us(first: int, told: int) -> None:
    """A burst that begins after 4 us is in time, one after 7.6 us is not."""
    assert sqe(first, 1) == (told, GAP)


def test_h5_no_window_in_full_duplex_nor_after_a_collision() -> None:
    assert sqe(0, 0, full_duplex=1, ipgt=0x15) == (0, GAP)
    mac = TransmitMac(max_retry=0)
    collide(mac, 200)
    mac.send(frame(46))
    mac.run(60)
    assert mac["sqe_error"] == 0


# -- excessive deferral ------------------------------------------------------------------------------


class _Waiting(TransmitMac):
    """A MAC whose divider of 24,288 bit times runs, as in `hw.adapter.netlist`. `carrier` until a tick."""

    def __init__(self, carrier_until: int, **pins: int) -> None:
        super().__init__(**pins)
        self._waited = 0
        self.wire = lambda: (int(self.ticks < carrier_until), 0)

    def _pass(self) -> None:
        super()._pass()
        self._waited = self._waited + 1 if self["frame_waiting"] else 0
        if self._waited == MAX_DEFER - LEAD + 1:
            self._waited = 1
            self.set(defer_over=1 - self["defer_over"])


LEAD = 2
"""`hw.mac.slow_clocks.DEFER_LEAD`."""
BEGUN = 10


def first_burst(carrier_until: int, **pins: int) -> int:
    """The tick at which a frame begins that was offered at `BEGUN`."""
    mac = _Waiting(carrier_until, **pins)
    mac.run(BEGUN)
    mac.offer(frame(46))
    mac.finish()
    return mac.bursts[0].start


@pytest.fixture(scope="module")
def carrier_of_1000() -> int:
    """When carrier must end so that the frame is deferred for 1,000 nibbles."""
    with fresh_simulator():
        free = first_burst(0)
        return 1000 + 1000 - (first_burst(1000) - free)


def excess(deferred_for: int, carrier_of_1000: int, **pins: int) -> tuple[int, int, bool]:
    """A frame that is deferred for this many nibbles: (status, events, whether it was sent)."""
    mac = _Waiting(carrier_of_1000 + deferred_for - 1000, **pins)
    mac.run(BEGUN)
    mac.offer(frame(46))
    status = mac.finish()
    return status, mac["defer_event"], bool(mac.bursts)


def test_h14_deferred_for_24288_bit_times_is_not_excessive(carrier_of_1000: int) -> None:
    assert excess(MAX_DEFER, carrier_of_1000) == (DEFERRED, 0, True)


def test_h14_deferred_for_longer_is_told_once_and_waits_on_with_exdfren(carrier_of_1000: int) -> None:
    assert excess(MAX_DEFER + 1, carrier_of_1000, wait_forever=1) == (DEFERRED, 1, True)
    assert excess(2 * MAX_DEFER + 100, carrier_of_1000, wait_forever=1) == (DEFERRED, 1, True)


def test_h14_deferred_for_longer_is_given_up_without_exdfren(carrier_of_1000: int) -> None:
    assert excess(MAX_DEFER + 1, carrier_of_1000) == (GIVEN_UP | DEFERRED, 1, False)


def test_h14_the_next_frame_waits_anew() -> None:
    mac = _Waiting(2 * MAX_DEFER + 100)
    mac.run(10)
    assert mac.send(frame(46)) == GIVEN_UP | DEFERRED
    assert mac.send(frame(46)) == GIVEN_UP | DEFERRED
    assert mac["defer_event"] == 0  # twice
    assert mac.send(frame(60)) == DEFERRED
    assert mac.bursts[0].octets == PREAMBLE + sealed(frame(60))


def test_waiting_for_the_carrier_to_end_needs_no_clock() -> None:
    mac = _Waiting(10_000)
    mac.run(10)
    mac.offer(frame(46))
    mac.run(10)
    assert mac["frame_waiting"]
    assert not mac["tx_busy"]


# -- collision window --------------------------------------------------------------------------------


def is_late(bit: int, **pins: int) -> bool:
    """Whether a collision is late that begins when `bit` bits are on the cable; MII samples whole nibbles."""
    mac = TransmitMac(**pins)
    collide(mac, -(-bit // NIBBLE_BITS) * NIBBLE_BITS + PHY_BITS)
    return bool(mac.send(frame(300)) & LATE)


@pytest.mark.parametrize(("bit", "late"), [(511, False), (512, False), (513, True)])
def test_h8_512_bits_from_the_first_of_the_preamble(bit: int, late: bool) -> None:
    assert is_late(bit) is late


@pytest.mark.parametrize(("bit", "late"), [(575, False), (576, False), (577, True)])
def test_h8_512_bits_from_the_sfd(bit: int, late: bool) -> None:
    assert is_late(bit, late_from_sfd=1) is late


@pytest.mark.parametrize(("bit", "late"), [(512, False), (513, True)])
def test_h8_512_bits_from_the_first_when_there_is_no_preamble(bit: int, late: bool) -> None:
    assert is_late(bit, no_preamble=1) is late


def test_h8_late_collision_is_told_whether_it_is_retried_or_not() -> None:
    for retry, status in ((0, LATE), (1, 1 << RETRIES_SHIFT)):
        mac = TransmitMac(late_retry=retry)
        collide(mac, 600)
        assert mac.send(frame(300)) == status
        assert mac["late_event"] == 1
    assert mac.bursts[-1].octets == PREAMBLE + sealed(frame(300))


def test_h8_retried_late_collisions_count_as_attempts() -> None:
    mac = TransmitMac(late_retry=1)
    collide(mac, 600, attempts=20)
    assert mac.send(frame(300)) == 15 << RETRIES_SHIFT | RETRY_LIMIT
    assert len(mac.bursts) == 16


# -- modes of the register model ---------------------------------------------------------------------


def test_nopre_frame_begins_with_the_sfd() -> None:
    mac = TransmitMac(no_preamble=1)
    for payload in (0, 46, 100):
        assert mac.send(frame(payload)) & NO_CARRIER == 0
        assert mac.bursts[-1].octets == b"\xd5" + sealed(frame(payload))


def test_nopre_collision_in_the_sfd_lets_it_be_finished() -> None:
    mac = TransmitMac(no_preamble=1, max_retry=0)
    collide(mac, 4)
    mac.send(frame(46))
    assert mac.bursts[0].nibbles[:2] == (5, 13)
    assert mac.bursts[0].nibbles[-8:] == (15,) * 8
    assert mac.bursts[0].bits <= 8 + PIPELINE_BITS + 32


def test_nobckof_retries_without_drawing() -> None:
    mac = TransmitMac(no_backoff=1)
    mac.slot_ticks = 128
    collide(mac, 80, attempts=15)
    assert mac.send(frame(46)) == 15 << RETRIES_SHIFT
    assert mac.backoffs == []
    assert all(b.start - a.end < 2 * GAP for a, b in zip(mac.bursts, mac.bursts[1:], strict=False))


@pytest.mark.parametrize("octets", [59, 60, 61, 63, 64])
def test_maxfl_cuts_what_is_longer_and_without_a_good_fcs(octets: int) -> None:
    """With their FCS 63 to 68 octets, against a limit of 64."""
    mac = TransmitMac(max_frame=64, tx_pad=0)
    mac.send(frame(octets - 14))
    whole = frame(octets - 14) + zlib.crc32(frame(octets - 14)).to_bytes(4, "little")
    assert mac.bursts[0].octets == PREAMBLE + whole[:64]
    assert mac.send(frame(46)) & ~DEFERRED == 0
    assert mac.bursts[1].octets == PREAMBLE + sealed(frame(46))


def test_maxfl_of_a_frame_without_fcs() -> None:
    mac = TransmitMac(max_frame=64, tx_pad=0, tx_crc=0)
    mac.send(frame(100))
    assert mac.bursts[0].octets == PREAMBLE + frame(100)[:64]


def test_hugen_lifts_the_limit() -> None:
    mac = TransmitMac(max_frame=64, huge_enable=1)
    mac.send(frame(100))
    assert mac.bursts[0].octets == PREAMBLE + sealed(frame(100))


@pytest.mark.slow
def test_hugen_frame_of_65535_octets() -> None:
    mac = TransmitMac(huge_enable=1)
    mac.send(frame(65_535 - 14))
    assert mac.bursts[0].octets == PREAMBLE + sealed(frame(65_535 - 14))


@pytest.mark.parametrize("payload", [20, 46, 100])
def test_dlycrcen_fcs_leaves_out_the_first_4_octets(payload: int) -> None:
    mac = TransmitMac(delay_crc=1)
    mac.send(frame(payload))
    body = frame(payload).ljust(60, b"\0")
    assert mac.bursts[0].octets == PREAMBLE + body + zlib.crc32(body[4:]).to_bytes(4, "little")


def test_fulld_neither_carrier_nor_collision_and_ipgt_is_nibbles_less_3() -> None:
    mac = TransmitMac(full_duplex=1, ipgt=0x15)
    mac.wire = lambda: (1, 1)
    for _ in range(3):
        assert mac.send(frame(46)) == 0
    assert all(burst.octets == PREAMBLE + sealed(frame(46)) for burst in mac.bursts)
    mac.offer(frame(46))
    mac.finish()
    mac.offer(frame(46))
    mac.finish()
    assert mac.bursts[-1].start - mac.bursts[-2].end == GAP


@pytest.mark.parametrize("ipgt", [0, 1, 0x7F])
def test_fulld_any_gap_setting_ends(ipgt: int) -> None:
    mac = TransmitMac(full_duplex=1, ipgt=ipgt)
    mac.send(frame(46))
    mac.offer(frame(46))
    mac.finish()
    assert mac.bursts[1].start - mac.bursts[0].end <= max(ipgt + 3, 11)


# -- short gaps, for the receiving half ----------------------------------------------------------------


@pytest.mark.parametrize(("idle", "short"), [(1, 1), (9, 1), (10, 0), (15, 0), (24, 0), (100, 0)])
def test_ifg_carrier_that_returns_within_10_nibbles_is_marked(idle: int, short: int) -> None:
    mac = TransmitMac()
    mac.wire = lambda: (int(mac.ticks < 50 or mac.ticks >= 50 + idle), 0)
    mac.run(50 + idle + 20)
    assert mac["short_gap"] == short
