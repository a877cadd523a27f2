"""The short story of a run: what matters, and of what comes again and again how often."""

import sim.record.declarations  # noqa: F401 (all kinds are known then)
from journal.event import Event, FieldValue
from sim.record.digest import ROOM, Digest


def event(us: int, where: str, layer: str, kind: str, **fields: FieldValue) -> Event:
    return Event(us * 1_000_000, where, layer, kind, fields)


def digest(*events: Event) -> tuple[list[Event], list[str]]:
    shown: list[Event] = []
    made = Digest(shown.append)
    for one in events:
        made(one)
    return shown, made.rest()


def test_what_only_carries_the_rest_is_left_out() -> None:
    steps = [
        event(1, "pc", "mac", "backoff", slots=3, collisions=1),
        event(2, "pc", "driver", "frame sent", collisions=0, deferred=False),
        event(3, "pc", "tcp", "segment sent", flags="ACK"),
        event(4, "pc", "arp", "cache updated"),
    ]
    assert digest(*steps) == ([], [])


def test_what_matters_is_shown() -> None:
    steps = [
        event(1, "pc", "program", "started", program="a", pid=1, run="a"),
        event(2, "pc", "tcp", "segment sent", flags="RST ACK"),
        event(3, "pc", "tcp", "retransmission"),
        event(4, "yellow", "coax", "collision", senders=2),
        event(5, "hub", "hub", "receive collision", port=2),
        event(6, "yellow", "coax", "short", at_mm=1),
        event(7, "pc", "socket", "recv", error="ECONNRESET"),
    ]
    assert digest(*steps) == (steps, [])


def test_a_call_that_may_not_wait_is_no_failure() -> None:
    assert digest(event(1, "pc", "socket", "recv", error="EAGAIN")) == ([], [])


def test_the_first_of_a_kind_at_a_place_are_shown_and_the_others_counted() -> None:
    many = [event(us, "yellow", "coax", "collision", senders=2) for us in range(10)]
    other = [event(20 + us, "blue", "coax", "collision", senders=2) for us in range(ROOM)]
    shown, rest = digest(*many, *other)
    assert shown == many[:ROOM] + other
    assert rest == ['yellow: 7 more of "collision" (coax), the last at 9.000 µs']


def test_all_that_programs_print_is_shown() -> None:
    fields: dict[str, FieldValue] = {"program": "a", "pid": 1, "stream": "stdout", "text": "x"}
    lines = [event(us, "pc", "program", "output", **fields) for us in range(100)]
    assert digest(*lines) == (lines, [])
