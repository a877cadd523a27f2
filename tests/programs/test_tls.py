"""TLS on blocking sockets: the standard library's clients and servers, and packages."""

# ruff: noqa: ANN001, ANN002, ANN003, ANN201, ANN202

import contextlib
import datetime
import http.server
import select
import socket
import ssl
import threading
import urllib.error
import urllib.request

import httpx
import pytest
import requests
from certificates import AUTHORITY, client_context, server_context
from here_and_there import both, failure
from two_hosts import ask

from sim.os.clock import EPOCH_NS

BODY = bytes(range(256)) * 400


class Pages(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)


def serve_https(context):
    def serve():
        server = http.server.ThreadingHTTPServer(("", 443), Pages)
        server.socket = context().wrap_socket(server.socket, server_side=True)
        server.serve_forever()

    return serve


def by_urllib(trust):
    return urllib.request.urlopen("https://server/", context=client_context(), timeout=5).read()


def by_requests(trust):
    with requests.Session() as session:
        return b"".join(session.get("https://server/", verify=trust).content for _ in range(2))


def by_httpx(trust):
    with httpx.Client(verify=client_context()) as client:
        return client.get("https://server/").content


@pytest.mark.parametrize(("fetch", "times"), [(by_urllib, 1), (by_requests, 2), (by_httpx, 1)])
def test_https_by_blocking_clients(fetch, times, tmp_path):
    trust = tmp_path / "authority.pem"
    AUTHORITY.cert_pem.write_to_path(trust)
    assert ask(serve_https(server_context), lambda: fetch(str(trust))) == BODY * times


def connected(server_settings=(), **client_arguments):
    """Both ends of a TLS connection over the loopback interface."""
    listener = socket.create_server(("127.0.0.1", 0))
    accepted = []

    def accept():
        connection, _ = listener.accept()
        accepted.append(server_context(**dict(server_settings)).wrap_socket(connection, server_side=True))

    accepting = threading.Thread(target=accept)
    accepting.start()
    plain = socket.create_connection(listener.getsockname())
    client_arguments.setdefault("server_hostname", "localhost")
    client = client_context().wrap_socket(plain, **client_arguments)
    accepting.join()
    listener.close()
    return client, accepted[0]


def test_the_face_of_a_connection():
    def program():
        client, server = connected()
        client.sendall(b"there")
        got = server.recv(100)
        server.write(b"and back")
        buffer = bytearray(20)
        count = client.recv_into(buffer)
        return (
            got,
            buffer[:count],
            client.version(),
            client.cipher(),
            client.getpeercert()["subjectAltName"],
            server.getpeercert(),
            client.selected_alpn_protocol(),
            (client.server_side, server.server_side, client.server_hostname),
            isinstance(client, ssl.SSLSocket),
            client.pending(),
            failure(client.sendto, b"x", ("localhost", 1)),
            failure(client.recv, 1, socket.MSG_PEEK),
            client.get_channel_binding() is None,
        )

    both(program)


def test_one_thread_reads_while_another_sends_more_than_the_buffers_hold():
    def program():
        client, server = connected()
        data = BODY * 15

        def echo():
            while piece := server.recv(1 << 14):
                server.sendall(piece)

        def read():
            while len(echoed) < len(data):
                echoed.extend(client.recv(1 << 16))

        echoed = bytearray()
        threads = [threading.Thread(target=run) for run in (echo, read)]
        for thread in threads:
            thread.start()
        client.sendall(data)
        threads[1].join()
        client.close()
        threads[0].join()
        return echoed == data

    assert both(program)


def test_alpn_and_the_callback_for_server_names():
    def program():
        asked = []

        def choose(sock, name, context):
            asked.append((name, isinstance(sock, ssl.SSLSocket)))
            other = server_context()
            other.set_alpn_protocols(["h2", "http/1.1"])
            sock.context = other

        listener = socket.create_server(("127.0.0.1", 0))
        context = server_context(sni_callback=choose)
        secure = context.wrap_socket(listener, server_side=True)
        served = []
        serving = threading.Thread(target=lambda: served.append(secure.accept()[0]))
        serving.start()
        ours = client_context()
        ours.set_alpn_protocols(["http/1.1"])
        plain = socket.create_connection(secure.getsockname())
        client = ours.wrap_socket(plain, server_hostname="localhost")
        serving.join()
        return asked, client.selected_alpn_protocol()

    assert both(program)[0] == [("localhost", True)]


def test_a_session_is_used_again():
    def program():
        listener = socket.create_server(("127.0.0.1", 0))
        secure = server_context().wrap_socket(listener, server_side=True)

        def serve():
            for _ in range(2):
                connection, _ = secure.accept()
                connection.sendall(b"hello")

        serving = threading.Thread(target=serve)
        serving.start()
        ours = client_context()
        reused, session = [], None
        for _ in range(2):
            plain = socket.create_connection(secure.getsockname())
            with ours.wrap_socket(plain, server_hostname="localhost", session=session) as client:
                client.recv(10)
                reused.append(client.session_reused)
                session = client.session
        serving.join()
        return reused

    assert both(program) == [False, True]


def test_what_follows_the_end_of_tls_is_plain():
    """RFC 8446 section 6.1; what FTP calls CCC."""

    def program():
        client, server = connected()
        ended = threading.Thread(target=lambda: (server.recv(10), server.unwrap().sendall(b"in the clear")))
        ended.start()
        plain = client.unwrap()
        ended.join()
        return plain is client, plain.recv(100)

    assert both(program) == (True, b"in the clear")


