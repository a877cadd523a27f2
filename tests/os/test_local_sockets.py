"""AF_UNIX sockets, unix(7): every program here runs on Linux, too, and must see the same there."""

# ruff: noqa: ANN001, ANN002, ANN201, ANN202

import asyncio
import os
import select
import socket
import socketserver
import stat
import struct
import threading
from pathlib import Path

import pytest
from here_and_there import both, failure, simulated
from link_network import LinkNetwork

from sim.os.descriptors import Numbers
from sim.os.local_sockets import LocalSockets

STREAM, DATAGRAM, SEQPACKET = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET


@pytest.fixture
def path(tmp_path, monkeypatch):
    """A short name in a directory of the test's own; nothing is left there by a run."""
    monkeypatch.chdir(tmp_path)
    yield "s"
    assert not Path("s").exists()


def unlinked(program):
    """`program`, and then the removal of its node, as every server on Linux has to."""

    def whole():
        try:
            return program()
        finally:
            Path("s").unlink(missing_ok=True)

    return whole


def opened(type, name, backlog=5):
    listener = socket.socket(socket.AF_UNIX, type)
    listener.bind(name)
    listener.listen(backlog)
    return listener


@pytest.mark.parametrize("type", [STREAM, SEQPACKET])
def test_a_connection_by_path(path, type):
    def program():
        listener = opened(type, path)
        client = socket.socket(socket.AF_UNIX, type)
        client.connect(path)
        server, peer = listener.accept()
        client.sendall(b"there")
        server.sendall(b"and ")
        server.sendall(b"back")
        names = [client.getsockname(), client.getpeername(), server.getsockname(), server.getpeername()]
        got = server.recv(3), client.recv(100)
        server.close()
        return peer, names, got, Path(path).is_socket(), client.type == type

    assert both(unlinked(program))[0] == ""


def test_the_end_of_a_stream():
    def program():
        one, other = socket.socketpair()
        one.sendall(b"all of it")
        one.shutdown(socket.SHUT_WR)
        seen = [other.recv(3), other.recv(100), other.recv(100), failure(one.send, b"x")]
        other.sendall(b"the other way")
        seen += [one.recv(100)]
        other.close()
        seen += [one.recv(100), failure(one.sendall, b"x")]
        one, other = socket.socketpair()
        one.sendall(b"not read")
        other.close()
        seen += [failure(one.recv, 1), one.recv(1), failure(one.send, b"x")]
        return seen, failure(one.getpeername)

    assert both(program)[0][-3] == ("ConnectionResetError", "ECONNRESET")


@pytest.mark.parametrize("type", [STREAM, DATAGRAM, SEQPACKET])
def test_a_pair_of_each_type(type):
    def program():
        one, other = socket.socketpair(socket.AF_UNIX, type | socket.SOCK_NONBLOCK)
        for data in (b"first", b"", b"second"):
            one.send(data)
        seen = [other.recvfrom(3), failure(other.recvfrom, 100), failure(other.recv, 100)]
        options = [other.getsockopt(socket.SOL_SOCKET, option) for option in (3, 39, 30)]
        return seen, options, one.family.name, one.type.name, one.gettimeout(), one.getsockname()

    both(program)


@pytest.mark.parametrize("type", [STREAM, DATAGRAM, SEQPACKET])
def test_what_poll_reports(type):
    def program():
        def states(*ends):
            poller = select.poll()
            for end in ends:
                poller.register(end, select.POLLIN | select.POLLOUT | select.POLLRDHUP)
            found = dict(poller.poll(0))
            return [found.get(end.fileno(), 0) for end in ends]

        with socket.socket(socket.AF_UNIX, type) as fresh:
            seen = [states(fresh)]
        one, other = socket.socketpair(socket.AF_UNIX, type)
        other.send(b"x")
        seen.append(states(one, other))
        for end in (one, other):
            for how in (socket.SHUT_WR, socket.SHUT_RD):
                end.shutdown(how)
                seen.append(states(one, other))
        for unread in (False, True):
            one, other = socket.socketpair(socket.AF_UNIX, type)
            if unread:
                one.send(b"x")
            other.close()
            seen.append(states(one))
        seen += [failure(one.recv, 1)] if type != DATAGRAM else []
        return seen, states(one)

    both(program)


