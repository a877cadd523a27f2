"""Linux's own TCP/IP on the other end of a TAP interface: the judge of everything above Ethernet.

Skipped where the machine has no /dev/net/tun or does not let us make a network namespace, unless
THICKNET_REQUIRE_TOOLS says that nothing may be skipped.
"""

from __future__ import annotations

import errno
import hashlib
import random
import socket
import struct
import time
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from declared import declared
from linux_tap import Namespace, Tap, pump, refused

from stack.devices.device import Attachment, Device
from stack.devices.faults import FaultInjector, Harm
from stack.devices.wire import Wire
from stack.parameters import LINUX, Parameters
from stack.stack import Stack
from stack.wire import arp, ethernet, icmp, ipv4
from stack.wire.address import dotted, parse_dotted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from journal.event import FieldValue
    from journal.kind import EventKind
    from stack.sockets import Socket

IP_RECVERR = 11
OURS, LINUXES = "10.9.0.1", "10.9.0.2"
TCPI_OPT_TIMESTAMPS, TCPI_OPT_SACK, TCPI_OPT_WSCALE = 1, 2, 4


class Spy:
    """A device that keeps what Linux has sent. (`stack.devices.device.Device`)"""

    def __init__(self, device: Device) -> None:
        self.frames: list[bytes] = []
        self._device = device
        self.send = device.send
        self.next_deadline = device.next_deadline

    def receive(self, now: int) -> list[bytes]:
        frames = self._device.receive(now)
        self.frames += frames
        return frames


class World:
    """Our stack at 10.9.0.1, Linux at 10.9.0.2."""

    def __init__(self, harm: Harm | None = None, parameters: Parameters = LINUX) -> None:
        self.tap = Tap(IPv4Interface(f"{LINUXES}/24"))
        self.events: list[tuple[str, str, dict]] = []
        self.stack = Stack("ours", random.Random(1), self._emit, parameters)
        eth0 = self.stack.add_interface("eth0", b"\2\0\0\0\0\1", IPv4Interface(f"{OURS}/24"))
        device: Device = self.tap
        if harm is not None:
            device = FaultInjector(self.tap, random.Random(2), harm)
        self.devices = {eth0: device}
        self.attachment = Attachment(self.stack, self.devices)
        self.linux: list[socket.socket] = []

    def _emit(self, kind: type[EventKind], /, **fields: FieldValue) -> None:
        self.events.append(declared(kind, fields))

    def linux_socket(self, type: int = socket.SOCK_STREAM, protocol: int = 0) -> socket.socket:
        made = socket.socket(socket.AF_INET, type, protocol)
        made.setblocking(False)
        self.linux.append(made)
        return made

    def until(self, done: Callable[[int], bool]) -> None:
        pump(self.tap, self.attachment, done, [sock for sock in self.linux if sock.fileno() >= 0])

    def our_server(self, port: int = 80) -> Socket:
        server = self.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
        server.bind(("", port), time.monotonic_ns())
        server.listen(10, time.monotonic_ns())
        return server

    def we_connect(self) -> tuple[Socket, socket.socket]:
        """Our socket and Linux's, connected by us."""
        listener = self.linux_socket()
        listener.bind((LINUXES, 0))
        listener.listen(1)
        client = self.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
        with pytest.raises(BlockingIOError):
            client.connect((LINUXES, listener.getsockname()[1]), time.monotonic_ns())
        self.until(lambda now: client.writable())
        assert client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
        accepted: list[socket.socket] = []

        def accept(now: int) -> bool:
            try:
                accepted.append(listener.accept()[0])
            except BlockingIOError:
                return False
            return True

        self.until(accept)
        accepted[0].setblocking(False)
        self.linux.append(accepted[0])
        return client, accepted[0]

    def linux_connects(self) -> tuple[Socket, socket.socket]:
        """The same, connected by Linux."""
        server = self.our_server()
        client = self.linux_socket()
        assert client.connect_ex((OURS, 80)) == errno.EINPROGRESS
        self.until(lambda now: server.readable())
        return server.accept(time.monotonic_ns())[0], client

    def exchange(self, ours: Socket, theirs: socket.socket, there: bytes, back: bytes) -> None:
        """`there` from us to Linux and `back`, at once; then both close, the one who has sent first."""
        sent = [0, 0]
        got = [bytearray(), bytearray()]
        ended = [False, False]

        def step(now: int) -> bool:
            while sent[0] < len(there) and ours.writable():
                sent[0] += ours.send(there[sent[0] : sent[0] + 16_384], now)
                if sent[0] == len(there):
                    ours.shutdown(socket.SHUT_WR, now)
            while ours.readable() and not ended[1]:
                data = ours.recv(65_536, now)
                got[1].extend(data)
                ended[1] = not data
            try:
                while sent[1] < len(back):
                    sent[1] += theirs.send(back[sent[1] : sent[1] + 16_384])
                    if sent[1] == len(back):
                        theirs.shutdown(socket.SHUT_WR)
            except BlockingIOError:
                pass
            try:
                while not ended[0]:
                    data = theirs.recv(65_536)
                    got[0].extend(data)
                    ended[0] = not data
            except BlockingIOError:
                pass
            return all(ended)

        self.until(step)
        for data, expected in zip(got, (there, back), strict=True):
            assert hashlib.sha256(data).digest() == hashlib.sha256(expected).digest()


