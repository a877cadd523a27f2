"""`socket` inside simulated programs, with errno as in Linux."""

# ruff: noqa: ANN001, ANN201, ANN202

import errno
import hashlib
import http.client
import http.server
import socket
import socketserver
import struct
import time
import urllib.request

import pytest
from link_network import LinkNetwork

from sim.os.outcome import Ending
from sim.python.simsocket import SimSocket


def run_one(program, *, service=None):
    """Run `program` on pc, with `service` on server; its result."""
    results = []
    with LinkNetwork("pc", "server") as network:
        if service is not None:
            network.hosts["server"].spawn("service", lambda arguments: service(), service=True)
        network.hosts["pc"].spawn("program", lambda arguments: results.append(program()), at_ns=1_000_000)
        outcome = network.run()
        assert outcome.ending is Ending.DONE, outcome
        assert outcome.failures == (), network.output("pc", "stderr")
    return results[0]


def test_http_server_and_urllib_unmodified():
    body = bytes(range(256)) * 200

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def serve():
        http.server.ThreadingHTTPServer(("", 80), Handler).serve_forever()

    def fetch():
        with urllib.request.urlopen("http://server/") as response:
            return response.headers["Date"], hashlib.sha256(response.read()).hexdigest()

    date, digest = run_one(fetch, service=serve)
    assert digest == hashlib.sha256(body).hexdigest()
    assert date == "Thu, 01 Jan 2026 00:00:00 GMT"


def test_recv_of_nothing_is_no_system_call():
    def read():
        with (
            socket.socketpair()[0] as end,
            socket.socket() as stream,
            socket.socket(type=socket.SOCK_DGRAM) as udp,
        ):
            udp.bind(("", 7))
            udp.sendto(b"kept", ("127.0.0.1", 7))
            return end.recv(0), stream.recv(0), udp.recv(0), udp.recv_into(bytearray()), udp.recv(9)

    real = socket.socket(type=socket.SOCK_DGRAM)
    real.bind(("127.0.0.1", 0))
    real.sendto(b"kept", real.getsockname())
    with real, socket.socketpair()[0] as end, socket.socket() as stream:
        expected = end.recv(0), stream.recv(0), real.recv(0), real.recv_into(bytearray()), real.recv(9)
    assert run_one(read) == expected == (b"", b"", b"", 0, b"kept")


def test_a_kept_connection_a_form_post_and_an_orderly_shutdown():
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            data = self.rfile.read(int(self.headers["Content-Length"]))
            answer = hashlib.sha256(data).hexdigest().encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    import threading

    def program():
        server = http.server.ThreadingHTTPServer(("", 8080), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        connection = http.client.HTTPConnection("localhost", 8080)
        digests = []
        for size in (1, 100_000):
            connection.request("POST", "/", b"x" * size)
            digests.append(connection.getresponse().read().decode())
        connection.close()
        server.shutdown()
        thread.join()
        server.server_close()
        return digests

    assert run_one(program) == [hashlib.sha256(b"x" * size).hexdigest() for size in (1, 100_000)]


def test_socketserver_forking_is_not_needed_for_udp():
    class Upper(socketserver.BaseRequestHandler):
        def handle(self):
            data, sock = self.request
            sock.sendto(data.upper(), self.client_address)

    def serve():
        socketserver.UDPServer(("", 99), Upper).serve_forever()

    def ask():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(1)
            sock.sendto(b"hello", ("server", 99))
            return sock.recvfrom(100)

    assert run_one(ask, service=serve) == (b"HELLO", ("192.168.1.20", 99))


def test_isinstance_holds_and_no_real_descriptor_is_made():
    def program():
        sock = socket.socket()
        kind = (isinstance(sock, socket.socket), type(sock) is SimSocket, sock.fileno() > 1_000_000)
        parts = (sock.family, sock.type, sock.proto)
        sock.close()
        return kind, parts, sock.fileno()

    kind, parts, closed = run_one(program)
    assert kind == (True, True, True)
    assert parts == (socket.AF_INET, socket.SOCK_STREAM, 0)
    assert closed == -1


def test_outside_a_program_sockets_are_real_also_while_the_kernel_runs():
    kinds = []
    with LinkNetwork("pc") as network:

        def outside():
            with socket.socket() as sock:
                kinds.append((type(sock), sock.fileno() < 1_000_000))

        network.kernel.call_at(1_000, outside)
        network.hosts["pc"].spawn("sleeper", lambda arguments: time.sleep(1))
        network.run()
    assert kinds == [(socket.socket, True)]


def error_number(call):
    with pytest.raises(OSError) as caught:
        call()
    return caught.value.errno


def test_errno_of_misuse_is_that_of_linux():
    def program():
        numbers = {}
        with socket.socket() as sock:
            numbers["connect refused"] = error_number(lambda: sock.connect(("server", 81)))
        sock = socket.socket()
        sock.close()
        sock.close()  # twice: harmless
        numbers["closed"] = error_number(lambda: sock.send(b"x"))
        with socket.socket() as sock, socket.socket() as other:
            sock.bind(("", 80))
            sock.listen()
            numbers["port in use"] = error_number(lambda: other.bind(("", 80)))
            numbers["accept, not blocking"] = error_number(lambda: (sock.setblocking(False), sock.accept()))
        with socket.socket() as sock:
            numbers["not connected"] = error_number(lambda: sock.recv(1))
        numbers["IPv6"] = error_number(lambda: socket.socket(socket.AF_INET6))
        numbers["unknown descriptor"] = error_number(lambda: socket.socket(fileno=7))
        with pytest.raises(OverflowError, match="0-65535"):
            socket.socket().connect(("server", 65_536))
        with pytest.raises(TypeError, match="must be tuple"):
            socket.socket().connect("server:80")
        return numbers

    assert run_one(program) == {
        "connect refused": errno.ECONNREFUSED,
        "closed": errno.EBADF,
        "port in use": errno.EADDRINUSE,
        "accept, not blocking": errno.EAGAIN,
        "not connected": errno.ENOTCONN,
        "IPv6": errno.EAFNOSUPPORT,
        "unknown descriptor": errno.EBADF,
    }


@pytest.mark.parametrize("seconds", [0.000_001, 0.25, 90])
def test_a_timeout_is_exact(seconds):
    def program():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("", 9))
            sock.settimeout(seconds)
            before = time.monotonic_ns()
            with pytest.raises(TimeoutError, match="timed out"):
                sock.recv(1)
            return time.monotonic_ns() - before

    assert run_one(program) == round(seconds * 1e9)