def test_abstract_names():
    def program():
        listener = opened(STREAM, "\0thicknet-test")
        client = socket.socket(socket.AF_UNIX)
        client.bind("")
        client.connect(b"\0thicknet-test")
        _, peer = listener.accept()
        taken = failure(opened, STREAM, b"\0thicknet-test")
        listener.close()
        gone = failure(socket.socket(socket.AF_UNIX).connect, "\0thicknet-test")
        return client.getpeername(), type(peer), len(peer), taken, gone

    assert both(program) == (
        b"\0thicknet-test",
        bytes,
        6,
        ("OSError", "EADDRINUSE"),
        ("ConnectionRefusedError", "ECONNREFUSED"),
    )


def test_what_is_refused(path):
    def program():
        listener = opened(STREAM, path)
        again = failure(opened, STREAM, path)
        twice = failure(listener.bind, "other")
        fresh = socket.socket(socket.AF_UNIX)
        refused = [
            failure(fresh.connect, "nowhere"),
            failure(socket.socket(socket.AF_UNIX, DATAGRAM).connect, path),
            failure(fresh.send, b"x"),
            failure(fresh.recv, 1),
            failure(fresh.listen),
            failure(fresh.accept),
            failure(fresh.getpeername),
            failure(fresh.bind, "no/such/directory"),
            failure(fresh.bind, "x" * 109),
            failure(fresh.bind, ("127.0.0.1", 80)),
            failure(fresh.shutdown, socket.SHUT_RD),
            failure(fresh.setsockopt, socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
            failure(socket.socket(socket.AF_UNIX, DATAGRAM).listen),
            failure(socket.socket(socket.AF_UNIX, DATAGRAM).send, b"x"),
            failure(socket.socket(socket.AF_UNIX, DATAGRAM).sendto, b"x", "nowhere"),
            failure(socket.socket, socket.AF_UNIX, 77),
            failure(socket.socketpair, socket.AF_INET),
        ]
        listener.close()
        stale = failure(fresh.connect, path)
        return again, twice, refused, stale

    both(unlinked(program))


def test_a_file_that_is_renamed_is_the_same_socket(path):
    def program():
        listener = opened(STREAM, "before")
        Path("before").rename(path)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
        Path(path).unlink()
        gone = failure(socket.socket(socket.AF_UNIX).connect, path)
        listener.close()
        return gone

    assert both(program) == ("FileNotFoundError", "ENOENT")


def test_a_path_that_is_bound_again_is_the_new_socket(path):
    def program():
        old, new = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        old.bind(path)
        Path(path).unlink()
        new.bind(path)
        new.listen()
        old.close()
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
        new.close()

    both(unlinked(program))


def test_datagrams_keep_their_bounds_and_names(path):
    def program():
        server, client, nameless = (socket.socket(socket.AF_UNIX, DATAGRAM) for _ in range(3))
        server.bind(path)
        client.bind("\0thicknet-client")
        client.connect(path)
        client.send(b"one")
        nameless.sendto(b"another", path)
        got = [server.recvfrom(100), server.recvfrom(4)]
        server.sendto(b"answer", got[0][1])
        got.append((client.recv(100), client.getpeername()))
        too_long = failure(client.send, bytes(300_000))
        server.close()
        return got, too_long, failure(client.send, b"x")

    assert both(unlinked(program))[0][1] == (b"anot", None)


def test_a_full_queue_makes_a_sender_wait(path):
    def program():
        server, client = (socket.socket(socket.AF_UNIX, DATAGRAM) for _ in range(2))
        server.bind(path)
        client.connect(path)
        client.setblocking(False)
        sent = 0
        try:
            while True:
                client.send(b"x")
                sent += 1
        except BlockingIOError:
            pass
        full = select.select([], [client], [], 0)[1]
        threading.Timer(0.01, server.recv, (1,)).start()
        client.setblocking(True)
        return sent, full, client.send(b"waits")

    assert both(unlinked(program)) == (11, [], 5)


def test_a_full_backlog_makes_connect_wait(path):
    def program():
        listener = opened(STREAM, path, 0)
        first, second = (socket.socket(socket.AF_UNIX) for _ in range(2))
        first.connect(path)
        second.setblocking(False)
        full = failure(second.connect, path)
        second.setblocking(True)
        threading.Timer(0.01, listener.accept).start()
        second.connect(path)
        return full, second.getpeername()

    assert both(unlinked(program)) == (("BlockingIOError", "EAGAIN"), path)


def test_readiness():
    def program():
        poller = select.poll()
        one, other = socket.socketpair()
        poller.register(one)
        seen = [poller.poll(0)]
        other.sendall(b"x")
        seen.append(poller.poll(0))
        one.recv(1)
        other.shutdown(socket.SHUT_WR)
        seen.append(poller.poll(0))
        other.close()
        seen.append(poller.poll(0))
        return [events for [(_, events)] in seen]

    both(program)


def test_who_is_at_the_other_end(path):
    def program():
        listener = opened(STREAM, path)
        client = socket.socket(socket.AF_UNIX)
        client.connect(path)
        server, _ = listener.accept()
        own = struct.pack("iII", os.getpid(), os.getuid(), os.getgid())
        return [end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12) == own for end in (client, server)]

    assert both(unlinked(program)) == [True, True]


