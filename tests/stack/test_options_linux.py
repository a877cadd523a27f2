"""Options of sockets, against the real Linux, as in test_errno_linux.py."""

from __future__ import annotations

import socket
import struct
import sys
from typing import TYPE_CHECKING

import pytest
from two_worlds import Scenario, Scenarios, World, attempt

from stack.parameters import LINUX

if TYPE_CHECKING:
    from virtual_link import Lan

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux is the judge")


scenario = Scenarios()


@scenario
def maximum_segment(w: World) -> object:
    made, seen = w.tcp(), []
    for value in (None, 87, 88, 1000, 32_767, 32_768, 0, -1):
        if value is not None:
            seen.append(attempt(made.setsockopt, socket.IPPROTO_TCP, socket.TCP_MAXSEG, value))
        seen.append(made.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG))
    return seen


@scenario
def maximum_segment_of_a_connection(w: World) -> object:
    listener, client = w.listener(), w.tcp()
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1000)
    attempt(client.connect, listener.getsockname())
    child, _ = listener.accept()
    w.open.append(child)
    return [end.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG) for end in (client, child)]


@scenario
def options(w: World) -> object:
    made = w.tcp()
    asked = [
        (socket.SOL_SOCKET, socket.SO_TYPE),
        (socket.SOL_SOCKET, socket.SO_DOMAIN),
        (socket.SOL_SOCKET, socket.SO_PROTOCOL),
        (socket.SOL_SOCKET, socket.SO_ACCEPTCONN),
        (socket.SOL_SOCKET, socket.SO_REUSEADDR),
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
        (socket.SOL_SOCKET, socket.SO_BROADCAST),
        (socket.IPPROTO_TCP, socket.TCP_NODELAY),
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
        (socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
        (socket.IPPROTO_IP, socket.IP_TTL),
        (socket.IPPROTO_IP, socket.IP_TOS),
        (socket.SOL_SOCKET, 12345),
        (socket.IPPROTO_TCP, 12345),
    ]
    seen = [attempt(made.getsockopt, *which) for which in asked]
    for level, option in (asked[5], asked[7]):
        made.setsockopt(level, option, 1)
        seen.append(made.getsockopt(level, option))
    seen.append(attempt(made.setsockopt, socket.IPPROTO_IP, socket.IP_TTL, 256))
    seen.append(attempt(made.setsockopt, socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 0))
    return [*seen, attempt(made.setsockopt, socket.SOL_SOCKET, 12345, 1)]


@scenario
def type_of_service(w: World) -> object:
    """TCP keeps the two bits of ECN to itself."""
    seen = []
    for made in (w.tcp(), w.udp()):
        made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0xBB)
        seen.append(made.getsockopt(socket.IPPROTO_IP, socket.IP_TOS))
    return seen


@scenario
def a_type_of_service_brings_a_priority(w: World) -> object:
    seen = []
    for made in (w.tcp(), w.udp()):
        for service in (*range(0, 256, 4), 8, 8):
            made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, service)
            seen.append(made.getsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, 5)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 8)  # the same as before
        seen.append(made.getsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY))
    return seen


@scenario
def buffers_of_a_size_below_zero_are_the_largest(w: World) -> object:
    seen = []
    for made in (w.tcp(), w.udp()):
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            sizes = []
            for size in (2**31 - 1, 0, -1, -(2**31)):
                made.setsockopt(socket.SOL_SOCKET, option, size)
                sizes.append(made.getsockopt(socket.SOL_SOCKET, option))
            seen.append(sizes[0] == sizes[2] == sizes[3] > sizes[1])
    return seen


