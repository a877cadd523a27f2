"""What rows say is to be counted: the one counter of RFC 2665, and no other."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import manual as m
import pytest
from laboratory import Lab, Station, address, frame, one
from pattern import BIT_PS, HEAD, bits, moves, on_wire, with_fcs

Measured = Callable[[str], None]
MINE = frame(address(9), fill=3)[:-4]


@pytest.fixture(params=["compiled"])
def engine(request: pytest.FixtureRequest) -> str:
    """The rows themselves run on both."""
    return str(request.param)


@contextmanager
def counted(lab: Lab, station: Station, **expected: int) -> Iterator[None]:
    """What is done inside moves exactly these counters, by so much."""
    before = {name: station.read(register) for register, name in m.COUNTERS.items()}
    yield
    lab.run_for(300 * BIT_PS)
    after = {name: station.read(register) for register, name in m.COUNTERS.items()}
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == expected


def spoilt(octets: bytes) -> bytes:
    """The same with another last octet."""
    return octets[:-1] + bytes([octets[-1] ^ 0x80])


def heard(engine: str, counter: str, *streams: str, silent: str = "") -> None:
    """Each of `streams` moves `counter` alone; `silent` moves none."""
    with one(engine) as (lab, station):
        for cells in streams:
            with counted(lab, station, **{counter: 1}):
                lab.hear(moves(cells), quiet_ps=100 * BIT_PS)
        if silent:
            with counted(lab, station):
                lab.hear(moves(silent), quiet_ps=100 * BIT_PS)
        good = on_wire(frame(station.address))
        with counted(lab, station, received_frames=1):
            lab.hear(moves(good), quiet_ps=100 * BIT_PS)


def test_R1_is_counted(engine: str, measured: Measured) -> None:
    own, foreign = frame(address(0)), frame(address(7))
    heard(engine, "fcs_errors", on_wire(spoilt(own)), on_wire(spoilt(own)), silent=on_wire(spoilt(foreign)))
    measured("fcs_errors +1 each; a foreign frame's is not counted")


def test_R2_is_counted(engine: str, measured: Measured) -> None:
    streams = [on_wire(with_fcs(frame(address(0))[:length])) for length in (20, 59)]
    heard(engine, "short_frames", *streams)
    measured("short_frames +1 each")


def test_R3_is_counted(engine: str, measured: Measured) -> None:
    heard(engine, "frame_too_longs", on_wire(frame(address(0), 1519)))
    measured("frame_too_longs +1")


def test_R4_is_counted(engine: str, measured: Measured) -> None:
    wrong = with_fcs((address(0) + address(7) + b"\0\x2f").ljust(60, b"\0"))
    heard(engine, "in_range_length_errors", on_wire(wrong))
    measured("in_range_length_errors +1")


def test_R5_is_no_error(engine: str) -> None:
    heard(engine, "received_frames", on_wire(frame(address(0))) + "1", on_wire(frame(address(0))) + "1010101")


def test_R6_is_counted(engine: str, measured: Measured) -> None:
    streams = [on_wire(spoilt(frame(address(0)))) + extra for extra in ("1", "010", "0110011")]
    heard(engine, "alignment_errors", *streams)
    measured("alignment_errors +1 each, fcs_errors +0")


def test_H1_is_counted(engine: str) -> None:
    with one(engine) as (lab, station), counted(lab, station, deferred_transmissions=1, transmitted_frames=1):
        lab.play(moves(HEAD + bits(frame(address(7)))))
        lab.run_for(100 * BIT_PS)
        station.queue(MINE)
        station.sent()


def test_H8_is_counted(engine: str, measured: Measured) -> None:
    with one(engine, registers={m.COLLCONF: 15 << 16 | 15}) as (lab, station):
        with counted(lab, station, late_collisions=1):
            lab.collide(200)
            station.queue(MINE)
            assert station.sent() & m.LC
            lab.hush()
        with counted(lab, station, transmitted_frames=1):
            station.queue(MINE)
            station.sent()
    measured("late_collisions +1")


def test_H9_is_counted(engine: str, measured: Measured) -> None:
    with one(engine, registers={m.COLLCONF: 3 << 16 | 63}) as (lab, station):
        for collisions, counter in ((1, "single_collision_frames"), (3, "multiple_collision_frames")):
            with counted(lab, station, **{counter: 1, "transmitted_frames": 1}):
                lab.collide_with_attempts(station, MINE, collisions)
                station.sent()
        with counted(lab, station, excessive_collisions=1):
            lab.collide_with_attempts(station, MINE, 4)
            assert station.sent() & m.RL
    measured("single_collision_frames, multiple_collision_frames, excessive_collisions +1 each")


def test_H14_is_counted(engine: str, measured: Measured) -> None:
    for moder, sent in ((0, {}), (m.EXDFREN, {"deferred_transmissions": 1, "transmitted_frames": 1})):
        with one(engine, moder) as (lab, station), counted(lab, station, excessive_deferrals=1, **sent):
            lab.play(moves("H" * 24_800))
            lab.run_for(100 * BIT_PS)
            station.queue(MINE)
            station.sent()
    measured("excessive_deferrals +1, given up or not")


def test_H5_is_counted(engine: str, measured: Measured) -> None:
    for tested, missing in ((True, {}), (False, {"sqe_test_errors": 2})):
        with Lab(engine, sqe_test=tested) as lab:
            (station,) = lab.stations
            station.bring_up()
            with counted(lab, station, transmitted_frames=2, **missing):
                for _ in range(2):
                    station.queue(MINE)
                    station.sent()
                    lab.run_for(200 * BIT_PS)
    measured("sqe_test_errors +1 for each frame without the test, +0 with it")
