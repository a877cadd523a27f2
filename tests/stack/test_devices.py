"""Devices between stacks: a perfect wire, a tracer, a capture, and harm with a seed."""

from __future__ import annotations

import io
import itertools
import random
import socket
from contextlib import suppress
from ipaddress import IPv4Interface
from typing import TYPE_CHECKING

import pytest
from declared import declared
from scapy.layers.inet import ICMP, TCP
from scapy.layers.l2 import ARP, Ether
from scapy.utils import RawPcapReader, rdpcap

from stack.devices.capture import Capture
from stack.devices.device import Attachment, Device
from stack.devices.faults import FaultInjector, Harm
from stack.devices.tracer import Tracer
from stack.devices.wire import Wire
from stack.parameters import LINUX
from stack.stack import Stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from journal.event import FieldValue
    from journal.kind import EventKind

MS = 1_000_000
SECOND = 1_000_000_000
FRAME = bytes(range(60))


class Pair:
    """Two stacks, 10.0.0.1 and 10.0.0.2, on a wire; `wrap` puts middleware on the first one's end."""

    def __init__(self, wrap: Callable[[Device], Device] = lambda device: device) -> None:
        self.now = 0
        one, two = Wire.pair(1 * MS)
        self.stacks = [Stack(f"s{n}", random.Random(n), parameters=LINUX) for n in (1, 2)]
        faces = [
            stack.add_interface("eth0", bytes((2, 0, 0, 0, 0, n)), IPv4Interface(f"10.0.0.{n}/24"))
            for n, stack in enumerate(self.stacks, 1)
        ]
        self.attachments = [
            Attachment(self.stacks[0], {faces[0]: wrap(one)}),
            Attachment(self.stacks[1], {faces[1]: two}),
        ]

    def step(self) -> None:
        for attachment in self.attachments:
            attachment.poll(self.now)
        instants = [attachment.next_deadline() for attachment in self.attachments]
        self.now = max(self.now, min(instant for instant in instants if instant is not None))

    def exchange(self, there: bytes, back: bytes) -> tuple[bytes, bytes]:
        """Move both over one connection; what arrived."""
        server = self.stacks[1].socket(socket.AF_INET, socket.SOCK_STREAM)
        server.bind(("", 80), self.now)
        server.listen(1, self.now)
        client = self.stacks[0].socket(socket.AF_INET, socket.SOCK_STREAM)
        with suppress(BlockingIOError):
            client.connect(("10.0.0.2", 80), self.now)
        while not server.readable():
            self.step()
        child, _ = server.accept(self.now)
        ends = [(client, there, bytearray()), (child, back, bytearray())]
        sent = [0, 0]
        while (len(ends[1][2]), len(ends[0][2])) != (len(there), len(back)):
            for n, (sock, data, got) in enumerate(ends):
                while sock.writable() and sent[n] < len(data):
                    sent[n] += sock.send(data[sent[n] : sent[n] + 16_384], self.now)
                while sock.readable():
                    got += sock.recv(65_536, self.now)
            self.step()
            assert self.now < 3600 * SECOND
        return bytes(ends[1][2]), bytes(ends[0][2])


