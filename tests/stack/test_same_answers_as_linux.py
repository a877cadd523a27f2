"""The same segments from the same stranger, to our stack and to Linux: the answers must be the same.

scapy makes the segments. What is only sent again is left out. Where the two differ, `DIFFERENCES` says why.
"""

from __future__ import annotations

import errno
import socket
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from beside_linux import OWN, PATIENCE_S, PORT, STRANGER, STRANGER_MAC, beside_linux
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST = 1000
"""The stranger's initial sequence number."""


class Answer(NamedTuple):
    """Flags; sequence and acknowledgment numbers from the two initial ones on; octets of text."""

    flags: str
    seq: int
    ack: int
    length: int


class Scene:
    """One connection of one side with the stranger."""

    def __init__(self, side: Any, port: int, server: Any) -> None:
        self.side, self.port, self.server = side, port, server
        self.own_port, self.iss, self.seq, self.ack = PORT, 0, FIRST, 0
        self.child: Any = None
        self._sent: set[Answer] = set()
        """What takes sequence numbers; Linux may send it again, as its time is real."""

    def say(self, flags: str, seq: int = 0, ack: int = 0, data: bytes = b"") -> list[Answer]:
        """A segment; `seq` and `ack` count from the right numbers. The answers."""
        segment = TCP(
            sport=self.port,
            dport=self.own_port,
            flags=flags,
            seq=(self.seq + seq) % 2**32,
            ack=(self.ack + ack) % 2**32 if "A" in flags else 0,
            window=65_535,
            options=[("MSS", 1460)] if "S" in flags else [],
        )
        below = Ether(src=STRANGER_MAC, dst=self.side.mac) / IP(src=STRANGER, dst=OWN)
        return self._read(self.side.exchange(bytes(below / segment / Raw(data))))

    def hear(self) -> list[Answer]:
        return self._read(self.side.exchange(None))

    def call(self, name: str, *arguments: object) -> list[Answer]:
        self.side.call(self.child, name, *arguments)
        return self.hear()

    def _read(self, frames: list[bytes]) -> list[Answer]:
        answers = []
        for packet in map(Ether, frames):
            if TCP in packet and packet[TCP].dport == self.port:
                segment = packet[TCP]
                if "S" in segment.flags:
                    self.iss = segment.seq
                length = packet[IP].len - 20 - 4 * segment.dataofs
                ack = (segment.ack - FIRST) % 2**32 if "A" in segment.flags else 0
                answer = Answer(str(segment.flags), (segment.seq - self.iss) % 2**32, ack, length)
                if answer not in self._sent:
                    answers.append(answer)
                if length or "S" in answer.flags or "F" in answer.flags:
                    self._sent.add(answer)
        return answers

    def into(self, state: str) -> None:
        """Bring the connection into a state."""
        if state == "CLOSED":
            self.own_port = 81
        if state in ("CLOSED", "LISTEN"):
            return
        if state == "SYN-SENT":
            self.child = self.side.socket()
            self.side.call(self.child, "connect", (STRANGER, self.port))
            frames = [Ether(frame) for frame in self.side.exchange(None)]
            (syn,) = [frame[TCP] for frame in frames if TCP in frame and frame[TCP].dport == self.port]
            self.own_port, self.iss, self.ack = syn.sport, syn.seq, syn.seq + 1
            self._sent.add(Answer("S", 0, 0, 0))
            return
        assert [answer.flags for answer in self.say("S")] == ["SA"]
        self.seq, self.ack = FIRST + 1, self.iss + 1
        if state == "SYN-RECEIVED":
            return
        assert self.say("A") == []
        while self.child is None:
            accepted, (_, port) = self.side.call(self.server, "accept")
            if port == self.port:  # earlier scenes may have left some that are not wanted
                self.child = accepted
        if state in ("CLOSE-WAIT", "LAST-ACK"):
            self.finish()
        if state.startswith("FIN-WAIT"):
            self.call("shutdown", socket.SHUT_WR)
        elif state in ("CLOSING", "LAST-ACK", "TIME-WAIT"):
            self.call("close")
            self.child = None
        if state == "CLOSING":
            self.finish()
        if state in ("FIN-WAIT-2", "TIME-WAIT"):
            self.ack += 1
            self.say("A")
        if state == "TIME-WAIT":
            self.finish()

    def finish(self) -> None:
        """The stranger's FIN, and the ACK of it, which Linux delays at times."""
        answers = self.say("FA")
        self.seq += 1
        until = time.monotonic() + PATIENCE_S
        while not any(answer.ack == self.seq - FIRST for answer in answers):
            assert time.monotonic() < until, "no ACK of a FIN"
            answers = self.hear()


@pytest.fixture(scope="module")
def sides() -> Iterator[list[Any]]:
    with beside_linux() as both:
        yield both