def test_connect_times_out_when_nobody_answers():
    def program():
        sock = socket.create_connection(("server", 80), timeout=5)
        sock.close()

    with LinkNetwork("pc", "server", lost=lambda frame: True) as network:
        network.hosts["pc"].spawn("program", lambda arguments: program())
        outcome = network.run()
        assert outcome.failures[0].reason in (
            "TimeoutError: timed out",
            "OSError: [Errno 113] No route to host",
        )


def test_default_timeout_belongs_to_the_process():
    def program():
        socket.setdefaulttimeout(3)
        with socket.socket() as sock:
            return socket.getdefaulttimeout(), sock.gettimeout()

    assert run_one(program) == (3, 3)
    assert socket.getdefaulttimeout() is None


def test_a_connection_accepts_all_ways_to_receive_and_send():
    def serve():
        with socket.create_server(("", 7)) as listener:
            while True:
                connection, _ = listener.accept()
                with connection:
                    while data := connection.recv(4096):
                        connection.sendall(data)

    def program():
        got = []
        with socket.create_connection(("server", 7)) as sock:
            got.append(sock.getpeername())
            sock.sendmsg([b"ab", b"cd"])
            got.append(sock.recv(2, socket.MSG_PEEK))
            got.append(sock.recv(4, socket.MSG_WAITALL))
            buffer = bytearray(6)
            sock.sendall(memoryview(b"efgh"))
            while sock.recv_into(memoryview(buffer)[:4], 0, socket.MSG_PEEK) < 4:
                pass
            got.append((sock.recv_into(buffer, 4), bytes(buffer)))
            sock.send(b"line one\nline two\n")
            with sock.makefile("rb") as file:
                got.append([file.readline(), file.readline()])
            sock.shutdown(socket.SHUT_WR)
            got.append(sock.recv(1))
            got.append(sock.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE))
        return got

    assert run_one(program, service=serve) == [
        ("192.168.1.20", 7),
        b"ab",
        b"abcd",
        (4, b"efgh\0\0"),
        [b"line one\n", b"line two\n"],
        b"",
        socket.SOCK_STREAM,
    ]


def test_a_file_of_makefile_keeps_the_connection_open():
    def serve():
        with socket.create_server(("", 7)) as listener:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"late")

    def program():
        sock = socket.create_connection(("server", 7))
        file = sock.makefile("rb")
        sock.close()
        time.sleep(1)
        data = file.read()
        file.close()
        return data, sock.fileno()

    assert run_one(program, service=serve) == (b"late", -1)


def test_a_socket_that_is_dropped_is_closed():
    def program():
        sock = socket.socket()
        first = sock.fileno()
        del sock
        with socket.socket() as again:
            return first == again.fileno()

    assert run_one(program)