class Sink:
    """A device that keeps what it is sent and gives what a test puts in."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, bytes]] = []
        self.coming: list[bytes] = []

    def send(self, frame: bytes, now: int) -> None:
        self.sent.append((now, frame))

    def receive(self, now: int) -> list[bytes]:
        coming, self.coming = self.coming, []
        return coming

    def next_deadline(self) -> int | None:
        return None


def test_wire_delivers_in_order_after_its_delay() -> None:
    one, two = Wire.pair(5)
    assert two.next_deadline() is None
    one.send(b"a", 10)
    one.send(b"b", 11)
    assert two.next_deadline() == 15
    assert (two.receive(14), two.receive(15), two.receive(100)) == ([], [b"a"], [b"b"])
    assert one.receive(100) == []


def test_tracer_tells_of_both_directions() -> None:
    events = []

    def keep(kind: type[EventKind], /, **fields: FieldValue) -> None:
        events.append(declared(kind, fields)[1:])

    pair = Pair(lambda device: Tracer(device, keep))
    pair.exchange(b"hello", b"")
    kinds = [kind for kind, _ in events]
    assert kinds[:2] == ["frame sent", "frame received"]
    assert events[0][1]["destination"] == "ff:ff:ff:ff:ff:ff" and events[0][1]["type"] == 0x806
    tracer = Tracer(Sink(), keep)
    tracer.send(b"short", 0)
    assert events[-1][1]["reason"] == "frame shorter than its header"


def test_capture_is_read_by_scapy_to_the_nanosecond() -> None:
    file = io.BytesIO()
    pair = Pair(lambda device: Capture(device, file))
    pair.exchange(b"hello", b"")
    packets = rdpcap(io.BytesIO(file.getvalue()))
    assert ARP in packets[0] and packets[2][TCP].flags == "S"
    assert any(bytes(packet[TCP].payload).startswith(b"hello") for packet in packets if TCP in packet)
    sink = io.BytesIO()
    Capture(Sink(), sink).send(FRAME, 3 * SECOND + 7)
    ((octets, metadata),) = RawPcapReader(io.BytesIO(sink.getvalue()))
    assert octets == FRAME and (metadata.sec, metadata.usec) == (3, 7)


def numbered(n: int) -> bytes:
    """A frame that differs from all others."""
    return n.to_bytes(2, "big") + FRAME


@pytest.mark.parametrize("mishap", ["loss", "corruption", "duplication", "reordering"])
def test_a_mishap_happens_as_often_as_asked(mishap: str) -> None:
    sink, told = Sink(), []
    device = FaultInjector(
        sink, random.Random(1), Harm(**{mishap: 0.25}), lambda *_, **fields: told.append(fields)
    )
    for n in range(4000):
        device.send(numbered(n), n * MS)
    device.receive(10_000 * MS)
    frames = [frame for _, frame in sink.sent]
    happened = {
        "loss": 4000 - len(frames),
        "corruption": sum(frame != numbered(n) for n, frame in enumerate(frames)),
        "duplication": len(frames) - 4000,
        "reordering": sum(fields["mishap"] == "reordering" for fields in told),
    }[mishap]
    assert happened == len(told) and 900 < happened < 1100
    if mishap == "corruption":  # one bit each
        spoiled = [
            int.from_bytes(frame, "big") ^ int.from_bytes(numbered(n), "big")
            for n, frame in enumerate(frames)
        ]
        assert {number.bit_count() for number in spoiled} == {0, 1}
    if mishap == "reordering":
        assert frames != sorted(frames) == [numbered(n) for n in range(4000)]


def test_delay_holds_frames_of_both_directions_and_keeps_their_order() -> None:
    sink = Sink()
    device = FaultInjector(sink, random.Random(1), Harm(delay=5))
    device.send(b"1", 0)
    device.send(b"2", 1)
    sink.coming = [b"a", b"b"]
    assert device.receive(2) == [] and device.next_deadline() == 5
    device.receive(6)
    assert sink.sent == [(6, b"1"), (6, b"2")]
    assert device.next_deadline() == 7 and device.receive(7) == [b"a", b"b"]
    assert device.next_deadline() is None


def test_same_seed_same_harm() -> None:
    def run(seed: int) -> list[tuple[int, bytes]]:
        sink = Sink()
        device = FaultInjector(
            sink, random.Random(seed), Harm(loss=0.1, corruption=0.1, duplication=0.1, reordering=0.1)
        )
        for n in range(200):
            device.send(FRAME, n * MS)
        return sink.sent

    assert run(1) == run(1) != run(2)


BAD_LINK = Harm(loss=0.05, reordering=0.05, duplication=0.02, corruption=0.01)


def _through(harm: Harm, octets: int, seed: int) -> None:
    there, back = (random.Random(seed + n).randbytes(octets) for n in (1, 2))
    pair = Pair(lambda device: FaultInjector(device, random.Random(seed), harm))
    assert pair.exchange(there, back) == (there, back)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2, 3))])
def test_octets_survive_a_link_that_loses_reorders_duplicates_and_corrupts(seed: int) -> None:
    _through(BAD_LINK, 500_000, seed)


@pytest.mark.slow
def test_100_mb_each_way_survive_the_bad_link() -> None:
    _through(BAD_LINK, 100_000_000, 1)


def test_middleware_stacks_on_middleware() -> None:
    file, told = io.BytesIO(), []

    def emit(kind: type[EventKind], /, **_: object) -> None:
        told.append((kind.layer, kind.kind))

    pair = Pair(
        lambda device: Capture(Tracer(FaultInjector(device, random.Random(3), Harm(loss=0.2)), emit), file)
    )
    data = random.Random(4).randbytes(50_000)
    assert pair.exchange(data, b"") == (data, b"")
    frames = list(RawPcapReader(io.BytesIO(file.getvalue())))
    assert len(frames) == len(told)
    assert all(Ether(octets).type in (0x800, 0x806) for octets, _ in itertools.islice(frames, 50))
    assert not any(ICMP in Ether(octets) for octets, _ in frames)
