"""A protocol over IP that the stack does not know: what it is given, what it can do, and who may be one.

The protocol here has one message, an alarm: the other end repeats it after as many milliseconds as it says.
"""

import errno
import random
import socket

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import Ether
from virtual_link import MS, Host, Link, so_error

from stack.datagram import DatagramEndpoint
from stack.environment import Environment
from stack.errors import Fault
from stack.ip import Ip, Path
from stack.ports import PortTable
from stack.protocol import IpProtocol
from stack.stack import Stack
from stack.wire import icmp, ipv4

ALARM = 254


class AlarmEndpoint(DatagramEndpoint):
    proto = "alarm"

    def transmit(self, path: Path, destination: int, port: int, data: bytes) -> None:
        self.ip.send(path, ALARM, destination, data)


class Alarm(IpProtocol):
    number, name, socket_type = ALARM, "alarm", socket.SOCK_RAW

    def __init__(self, environment: Environment, ip: Ip) -> None:
        super().__init__(environment, ip)
        self._ports = PortTable(environment.random, (1, 9))
        self._endpoints: dict[int, list[DatagramEndpoint]] = {}
        self._timer = environment.timer(self._ring)
        self._owed: list[tuple[int, bytes]] = []

    def endpoint(self) -> AlarmEndpoint:
        return AlarmEndpoint(self.environment, self.ip, self._ports, self._endpoints)

    def receive(self, header: ipv4.Header, payload: bytes, group: bool) -> None:
        for endpoints in self._endpoints.values():
            for endpoint in endpoints:
                endpoint.deliver(payload, (header.source, 0))
        if self._endpoints:
            return
        if not payload[0]:
            self.ip.send_error(header, payload, icmp.DESTINATION_UNREACHABLE, icmp.PORT_UNREACHABLE, group)
            return
        self._owed.append((header.source, payload))
        self._timer.arm(self.environment.now + payload[0] * MS)

    def fault(self, header: ipv4.Header, payload: bytes, fault: Fault) -> None:
        for endpoints in self._endpoints.values():
            for endpoint in endpoints:
                endpoint.fault(fault, (header.destination, 0), payload)

    def busy(self) -> bool:
        return bool(self._owed)

    def _ring(self) -> None:
        for address, payload in self._owed:
            self.ip.send(self.ip.path(address), ALARM, address, payload)
        self._owed.clear()


def pair(*protocols: type[IpProtocol]) -> Link:
    """Two hosts, of which the first knows alarms, and the second has `protocols`."""
    return Link([Host("pc", 1, protocols=(Alarm,)), Host("server", 2, protocols=protocols)])


def send(link: Link, data: bytes) -> tuple[socket.socket, list[IP]]:
    """Send `data` from a socket of the first host to the second; the socket, and all packets of the link."""
    sock = link.hosts[0].stack.socket(socket.AF_INET, socket.SOCK_RAW, ALARM)
    sock.connect((link.hosts[1].address, 0), link.now)
    sock.send(data, link.now)
    link.run(500 * MS)
    packets = [Ether(frame) for _, _, frame in link.taken]
    return sock, [packet[IP] for packet in packets if IP in packet]


def test_it_sends_receives_and_has_deadlines() -> None:
    link = pair(Alarm)
    link.delay = MS
    sock, packets = send(link, b"\x0arise")
    assert [(packet.src, packet.proto, bytes(packet.payload)[:5]) for packet in packets] == [
        ("10.0.0.1", ALARM, b"\x0arise"),
        ("10.0.0.2", ALARM, b"\x0arise"),
    ]
    sent, answered = (at for at, _, frame in link.taken if IP in Ether(frame))
    assert answered - sent == link.delay + 10 * MS
    assert sock.recvfrom(100, link.now) == (b"\x0arise", ("10.0.0.2", 0))
    (event,) = link.hosts[1].said("ip", "packet received")
    assert event["protocol"] == "alarm"


def test_it_gets_the_icmp_errors_that_quote_it() -> None:
    sock, packets = send(pair(Alarm), b"\0 an error, please")
    assert (packets[-1][ICMP].type, packets[-1][ICMP].code) == (3, 3)
    assert so_error(sock) == errno.ECONNREFUSED


def test_a_host_without_it_answers_protocol_unreachable() -> None:
    """RFC 1122 section 3.2.2.1."""
    sock, packets = send(pair(), b"\x01rise")
    assert (packets[-1][ICMP].type, packets[-1][ICMP].code) == (3, 2)
    assert so_error(sock) == errno.ENOPROTOOPT


def test_who_has_closed_its_sockets_may_have_work_left() -> None:
    link = pair(Alarm)
    sock = link.hosts[0].stack.socket(socket.AF_INET, socket.SOCK_RAW, ALARM)
    sock.sendto(b"\xffrise", (link.hosts[1].address, 0), link.now)
    link.run(10 * MS)
    assert [host.stack.busy() for host in link.hosts] == [False, True]
    link.run(500 * MS)
    assert not link.hosts[1].stack.busy()


def test_sockets_by_type_and_number() -> None:
    stack = pair().hosts[0].stack
    assert stack.socket(socket.AF_INET, socket.SOCK_RAW).protocol == ALARM
    assert stack.socket(socket.AF_INET, socket.SOCK_DGRAM).protocol == socket.IPPROTO_UDP
    for type, number in ((socket.SOCK_DGRAM, ALARM), (socket.SOCK_RAW, 77), (socket.SOCK_STREAM, 17)):
        with pytest.raises(OSError) as info:
            stack.socket(socket.AF_INET, type, number)
        assert info.value.errno == errno.EPROTONOSUPPORT
    with pytest.raises(OSError) as info:
        pair().hosts[1].stack.socket(socket.AF_INET, socket.SOCK_RAW, ALARM)
    assert info.value.errno == errno.ESOCKTNOSUPPORT


class Usurper(Alarm):
    number, name = socket.IPPROTO_UDP, "usurper"


class Endless(Alarm):
    number = 256


@pytest.mark.parametrize(
    ("protocols", "sentence"),
    [
        ((Alarm, Alarm), "Alarm: IP protocol 254 is alarm's; it needs a number of its own"),
        ((Usurper,), "Usurper: IP protocol 17 is UDP's; it needs a number of its own"),
        ((Endless,), "Endless: an IP protocol's number is 1 to 255, not 256"),
    ],
)
def test_a_number_has_one_protocol(protocols: tuple[type[IpProtocol], ...], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Stack("pc", random.Random(1), protocols=protocols)