TIMEVAL = struct.Struct("@ll")
NUMBER = struct.Struct("=i")
IP_PKTINFO, IP_MTU_DISCOVER, IP_RECVTTL, IP_MTU = 8, 10, 12, 14
NUMBERS = [
    (socket.SOL_SOCKET, socket.SO_PRIORITY, (0, 6, 7, -1)),
    (socket.SOL_SOCKET, socket.SO_REUSEPORT, (1, 0, -1)),
    (socket.SOL_SOCKET, socket.SO_RCVLOWAT, (0, 1, 100)),
    (socket.SOL_SOCKET, socket.SO_SNDLOWAT, (1, 100)),
    (socket.SOL_SOCKET, socket.SO_ERROR, (0, 1)),
    (socket.SOL_SOCKET, socket.SO_TYPE, (1,)),
    (socket.IPPROTO_TCP, socket.TCP_CORK, (1, 0, 5)),
    (socket.IPPROTO_TCP, socket.TCP_SYNCNT, (0, 1, 127, 128, -1)),
    (socket.IPPROTO_TCP, socket.TCP_LINGER2, (1, 120, 121, 0, -1, -7)),
    (socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, (1, 2, 3, 4, 7, 8, 63, 64, 127, 128, 1000, 0, -1)),
    (socket.IPPROTO_TCP, 25, (0, 1, 100_000, -1)),  # TCP_NOTSENT_LOWAT
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, (0, 1, 5000, -1)),
    (socket.IPPROTO_TCP, socket.TCP_INFO, (1,)),
    (socket.IPPROTO_IP, socket.IP_TTL, (1, 255, 256, 0, -2, -1, 7)),
    (socket.IPPROTO_IP, socket.IP_TOS, (0x10, 0)),
    (socket.IPPROTO_IP, IP_PKTINFO, (1, 0, -1)),
    (socket.IPPROTO_IP, IP_MTU_DISCOVER, (0, 1, 2, 3, 4, 5, 6, -1)),
    (socket.IPPROTO_IP, IP_RECVTTL, (1, 0, 7)),
    (socket.IPPROTO_IP, socket.IP_RECVTOS, (1, 0)),
    (socket.IPPROTO_IP, IP_MTU, (1, 0)),
]
"""Option, and the values that are set in turn. Before the first, and after each, it is asked."""


def number(level: int, option: int, values: tuple[int, ...]) -> Scenario:
    def play(w: World) -> object:
        seen = []
        for made in (w.tcp(), w.udp()):
            seen.append(attempt(made.getsockopt, level, option) if option != socket.TCP_INFO else None)
            for value in values:
                seen.append(attempt(made.setsockopt, level, option, value))
                seen.append(attempt(made.getsockopt, level, option) if option != socket.TCP_INFO else None)
        return seen

    return play


for each in NUMBERS:
    scenario[f"level_{each[0]}_option_{each[1]}"] = number(*each)


@scenario
def values_of_other_lengths(w: World) -> object:
    seen: list[object] = []
    for level, option in ((socket.SOL_SOCKET, socket.SO_KEEPALIVE), (socket.IPPROTO_IP, socket.IP_TTL)):
        for octets in (b"", b"\1", b"\1\0\0", b"\1\0\0\0", b"\1\0\0\0\0"):
            seen.append(attempt(w.udp().setsockopt, level, option, octets))
    return seen


@scenario
def time_outs(w: World) -> object:
    seen: list[object] = []
    size = () if w.stack else (TIMEVAL.size,)
    for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        made = w.tcp()
        seen.append(attempt(made.setsockopt, socket.SOL_SOCKET, option, 1))
        for value in ((0, 0), (1, 500_000), (0, 1_000_000), (3, -1), (-1, 0), (7, 0), (0, 0)):
            seen.append(attempt(made.setsockopt, socket.SOL_SOCKET, option, TIMEVAL.pack(*value)))
            seen.append(made.getsockopt(socket.SOL_SOCKET, option, *size))
        seen.append(attempt(made.setsockopt, socket.SOL_SOCKET, option, b"short"))
    return seen


@scenario
def an_unknown_congestion_control(w: World) -> object:
    made = w.tcp()
    own = made.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, *(() if w.stack else (16,)))
    names = (b"none-of-this-name", own, own.rstrip(b"\0"))
    return [
        len(own),
        *(attempt(made.setsockopt, socket.IPPROTO_TCP, socket.TCP_CONGESTION, name) for name in names),
    ]


@scenario
def low_water_makes_readable(w: World) -> object:
    client, child = w.pair()
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    child.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 10)
    seen = []
    for data in (b"x" * 9, b"x"):
        client.send(data)
        seen.append(child.ready()[0])
    seen.append(attempt(child.recv, 5))
    seen += [child.ready()[0], attempt(child.recv, 5), attempt(child.recv, 5)]
    client.send(b"end")
    client.close()
    return [*seen, child.ready()[0]]


@scenario
def bond_to_an_interface(w: World) -> object:
    seen: list[object] = []
    for made in (w.tcp(), w.udp()):
        for name in (None, b"lo", b"none", b"lo\0", b"", 1, b"lo\0garbage"):
            if name is not None:
                seen.append(attempt(made.setsockopt, socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name))
            seen.append(
                made.getsockopt(
                    socket.SOL_SOCKET, socket.SO_BINDTODEVICE, *(() if w.stack else (16,))
                ).rstrip(b"\0")
            )
    return seen


