"""Bits of the PHY's control register that act on MII (clause 22.2.4.1), written over MDIO."""

import manual as m
import pytest
from laboratory import BROADCAST, Lab, Station, address, frame, one
from pattern import BIT_PS, HEAD, bits

MIICOMMAND, MIIADDRESS, MIITX_DATA, _, MIISTATUS = range(0x2C, 0x40, 4)
PHY, CONTROL = 1, 0
LOOPBACK, COLLISION_TEST = 1 << 14, 1 << 7
WCTRLDATA, BUSY = 4, 2
MINE = frame(address(9), 100)
MAX_RETRY = 3


def control(lab: Lab, station: Station, word: int) -> None:
    """Write the PHY's control register."""
    station.write(MIIADDRESS, CONTROL << 8 | PHY)
    station.write(MIITX_DATA, word)
    station.write(MIICOMMAND, WCTRLDATA)
    while station.read(MIISTATUS) & BUSY:
        lab.run_for(100 * BIT_PS)


def test_22_2_4_1_9_collision_test_fails_each_attempt(engine: str) -> None:
    """COL answers TX_EN, so the MAC takes its own preamble for a collision; cleared, frames go out again."""
    with one(engine, registers={m.COLLCONF: MAX_RETRY << 16 | 63}) as (lab, station):
        control(lab, station, COLLISION_TEST)
        station.queue(MINE[:-4])
        status = station.sent()
        assert status & m.RL
        assert m.retries(status) == MAX_RETRY
        assert [burst.bits for burst in station.bursts()] == [HEAD + "1" * 32] * (MAX_RETRY + 1)
        control(lab, station, 0)
        lab.run_for(1_000 * BIT_PS)
        lab.forget()
        station.queue(MINE[:-4])
        assert not station.sent() & (m.RL | m.LC)
        (burst,) = station.bursts()
        assert burst.bits == HEAD + bits(MINE)


@pytest.mark.parametrize("tested", [False, True])
def test_22_2_4_1_2_no_collision_in_loopback_but_for_the_test(engine: str, tested: bool) -> None:
    with one(engine, registers={m.COLLCONF: MAX_RETRY << 16 | 63}) as (lab, station):
        control(lab, station, LOOPBACK | (COLLISION_TEST if tested else 0))
        lab.forget()
        whole = frame(BROADCAST, 100, source=station.address)
        station.queue(whole[:-4])
        status = station.sent()
        lab.run_for(1_000 * BIT_PS)
        assert bool(status & m.RL) == tested
        assert [got.octets for got in station.received()] == ([] if tested else [whole])
        assert station.bursts() == [], "nothing leaves"
