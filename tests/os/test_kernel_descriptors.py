"""Descriptors and what they refuse: every program here runs on Linux, too, and must see the same there."""

# ruff: noqa: ANN001, ANN002, ANN003, ANN201, ANN202, ANN204

import errno
import os
import socket
import struct

import pytest
from link_network import LinkNetwork

from sim.os.descriptors import Numbers


def both(program):
    """What `program` returns on a simulated host; it must be what it returns on this machine."""
    results = []
    with LinkNetwork("pc", "server") as network:
        network.hosts["pc"].spawn("program", lambda argv: results.append(program()))
        outcome = network.run()
        assert outcome.succeeded, network.output("pc", "stderr")
    assert results[0] == program()
    return results[0]


def connected():
    """Two ends of a connection over the loopback interface."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    return client, server


def failure(call, *arguments):
    """What a call raises: its class, and its errno if it has one, or else its words."""
    try:
        call(*arguments)
    except OSError as error:
        return type(error).__name__, errno.errorcode[error.errno]
    except (TypeError, ValueError, OverflowError) as error:
        return type(error).__name__
    return "nothing"


def test_a_connection_lives_as_long_as_one_of_its_descriptors():
    def program():
        client, server = connected()
        copy = client.dup()
        third = socket.fromfd(copy.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        distinct = len({client.fileno(), copy.fileno(), third.fileno()})
        heard = []
        for end in (client, third, copy):
            end.sendall(b"one of three")
            heard.append(server.recv(100))
            end.close()
        return distinct, heard, server.recv(100), failure(copy.send, b"x")

    assert both(program) == (3, [b"one of three"] * 3, b"", ("OSError", "EBADF"))


def test_so_linger_is_for_the_last_of_them():
    def program():
        client, server = connected()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 5))
        copy = client.dup()
        client.close()
        copy.sendall(b"still open")
        return server.recv(100)

    assert both(program) == b"still open"


def test_a_duplicate_has_the_peer_and_the_options_of_its_original():
    def program():
        client, server = connected()
        client.settimeout(5)
        copy = client.dup()
        copy.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return (
            copy.getpeername() == server.getsockname(),
            copy.gettimeout(),
            bool(client.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)),
        )

    assert both(program) == (True, 5.0, True)


def test_numbers_are_given_again_the_lowest_first():
    numbers = Numbers()
    one, two, three = (numbers.take() for _ in range(3))
    assert (two - one, three - two) == (1, 1)
    for fd in (three, one, 5):  # 5 is not theirs
        numbers.give_back(fd)
    assert [numbers.take() for _ in range(3)] == [one, three, three + 1]


def test_the_calls_of_os_reach_a_socket():
    def program():
        client, server = connected()
        sent = os.write(client.fileno(), b"written")
        read = os.read(server.fileno(), 100)
        copy = os.dup(client.fileno())
        client.close()
        os.write(copy, b"and more")
        more = os.read(server.fileno(), 100)
        os.close(copy)
        return sent, read, more, server.recv(1), failure(os.close, copy), failure(os.read, copy, 1)

    assert both(program) == (7, b"written", b"and more", b"", ("OSError", "EBADF"), ("OSError", "EBADF"))


def test_urgent_data_in_line_is_what_programs_may_ask_for():
    """ftplib's and asyncore's servers do (RFC 6093 section 6); the stack knows no other way."""

    def program():
        client, _ = connected()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        return client.getsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE)

    assert both(program) == 1


def test_what_a_program_closes_twice():
    def program():
        client, _ = connected()
        client.close()
        client.close()  # the second time is nothing
        other, _ = connected()
        os.close(other.fileno())
        again = failure(os.close, other.fileno())
        return failure(client.send, b"x"), failure(client.settimeout, 1), again, failure(other.close)

    gone = ("OSError", "EBADF")
    assert both(program) == (gone, gone, gone, gone)


@pytest.mark.parametrize(
    "call",
    [
        lambda client, server: client.send(5),
        lambda client, server: client.send("text"),
        lambda client, server: client.sendto(b"x"),
        lambda client, server: client.sendall(None),
        lambda client, server: client.sendmsg([b"x"], [(socket.SOL_SOCKET, 99, b"x")]),
        lambda client, server: client.shutdown(2**40),
        lambda client, server: client.listen(2**40),
        lambda client, server: client.recv(-1),
        lambda client, server: client.recvmsg(-1),
        lambda client, server: client.recv_into(b"not to be written"),
        lambda client, server: client.recv_into(bytearray(3), 4),
        lambda client, server: client.recvmsg_into([b"not to be written"]),
        lambda client, server: client.settimeout(-1),
        lambda client, server: socket.setdefaulttimeout(-1),
        lambda client, server: socket.socket(fileno=-1),
        lambda client, server: socket.socket(fileno=1.5),
        lambda client, server: socket.socket(fileno=999_999),
        lambda client, server: socket.dup(999_999),
    ],
)
def test_what_makes_no_sense_is_refused_as_it_is_here(call):
    assert both(lambda: failure(call, *connected())) != "nothing"


def test_a_message_is_scattered_over_buffers():
    def program():
        client, server = connected()
        client.sendmsg([b"gathered ", bytearray(b"from "), memoryview(b"three")])
        one, two = bytearray(4), bytearray(100)
        octets, ancillary, flags, _ = server.recvmsg_into([one, two])
        return bytes(one), bytes(two[: octets - 4]), ancillary, int(flags)

    assert both(program) == (b"gath", b"ered from three", [], 0)


def test_a_datagram_that_is_cut_says_so():
    def program():
        one, other = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        other.bind(("127.0.0.1", 0))
        told = []
        for size in (9, 10, 11):
            one.sendto(b"x" * size, other.getsockname())
            data, _, flags, source = other.recvmsg(10)
            told.append((len(data), bool(flags & socket.MSG_TRUNC), source == one.getsockname()))
        return [entry[:2] for entry in told]

    assert both(program) == [(9, False), (10, False), (10, True)]


def test_sock_nonblock_is_a_time_out_of_nothing():
    def program():
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        sock.bind(("127.0.0.1", 0))
        return sock.gettimeout(), sock.type.name, sock.proto, failure(sock.recv, 1)

    assert both(program) == (0.0, "SOCK_DGRAM", 0, ("BlockingIOError", "EAGAIN"))


class Counting(socket.socket):
    """A class of sockets as programs make them."""

    def __init__(self, *arguments, note="", **keywords):
        super().__init__(*arguments, **keywords)
        self.note = note
        self.octets = 0

    def send(self, data, *flags):
        self.octets += len(data)
        return super().send(data, *flags)


def test_a_programs_own_class_of_sockets():
    def program():
        with socket.create_server(("127.0.0.1", 0)) as listener, Counting(note="mine") as sock:
            sock.connect(listener.getsockname())
            server, _ = listener.accept()
            sock.send(b"counted")
            kind = isinstance(sock, Counting), isinstance(sock, socket.socket), type(sock).__name__
            return kind, sock.note, sock.octets, server.recv(100)

    assert both(program) == ((True, True, "Counting"), "mine", 7, b"counted")
