"""`select`, `poll`, `epoll` and the standard selectors over simulated descriptors."""

# ruff: noqa: ANN001, ANN201, ANN202

import asyncio
import errno
import select
import selectors
import socket
import time

import pytest
from link_network import LinkNetwork

from sim.os.outcome import Ending


def run_one(program, *, service=None):
    results = []
    with LinkNetwork("pc", "server") as network:
        if service is not None:
            network.hosts["server"].spawn("service", lambda arguments: service(), service=True)
        network.hosts["pc"].spawn("program", lambda arguments: results.append(program()), at_ns=1_000_000)
        outcome = network.run()
        assert outcome.ending is Ending.DONE, outcome
        assert outcome.failures == (), network.output("pc", "stderr")
    return results[0]


def udp(port):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("", port))
    return sock


@pytest.mark.parametrize("seconds", [0, 0.000_001, 1.5])
def test_select_with_a_timeout(seconds):
    def program():
        with udp(9) as sock:
            before = time.monotonic_ns()
            return select.select([sock], [], [], seconds), time.monotonic_ns() - before

    assert run_one(program) == (([], [], []), round(seconds * 1e9))


def test_select_finds_what_is_ready_and_gives_back_the_same_objects():
    def program():
        with udp(9) as one, udp(10) as other:
            one.sendto(b"x", ("localhost", 10))
            readable, writable, exceptional = select.select([one, other], [one.fileno()], [one])
            return readable == [other], writable == [one.fileno()], exceptional

    assert run_one(program) == (True, True, [])


def test_select_refuses_what_is_no_descriptor():
    def program():
        with pytest.raises(OSError) as caught:
            select.select([987_654], [], [], 1)
        return caught.value.errno

    assert run_one(program) == errno.EBADF


def test_select_without_descriptors_sleeps():
    assert run_one(lambda: (select.select([], [], [], 2), time.monotonic())) == (([], [], []), 2.001)


def test_poll_counts_in_milliseconds():
    def program():
        with udp(9) as sock:
            poll = select.poll()
            poll.register(sock, select.POLLIN)
            before = time.monotonic_ns()
            nothing = poll.poll(250)
            elapsed = time.monotonic_ns() - before
            poll.modify(sock, select.POLLOUT)
            ready = poll.poll() == [(sock.fileno(), select.POLLOUT)]
            poll.unregister(sock)
            with pytest.raises(KeyError):
                poll.unregister(sock)
            return nothing, elapsed, ready

    assert run_one(program) == ([], 250_000_000, True)


def test_a_closed_descriptor_is_pollnval_for_poll_and_gone_for_epoll():
    def program():
        sock = udp(9)
        poll, epoll = select.poll(), select.epoll()
        poll.register(sock)
        epoll.register(sock)
        fd = sock.fileno()
        sock.close()
        return poll.poll(0) == [(fd, select.POLLNVAL)], epoll.poll(0)

    assert run_one(program) == (True, [])


def test_epoll_errors_are_those_of_linux():
    def program():
        numbers = []
        with udp(9) as sock, select.epoll() as epoll:
            for call in (
                lambda: epoll.modify(sock, select.EPOLLIN),
                lambda: epoll.unregister(sock),
                lambda: epoll.register(987_654),
                lambda: (epoll.register(sock), epoll.register(sock)),
            ):
                with pytest.raises(OSError) as caught:
                    call()
                numbers.append(caught.value.errno)
        return numbers

    assert run_one(program) == [errno.ENOENT, errno.ENOENT, errno.EBADF, errno.EEXIST]


@pytest.mark.parametrize(
    "kind",
    [selectors.DefaultSelector, selectors.SelectSelector, selectors.PollSelector, selectors.EpollSelector],
)
def test_the_standard_selectors_unchanged(kind):
    def serve():
        with udp(7) as sock:
            while True:
                data, source = sock.recvfrom(100)
                time.sleep(0.01)
                sock.sendto(data, source)

    def program():
        with kind() as selector, udp(9) as sock:
            selector.register(sock, selectors.EVENT_READ, "tag")
            assert isinstance(selector, kind)
            empty = selector.select(0.5)
            sock.sendto(b"x", ("server", 7))
            ((key, events),) = selector.select()
            return empty, key.data, events, sock.recv(10)

    assert run_one(program, service=serve) == ([], "tag", selectors.EVENT_READ, b"x")


