"""A sender that is faster than its cable: each call and each way of waiting feels it, as on Linux."""

# ruff: noqa: ANN001, ANN201, ANN202, ANN204

import asyncio
import errno
import select
import socket

import pytest
from link_network import LinkNetwork

from sim.os.outcome import Ending

PORT = 9
SERVER = ("192.168.1.20", PORT)
OCTETS = 1000
FRAME_NS = (OCTETS + 28 + 14 + 24) * 8 * 100
"""A frame's time on the wire at 10 Mb/s, with preamble, FCS and gap."""
BUFFERED = 93
"""Datagrams of this size that a socket takes (tests/stack/test_send_memory.py)."""


def on_two_hosts(program):
    """What `program` returns, the datagrams that `server` received, and the network."""
    results, received = [], []

    def serve(arguments):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("", PORT))
            while True:
                received.append(sock.recv(2000))

    with LinkNetwork("pc", "server") as network:
        network.hosts["server"].spawn("serve", serve, service=True)
        network.hosts["pc"].spawn("send", lambda argv: results.append(program()), at_ns=1_000_000)
        outcome = network.run()
        assert outcome.ending is Ending.DONE, outcome
        assert outcome.failures == (), network.output("pc", "stderr")
    return results[0], received, network


def udp():
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def fill(sock, flags=0):
    """Send until EAGAIN; how many were taken."""
    count = 0
    while True:
        try:
            sock.sendto(bytes(OCTETS), flags, SERVER)
        except BlockingIOError as error:
            assert error.errno == errno.EAGAIN
            return count
        count += 1


def test_a_saturating_sender_is_bound_by_its_cable_and_loses_nothing():
    count = 500

    def program():
        with udp() as sock:
            for number in range(count):
                sock.sendto(number.to_bytes(2, "big") + bytes(OCTETS - 2), SERVER)

    _, received, network = on_two_hosts(program)
    assert [int.from_bytes(data[:2], "big") for data in received] == list(range(count))
    assert [event for event in network.events if "drop" in event.kind] == []
    sent = [event.ps // 1000 for event in network.events if (event.layer, event.kind) == ("socket", "sendto")]
    assert len(sent) == count
    assert sent[-1] - sent[0] >= (count - BUFFERED - 1) * FRAME_NS
    # One call, one datagram, one packet at each end, one recv(), what each changes in the sockets' rows,
    # a few for ARP and for each wake-up.
    assert len(network.events) < 12 * count


def test_a_loop_that_never_ends_costs_what_its_frames_cost():
    def program(argv):
        with udp() as sock:
            while True:
                sock.sendto(bytes(OCTETS), SERVER)

    until_ns = 100_000_000
    with LinkNetwork("pc", "server") as network:
        network.hosts["pc"].spawn("send", program)
        network.run(until_ns)
        sent = [event for event in network.events if (event.layer, event.kind) == ("socket", "sendto")]
    assert len(sent) - BUFFERED - 2 <= until_ns // FRAME_NS <= len(sent)


def test_a_blocking_send_waits_until_half_of_the_buffer_is_free():
    def program():
        with udp() as sock:
            taken = fill(sock, socket.MSG_DONTWAIT)
            sock.sendto(bytes(OCTETS), SERVER)
            return taken, fill(sock, socket.MSG_DONTWAIT)

    (taken, more), received, _ = on_two_hosts(program)
    assert BUFFERED <= taken <= BUFFERED + 1  # one may have left meanwhile: on Linux 94 were counted
    assert 46 <= more <= 47
    assert len(received) == taken + 1 + more


def test_a_timeout_is_obeyed():
    def program():
        with udp() as sock:
            fill(sock, socket.MSG_DONTWAIT)
            sock.settimeout(FRAME_NS / 1e9)
            with pytest.raises(TimeoutError):
                for _ in range(3):
                    sock.sendto(bytes(OCTETS), SERVER)

    on_two_hosts(program)


@pytest.mark.parametrize("call", ["select", "poll", "epoll"])
def test_pollout_follows_sock_writeable(call):
    def wait(sock, seconds):
        if call == "select":
            return bool(select.select([], [sock], [], seconds)[1])
        poll = select.poll() if call == "poll" else select.epoll()
        poll.register(sock, select.POLLOUT)
        return poll.poll(seconds * 1000 if call == "poll" else seconds) == [(sock.fileno(), select.POLLOUT)]

    def program():
        with udp() as sock:
            sock.setblocking(False)
            before = wait(sock, 0)
            fill(sock)
            full = wait(sock, 0), wait(sock, 40 * FRAME_NS / 1e9)
            after = wait(sock, 60 * FRAME_NS / 1e9)
            return before, full, after, fill(sock)

    answers, _, _ = on_two_hosts(program)
    before, full, after, taken = answers
    assert (before, full, after) == (True, (False, False), True)
    assert 46 <= taken <= 48


def test_ping_sockets_wait_too():
    def program():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as sock:
            request = bytes((8, 0, 0, 0, 0, 0, 0, 0)) + bytes(OCTETS)
            for _ in range(200):
                sock.sendto(request, ("192.168.1.20", 0))

    _, _, network = on_two_hosts(program)
    assert [event for event in network.events if "drop" in event.kind and event.where == "server"] == []
    sent = [event.ps // 1000 for event in network.events if (event.layer, event.kind) == ("socket", "sendto")]
    assert sent[-1] - sent[0] >= (200 - BUFFERED - 1) * FRAME_NS


def test_asyncio_pauses_and_resumes_a_datagram_transport():
    calls = []

    class Protocol(asyncio.DatagramProtocol):
        def __init__(self):
            self.may_write = asyncio.Event()
            self.may_write.set()
            self.closed = asyncio.Event()

        def connection_lost(self, error):
            self.closed.set()

        def pause_writing(self):
            calls.append("pause")
            self.may_write.clear()

        def resume_writing(self):
            calls.append("resume")
            self.may_write.set()

    async def main():
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.create_datagram_endpoint(Protocol, remote_addr=SERVER)
        for _ in range(300):
            await protocol.may_write.wait()
            transport.sendto(bytes(OCTETS))
        transport.close()
        await protocol.closed.wait()  # its own buffer goes first

    _, received, _ = on_two_hosts(lambda: asyncio.run(main()))
    assert calls[:2] == ["pause", "resume"]
    assert len(received) == 300


def test_a_program_that_ends_loses_none_of_what_it_has_sent():
    def program():
        with udp() as sock:
            return fill(sock, socket.MSG_DONTWAIT)

    taken, received, _ = on_two_hosts(program)
    assert len(received) == taken