PORTS = iter(range(2000, 60_000))
SEGMENTS = {
    "RST at the expected number": ("R", 0, 0, b""),
    "RST one further": ("R", 1, 0, b""),
    "RST in the window": ("R", 1000, 0, b""),
    "RST before the window": ("R", -1, 0, b""),
    "RST behind the window": ("R", 100_000, 0, b""),
    "RST with ACK": ("RA", 0, 0, b""),
    "SYN": ("S", 0, 0, b""),
    "SYN once more": ("S", -1, 0, b""),
    "SYN in the window": ("S", 100, 0, b""),
    "SYN with ACK": ("SA", 0, 0, b""),
    "no flags": ("", 0, 0, b"x"),
    "FIN without ACK": ("F", 0, 0, b""),
    "SYN and FIN": ("SF", 0, 0, b""),
    "all flags": ("FSRPAU", 0, 0, b"x"),
    "ACK of what was never sent": ("A", 0, 5, b""),
    "ACK far ahead": ("A", 0, 100_000, b""),
    "ACK from long ago": ("A", 0, -100_000, b""),
    "text from the past": ("PA", -10, 0, b"0123456789"),
    "text behind the window": ("PA", 100_000, 0, b"x"),
    "text with an ACK from the future": ("PA", 0, 5, b"x"),
    "an empty ACK from the past": ("A", -5, 0, b""),
    "keepalive": ("A", -1, 0, b""),
    "keepalive with an octet": ("A", -1, 0, b"x"),
    "FIN once more": ("FA", -1, 0, b""),
    "FIN": ("FA", 0, 0, b""),
    "FIN ahead of a gap": ("FA", 10, 0, b""),
    "text ahead of a gap": ("PA", 10, 0, b"x"),
}
ALL = [
    *("CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2"),
    *("CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"),
]
IN_TIME_WAIT = "TIME-WAIT is no more than a note in Linux: it looks at fewer numbers (RFC 5961)"
EMBRYO = "Linux resets; RFC 9293 section 3.10.7.4, fourth, returns to LISTEN without a word"
DIFFERENCES = {
    **{
        (
            "RST before the window",
            "CLOSE-WAIT",
        ): "Linux takes a RST with the FIN's number, as some systems send it"
    },
    **{("SYN and FIN", "LISTEN"): "Linux drops it; RFC 9293 section 3.10.7.2 takes the SYN"},
    **{
        (name, "SYN-RECEIVED"): EMBRYO for name in ("SYN", "SYN in the window", "SYN with ACK", "SYN and FIN")
    },
    **{(name, "TIME-WAIT"): IN_TIME_WAIT for name in ("RST one further", "RST in the window")},
    **{(name, "TIME-WAIT"): IN_TIME_WAIT for name in SEGMENTS if name.startswith("ACK ")},
    **{(name, "TIME-WAIT"): IN_TIME_WAIT for name in ("no flags", "FIN without ACK")},
}


WAITED_FOR = ("SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2")
PAIRS = [
    (segment, state)
    for segment in SEGMENTS
    for state in ALL
    if segment != "FIN" or state not in WAITED_FOR  # at times Linux delays the ACK of a first FIN
]


@pytest.mark.parametrize(("segment", "state"), PAIRS)
def test_the_answer_is_linuxes(sides: list[Any], segment: str, state: str) -> None:
    port = next(PORTS)
    told = []
    for side in sides:
        scene = Scene(side, port, side.server)
        scene.into(state)
        answers = scene.say(*SEGMENTS[segment])
        told.append(
            (answers, side.state(scene.child) if scene.child is not None and state != "SYN-SENT" else "")
        )
        if scene.child is not None:
            scene.call("close")
            scene.say("R")
    assert (told[0] == told[1]) == ((segment, state) not in DIFFERENCES), told


@pytest.mark.parametrize("flags", ["SA", "A"])
def test_a_simultaneous_open_is_completed_as_by_linux(sides: list[Any], flags: str) -> None:
    port, seen = next(PORTS), []
    for side in sides:
        scene = Scene(side, port, side.server)
        scene.into("SYN-SENT")
        answers = [scene.say("S"), scene.say(flags, seq=0 if "S" in flags else 1)]
        seen.append((answers, side.state(scene.child)))
        scene.call("close")
        scene.say("R", seq=1)
    assert seen[0] == seen[1]
    assert seen[0][1] == "ESTABLISHED"


ENDED = ("ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK")
CALLS = ("recv recv SO_ERROR", "SO_ERROR recv recv", "send recv SO_ERROR", "recv send recv")


def half_closed(scene: Scene, state: str, data: bytes) -> None:
    """Bring a connection into a state in which its descriptor is open; `data` waits to be read."""
    scene.into("ESTABLISHED")
    if data:
        scene.say("PA", data=data)
        scene.seq += len(data)
    if state in ("CLOSE-WAIT", "LAST-ACK"):
        scene.finish()
    if state not in ("ESTABLISHED", "CLOSE-WAIT"):
        scene.call("shutdown", socket.SHUT_WR)
    if state == "FIN-WAIT-2":
        scene.ack += 1
        scene.say("A")
    elif state == "CLOSING":
        scene.finish()


def learned(scene: Scene, call: str) -> object:
    """What a call returns, or the name of its error."""
    if call == "SO_ERROR":
        return scene.child.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    try:
        return scene.side.call(scene.child, call, 2 if call == "recv" else b"x")
    except OSError as error:
        return errno.errorcode[error.errno or 0]


@pytest.mark.parametrize("state", ENDED)
@pytest.mark.parametrize("calls", CALLS)
@pytest.mark.parametrize("data", [b"", b"abc"])
def test_a_program_learns_of_a_reset_as_on_linux(
    sides: list[Any], state: str, calls: str, data: bytes
) -> None:
    port, told = next(PORTS), []
    for side in sides:
        scene = Scene(side, port, side.server)
        half_closed(scene, state, data)
        scene.say("R")
        told.append([learned(scene, call) for call in calls.split()])
    assert told[0] == told[1]