@scenario
def bonds_share_a_port(w: World) -> object:
    seen = []
    for names in ((b"lo", b"lo"), (b"lo", b""), (b"lo", b"eth0")):
        port = 0
        for name in names:
            made = w.udp()
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name)
            seen.append(attempt(made.bind, ("", port)))
            port = port or made.getsockname()[1]
    return seen


ROUTER_ALERT, RECORD_ROUTE = b"\x94\4\0\0", b"\7\7\4\0\0\0\0"


@scenario
def options_of_ip(w: World) -> object:
    made, seen = w.udp(), []
    for octets in (
        b"",
        b"\1",
        b"\1\1\1\1",
        RECORD_ROUTE,
        ROUTER_ALERT,
        b"\7",
        b"\7\2\4",
        b"\1" * 40,
        b"\1" * 41,
        b"\0\x83\3\4",  # what follows the end of the list is no source route
        b"\1\0\1\1\1",
        b"\7\2",
        b"\7\3\3",
        b"\7\3\4",
        b"\7\6\4\0\0\0",
        b"\7\7\5\0\0\0\0",
        b"\7\7\x08\0\0\0\0",
        b"\7\3\4\7\3\4",
        b"\x94\3\0",
        b"\x94\5\0\0\0",
        b"\x44\3\5",
        b"\x44\4\4\0",
        b"\x44\4\5\0",
        b"\x44\4\5\0" * 2,
        b"\x44\4\5\xf0",
        b"\x44\4\5\xe0",
        *(
            bytes((0x44, length, 5, flag)) + bytes(length - 4)
            for length in (7, 8, 11, 12)
            for flag in (0, 1, 3)
        ),
    ):
        seen.append(attempt(made.setsockopt, socket.IPPROTO_IP, socket.IP_OPTIONS, octets))
        seen.append(made.getsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, *(() if w.stack else (60,))))
    return seen


@scenario
def options_of_ip_arrive(w: World) -> object:
    receiver, sender = w.udp(), w.udp()
    receiver.bind(("127.0.0.1", 0))
    receiver.setsockopt(socket.IPPROTO_IP, socket.IP_RECVOPTS, 1)
    seen = [receiver.getsockopt(socket.IPPROTO_IP, socket.IP_RECVOPTS)]
    for octets in (b"", ROUTER_ALERT, b"\1" + ROUTER_ALERT):
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, octets)
        for size in (5, 65_507 - 8, 65_507 - 7, 65_507):
            seen.append(attempt(sender.sendto, bytes(size), receiver.getsockname()))
            if seen[-1] == size:
                got = receiver.recvmsg(70_000) if w.stack else receiver.recvmsg(70_000, 500)
                seen.append([len(got[0]), got[2] if w.stack else got[1]])
    return seen


@scenario
def control_messages(w: World) -> object:
    receiver, sender = w.udp(), w.udp()
    receiver.bind(("", 0))
    target = "127.0.0.1", receiver.getsockname()[1]
    seen = []
    for wanted in ((), (IP_RECVTTL,), (socket.IP_RECVTOS, IP_RECVTTL, IP_PKTINFO), (IP_PKTINFO,)):
        for option in (IP_RECVTTL, socket.IP_RECVTOS, IP_PKTINFO):
            receiver.setsockopt(socket.IPPROTO_IP, option, option in wanted)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 7)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0x10)
        sender.sendto(b"x", target)
        got = receiver.recvmsg(9) if w.stack else receiver.recvmsg(9, 500)
        seen.append([got[0], got[2] if w.stack else got[1]])
    return seen


CHOICES = (
    [[(socket.IPPROTO_IP, socket.IP_TTL, NUMBER.pack(number))] for number in (1, 5, 255, 0, 256, -1)]
    + [[(socket.IPPROTO_IP, socket.IP_TOS, NUMBER.pack(number))] for number in (0, 0x10, 255, 256, -1)]
    + [
        [(socket.IPPROTO_IP, socket.IP_TTL, b"\5")],
        [(socket.IPPROTO_IP, socket.IP_TOS, b"\5")],
        [(socket.IPPROTO_IP, socket.IP_TOS, b"\5\0")],
        [(socket.IPPROTO_IP, IP_PKTINFO, b"short")],
        [(socket.IPPROTO_IP, socket.IP_TTL, NUMBER.pack(5)), (socket.IPPROTO_IP, socket.IP_TOS, b"\x08")],
        [
            (socket.IPPROTO_IP, socket.IP_TTL, NUMBER.pack(5)),
            (socket.IPPROTO_IP, socket.IP_TTL, NUMBER.pack(6)),
        ],
        [(socket.IPPROTO_IP, 99, b"")],
        [(socket.SOL_SOCKET, 99, b"")],
        [(socket.SOL_SOCKET, socket.SO_PRIORITY, NUMBER.pack(3))],
        [(socket.SOL_SOCKET, socket.SO_PRIORITY, b"3")],
        [(socket.IPPROTO_TCP, 1, b"")],
        [(socket.IPPROTO_UDP, 1, b"")],
    ]
)


