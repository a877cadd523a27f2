"""RST of the register map, row T6: whatever the MAC is at, it breaks off, and begins as after power-up."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import manual as m
from bench import fresh_simulator
from laboratory import MS, TX_DESCRIPTORS, Lab, Received, Station, address, frame, one
from pattern import BIT_PS, moves, on_wire, with_fcs

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]
MINE = frame(address(9), fill=3)[:-4]
LONG = frame(address(9), 1518)[:-4]
SLOT = 512 * BIT_PS
HOLD_PS = 250_000
"""From the last bit to the end of what an adapter drives."""
PIPELINE_BT = 30
"""What synchronisers, a nibble under way and the encoder take."""
CONTROL = bytes.fromhex("0180c2000001 020000000009 8808 0001")
BACKOFF_OVER_PS = 1024 * SLOT
QUIET_PS = MS // 2


def reset(lab: Lab, station: Station) -> int:
    """Write RST; return when the cycle began."""
    begun = lab.now
    station.write(m.MODER, m.RST)
    return begun


def begins_again(lab: Lab, station: Station, moder: int = 0) -> None:
    """As a driver does at power-up; then a frame each way, bit by bit."""
    assert station.read(m.INT_SOURCE) == 0
    for number in range(TX_DESCRIPTORS):
        station.write(m.descriptor(number), 0)  # memory is not reset
    station.bring_up(moder)
    lab.forget()
    station.queue(MINE)
    assert station.sent() & 0x1FF in (0, m.CS)
    (burst,) = station.bursts()
    assert burst.bits == on_wire(with_fcs(MINE))
    good = frame(station.address)
    lab.hear(moves(on_wire(good)), quiet_ps=150 * BIT_PS)
    assert station.received() == [Received(good, 0)]


def sent_since(lab: Lab, station: Station) -> list[tuple[int, int]]:
    """When it begins and ends to drive its pair, since `forget`."""
    lab.look()
    return lab.log[f"{station.name}.adapter.aui_do_active"]


def begins(lab: Lab, station: Station, octets: bytes) -> int:
    """Hand over a frame, and go on for some bits; return when it began."""
    lab.forget()
    station.queue(octets)
    lab.run_for(40 * BIT_PS)
    ((begun, _),) = sent_since(lab, station)
    return begun


def test_T6_a_transmission_breaks_off(engine: str, pick: Pick, measured: Measured) -> None:
    """In the preamble, the addresses, the data and the FCS: a fragment, and no second attempt."""
    with one(engine) as (lab, station):
        for cut in pick((50, 70, 111, 300, 5_003, 12_190), (70, 300)):
            lab.run_to(begins(lab, station, LONG) + cut * BIT_PS)
            lab.forget()
            struck = reset(lab, station)
            lab.run_for(QUIET_PS)
            ((ended, active),) = sent_since(lab, station)
            assert not active
            assert 0 < ended - HOLD_PS - struck < PIPELINE_BT * BIT_PS
            assert any(station.read(m.descriptor(number)) & m.RD for number in range(TX_DESCRIPTORS))
            begins_again(lab, station)
    measured(f"a transmission breaks off within {PIPELINE_BT} BT, without jam, and leaves no status")


def collided_length(lab: Lab, station: Station, *, reset_at: int = 0) -> int:
    """For how many ps it drives its pair when a frame collides in bit 200; with RST at bit `reset_at`."""
    lab.run_for(200 * BIT_PS)
    lab.collide(200, "H" * 20)
    begun = begins(lab, station, LONG)
    if reset_at:
        lab.run_to(begun + reset_at * BIT_PS)
        reset(lab, station)
    lab.run_for(300 * BIT_PS)
    lab.hush()
    (_, active), (ended, driven) = sent_since(lab, station)[:2]
    assert active
    assert not driven
    return ended - begun


def test_T6_a_jam_breaks_off(engine: str, measured: Measured) -> None:
    """And the next one has its 32 bits."""
    with one(engine) as (lab, station):
        whole = collided_length(lab, station)
        station.sent()
        broken = collided_length(lab, station, reset_at=208)
        assert 200 * BIT_PS < broken - HOLD_PS < whole - HOLD_PS
        begins_again(lab, station)
        assert collided_length(lab, station) == whole
    measured("a jam breaks off; the next one is whole")


def test_T6_a_backoff_ends(engine: str, pick: Pick, measured: Measured) -> None:
    """In the middle of a wait of many slots; waits after it are whole slots within their range again."""
    collisions = pick(8, 5)
    with one(engine) as (lab, station):
        lab.collide_with_attempts(station, MINE, collisions)
        lab.run_for(SLOT)
        reset(lab, station)
        lab.forget()
        lab.run_for(BACKOFF_OVER_PS if engine == "compiled" else QUIET_PS)
        assert sent_since(lab, station) == []
        begins_again(lab, station)
        for _ in range(pick(12, 3)):
            lab.forget()
            lab.collide_with_attempts(station, MINE, 3)
            assert not station.sent() & m.RL
            bursts = station.bursts()
            waits = [after.start - before.end_of_bits for before, after in pairwise(bursts)]
            assert len(waits) == 3
            for collision, wait in enumerate(waits, start=1):
                assert wait % SLOT == 0 or wait < SLOT // 2
                assert wait // SLOT < 1 << collision
    measured("a backoff ends, and those after it are whole slots within their range")


def test_T6_a_deferred_frame_is_forgotten(engine: str, measured: Measured) -> None:
    """While another sends: its carrier ends, and nothing is sent."""
    with one(engine) as (lab, station):
        other = frame(address(7), 200)
        lab.play(moves(on_wire(other)))
        lab.run_for(200 * BIT_PS)
        station.queue(MINE)
        lab.run_for(100 * BIT_PS)
        reset(lab, station)
        lab.forget()
        lab.run_for(QUIET_PS)
        assert sent_since(lab, station) == []
        begins_again(lab, station)
    measured("a frame that waits is forgotten")


def test_T6_a_reception_breaks_off(engine: str, pick: Pick, measured: Measured) -> None:
    """The rest is no frame, even if it has an SFD in it and the driver is up again in its middle."""
    false_start = bytes.fromhex("5555555555d5") + frame(address(0), 64)
    for cut in pick((40, 70, 160, 600), (160,)):
        with one(engine) as (lab, station):
            rest = bytes(700) + false_start
            whole = with_fcs(station.address + address(7) + b"\x08\0" + rest)
            start = lab.play(moves(on_wire(whole)))
            lab.run_to(start + cut * BIT_PS)
            reset(lab, station)
            station.bring_up()
            assert lab.now < start + 700 * 8 * BIT_PS
            lab.run_to(start + (8 * len(whole) + 300) * BIT_PS)
            assert station.received() == []
            begins_again(lab, station)
    measured("a reception breaks off, and the rest of it is no frame")


def test_T6_a_pause_ends(engine: str, measured: Measured) -> None:
    """In full duplex: one of 3.4 s, after which a frame leaves at once."""
    with one(engine, m.FULLD, {m.CTRLMODER: m.RXFLOW}) as (lab, station):
        pause = CONTROL + b"\xff\xff" + bytes(42)
        lab.hear(moves(on_wire(with_fcs(pause))), quiet_ps=150 * BIT_PS)
        lab.forget()
        station.queue(MINE)
        lab.run_for(QUIET_PS)
        assert sent_since(lab, station) == []
        reset(lab, station)
        begun = lab.now
        begins_again(lab, station, m.FULLD)
        assert lab.now - begun < 2 * MS
    measured("a pause ends")


def test_both_engines_break_off_at_the_same_picosecond() -> None:
    """A frame, then a backoff of some slots, each under RST; then as after power-up."""

    def changes(engine: str) -> dict[str, list[tuple[int, int]]]:
        with fresh_simulator(), one(engine) as (lab, station):
            lab.run_to(begins(lab, station, LONG) + 300 * BIT_PS)
            reset(lab, station)
            station.write(m.descriptor(0), 0)
            station.bring_up()
            lab.collide_with_attempts(station, MINE, 3)
            reset(lab, station)
            begins_again(lab, station)
            return lab.log

    assert changes("compiled") == changes("myhdl")