def test_waiting_for_many_wakes_by_one():
    def program():
        socks = [udp(1000 + number) for number in range(50)]
        socks[0].sendto(b"x", ("localhost", 1030))
        readable, _, _ = select.select(socks, [], [])
        return [socks.index(sock) for sock in readable]

    assert run_one(program) == [30]


def test_the_stock_asyncio_loop():
    async def handle(reader, writer):
        while line := await reader.readline():
            writer.write(line.upper())
            await writer.drain()
        writer.close()

    async def serve():
        server = await asyncio.start_server(handle, "", 7)
        async with server:
            await server.serve_forever()

    async def ask():
        reader, writer = await asyncio.open_connection("server", 7)
        writer.write(b"hello\n")
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(1)
        in_thread = await asyncio.to_thread(lambda: (time.sleep(1), "slept")[1])
        try:
            await asyncio.wait_for(asyncio.sleep(100), 1)
        except TimeoutError:
            return answer, in_thread, round(time.monotonic(), 1)

    result = run_one(lambda: asyncio.run(ask()), service=lambda: asyncio.run(serve()))
    assert result == (b"HELLO\n", "slept", 3.0)


def closing_server():
    """Serves one connection after the other: it says something, and ends its half a second later."""
    with socket.create_server(("", 80)) as server:
        while True:
            connection, _ = server.accept()
            time.sleep(1)
            connection.send(b"bye")
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)


@pytest.mark.parametrize("kind", ["poll", "epoll"])
@pytest.mark.parametrize("mask", [select.POLLRDHUP, select.POLLRDHUP | select.POLLPRI, 0])
def test_the_peers_end_wakes_who_asked_for_it_alone(kind, mask):
    def program():
        with socket.create_connection(("server", 80)) as sock:
            waiting = getattr(select, kind)()
            waiting.register(sock, mask)
            before = time.monotonic()
            second = 1000 if kind == "poll" else 1
            found = waiting.poll(2 * second)
            elapsed = round(time.monotonic() - before, 2)
            sock.shutdown(socket.SHUT_WR)
            return (
                found == [(sock.fileno(), select.POLLRDHUP)],
                elapsed,
                [events for _, events in waiting.poll(second)],
            )

    rdhup = mask & select.POLLRDHUP
    assert run_one(program, service=closing_server) == (
        bool(rdhup),
        1.0 if rdhup else 2.0,
        [rdhup | select.POLLHUP],
    )


def test_a_writer_that_asked_for_the_peers_end_too_is_woken_by_it():
    def program():
        with socket.create_connection(("server", 80)) as sock:
            sock.setblocking(False)
            while select.select([], [sock], [], 0.5)[1]:  # until both ends' buffers are full
                sock.send(bytes(10_000))
            waiting = select.poll()
            waiting.register(sock, select.POLLOUT | select.POLLRDHUP)
            return waiting.poll(), round(time.monotonic(), 2)

    (found, at) = run_one(program, service=closing_server)
    assert [events for _, events in found] == [select.POLLRDHUP] and at == 1.0


def late_server():
    time.sleep(0.5)
    with socket.create_server(("", 80)) as server:
        while True:
            server.accept()


def test_a_socket_whose_connect_was_refused_may_try_again_until_it_is_connected():
    def program():
        seen = []
        with socket.socket() as sock:
            for _ in range(4):
                seen.append(sock.connect_ex(("server", 80)))
                time.sleep(0.25)
        return seen

    assert run_one(program, service=late_server) == [errno.ECONNREFUSED, errno.ECONNREFUSED, 0, errno.EISCONN]


def test_a_refused_connection_is_an_error_and_the_end_of_both_directions():
    def program():
        sock = socket.socket()
        sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            sock.connect(("server", 80))
        with select.epoll() as epoll:
            epoll.register(sock, select.EPOLLIN | select.EPOLLOUT | select.EPOLLRDHUP)
            seen = [
                epoll.poll(1)[0][1],
                sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR),
                epoll.poll(1)[0][1],
            ]
        return seen, select.select([sock], [sock], [], 0) == ([sock], [sock], [])

    both = select.POLLIN | select.POLLOUT | select.POLLHUP | select.POLLRDHUP
    assert run_one(program) == ([both | select.POLLERR, errno.ECONNREFUSED, both], True)
