"""The interval set, sequence numbers and the timer heap, against models so plain that they must be right."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from stack.intervals import Intervals
from stack.tcp.sequence import unwrap, wrap
from stack.timers import Timer, Timers

pieces = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=15)


@given(pieces, st.integers(0, 60), st.integers(0, 30))
def test_intervals_are_a_dict_of_octets(added: list[tuple[int, int]], start: int, length: int) -> None:
    held, model = Intervals(), {}
    for number, (at, size) in enumerate(added):
        data = bytes([number + 1]) * size
        gained = held.add(at, data)
        fresh = {at + i: data[i] for i in range(size) if at + i not in model}
        model |= fresh
        assert gained == len(fresh)
    assert held.octets == len(model)
    assert bool(held) == bool(model)
    hit = [start + i for i in range(length) if start + i in model]
    assert (found := held.overlap(start, start + length)) == (None if not hit else found)
    if hit:
        assert found is not None and found[0] == hit[0] and set(range(*found)) <= set(hit)
        assert found[1] not in hit
    assert held.end == max(model, default=-1) + 1
    assert held.runs == sum(position - 1 not in model for position in model)
    ran = held.run(start)
    assert (ran is not None) == (start in model)
    if ran is not None:
        assert set(range(*ran)) <= set(model) and ran[0] - 1 not in model and ran[1] not in model
    covered = [position for first, last in held.ranges() for position in range(first, last)]
    assert covered == sorted(model)
    assert all(a[1] < b[0] for a, b in zip(list(held.ranges()), list(held.ranges())[1:], strict=False))
    run = bytearray()
    while start + len(run) in model:
        run.append(model[start + len(run)])
    assert held.take(start) == bytes(run)
    left = {p: o for p, o in model.items() if p >= start + len(run)}
    assert held.octets == len(left)
    assert [p for first, last in held.ranges() for p in range(first, last)] == sorted(left)


def test_intervals_match_only_equal_octets() -> None:
    held = Intervals()
    held.add(8, b"abcdefgh")
    assert held.matches(8, b"abcdefgh") and held.matches(10, b"cd")
    assert not held.matches(8, b"abcdefgX")
    assert not held.matches(8, b"abcdefghi")
    assert not held.matches(7, b"a")


@given(st.integers(0, 2**40), st.integers(-(2**31), 2**31 - 1))
def test_rfc9293_3_4_unwrap_finds_the_nearest(near: int, distance: int) -> None:
    assert unwrap(wrap(near + distance), near) == near + distance


def test_rfc9293_3_4_half_the_space_is_the_border() -> None:
    assert unwrap(0x8000_0000, 0) == -(2**31)
    assert unwrap(0x7FFF_FFFF, 0) == 2**31 - 1


def test_timers_expire_in_order_of_deadline_then_making() -> None:
    timers, expired = Timers(), []
    made = [Timer(timers, lambda n=n: expired.append(n)) for n in range(4)]
    for timer, deadline in zip(made, [30, 10, 10, 20], strict=True):
        timer.arm(deadline)
    assert timers.next_deadline() == 10
    timers.run(9)
    assert expired == []
    timers.run(30)
    assert expired == [1, 2, 3, 0]
    assert timers.next_deadline() is None


@given(st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(1, 50))), max_size=40))
def test_timers_that_move_are_a_dict_of_deadlines(steps: list[tuple[int, int | None]]) -> None:
    timers, model, expired = Timers(), {}, []
    made = [Timer(timers, lambda n=n: expired.append(n)) for n in range(4)]
    for which, deadline in steps:
        if deadline is None:
            made[which].stop()
            model.pop(which, None)
        else:
            made[which].arm(deadline)
            model[which] = deadline
        assert timers.next_deadline() == min(model.values(), default=None)
    timers.run(100)
    assert expired == [n for _, n in sorted((d, n) for n, d in model.items())]


def test_a_timer_pushed_ahead_a_thousand_times_leaves_one_entry() -> None:
    timers = Timers()
    timer = Timer(timers, lambda: None)
    for deadline in range(1000):
        timer.arm(deadline)
    assert len(timers.heap) == 1
    assert timers.next_deadline() == 999


def test_a_timer_may_arm_itself_while_expiring() -> None:
    timers, count = Timers(), []
    timer = Timer(
        timers, lambda: (count.append(1), timer.arm(10 * len(count) + 10) if len(count) < 3 else None)
    )
    timer.arm(10)
    timers.run(random.Random(1).randrange(30, 40))
    assert len(count) == 3
