"""What a datagram socket takes before it must wait: SO_SNDBUF, as socket(7) and Linux 6.18 have it.

The numbers were counted on Linux: a non-blocking socket, a queueing discipline that lets nothing go.
"""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

import pytest
from scapy.layers.l2 import ARP, Ether

from stack.parameters import Parameters
from stack.send_memory import true_size

if TYPE_CHECKING:
    from virtual_link import Host, Lan

    from stack.ip import Outgoing
    from stack.sockets import Socket

SECOND = 1_000_000_000
PEER = "10.0.0.2"
BROADCAST = "10.0.0.255"
UDP_HEADERS = 28
IP_RECVERR = 11


def sender(host: Host, size: int | None = None, protocol: int = 0) -> Socket:
    """A socket that may broadcast, which needs no ARP."""
    made = host.stack.socket(socket.AF_INET, socket.SOCK_DGRAM, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1, 0)
    if size is not None:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, size, 0)
    return made


def fill(host: Host, made: Socket, data: bytes, peer: str = BROADCAST) -> tuple[int, int, list[Outgoing]]:
    """Send until EAGAIN: datagrams taken, how many of them before it was not writable, and the frames."""
    count = writable = 0
    while True:
        try:
            made.sendto(data, (peer, 9), 0)
        except BlockingIOError as error:
            assert error.errno == errno.EAGAIN
            return count, writable, host.stack.outgoing()
        count += 1
        writable = count if not writable and not made.writable() else writable


@pytest.mark.parametrize(
    ("octets", "size"),
    [(0, 832), (197, 832), (198, 1280), (645, 1280), (646, 2304), (1472, 2304)],
)
def test_linux_truesize_of_a_datagram(octets: int, size: int) -> None:
    assert true_size(UDP_HEADERS + octets) == size


@pytest.mark.parametrize(
    ("octets", "taken", "writable"),
    [
        (1, 256, 128),
        (197, 256, 128),
        (198, 167, 84),
        (645, 167, 84),
        (646, 93, 47),
        (1472, 93, 47),
        (1473, 68, 34),
        (2000, 60, 30),
        (3000, 40, 20),
        (8000, 17, 9),
        (60_000, 3, 2),
    ],
)
def test_so_sndbuf_default_takes_as_many_datagrams_as_linux(
    lan: Lan, octets: int, taken: int, writable: int
) -> None:
    host = lan().hosts[0]
    assert fill(host, sender(host), bytes(octets))[:2] == (taken, writable)


@pytest.mark.parametrize(
    ("size", "reads", "small", "large"),
    [(1, 4608, 6, 2), (5000, 10_000, 13, 5), (10_000, 20_000, 25, 9), (20_000, 40_000, 49, 18)],
)
def test_so_sndbuf_is_doubled_and_obeyed(lan: Lan, size: int, reads: int, small: int, large: int) -> None:
    host = lan().hosts[0]
    for octets, taken in ((100, small), (1000, large)):
        made = sender(host, size)
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) == reads
        assert fill(host, made, bytes(octets))[0] == taken


def test_so_sndbuf_is_at_most_twice_wmem_max(lan: Lan) -> None:
    made = sender(lan().hosts[0], 10**7)
    assert made.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) == 2 * 4_194_304  # since Linux 6.17


@pytest.mark.parametrize(("octets", "taken"), [(189, 256), (1000, 93)])
def test_ping_sockets_wait_as_udp_ones_do(lan: Lan, octets: int, taken: int) -> None:
    host = lan().hosts[0]
    request = bytes((8, 0, 0, 0, 0, 0, 0, 0)) + bytes(octets)
    assert fill(host, sender(host, protocol=socket.IPPROTO_ICMP), request)[0] == taken


@pytest.mark.parametrize(("octets", "error"), [(5000, None), (6000, errno.ENOBUFS), (60_000, errno.ENOBUFS)])
def test_fragments_beyond_twice_the_buffer_are_refused(lan: Lan, octets: int, error: int | None) -> None:
    host = lan().hosts[0]
    made = sender(host, 1)
    if error is None:
        made.sendto(bytes(octets), (BROADCAST, 9), 0)
        return
    with pytest.raises(OSError) as caught:
        made.sendto(bytes(octets), (BROADCAST, 9), 0)
    assert caught.value.errno == error
    assert host.stack.outgoing() == [] and made.row().send_q == 0


class Waiter:
    """Counts how often it is woken."""

    woken = 0

    def wake(self) -> None:
        self.woken += 1


