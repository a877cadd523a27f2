"""What is left of a run on a screen: a line per host on which something went wrong."""

from pathlib import Path

from journal.event import Event, FieldValue
from sim.os.outcome import Ending, Outcome
from sim.record.summary import Summary


def summary(*events: tuple[str, str, dict[str, FieldValue]]) -> Summary:
    made = Summary()
    for host, kind, fields in events:
        made(Event(0, host, "driver", kind, fields))
    return made


def attempts(host: str, *attempts: str) -> list[Event]:
    """Of a MAC: `.` a transmission that ends, `x` one with a collision, `<` one that is still under way."""
    kinds = {".": "BE", "x": "BCCE", "<": "BC"}
    words = {"B": "transmission begins", "C": "collision detected", "E": "transmission ends"}
    return [Event(0, host, "mac", words[step], {}) for attempt in attempts for step in kinds[attempt]]


def sent(collisions: int) -> dict[str, FieldValue]:
    return {"collisions": collisions, "deferred": False}


EVENTS = [
    ("a", "frame sent", sent(0)),
    ("b", "frame sent", sent(2)),
    ("b", "frame lost", {**sent(16), "reason": "excessive collisions"}),
    ("c", "received frame dropped", {"reason": "bad FCS", "octets": 64}),
    ("c", "received frame dropped", {"reason": "bad FCS", "octets": 80}),
    ("c", "received frame dropped", {"reason": "overrun", "octets": 80}),
    ("c", "frame missed", {"reason": "no receive buffer was empty"}),
    ("a", "interrupt begins", {}),
]


MAC = [*attempts("a", *"..."), *attempts("b", *"xx.", *"x" * 16, "<")]


def test_a_line_for_each_host_with_collisions_or_errors_and_none_for_the_others() -> None:
    made = summary(*EVENTS)
    for event in MAC:
        made(event)
    assert made.lines(Outcome(Ending.DONE, 0), Path("out"))[1:-1] == [
        "b: 1 lost (excessive collisions), 19 collisions in 20 attempts",
        "c: 2 received and dropped (bad FCS), 1 received and dropped (overrun), "
        "1 missed (no receive buffer was empty)",
    ]


def test_a_host_in_trouble_is_shown_with_its_duplex_mode() -> None:
    up: dict[str, FieldValue] = {"phy": 1, "negotiated": True, "negotiates": True}
    made = summary(
        ("a", "link up", up | {"full_duplex": False}),
        ("b", "link up", up | {"full_duplex": False}),
        ("b", "link up", up | {"full_duplex": True}),
        *((host, "frame lost", {"collisions": 0, "deferred": False, "reason": "late"}) for host in "ab"),
    )
    assert made.lines(Outcome(Ending.DONE, 0), Path("out"))[1:-1] == [
        "a (half duplex): 1 lost (late)",
        "b (full duplex): 1 lost (late)",
    ]


def test_the_same_for_a_machine() -> None:
    made = summary(*EVENTS)
    for event in MAC:
        made(event)
    assert made.record(Outcome(Ending.DONE, 0), Path("out"))["hosts"] == {
        "b": {"collisions": 19, "attempts": 20, "lost (excessive collisions)": 1},
        "c": {
            "received and dropped (bad FCS)": 2,
            "received and dropped (overrun)": 1,
            "missed (no receive buffer was empty)": 1,
        },
    }


def test_collisions_of_a_frame_that_is_not_finished_count_and_those_of_others_do_not() -> None:
    made = Summary()
    made(Event(0, "a", "mac", "collision detected", {}))  # of two others: it hears them, and sends nothing
    assert made.hosts == {}
    for event in attempts("a", *"xxx", "<"):
        made(event)
    assert made.lines(Outcome(Ending.UNTIL, 0), Path("out"))[1:-1] == ["a: 4 collisions in 4 attempts"]


def test_who_received_what_when_one_received_what_was_not_for_it() -> None:
    made = summary(("b", "frame received", {"octets": 60}), ("a", "frame received", {"octets": 60}))
    assert len(made.lines(Outcome(Ending.DONE, 0), Path("out"))) == 2
    made(Event(0, "c", "mac", "foreign frame ignored", {}))
    assert made.lines(Outcome(Ending.DONE, 0), Path("out"))[1:-1] == [
        "frames received  for itself  for others",
        "a                         1           0",
        "b                         1           0",
        "c                         0           1",
    ]
    assert made.record(Outcome(Ending.DONE, 0), Path("out"))["heard"] == {
        "b": {"own": 1, "others": 0},
        "a": {"own": 1, "others": 0},
        "c": {"own": 0, "others": 1},
    }