def test_socketpair():
    def program():
        left, right = socket.socketpair()
        with left, right:
            right.settimeout(1)
            left.send(b"x" * 300)
            left.setblocking(False)
            with pytest.raises(BlockingIOError):
                left.recv(1)
            got = right.recv(1000)
            left.close()
            return got, right.recv(1), left.fileno()

    assert run_one(program) == (b"x" * 300, b"", -1)


@pytest.mark.parametrize(("seconds", "waits_ms"), [(0, 0), (5, 3000), (2, 2000)])
def test_so_linger_close_waits_for_the_peers_acknowledgment(seconds, waits_ms):
    """The link is dead for three seconds from the last send on."""
    times = []
    dead = False

    def server(arguments):
        with socket.create_server(("", 80)) as listener:
            connection, _ = listener.accept()
            while connection.recv(100):
                pass

    def client(arguments):
        nonlocal dead
        sock = socket.create_connection(("server", 80))
        linger = struct.pack("ii", bool(seconds), seconds)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == linger
        dead = True
        sock.send(b"x")
        begun = time.monotonic()
        sock.close()
        times.append((time.monotonic() - begun) * 1000)

    with LinkNetwork(
        "pc", "server", lost=lambda frame: dead and network.kernel.now < 3_000_000_000
    ) as network:
        network.hosts["server"].spawn("server", server, service=True)
        network.hosts["pc"].spawn("client", client, at_ns=1_000_000)
        assert network.run().failures == ()
    assert times[0] == pytest.approx(waits_ms, abs=10)


def test_names_of_the_scenario_and_no_others():
    def program():
        with pytest.raises(socket.gaierror) as unknown:
            socket.gethostbyname("www.example.com")
        return (
            socket.gethostname(),
            socket.getfqdn(),
            socket.gethostbyname("server"),
            socket.gethostbyname("localhost"),
            socket.gethostbyaddr("192.168.1.20")[0],
            socket.getaddrinfo("server", "http", type=socket.SOCK_STREAM),
            socket.getnameinfo(("192.168.1.20", 80), 0),
            socket.getnameinfo(("192.168.1.99", 80), socket.NI_NUMERICSERV),
            unknown.value.errno,
            bool(socket.has_ipv6),
        )

    assert run_one(program) == (
        "pc",
        "pc",
        "192.168.1.20",
        "127.0.0.1",
        "server",
        [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("192.168.1.20", 80))],
        ("server", "http"),
        ("192.168.1.99", "80"),
        socket.EAI_NONAME,
        False,
    )


def test_connect_of_a_datagram_socket_asks_nobody():
    def ask():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect(("server", 7))

    with LinkNetwork("pc", "server") as network:
        network.hosts["pc"].spawn("ask", lambda arguments: ask(), service=False)
        assert network.run().succeeded
        told = [event for event in network.events if event.layer == "socket" and event.where == "pc"]
    calls = [event for event in told if "program" in event.fields]
    assert [event.kind for event in calls] == ["socket", "peer set", "close"]
    assert calls[1].fields["address"] == "192.168.1.20:7"


def test_the_calls_of_a_web_page_are_told_in_order():
    """Mission rows 1.3, 2.3, 3.1 and 4.1: the socket's story on each side."""

    def serve():
        with socket.create_server(("", 80)) as listener:
            connection, _ = listener.accept()
            with connection:
                connection.recv(100)
                connection.sendall(b"page")

    def fetch():
        with socket.create_connection(("server", 80)) as sock:
            sock.sendall(b"GET /")
            while sock.recv(100):
                pass

    with LinkNetwork("pc", "server") as network:
        network.hosts["server"].spawn("serve", lambda arguments: serve(), service=True)
        network.hosts["pc"].spawn("fetch", lambda arguments: fetch(), at_ns=1_000)
        assert network.run().succeeded
        told = {
            host: [
                e.kind
                for e in network.events
                if e.where == host and e.layer == "socket" and "program" in e.fields
            ]
            for host in ("pc", "server")
        }
        states = [
            e.fields["new"] for e in network.events if (e.where, e.layer, e.kind) == ("pc", "tcp", "state")
        ]
    assert told["pc"] == ["socket", "connect", "connected", "send", "recv", "recv", "close"]
    assert told["server"] == ["socket", "bind", "listen", "accept", "recv", "send", "close", "close"]
    assert states[:2] == ["SYN-SENT", "ESTABLISHED"]
    kinds = [(e.layer, e.kind) for e in network.events if e.where == "pc"]
    assert kinds.index(("socket", "connect")) < kinds.index(("tcp", "segment sent"))
    assert ("socket", "removed") in kinds