def test_socketserver_and_asyncio(path):
    def program():
        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                self.wfile.write(self.rfile.readline().upper())

        server = socketserver.ThreadingUnixStreamServer(path, Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()

        async def ask():
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(b"by a stream\n")
            answer = await reader.read()
            writer.close()
            return answer

        answer = asyncio.run(ask())
        server.shutdown()
        server.server_close()
        Path(path).unlink()

        async def serve():
            async def answer(reader, writer):
                writer.write(b"at your service")
                writer.close()

            async with await asyncio.start_unix_server(answer, path):
                reader, _ = await asyncio.open_unix_connection(path)
                return await reader.read()

        return answer, asyncio.run(serve())

    assert both(unlinked(program)) == (b"BY A STREAM\n", b"at your service")


def test_processes_of_one_host_meet_and_those_of_another_do_not(path, tmp_path):
    answers = []

    def serve(arguments):
        listener = opened(STREAM, "meet")
        connection, _ = listener.accept()
        connection.sendall(str(Path.cwd()).encode())

    def ask(arguments):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect("meet")
            answers.append(Path(sock.recv(1000).decode()).name)

    def ask_in_vain(arguments):
        answers.append(failure(socket.socket(socket.AF_UNIX).connect, "meet"))
        answers.append(failure(socket.socket(socket.AF_UNIX).connect, str(tmp_path / "pc" / "meet")))

    with LinkNetwork("pc", "server") as network:
        for host in network.hosts.values():
            host.directory = tmp_path / host.name
        network.hosts["pc"].spawn("serve", serve)
        network.hosts["pc"].spawn("ask", ask, at_ns=1_000_000)
        network.hosts["server"].spawn("ask", ask_in_vain, at_ns=500_000)
        assert network.run().succeeded, network.output("pc", "stderr")
    assert answers == [("FileNotFoundError", "ENOENT"), ("ConnectionRefusedError", "ECONNREFUSED"), "pc"]
    assert stat.S_ISSOCK((tmp_path / "pc" / "meet").stat().st_mode)


def test_a_node_on_the_real_machine_goes_with_the_simulation(path):
    def program():
        with opened(STREAM, path):
            return Path(path).exists()

    assert simulated(program)


def test_who_tries_again_and_again_costs_nothing():
    """EAGAIN of a full queue: the sender is remembered once."""
    names = LocalSockets(Numbers(), lambda: None)
    one, other = names.pair(socket.SOCK_DGRAM)
    refused = 0
    for _ in range(1000):
        try:
            one.send(b"x", 0)
        except BlockingIOError:
            refused += 1
    assert refused > 900 and len(other._stalled) == 1
