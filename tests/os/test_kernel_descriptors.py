"""Descriptors and what they refuse: every program here runs on Linux, too, and must see the same there."""

# ruff: noqa: ANN001, ANN002, ANN003, ANN201, ANN202, ANN204

import asyncio
import fcntl
import hashlib
import os
import select
import socket
import stat
import struct
import sys
import termios
import threading

import pytest
from here_and_there import both, failure, simulated
from link_network import LinkNetwork

from sim.os.descriptors import Numbers
from sim.python.barrier import OutsideWorldError


def connected():
    """Two ends of a connection over the loopback interface."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    return client, server


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


def test_flags_of_a_socket():
    """What two web servers ask for before they listen."""

    def program():
        client, server = connected()
        fd = client.fileno()
        seen = [os.get_blocking(fd), fcntl.fcntl(fd, fcntl.F_GETFL), os.get_inheritable(fd)]
        client.settimeout(5)
        seen.append(os.get_blocking(fd))
        client.setblocking(True)
        os.set_blocking(fd, False)
        seen += [client.getblocking(), failure(client.recv, 1), failure(os.read, fd, 1)]
        fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) & ~os.O_NONBLOCK)
        server.sendall(b"four")
        waiting = client.recv(4, socket.MSG_PEEK), fcntl.ioctl(fd, termios.FIONREAD, bytes(4))
        fcntl.ioctl(fd, termios.FIONBIO, struct.pack("i", 1))
        seen.append(os.get_blocking(fd))
        fcntl.fcntl(client, fcntl.F_SETFD, 0)
        seen += [client.get_inheritable(), os.get_inheritable(os.dup(fd))]
        client.set_inheritable(False)
        seen.append(fcntl.fcntl(fd, fcntl.F_GETFD))
        return seen, waiting

    both(program)


def test_what_a_socket_is_to_os():
    def program():
        client, server = connected()
        fd = client.fileno()
        return (
            stat.S_ISSOCK(os.fstat(fd).st_mode),
            os.isatty(fd),
            failure(os.lseek, fd, 0, 0),
            failure(fcntl.ioctl, fd, termios.TIOCGWINSZ, bytes(8)),
            os.writev(fd, [b"gathered ", b"together"]),
            server.recv(100),
            failure(os.fsync, fd),
        )

    both(program)


def test_a_file_is_sent_by_the_kernel(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 1200)

    def program():
        client, server = connected()
        received = []
        reader = threading.Thread(target=lambda: received.extend(iter(lambda: server.recv(10_000), b"")))
        reader.start()
        with path.open("rb") as file:
            sent = [os.sendfile(client.fileno(), file.fileno(), 255, 3)]
            sent.append(os.sendfile(client.fileno(), file.fileno(), None, 10))
            sent.append(os.lseek(file.fileno(), 0, os.SEEK_CUR))
            sent.append(os.sendfile(client.fileno(), file.fileno(), 400_000, 10))
            sent.append(client.sendfile(file))
            refused = failure(os.sendfile, client.fileno(), server.fileno(), 0, 10)
        client.close()
        reader.join()
        return sent, refused, hashlib.sha256(b"".join(received)).hexdigest()

    assert both(program)[:2] == ([3, 10, 10, 0, 307_200], ("OSError", "ESPIPE"))


def test_a_server_in_asyncio_sends_a_file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(100_000))

    def program():
        async def main():
            async def serve(reader, writer):
                with path.open("rb") as file:
                    count = await asyncio.get_running_loop().sendfile(writer.transport, file)
                writer.write(str(count).encode())
                writer.close()

            async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
                reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
                data = await reader.read()
                writer.close()
            return len(data), data[-6:]

        return asyncio.run(main())

    assert both(program) == (100_006, b"100000")


def test_the_standard_streams_have_descriptors():
    def program():
        written = os.write(1, b"by number\nand "), os.write(sys.stderr.fileno(), b"what went wrong\n")
        print("by name")
        ready = select.select([sys.stdin], [sys.stdout], [], 0)
        refused = failure(os.write, 0, b"x"), failure(os.read, 1, 1), failure(os.get_terminal_size, 1)
        kinds = [os.isatty(fd) or stat.S_ISFIFO(os.fstat(fd).st_mode) for fd in range(3)]
        return written, os.read(0, 100), [len(found) for found in ready], refused, kinds

    results = []
    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", lambda argv: results.append(program()))
        assert network.run().succeeded
        assert network.output("pc", "stdout") == ["by number", "and by name"]
        assert network.output("pc", "stderr") == ["what went wrong"]
    bad, no_terminal = ("OSError", "EBADF"), ("OSError", "ENOTTY")
    assert results == [((14, 16), b"", [1, 1, 0], (bad, bad, no_terminal), [True] * 3)]


def test_dup2_over_standard_output():
    def program():
        reader, writer = os.pipe()
        os.dup2(writer, 1)
        os.write(1, b"into the pipe")
        os.closerange(0, 3)
        return os.read(reader, 100), failure(os.write, 1, b"x")

    assert simulated(program) == (b"into the pipe", ("OSError", "EBADF"))


def test_a_file_of_the_real_machine_stays_out_of_the_table(tmp_path):
    def program():
        fd = os.open(tmp_path / "file", os.O_CREAT | os.O_RDWR)
        os.write(fd, b"real")
        os.lseek(fd, 0, os.SEEK_SET)
        try:
            os.dup2(fd, 1)
        except OutsideWorldError as error:
            return os.read(fd, 10), str(error)
        finally:
            os.close(fd)

    data, sentence = simulated(program)
    assert data == b"real"
    assert "a file of the real machine in the place of a descriptor" in sentence
