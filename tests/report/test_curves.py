"""Curves of a run: TCP's numbers across the wrap-around, what is in flight, what is sent again, carrier."""

from hypothesis import given
from hypothesis import strategies as st

from journal.event import Event, FieldValue
from sim.record.curves import PS_PER_BIT, Curve, Curves

WRAP = 1 << 32
ENDS = {"local": "192.168.1.10:49152", "remote": "192.168.1.20:80"}


def tcp(ps: int, kind: str, **fields: FieldValue) -> Event:
    return Event(ps, "pc", "tcp", kind, {**ENDS, **fields})


def sends(ps: int, seq: int, length: int = 0, flags: str = "ACK") -> Event:
    return tcp(ps, "segment sent", seq=seq % WRAP, length=length, flags=flags, ack=0, window=0)


def receives(ps: int, ack: int, window: int = 1000, flags: str = "ACK") -> Event:
    return tcp(ps, "segment received", seq=0, length=0, flags=flags, ack=ack % WRAP, window=window)


def fold(*events: Event) -> dict[str, Curve]:
    curves = Curves()
    for event in events:
        curves(event)
    return {curve.name.curve: curve for curve in curves.curves()}


def test_sequence_numbers_go_on_across_the_wrap_around() -> None:
    """RFC 9293 section 3.4: they are counted modulo 2^32, the curve from the first SYN."""
    first = WRAP - 10
    shown = fold(
        sends(1, first, flags="SYN"),
        receives(2, first + 1, flags="SYN+ACK"),
        sends(3, first + 1, 100),
        receives(4, first + 101),
    )
    assert shown["sent"].values == [1, 101]
    assert shown["acknowledged"].values == [1, 101]
    assert shown["may be sent"].values == [1101]
    assert shown["in flight"].values == [1, 0, 100, 0]


def test_what_is_sent_again_is_a_point_of_its_own() -> None:
    shown = fold(
        sends(1, 0, flags="SYN"),
        sends(2, 1, 100),
        tcp(3, "retransmission", seq=1, reason="time-out", attempt=1, rto=1),
        tcp(4, "retransmission", seq=1, reason="time-out", attempt=2, rto=1),
    )
    again = shown["sent again"]
    assert (again.ps, again.values, again.is_connected) == ([3, 4], [1, 1], False)


def test_an_acknowledgment_of_what_was_not_sent_changes_nothing() -> None:
    """RFC 9293 section 3.10.7.4: one octet further than the end is not acceptable, the end is."""
    before = sends(1, 0, flags="SYN"), sends(2, 1, 100)
    assert fold(*before, receives(3, 102)).get("acknowledged") is None
    assert fold(*before, receives(3, 101))["acknowledged"].values == [101]


def test_a_four_tuple_that_is_used_again_counts_from_its_own_syn() -> None:
    shown = fold(sends(1, 0, flags="SYN"), sends(2, 1, 100), sends(3, 5000, flags="SYN"))
    assert shown["sent"].values == [1, 101, 1]
    assert shown["in flight"].values[-1] == 1


@given(st.integers(0, WRAP - 1), st.lists(st.tuples(st.booleans(), st.integers(0, 1 << 16)), max_size=30))
def test_what_is_in_flight_is_never_negative(first: int, steps: list[tuple[bool, int]]) -> None:
    events = [sends(1, first, flags="SYN")]
    for ps, (is_ack, ahead) in enumerate(steps, start=2):
        events.append(receives(ps, first + ahead) if is_ack else sends(ps, first + ahead, 100))
    assert min(fold(*events)["in flight"].values) >= 0


def test_a_cable_is_busy_for_the_bits_it_carried() -> None:
    """A bit of 10 Mb/s is 100 ns (802.3 clause 7.3)."""
    frames = [Event(ps, "yellow", "coax", "frame", {"bits": 576}) for ps in (57_600_000, 200_000_000)]
    busy = fold(*frames)["busy"]
    assert busy.values == [576 * PS_PER_BIT, 2 * 576 * PS_PER_BIT]
    assert busy.values[-1] <= busy.ps[-1]


def test_a_curve_keeps_its_value_without_further_points() -> None:
    windows = [
        tcp(ps, "congestion window", old=0, new=new) for ps, new in ((1, 10), (2, 10), (3, 20), (3, 30))
    ]
    shown = fold(*windows)["congestion window"]
    assert (shown.ps, shown.values) == ([1, 3], [10, 30])