@pytest.fixture
def world() -> Iterator[Callable[..., World]]:
    """Makes one world in a network namespace of its own."""
    try:
        namespace = Namespace()
    except OSError as error:
        refused("a network namespace", error)
    made: list[World] = []

    def make(harm: Harm | None = None, parameters: Parameters = LINUX) -> World:
        try:
            made.append(World(harm, parameters))
        except OSError as error:
            refused("a TAP interface", error)
        return made[-1]

    yield make
    for each in made:
        for sock in each.linux:
            sock.close()
        each.tap.close()
    namespace.leave()


@pytest.mark.parametrize("size", [0, 1, 56, 1472, 1473, 65_507])
def test_rfc792_linux_answers_our_ping(world: Callable[..., World], size: int) -> None:
    there = world()
    ping = there.stack.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
    data = random.Random(size).randbytes(size)
    ping.sendto(b"\x08\0\0\0\0\0\0\x07" + data, (LINUXES, 0), time.monotonic_ns())
    there.until(lambda now: ping.readable())
    assert ping.recv(70_000, time.monotonic_ns())[8:] == data


@pytest.mark.parametrize("size", [0, 56, 1473, 65_507])
def test_rfc792_we_answer_linuxes_ping(world: Callable[..., World], size: int) -> None:
    there = world()
    raw = there.linux_socket(socket.SOCK_RAW, socket.IPPROTO_ICMP)
    data = random.Random(size).randbytes(size)
    blank = b"\x08\0\0\0\0\x01\0\x07" + data
    total = sum(struct.unpack(f"!{len(blank + bytes(size % 2)) // 2}H", blank + bytes(size % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    raw.sendto(blank[:2] + (total ^ 0xFFFF).to_bytes(2, "big") + blank[4:], (OURS, 0))
    answers: list[bytes] = []

    def heard(now: int) -> bool:
        try:
            answers.append(raw.recv(70_000))
        except BlockingIOError:
            return False
        return True

    there.until(heard)
    assert answers[0][20] == 0 and answers[0][28:] == data


@pytest.mark.parametrize("direction", ["we_connect", "linux_connects"])
@pytest.mark.parametrize("parameters", [Parameters(), LINUX], ids=["rfc", "linux"])
def test_a_megabyte_each_way_at_once(
    world: Callable[..., World], direction: str, parameters: Parameters
) -> None:
    there = world(parameters=parameters)
    ours, theirs = getattr(there, direction)()
    data = random.Random(1).randbytes(1_000_000)
    there.exchange(ours, theirs, data, data[::-1])


@pytest.mark.parametrize(
    ("direction", "parameters", "agreed"),
    [
        ("we_connect", LINUX, 7),
        ("linux_connects", LINUX, 7),
        ("we_connect", Parameters(), 6),
        ("linux_connects", Parameters(), 7),
        ("linux_connects", Parameters(sack=False, window_scale=False), 1),
        ("we_connect", Parameters(sack=False, window_scale=False), 0),
    ],
)
def test_linux_says_which_options_were_agreed_on(
    world: Callable[..., World], direction: str, parameters: Parameters, agreed: int
) -> None:
    _, theirs = getattr(world(parameters=parameters), direction)()
    options = theirs.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[5]
    assert options & (TCPI_OPT_TIMESTAMPS | TCPI_OPT_SACK | TCPI_OPT_WSCALE) == agreed


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("parameters", [Parameters(minimum_rto=200_000_000), LINUX], ids=["rfc", "linux"])
def test_300_kb_each_way_through_loss_reordering_duplication_and_corruption(
    world: Callable[..., World], parameters: Parameters, seed: int
) -> None:
    harm = Harm(loss=0.03, reordering=0.05, duplication=0.02, corruption=0.01, hold=3_000_000)
    there = world(harm, parameters)
    ours, theirs = there.linux_connects()
    data = random.Random(seed).randbytes(300_000)
    there.exchange(ours, theirs, data, data[::-1])


def test_half_close_either_way(world: Callable[..., World]) -> None:
    there = world()
    ours, theirs = there.we_connect()
    ours.shutdown(socket.SHUT_WR, time.monotonic_ns())
    got = bytearray()

    def linux_sees_the_end(now: int) -> bool:
        try:
            return theirs.recv(1) == b""
        except BlockingIOError:
            return False

    there.until(linux_sees_the_end)
    theirs.send(b"still here")
    theirs.close()

    def we_see_the_end(now: int) -> bool:
        while ours.readable():
            if not (data := ours.recv(100, now)):
                return True
            got.extend(data)
        return False

    there.until(we_see_the_end)
    assert got == b"still here"


def test_a_port_scan_by_linux_is_refused_port_by_port(world: Callable[..., World]) -> None:
    there = world()
    there.our_server(85)
    scan = {port: there.linux_socket() for port in range(80, 90)}
    for port, sock in scan.items():
        assert sock.connect_ex((OURS, port)) == errno.EINPROGRESS
    outcome: dict[int, int] = {}

    def settled(now: int) -> bool:
        for port, sock in scan.items():
            error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            state = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
            if error or state == 1:
                outcome[port] = error
        return len(outcome) == len(scan)

    there.until(settled)
    assert outcome == {port: 0 if port == 85 else errno.ECONNREFUSED for port in scan}


def test_linuxes_traceroute_through_our_router(world: Callable[..., World]) -> None:
    there = world(parameters=Parameters(forwarding=True))
    behind = Stack("behind", random.Random(3))
    ends = Wire.pair(0)
    near = there.stack.add_interface("eth1", b"\2\0\0\0\1\1", IPv4Interface("10.8.0.1/24"))
    far = behind.add_interface("eth0", b"\2\0\0\0\1\2", IPv4Interface("10.8.0.2/24"))
    behind.routes.add(IPv4Network("0.0.0.0/0"), far, IPv4Address("10.8.0.1"))
    there.attachment = Attachment(there.stack, {**there.devices, near: ends[0]})
    beyond = Attachment(behind, {far: ends[1]})
    there.tap.route(IPv4Network("10.8.0.0/24"), IPv4Address(OURS))
    probe = there.linux_socket(socket.SOCK_DGRAM)
    probe.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    hops: list[tuple[int, int, str]] = []

    def answered(now: int) -> bool:
        beyond.poll(now)
        try:
            _, messages, _, _ = probe.recvmsg(100, 512, socket.MSG_ERRQUEUE)
        except BlockingIOError:
            return False
        for level, kind, data in messages:  # a struct sock_extended_err and who complained
            if (level, kind) == (socket.IPPROTO_IP, IP_RECVERR):
                hops.append((data[5], data[6], socket.inet_ntoa(data[20:24])))
        return True

    for ttl in (1, 2):
        probe.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        probe.sendto(b"where?", ("10.8.0.2", 33434))
        there.until(answered)
    assert hops == [(11, 0, OURS), (3, 3, "10.8.0.2")]


def errors_of_ours(code: int) -> tuple[int, int, int, str]:
    """Errno, ICMP type and code, and who said so: what our socket keeps of "unreachable" with `code`."""
    stack = Stack("ours", random.Random(1), parameters=LINUX)
    eth0 = stack.add_interface("eth0", b"\2\0\0\0\0\1", IPv4Interface(f"{OURS}/24"))
    request = arp.Message(arp.REQUEST, b"\2\0\0\0\0\2", parse_dotted(LINUXES), bytes(6), parse_dotted(OURS))
    stack.receive(eth0, ethernet.Frame(eth0.mac, b"\2\0\0\0\0\2", ethernet.ARP, request.pack()).pack(), 0)
    sock = stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1, 0)
    sock.connect((LINUXES, 9), 0)
    sock.send(b"x", 0)
    stack.receive(eth0, unreachable(stack.output()[-1][1], code), 0)
    data, destination, fault = sock.receive_lost(0)
    assert (data, destination) == (b"x", (LINUXES, 9))
    assert (
        sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    )  # as on Linux: reading the queue clears it
    return fault.errno, fault.type, fault.code, dotted(fault.by)


def unreachable(frame: bytes, code: int) -> bytes:
    """What a router says of a packet that it cannot pass on."""
    parsed = ethernet.parse(frame)
    header, _ = ipv4.parse(parsed.payload)
    message = icmp.Message(icmp.DESTINATION_UNREACHABLE, code, 0, parsed.payload[:29]).pack()
    back = ipv4.Header(header.destination, header.source, ipv4.ICMP).pack(len(message)) + message
    return ethernet.Frame(parsed.source, parsed.destination, ethernet.IPV4, back).pack()


def test_rfc792_every_code_of_unreachable_is_the_same_errno_here_and_on_linux(
    world: Callable[..., World],
) -> None:
    there = world()
    spy = Spy(there.tap)
    there.attachment = Attachment(there.stack, {next(iter(there.devices)): spy})
    sink = there.stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind(("", 9), time.monotonic_ns())
    for code in range(16):
        probe = there.linux_socket(socket.SOCK_DGRAM)
        probe.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        probe.sendto(code.to_bytes(1, "big"), (OURS, 9))
        there.until(lambda now: sink.readable())
        sink.recv(10, time.monotonic_ns())
        asked = [frame for frame in spy.frames if frame[12:14] + frame[23:24] == b"\x08\0\x11"]  # UDP
        there.tap.send(unreachable(asked[-1], code), 0)  # Linux also looks for IPv6 routers in between
        found: list[tuple[int, int, int, str]] = []

        def told(
            now: int, probe: socket.socket = probe, found: list[tuple[int, int, int, str]] = found
        ) -> bool:
            try:
                _, messages, _, _ = probe.recvmsg(100, 512, socket.MSG_ERRQUEUE)
            except BlockingIOError:
                return False
            for _, kind, data in messages:
                if kind == IP_RECVERR:
                    who = socket.inet_ntoa(data[20:24]).replace(OURS, LINUXES)
                    found.append((struct.unpack_from("I", data)[0], data[5], data[6], who))
            return True

        there.until(told)
        assert found == [errors_of_ours(code)], code
        assert probe.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0


def test_udp_port_unreachable_both_ways(world: Callable[..., World]) -> None:
    there = world()
    theirs = there.linux_socket(socket.SOCK_DGRAM)
    theirs.connect((OURS, 9))
    theirs.send(b"anybody?")
    there.until(lambda now: theirs.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED)
    ours = there.stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ours.connect((LINUXES, 9), time.monotonic_ns())
    ours.send(b"anybody?", time.monotonic_ns())
    there.until(lambda now: ours.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED)


def test_urgent_data_both_ways(world: Callable[..., World]) -> None:
    there = world()
    ours, theirs = there.we_connect()
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
    theirs.send(b"!", socket.MSG_OOB)
    there.until(lambda now: ours.exceptional())
    assert ours.recv(10, time.monotonic_ns()) == b"!" and not ours.exceptional()
    ours.send(b"?", time.monotonic_ns(), urgent=True)
    heard: list[bytes] = []

    def linux_hears(now: int) -> bool:
        try:
            heard.append(theirs.recv(10))
        except BlockingIOError:
            return False
        return True

    there.until(linux_hears)
    assert heard == [b"?"]


def test_linux_is_reset_when_we_close_with_data_unread(world: Callable[..., World]) -> None:
    there = world()
    ours, theirs = there.linux_connects()
    theirs.send(b"unread")
    there.until(lambda now: ours.readable())
    ours.close(time.monotonic_ns())
    there.until(lambda now: theirs.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNRESET)


def test_the_namespace_is_left_again() -> None:
    try:
        before = Path("/proc/thread-self/ns/net").stat().st_ino
        Namespace().leave()
    except OSError as error:
        refused("a network namespace", error)
    assert Path("/proc/thread-self/ns/net").stat().st_ino == before
