"""The timeline: a page's way through all layers in sentences; and frames in one line, judged by scapy."""

import io

import pytest
from rich.console import Console
from scapy.layers.inet import ICMP, IP, TCP, UDP, fragment
from scapy.layers.l2 import ARP, Ether

from journal.event import Event, FieldValue
from sim.record.describe import describe
from sim.record.timeline import Timeline, clock


def told(layer: str, kind: str, **fields: FieldValue) -> str:
    out = io.StringIO()
    Timeline(Console(file=out, width=40))(Event(1_234_567_890, "pc", layer, kind, fields))
    return out.getvalue()


def test_a_line_has_time_place_layer_and_sentence() -> None:
    line = told("mac", "backoff", slots=3, collisions=2)
    assert line == "      1 234.567 µs  pc        mac      backoff after collision 2: waits 3 slot times\n"


def test_a_line_in_a_pipe_is_neither_wrapped_nor_coloured() -> None:
    line = told("program", "output", program="browse", text="<b>[red]" + "x" * 100)
    assert line.endswith("browse: <b>[red]" + "x" * 100 + "\n")
    assert "\x1b" not in line


def test_an_event_without_a_sentence_is_told_by_its_fields() -> None:
    assert told("tcp", "news", one=7, two=None, ok=True).endswith("news: one=7 two=- ok=yes\n")
    assert told("phy", "something").endswith("something\n")


def test_an_event_with_unexpected_fields_is_told_by_them() -> None:
    assert told("mac", "backoff", slots=3).endswith("backoff: slots=3\n")
    assert told("tcp", "segment sent", local="10.0.0.1:80").endswith("segment sent: local=10.0.0.1:80\n")


def test_a_long_name_of_a_place_makes_room_for_itself() -> None:
    out = io.StringIO()
    timeline = Timeline(Console(file=out))
    for where in ("pc", "switch-server", "pc"):
        timeline(Event(0, where, "hub", "collision", {}))
    assert [line[18:].split("several")[0] for line in out.getvalue().splitlines()] == [
        "  pc        hub      ",
        "  switch-server  hub      ",
        "  pc             hub      ",
    ]


def test_lines_that_only_repeat_are_left_to_the_other_records() -> None:
    assert told("mac", "transmission ends") == ""


@pytest.mark.parametrize(
    ("ps", "text"), [(0, "0.000 µs"), (999, "0.000 µs"), (1_000, "0.001 µs"), (10**12, "1 000 000.000 µs")]
)
def test_the_clock_is_in_microseconds(ps: int, text: str) -> None:
    assert clock(ps) == text


ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
ENDS = IP(src="10.0.0.1", dst="10.0.0.2")


@pytest.mark.parametrize(
    ("packet", "line"),
    [
        (ETHER / ARP(op=1, psrc="10.0.0.1", pdst="10.0.0.2"), "ARP who has 10.0.0.2? tell 10.0.0.1"),
        (
            ETHER / ARP(op=2, hwsrc="02:00:00:00:00:01", psrc="10.0.0.1", pdst="10.0.0.2"),
            "ARP 10.0.0.1 is at 02:00:00:00:00:01",
        ),
        (ETHER / ENDS / ICMP(type=0, id=3, seq=4), "ICMP 10.0.0.1 > 10.0.0.2 echo reply id 3 seq 4"),
        (ETHER / ENDS / ICMP(type=3, code=3), "ICMP 10.0.0.1 > 10.0.0.2 port unreachable"),
        (ETHER / ENDS / UDP(sport=5, dport=7) / b"abc", "UDP 10.0.0.1:5 > 10.0.0.2:7 3 octets"),
        (
            ETHER / ENDS / TCP(sport=80, dport=1025, flags="SA", seq=9, ack=8, window=100),
            "TCP 10.0.0.1:80 > 10.0.0.2:1025 SYN ACK seq 9 ack 8 win 100",
        ),
        (
            ETHER / ENDS / TCP(sport=80, dport=1025, flags="P", seq=9, window=100) / b"hello",
            "TCP 10.0.0.1:80 > 10.0.0.2:1025 PSH seq 9 win 100, 5 octets",
        ),
        (
            ETHER / IP(src="10.0.0.1", dst="10.0.0.2", proto=99) / b"abc",
            "IP 10.0.0.1 > 10.0.0.2 protocol 99, 3 octets",
        ),
        (Ether(type=0x1234) / b"abc", "Ethernet type 0x1234, 3 octets"),
    ],
)
def test_a_frame_in_one_line(packet: Ether, line: str) -> None:
    assert describe(bytes(packet)) == line


def test_a_frame_that_was_cut_is_no_fault_of_its_sender() -> None:
    octets = bytes(ETHER / ENDS / UDP(sport=5, dport=7) / bytes(100))[:70]
    assert describe(octets, damaged=True) == "cut or damaged on its way"
    assert describe(octets).startswith("unreadable: IP total length")


def test_fragments_in_one_line() -> None:
    lines = [describe(bytes(ETHER / part)) for part in fragment(ENDS / UDP() / bytes(2000), 1480)]  # type: ignore[no-untyped-call]
    assert lines == [
        "IP 10.0.0.1 > 10.0.0.2 first fragment, 1480 octets",
        "IP 10.0.0.1 > 10.0.0.2 fragment at 1480, 528 octets",
    ]


def test_what_cannot_be_read_says_so() -> None:
    whole = bytes(ETHER / ENDS / TCP())
    for length in range(len(whole)):
        assert describe(whole[:length]).startswith("unreadable: ")