def test_a_record_not_read_yet_stays_in_the_socket_for_select():
    def program():
        client, server = connected()
        server.sendall(b"first")
        server.sendall(b"second")
        seen = []
        for _ in range(2):
            ready = select.select([client], [], [], 5)[0] == [client]
            seen.append((ready, client.recv(3), client.pending(), client.recv(100)))
        return seen, select.select([client], [], [], 0)[0]

    assert both(program) == ([(True, b"fir", 2, b"st"), (True, b"sec", 3, b"ond")], [])


def test_without_waiting():
    """SSLWantReadError, SSLWantWriteError: what select() is asked before the same call is made again."""

    def program():
        listener = socket.create_server(("127.0.0.1", 0))
        plain = socket.create_connection(listener.getsockname())
        connection, _ = listener.accept()
        ends = []
        for context, sock, settings in (
            (client_context(), plain, {"server_hostname": "localhost"}),
            (server_context(), connection, {"server_side": True}),
        ):
            sock.setblocking(False)
            ends.append(context.wrap_socket(sock, do_handshake_on_connect=False, **settings))
        to_do = list(ends)
        for _ in range(1000):
            for end in list(to_do):
                try:
                    end.do_handshake()
                    to_do.remove(end)
                except ssl.SSLWantReadError:
                    select.select([end], [], [], 0.001)
            if not to_do:
                break
        client, server = ends
        nothing = want(server.recv, 1)
        data, sent, full, received = bytes(10_000_000), 0, False, bytearray()
        while not full:
            try:
                sent += client.send(memoryview(data)[sent : sent + 20_000])
            except ssl.SSLWantWriteError:
                full = True
        while len(received) < sent + 16_384:  # with the record that is on its way, whose call is made again
            try:
                received += server.recv(65_536)
            except ssl.SSLWantReadError:
                select.select([server], [], [], 0.001)
                with contextlib.suppress(ssl.SSLWantWriteError):
                    client.send(memoryview(data)[sent : sent + 20_000])
        return len(to_do), nothing, full, client.getblocking(), any(received)

    assert both(program) == (0, "SSLWantReadError", True, False, False)


def want(call, *arguments):
    try:
        call(*arguments)
    except ssl.SSLError as error:
        return type(error).__name__
    return "nothing"


def test_time_outs():
    def program():
        client, _server = connected()
        client.settimeout(0.02)
        late = failure(client.recv, 1)
        listener = socket.create_server(("127.0.0.1", 0))
        silent = socket.create_connection(listener.getsockname())
        silent.settimeout(0.02)
        try:
            client_context().wrap_socket(silent, server_hostname="localhost")
        except TimeoutError as error:
            return late, "handshake operation timed out" in str(error)

    assert both(program)[1]


def test_an_end_without_close_notify():
    def program():
        client, server = connected()
        server.sendall(b"some")
        socket.socket(fileno=server.detach()).close()
        suppressed = client.recv(100), client.recv(100)
        client, server = connected(suppress_ragged_eofs=False)
        server.recv(0)
        socket.socket(fileno=server.detach()).close()
        return suppressed, want(client.recv, 100)

    both(program)


@pytest.mark.parametrize("name", ["localhost", "elsewhere"])
def test_a_plain_client_and_a_name_that_is_not_in_the_certificate(name):
    def program():
        failures = []

        def accept(listener):
            connection, _ = listener.accept()
            try:
                server_context().wrap_socket(connection, server_side=True)
            except ssl.SSLError as error:
                failures.append(error.reason)

        with socket.create_server(("127.0.0.1", 0)) as listener:
            serving = threading.Thread(target=accept, args=(listener,))
            serving.start()
            plain = socket.create_connection(listener.getsockname())
            if name == "localhost":
                plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
            else:
                try:
                    client_context().wrap_socket(plain, server_hostname=name)
                except ssl.SSLCertVerificationError as error:
                    failures.append(error.verify_message)
            serving.join()
        return sorted(failures)

    both(program)


@pytest.mark.parametrize(
    ("begins", "ends", "reason"),
    [
        (-2, -1, "certificate has expired"),
        (1, 2, "certificate is not yet valid"),
        (-1, 1, None),
    ],
)
def test_certificates_are_judged_by_simulated_time(begins, ends, reason):
    """Days from the beginning of the simulated world, which is not today."""
    epoch = datetime.datetime.fromtimestamp(EPOCH_NS / 1e9, datetime.UTC).replace(tzinfo=None)
    certificate = AUTHORITY.issue_cert(
        "server",
        not_before=epoch + datetime.timedelta(days=begins),
        not_after=epoch + datetime.timedelta(days=ends),
    )

    def client():
        try:
            urllib.request.urlopen("https://server/", context=client_context()).read()
        except urllib.error.URLError as error:
            return error.reason.verify_message
        return None

    assert ask(serve_https(lambda: server_context(certificate)), client) == reason


def test_a_context_judges_by_real_time_outside():
    """What a simulated program sets is its connection's own."""
    context = client_context()
    assert context.verify_flags == client_context().verify_flags

    def program():
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="server")
        return int(context.verify_flags)

    assert both(program) == context.verify_flags