@scenario
def a_program_chooses_how_a_datagram_leaves(w: World) -> object:
    receiver, sender = w.udp(), w.udp()
    receiver.bind(("127.0.0.1", 0))
    for option in (IP_RECVTTL, socket.IP_RECVTOS):
        receiver.setsockopt(socket.IPPROTO_IP, option, 1)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 77)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0x18)
    target, seen = receiver.getsockname(), []
    for control in [*CHOICES, []]:
        data = b"x" if w.stack else [b"x"]
        arguments = (data, target, control) if w.stack else (data, control, 0, target)
        seen.append(attempt(sender.sendmsg, *arguments))
        if receiver.ready()[0]:
            seen.append(receiver.recvmsg(9)[2] if w.stack else receiver.recvmsg(9, 500)[1])
    return seen


@scenario
def a_stream_minds_choices_of_the_socket_level_alone(w: World) -> object:
    client, _ = w.pair()
    seen = []
    for control in CHOICES:
        data = b"x" if w.stack else [b"x"]
        seen.append(attempt(client.sendmsg, *((data, None, control) if w.stack else (data, control))))
    return seen


def told_where(w: World, interface: int, source: str) -> object:
    receiver, sender = w.udp(), w.udp()
    receiver.bind(("", 0))
    info = struct.pack("=i4s4s", interface, socket.inet_aton(source), bytes(4))
    data = b"x" if w.stack else [b"x"]
    control = [(socket.IPPROTO_IP, IP_PKTINFO, info)]
    target = "127.0.0.1", receiver.getsockname()[1]
    seen = [attempt(sender.sendmsg, *((data, target, control) if w.stack else (data, control, 0, target)))]
    if receiver.ready()[0]:
        seen.append(receiver.recvfrom(9)[1][0])
    return seen


@scenario
def a_program_chooses_the_source_of_a_datagram(w: World) -> object:
    cases = (
        (0, "127.0.0.1"),
        (0, "127.0.0.9"),
        (1, "127.0.0.2"),
        (1, "0.0.0.0"),
        (99, "0.0.0.0"),
        (0, "192.0.2.1"),
    )
    return [told_where(w, *case) for case in cases]


def shared(w: World, kinds: str, *reuse: int) -> object:
    """Whether each of several may bind to the port of the first, and listen; what became of it."""
    seen, port = [], 0
    for one in reuse:
        made = w.tcp() if kinds == "tcp" else w.udp()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, one)
        seen.append(attempt(made.bind, ("127.0.0.1", port)))
        port = port or made.getsockname()[1]
        if kinds == "tcp":
            seen.append(attempt(made.listen, 5))
    return seen


@scenario
def reuse_port(w: World) -> object:
    return [
        shared(w, kind, *reuse) for kind in ("tcp", "udp") for reuse in ((1, 1, 1), (1, 0), (0, 1), (1, 1, 0))
    ]


@scenario
def connections_are_shared_by_those_who_reuse_a_port(w: World) -> object:
    """Which one gets a connection is each system's own affair."""
    listeners, port = [], 0
    for _ in range(3):
        made = w.tcp()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind(("127.0.0.1", port))
        port = made.getsockname()[1]
        made.listen(50)
        listeners.append(made)
    for _ in range(40):
        attempt(w.tcp().connect, ("127.0.0.1", port))
    taken = []
    for made in listeners:
        count = 0
        while made.ready()[0]:
            w.open.append(made.accept()[0])
            count += 1
        taken.append(count)
    return [sum(taken), min(taken) > 2]


@scenario
def linger(w: World) -> object:
    made, seen = w.tcp(), []
    size = () if w.stack else (8,)  # ours gives the whole structure
    for value in (None, (1, 7), (1, 0)):
        if value is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", *value))
        seen.append(made.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, *size))
    return [*seen, attempt(made.setsockopt, socket.SOL_SOCKET, socket.SO_LINGER, b"four")]


@pytest.mark.parametrize("name", scenario)
def test_options_as_on_linux(lan: Lan, name: str) -> None:
    ours, theirs = scenario.play(name, lan(1, parameters=LINUX).hosts[0].stack)
    assert ours == theirs
