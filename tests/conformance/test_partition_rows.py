"""Partition and reconnection of a hub's ports (IEEE 802.3 clause 9.6.6), rows D7 to D9."""

from collections.abc import Callable
from typing import Any

import pytest
from closet import HEAD, Closet
from pattern import BIT_PS

from sim.scenario.model import Hub, Reconnection

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]
ALTERNATING = "10" * 20_000
LEAST_BITS = 96
MUST_NOT = 30
"""CCLimit is more than 30: that many collisions in a row are tolerated."""


def hub(**parameters: Any) -> Hub:
    """Of three ports."""
    return Hub("a", 3, **parameters)


def collide(lab: Closet, times: int, bits: int = 120) -> None:
    """Let the stations at ports 1 and 2 begin at once."""
    for _ in range(times):
        start = lab.now + 20 * BIT_PS
        for port in ("a.1", "a.2"):
            lab.send(port, ALTERNATING[:bits], start)
        lab.settle(start + max(bits, LEAST_BITS) * BIT_PS)


def succeed(lab: Closet, port: str, bits: int) -> None:
    """Let a station send this many bits without a collision."""
    start = lab.now + 20 * BIT_PS
    end = lab.send(port, (HEAD + ALTERNATING)[:bits], start)
    lab.settle(max(end, start + LEAST_BITS * BIT_PS))


def partitioned(lab: Closet) -> str:
    """The numbers of the ports that are."""
    return "".join(str(number) for number in (1, 2, 3) if lab.partitioned(f"a.{number}"))


def test_D7_after_cclimit_collisions(engine: str, pick: Pick, measured: Measured) -> None:
    told = []
    for limit in pick((31, 32, 64), (31,)):
        with Closet(engine, hub(collision_limit=limit)) as lab:
            collide(lab, MUST_NOT)
            assert partitioned(lab) == ""
            collide(lab, limit - MUST_NOT)
            assert partitioned(lab) == ""
            collide(lab, 1)
            assert partitioned(lab) == "12"
            told.append(limit + 1)
    measured(
        f"partitioned by collision {', '.join(map(str, told))} (CCLimit 31, 32, 64), not by the one before"
    )


def test_D7_a_success_clears_the_count(engine: str, measured: Measured) -> None:
    for bits, clears in ((512, True), (450, False)):
        with Closet(engine, hub()) as lab:
            collide(lab, MUST_NOT)
            succeed(lab, "a.1", bits)
            collide(lab, 1)
            assert partitioned(lab) == ""
            collide(lab, 1)
            assert partitioned(lab) == ("" if clears else "12")
    measured("512 bits in or out without a collision clear the count, 450 do not")


def test_D7_a_partitioned_port_is_sent_to_and_not_repeated_from(engine: str, measured: Measured) -> None:
    with Closet(engine, hub(collision_limit=0)) as lab:
        collide(lab, 1)
        assert partitioned(lab) == "12"
        before = len(lab.sent("a.3"))
        succeed(lab, "a.1", 300)
        assert len(lab.sent("a.3")) == before
        assert len(lab.sent("a.2")) == before
        succeed(lab, "a.3", 300)
        assert [len(lab.sent(port)[-1].bits) for port in ("a.1", "a.2")] == [300, 300]
    measured("a partitioned port is sent to and not repeated from")


def test_D7_it_disturbs_nobody(engine: str) -> None:
    """What comes from a partitioned port while the hub repeats a frame is no collision for the others."""
    with Closet(engine, hub(collision_limit=0)) as lab:
        collide(lab, 1)
        lab.send("a.1", ALTERNATING[:1_000], lab.now + 20 * BIT_PS)
        succeed(lab, "a.3", 300)
        assert len(lab.sent("a.3")) == 1, "the jam of before"
        assert lab.sent("a.2")[-1].bits == (HEAD + ALTERNATING)[:300]
        assert partitioned(lab) == "12"


def test_D8_long_collision(engine: str, pick: Pick, measured: Measured) -> None:
    for limit, borne, too_long in pick(
        ((1_000, 1_000, 1_020), (1_100, 1_100, 1_120), (30_000, 30_000, 30_020)), ((1_000, 1_000, 1_020),)
    ):
        for bits, found in ((borne, ""), (too_long, "12")):
            with Closet(engine, hub(long_collision_ns=limit * 100)) as lab:
                collide(lab, 1, bits)
                assert partitioned(lab) == found
    measured("one collision of Tw6 + 20 BT partitions, one of Tw6 does not (1,000, 1,100, 30,000)")


@pytest.mark.parametrize("source", ["a.1", "a.3"], ids=["received", "sent"])
@pytest.mark.parametrize("reconnection", ["standard", "alternative"])
def test_D9_reconnection(
    engine: str, pick: Pick, measured: Measured, source: str, reconnection: Reconnection
) -> None:
    counts = source == "a.3" or reconnection == "standard"
    for seed in pick(range(8), (1,)):
        for bits in pick((440, 450, 512, 560), (450, 512)):
            with Closet(engine, hub(collision_limit=0, reconnection=reconnection), seed=seed) as lab:
                collide(lab, 1)
                succeed(lab, source, bits)
                assert partitioned(lab) == (
                    "12" if bits <= 450 or not counts else "2" if source == "a.1" else ""
                )
    way = "comes in at" if source == "a.1" else "is sent to"
    joined = "joins it again, 450 do not" if counts else "does not join it again"
    measured(f"{reconnection} algorithm: what {way} the port for 512 BT {joined}")


def test_D9_not_after_another_collision(engine: str, measured: Measured) -> None:
    with Closet(engine, hub(collision_limit=0)) as lab:
        collide(lab, 1)
        start = lab.now + 20 * BIT_PS
        lab.send("a.1", (HEAD + ALTERNATING)[:900], start + 300 * BIT_PS)
        lab.send("a.3", (HEAD + ALTERNATING)[:500], start)
        lab.settle(start + 600 * BIT_PS)
        assert lab.partitioned("a.1")
    measured("not after 512 BT with a collision in them")
