"""Options of sockets in simulated programs: the kernel's time-outs, low water, TCP_INFO, what is refused."""

# ruff: noqa: ANN001, ANN002, ANN201, ANN202

import errno
import socket
import struct
import time

from link_network import LinkNetwork

TIMEVAL = struct.Struct("@ll")


def run(program, service=None):
    """Run `program` on pc; its result, and the network after the run."""
    results = []
    with LinkNetwork("pc", "server") as network:
        if service is not None:
            network.hosts["server"].spawn("service", lambda arguments: service(), service=True)
        network.hosts["pc"].spawn("client", lambda arguments: results.append(program()), at_ns=1_000_000)
        outcome = network.run()
        assert outcome.failures == (), network.output("pc", "stderr")
    return results[0], network


def took(call, *arguments):
    """What became of a call, and the simulated milliseconds it took."""
    begun = time.monotonic()
    try:
        outcome = call(*arguments)
    except OSError as error:
        outcome = type(error).__name__, errno.errorcode.get(error.errno, "")
    return outcome, round((time.monotonic() - begun) * 1000)


def mute():
    """Accepts, and says nothing for a second."""
    with socket.create_server(("", 80)) as listener:
        connection, _ = listener.accept()
        time.sleep(1)
        connection.send(b"late")
        time.sleep(5)


def limit(sock, option, seconds):
    whole = int(seconds)
    sock.setsockopt(socket.SOL_SOCKET, option, TIMEVAL.pack(whole, round((seconds - whole) * 1e6)))


def test_so_rcvtimeo_ends_a_blocking_recv_with_eagain():
    def program():
        with socket.create_connection(("server", 80)) as sock:
            limit(sock, socket.SO_RCVTIMEO, 0.25)
            first = took(sock.recv, 9)
            limit(sock, socket.SO_RCVTIMEO, 0)
            return first, sock.recv(9)

    result, _ = run(program, mute)
    assert result == ((("BlockingIOError", "EAGAIN"), 250), b"late")


def test_so_rcvtimeo_is_of_accept_and_datagrams_too_and_pythons_own_time_out_goes_before():
    def program():
        with socket.create_server(("", 81)) as listener, socket.socket(type=socket.SOCK_DGRAM) as udp:
            udp.bind(("", 82))
            for sock in (listener, udp):
                limit(sock, socket.SO_RCVTIMEO, 0.5)
            seen = [took(listener.accept), took(udp.recvfrom, 9)]
            udp.settimeout(0.75)
            return [*seen, took(udp.recvfrom, 9)]

    result, _ = run(program)
    assert result == [
        (("BlockingIOError", "EAGAIN"), 500),
        (("BlockingIOError", "EAGAIN"), 500),
        (("TimeoutError", ""), 750),
    ]


def test_so_sndtimeo_ends_a_blocking_connect_and_send():
    def deaf():
        listener = socket.create_server(("", 80))
        connection, _ = listener.accept()
        time.sleep(100)
        connection.close()

    def program():
        with socket.socket() as sock, socket.socket() as other:
            for each in (sock, other):
                limit(each, socket.SO_SNDTIMEO, 0.5)
            seen = [took(other.connect, ("192.168.1.99", 80))]  # nobody has this address
            sock.connect(("server", 80))
            while True:
                outcome, ms = took(sock.send, bytes(50_000))
                if isinstance(outcome, tuple):
                    return [*seen, (outcome, ms)]

    result, _ = run(program, deaf)
    assert result == [
        (("BlockingIOError", "EINPROGRESS"), 500),
        (("BlockingIOError", "EAGAIN"), 500),
    ]


def test_so_rcvlowat_makes_a_blocking_recv_wait():
    def trickle():
        with socket.create_server(("", 80)) as listener:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(10):
                time.sleep(0.1)
                connection.send(b"x")
            time.sleep(1)
            connection.send(b"end")
            connection.close()

    def program():
        with socket.create_connection(("server", 80)) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 5)
            first = sock.recv(99)
            few = sock.recv(2)
            limit(sock, socket.SO_RCVTIMEO, 0.15)
            over = took(sock.recv, 99)  # what is there when the time is over
            limit(sock, socket.SO_RCVTIMEO, 0)
            return len(first), few, len(over[0]), over[1]

    result, _ = run(program, trickle)
    assert result[:2] == (5, b"xx") and result[2:] == (1, 150)


def test_control_messages_and_what_does_not_fit_are_as_on_the_real_linux():
    def program():
        seen = []
        with (
            socket.socket(type=socket.SOCK_DGRAM) as receiver,
            socket.socket(type=socket.SOCK_DGRAM) as sender,
        ):
            receiver.bind(("127.0.0.1", 0))
            for option in (8, 12, socket.IP_RECVTOS):  # IP_PKTINFO, IP_RECVTTL
                receiver.setsockopt(socket.IPPROTO_IP, option, 1)
            for size, space in ((9, 500), (2, 500), (9, 0), (9, 30), (9, 32), (9, 55), (9, 56), (9, 100)):
                sender.sendto(b"hello", receiver.getsockname())
                data, control, flags, source = receiver.recvmsg(size, space)
                whole = control if space != 30 and space != 55 else len(control)  # Linux cuts the last one
                seen.append(
                    (data, whole, flags & ~socket.MSG_CTRUNC if space in (30, 55) else flags, source[0])
                )
            info = struct.pack("=i4s4s", 0, socket.inet_aton("127.0.0.5"), bytes(4))
            sender.sendmsg([b"chosen ", b"source"], [(socket.IPPROTO_IP, 8, info)], 0, receiver.getsockname())
            data, source = receiver.recvfrom(99)
            sender.connect(receiver.getsockname())
            sender.sendmsg([b"again"], [(socket.IPPROTO_IP, 8, info)])
            return seen, data, source[0], receiver.recvfrom(99)[1][0]

    result, _ = run(program)
    assert result == program()


def test_tcp_info_unpacks_as_on_linux():
    """As published programs do it: `B` * 8 and `I` * 24 from the first 104 octets."""

    def program():
        with socket.create_connection(("server", 80)) as sock:
            sock.recv(9)
            octets = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
            name = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
            return struct.unpack("B" * 8 + "I" * 24, octets), name.rstrip(b"\0")

    (fields, name), _ = run(program, mute)
    state, *_ = fields
    rto, rtt, cwnd = fields[8], fields[23], fields[26]
    assert (state, rto, cwnd, name) == (1, 1_000_000, 3, b"reno") and 0 < rtt < 10_000


def test_an_option_that_is_not_offered_is_refused_with_a_sentence_once():
    def program():
        seen = []
        with socket.socket(type=socket.SOCK_DGRAM) as udp, socket.socket() as stream:
            for _ in range(3):
                seen.append(took(udp.setsockopt, socket.IPPROTO_IP, socket.IP_RETOPTS, 1)[0])
                seen.append(took(stream.setsockopt, socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 5)[0])
                seen.append(took(stream.getsockopt, socket.SOL_SOCKET, 4711)[0])
        return seen

    result, network = run(program)
    assert result == [("OSError", "ENOPROTOOPT")] * 9
    events = [event for event in network.events if event.kind in ("setsockopt", "getsockopt")]
    assert [event.fields["option"] for event in events] == [
        "IP_RETOPTS",
        "TCP_FASTOPEN",
        "4711 of level 1",
    ]