def test_a_frame_that_has_left_makes_room_and_half_the_buffer_wakes(lan: Lan) -> None:
    host = lan().hosts[0]
    made = sender(host, 5000)  # five datagrams of 2304 octets in 10,000; not writable from the third on
    taken, _, frames = fill(host, made, bytes(1000))
    assert (taken, len(frames), made.row().send_q) == (5, 5, 5 * 2304)
    charges = [charge for _, _, charge in frames if charge is not None]
    waiter = Waiter()
    made.writers.add(waiter)
    seen = []
    for charge in charges:
        host.stack.release(charge, 0)
        seen.append((made.row().send_q // 2304, made.writable(), waiter.woken))
    assert seen == [(4, False, 0), (3, False, 0), (2, True, 1), (1, True, 1), (0, True, 1)]


def test_one_that_has_left_lets_one_in(lan: Lan) -> None:
    host = lan().hosts[0]
    made = sender(host)
    _, _, frames = fill(host, made, bytes(1000))
    _, _, charge = frames[0]
    assert charge is not None
    host.stack.release(charge, 0)
    assert fill(host, made, bytes(1000))[0] == 1


def test_what_waits_for_arp_is_charged_and_none_of_it_is_lost(lan: Lan) -> None:
    link = lan()
    one, two = link.hosts
    server = two.stack.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("", 9), 0)
    made = sender(one)
    taken, _, frames = fill(one, made, bytes(1000), PEER)
    assert taken == 93 and [ARP in Ether(frame) for _, frame, _ in frames] == [True]
    for _, frame, _ in frames:
        two.stack.receive(two.eth0, frame, 0)
    for frame in two.stack.output():
        one.stack.receive(one.eth0, frame[1], 0)
    frames = one.stack.outgoing()
    assert len(frames) == 93 and made.row().send_q == 93 * 2304
    for _, frame, charge in frames:
        assert charge is not None
        two.stack.receive(two.eth0, frame, 0)
        one.stack.release(charge, 0)
    assert made.row().send_q == 0
    for _ in range(93):
        assert len(server.recv(2000, 0)) == 1000


def test_who_does_not_answer_arp_keeps_no_send_memory(lan: Lan) -> None:
    link = lan()
    made = sender(link.hosts[0])
    made.sendto(bytes(1000), ("10.0.0.77", 9), 0)
    link.run(1)
    assert made.row().send_q == 2304
    link.run(10 * SECOND)
    assert made.row().send_q == 0


def test_the_oldest_gives_way_in_arps_queue_and_is_charged_no_longer(lan: Lan) -> None:
    host = lan(parameters=Parameters(arp_queue=3 * 2304)).hosts[0]
    made = sender(host)
    for _ in range(5):
        made.sendto(bytes(1000), ("10.0.0.77", 9), 0)
    assert made.row().send_q == 3 * 2304


def test_a_socket_that_is_closed_loses_nothing(lan: Lan) -> None:
    host = lan().hosts[0]
    made = sender(host)
    for _ in range(3):
        made.sendto(bytes(1000), (BROADCAST, 9), 0)
    made.close(0)
    frames = host.stack.outgoing()
    assert len(frames) == 3
    for _, _, charge in frames:
        assert charge is not None
        host.stack.release(charge, 0)


def test_what_goes_to_the_host_itself_is_not_charged(lan: Lan) -> None:
    made = sender(lan().hosts[0])
    for _ in range(300):
        made.sendto(bytes(1000), ("127.0.0.1", 9), 0)
    assert made.row().send_q == 0


FULL = [(0, 100, errno.ENOBUFS), (1, 100, None), (1, 2000, errno.ENOBUFS), (2, 2000, None)]


@pytest.mark.parametrize(("room", "octets", "error"), FULL)
@pytest.mark.parametrize("protocol", [socket.IPPROTO_UDP, socket.IPPROTO_ICMP])
def test_ip_recverr_reports_a_full_queue_of_the_device(
    lan: Lan, protocol: int, room: int, octets: int, error: int | None
) -> None:
    host = lan().hosts[0]
    made = sender(host, protocol=protocol)
    host.eth0.room = lambda: room
    data = bytes((8, *bytes(7 + octets)))
    target = "10.0.0.255", 9
    for report in (0, 1):
        made.setsockopt(socket.IPPROTO_IP, IP_RECVERR, report, 0)
        if report and error:
            with pytest.raises(OSError) as info:
                made.sendto(data, target, 0)
            assert info.value.errno == error
        else:
            assert made.sendto(data, target, 0) == len(data)
        assert len(host.stack.output()) == (2 if octets > 1500 else 1)  # it is the queue that drops


def test_what_waits_for_arp_is_in_no_full_queue(lan: Lan) -> None:
    host = lan().hosts[0]
    made = sender(host)
    host.eth0.room = lambda: 0
    made.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1, 0)
    assert made.sendto(b"x", ("10.0.0.77", 9), 0) == 1
