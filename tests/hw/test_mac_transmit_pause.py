"""Annex 31B: PAUSE frames among data frames, and what a pause does to these."""

import pytest
from bench import Clocked
from manchester import PREAMBLE
from transmitting import GAP, STATION, TransmitMac, collide, frame, sealed

PAUSE_HEADER = bytes.fromhex("0180c2000001") + STATION + bytes.fromhex("88080001")


def paused_mac(**pins: int) -> TransmitMac:
    address = int.from_bytes(STATION, "big")
    return TransmitMac(full_duplex=1, ipgt=0x15, station_address=address, tx_pause_time=0xABCD, **pins)


PAUSE = PREAMBLE + sealed(PAUSE_HEADER + b"\xab\xcd")


def ask(mac: TransmitMac) -> None:
    mac.set(tx_pause=1 - mac["tx_pause"])


@pytest.mark.parametrize("pins", [{}, {"tx_pad": 0, "tx_crc": 0}])
def test_31b_pause_frame_is_padded_and_has_a_fcs(pins: dict[str, int]) -> None:
    mac = paused_mac(**pins)
    ask(mac)
    mac.run(200)
    assert mac["tx_pause_done"] == 1
    (burst,) = mac.bursts
    assert burst.octets == PAUSE
    assert mac.statuses == []


def test_31b_pause_frame_goes_between_data_frames() -> None:
    mac = paused_mac()
    mac.offer(frame(100))
    mac.run(40)
    ask(mac)
    mac.finish()
    mac.offer(frame(46))
    assert mac.finish() == 0
    octets = [burst.octets for burst in mac.bursts]
    assert octets == [PREAMBLE + sealed(frame(100)), PAUSE, PREAMBLE + sealed(frame(46))]
    assert [b.start - a.end for a, b in zip(mac.bursts, mac.bursts[1:], strict=False)] == [GAP, GAP]


def test_31b_data_frames_wait_while_paused_and_control_frames_do_not() -> None:
    mac = paused_mac()
    mac.set(pause_running=1)
    mac.offer(frame(46))
    mac.run(300)
    assert mac.bursts == []
    assert not mac["tx_busy"]
    ask(mac)
    mac.run(300)
    assert [burst.octets for burst in mac.bursts] == [PAUSE]
    mac.set(pause_running=0)
    assert mac.finish() == 0
    assert mac.bursts[-1].octets == PREAMBLE + sealed(frame(46))


def test_31b_a_frame_under_way_is_not_touched_by_a_pause() -> None:
    mac = paused_mac()
    mac.offer(frame(100))
    mac.run(40)
    mac.set(pause_running=1)
    assert mac.finish() == 0
    assert mac.bursts[0].octets == PREAMBLE + sealed(frame(100))


def test_31b_a_pause_means_nothing_in_half_duplex() -> None:
    mac = TransmitMac(pause_running=1)
    assert mac.send(frame(46)) == 0


def test_31b_pause_frame_that_collides_is_sent_again() -> None:
    """Half duplex knows no PAUSE; a driver that asks for one all the same gets an ordinary frame."""
    mac = TransmitMac(station_address=int.from_bytes(STATION, "big"), tx_pause_time=0xABCD)
    collide(mac, 100)
    ask(mac)
    mac.run(400)
    assert [burst.octets for burst in mac.bursts][1:] == [PAUSE]
    assert mac["tx_pause_done"] == 1
    mac.wire = lambda: (0, 0)
    assert mac.send(frame(46)) == 0
    assert mac.bursts[-1].octets == PREAMBLE + sealed(frame(46))


@pytest.mark.parametrize("quanta", [1, 2, 0xFFFF])
def test_31b_timer_ends_after_so_many_quanta(quanta: int) -> None:
    """The first tick loads, the second is the beginning."""
    timer = Clocked("pause_timer", rx_pause=1, pause_time=quanta)
    timer.tick()
    assert (timer["pause_loaded"], timer["pause_running"]) == (1, 1)
    timer.tick()
    for _ in range(min(quanta, 600)):
        assert timer["pause_running"]
        timer.tick()
    assert timer["pause_running"] == (quanta > 600)


def test_31b_a_new_time_replaces_the_old_one_and_zero_ends_a_pause() -> None:
    timer = Clocked("pause_timer", rx_pause=1, pause_time=100)
    for _ in range(3):
        timer.tick()
    timer.tick(rx_pause=0, pause_time=2)
    for _ in range(2):
        timer.tick()
        assert timer["pause_running"]
    timer.tick()
    assert not timer["pause_running"]
    timer.tick(rx_pause=1, pause_time=9)
    assert timer["pause_running"]
    timer.tick(rx_pause=0, pause_time=0)
    assert (timer["pause_loaded"], timer["pause_running"]) == (0, 0)
