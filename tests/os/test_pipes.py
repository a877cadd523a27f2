"""Pipes and eventfd, pipe(7) and eventfd(2): every program here runs on Linux, too, and must see the same."""

# ruff: noqa: ANN001, ANN201, ANN202

import asyncio
import errno
import fcntl
import os
import select
import selectors
import signal
import socket
import stat
import struct
import termios
import threading

import pytest
from here_and_there import both, failure, simulated


def test_a_pipe_carries_octets_to_the_end_of_file():
    def program():
        reader, writer = os.pipe()
        written = os.write(writer, b"first"), os.writev(writer, [b"sec", bytearray(b"ond")])
        one, two = bytearray(3), bytearray(100)
        scattered = os.readv(reader, [one, two])
        os.write(writer, b"left behind")
        os.close(writer)
        left = os.read(reader, 5), os.read(reader, 100), os.read(reader, 100)
        os.close(reader)
        return written, scattered, bytes(one), bytes(two[:8]), left, failure(os.read, reader, 1)

    assert both(program) == (
        (5, 6),
        11,
        b"fir",
        b"stsecond",
        (b"left ", b"behind", b""),
        ("OSError", "EBADF"),
    )


def test_a_write_without_readers_is_a_broken_pipe():
    def program():
        reader, writer = os.pipe()
        os.close(reader)
        return failure(os.write, writer, b"x")

    assert both(program) == ("BrokenPipeError", "EPIPE")


def test_each_end_has_one_direction():
    def program():
        reader, writer = os.pipe()
        return failure(os.write, reader, b"x"), failure(os.read, writer, 1)

    assert both(program) == (("OSError", "EBADF"), ("OSError", "EBADF"))


def test_a_read_waits_for_another_thread():
    def program():
        reader, writer = os.pipe()
        later = threading.Timer(0.01, os.write, (writer, b"later"))
        later.start()
        data = os.read(reader, 100)
        later.join()
        return data

    assert both(program) == b"later"


def test_a_write_waits_until_all_of_it_is_in():
    def program():
        reader, writer = os.pipe()
        read = []

        def drain():
            while data := os.read(reader, 10_000):
                read.append(data)

        draining = threading.Thread(target=drain)
        draining.start()
        written = os.write(writer, bytes(200_000))
        os.close(writer)
        draining.join()
        return written, sum(map(len, read))

    assert both(program) == (200_000, 200_000)


@pytest.mark.parametrize("octets", [4096, 4097])
def test_a_write_of_pipe_buf_octets_is_whole_or_not_at_all(octets):
    """pipe(7): a non-blocking write of up to PIPE_BUF is atomic; a longer one may be cut."""

    def program():
        reader, writer = os.pipe2(os.O_NONBLOCK)
        filled = os.write(writer, bytes(65_536 - 4096)), os.write(writer, bytes(4096))
        full = failure(os.write, writer, b"x")
        os.read(reader, 4096)
        return filled, full, os.write(writer, bytes(octets)), failure(os.read, reader, -1)

    assert both(program) == ((61_440, 4096), ("BlockingIOError", "EAGAIN"), 4096, ("OSError", "EINVAL"))


def test_flags_of_a_pipe():
    def program():
        reader, writer = os.pipe()
        before = os.get_blocking(reader), os.get_inheritable(reader)
        os.set_blocking(reader, False)
        os.set_inheritable(reader, True)
        empty = failure(os.read, reader, 1)
        flags = fcntl.fcntl(reader, fcntl.F_GETFL), fcntl.fcntl(writer, fcntl.F_GETFL)
        copy = fcntl.fcntl(reader, fcntl.F_DUPFD_CLOEXEC, 0)
        shared = os.get_blocking(copy), fcntl.fcntl(copy, fcntl.F_GETFD), fcntl.fcntl(reader, fcntl.F_GETFD)
        fcntl.fcntl(copy, fcntl.F_SETFL, 0)
        size = fcntl.fcntl(writer, 1032)  # F_GETPIPE_SZ
        return before, empty, flags, shared, os.get_blocking(reader), size

    assert both(program) == (
        (True, False),
        ("BlockingIOError", "EAGAIN"),
        (os.O_RDONLY | os.O_NONBLOCK, os.O_WRONLY),
        (False, 1, 0),
        True,
        65_536,
    )


def test_what_a_pipe_is():
    def program():
        reader, writer = os.pipe()
        os.write(writer, b"four")
        waiting = struct.unpack("i", fcntl.ioctl(reader, termios.FIONREAD, bytes(4)))[0]
        buffer = bytearray(4)
        fcntl.ioctl(reader, termios.FIONREAD, buffer)
        refused = [
            failure(os.lseek, reader, 0, os.SEEK_SET),
            failure(os.pread, reader, 1, 0),
            failure(os.fsync, writer),
            failure(os.ftruncate, writer, 0),
            failure(os.ttyname, reader),
            failure(os.get_terminal_size, reader),
            failure(fcntl.ioctl, reader, termios.TIOCGWINSZ, bytes(8)),
            failure(fcntl.ioctl, reader, 0x8915, bytes(256)),
            failure(fcntl.fcntl, -1, fcntl.F_GETFL),
        ]
        is_fifo = stat.S_ISFIFO(os.fstat(reader).st_mode)
        return waiting, bytes(buffer), refused, is_fifo, os.isatty(reader)

    waiting, buffer, refused, is_fifo, is_terminal = both(program)
    assert (waiting, buffer, is_fifo, is_terminal) == (4, b"\4\0\0\0", True, False)
    assert refused[-3] == ("OSError", "ENOTTY")


def test_dup2_moves_a_pipe_to_a_number_of_choice():
    def program():
        reader, writer = os.pipe()
        other_reader, other_writer = os.pipe()
        same = os.dup2(writer, other_writer) == other_writer
        at_end = os.read(other_reader, 1)
        os.close(writer)
        os.write(other_writer, b"by the second number")
        return same, at_end, os.read(reader, 100), failure(os.dup2, writer, 3)

    assert both(program) == (True, b"", b"by the second number", ("OSError", "EBADF"))


def test_a_number_that_dup2_has_taken_is_not_given_again():
    def program():
        reader, writer = os.pipe()
        closed, _ = os.pipe()
        os.close(closed)
        taken = os.dup2(reader, closed), os.dup2(reader, writer + 5)
        new = [fd for _ in range(5) for fd in os.pipe()]
        os.write(writer, b"x")
        return [fd in new for fd in taken], os.read(closed, 1), failure(os.dup2, reader, -1)

    assert both(program) == ([False, False], b"x", ("OSError", "EBADF"))


def test_dup2_has_a_number_far_above_the_limit_refused():
    def program():
        reader, _ = os.pipe()
        return failure(os.dup2, reader, 2**31 - 1)

    assert both(program) == ("OSError", "EBADF")


def test_no_octets_can_be_read_and_written_at_any_time():
    def program():
        reader, writer = os.pipe()
        nothing = os.read(reader, 0)
        os.close(reader)
        return nothing, os.write(writer, b"")

    assert both(program) == (b"", 0)


def readiness(poll):
    """What a pipe's ends are ready for in each state, by one way to ask."""
    reader, writer = os.pipe2(os.O_NONBLOCK)
    ends = {reader: "reader", writer: "writer"}
    seen = [poll(ends)]
    os.write(writer, bytes(65_536))
    seen.append(poll(ends))
    os.read(reader, 100)
    seen.append(poll(ends))
    os.read(reader, 4000)
    seen.append(poll(ends))
    os.close(reader)
    seen.append(poll({writer: "writer"}))
    reader, writer = os.pipe()
    os.write(writer, b"x")
    os.close(writer)
    seen.append(poll({reader: "reader"}))
    os.read(reader, 1)
    seen.append(poll({reader: "reader"}))
    os.close(reader)
    return seen


def by_select(ends):
    lists = select.select(list(ends), list(ends), list(ends), 0)
    return [[ends[fd] for fd in found] for found in lists]


def by_poll(ends):
    poller = select.poll()
    for fd in ends:
        poller.register(fd)
    return sorted((ends[fd], events) for fd, events in poller.poll(0))


def by_epoll(ends):
    with select.epoll() as poller:
        for fd in ends:
            poller.register(fd, select.EPOLLIN | select.EPOLLOUT | select.EPOLLPRI)
        return sorted((ends[fd], events) for fd, events in poller.poll(0))


@pytest.mark.parametrize("poll", [by_select, by_poll, by_epoll])
def test_readiness_of_a_pipe(poll):
    both(lambda: readiness(poll))


def test_a_wait_ends_when_the_other_side_goes():
    """asyncio registers the write end for reading, to learn of that."""

    def program():
        reader, writer = os.pipe()
        threading.Timer(0.01, os.close, (reader,)).start()
        with selectors.DefaultSelector() as selector:
            selector.register(writer, selectors.EVENT_READ)
            found = [(key.fd == writer, events) for key, events in selector.select(5)]
        reader, writer = os.pipe()
        threading.Timer(0.01, os.close, (writer,)).start()
        poller = select.poll()
        poller.register(reader, 0)
        return found, poller.poll(5000)[0][1]

    assert both(program) == ([(True, selectors.EVENT_READ)], select.POLLHUP)


def test_epoll_for_once():
    """EPOLLONESHOT: silent after one report, until it is modified."""

    def program():
        reader, writer = os.pipe()
        os.write(writer, b"x")
        with select.epoll() as poller:
            poller.register(reader, select.EPOLLIN | select.EPOLLONESHOT)
            seen = [poller.poll(0)[0][1], poller.poll(0)]
            poller.modify(reader, select.EPOLLIN | select.EPOLLONESHOT)
            return [*seen, poller.poll(0)[0][1]]

    assert both(program) == [select.EPOLLIN, [], select.EPOLLIN]


def test_epoll_by_edges():
    """EPOLLET: reported when something comes, not while something is there."""

    def program():
        reader, writer = os.pipe()
        os.write(writer, b"x")
        with select.epoll() as poller:
            poller.register(reader, select.EPOLLIN | select.EPOLLET)
            seen = [poller.poll(0)[0][1], poller.poll(0)]
            threading.Timer(0.01, os.write, (writer, b"y")).start()
            seen += [poller.poll(5)[0][1], poller.poll(0)]
            os.close(writer)
            return [*seen, poller.poll(5)[0][1]]

    last = select.EPOLLIN | select.EPOLLHUP
    assert both(program) == [select.EPOLLIN, [], select.EPOLLIN, [], last]


def test_epoll_takes_no_file_and_select_finds_it_ready(tmp_path):
    path = tmp_path / "file"
    path.write_text("text")

    def program():
        with path.open() as file, select.epoll() as poller:
            lists = select.select([file], [file], [], 0)
            return failure(poller.register, file.fileno()), [len(found) for found in lists]

    assert both(program) == (("PermissionError", "EPERM"), [1, 1, 0])


def test_files_over_a_pipe():
    def program():
        reader, writer = os.pipe()
        with os.fdopen(writer, "w") as output, open(reader, "rb", closefd=False) as source:
            print("Grüße", "second", sep="\n", file=output)
            output.flush()
            first = source.readline()
            output.close()
            rest = source.read()
        os.close(reader)
        return first, rest, failure(os.close, writer), failure(os.fdopen, reader, "r+")

    assert both(program)[:3] == ("Grüße\n".encode(), b"second\n", ("OSError", "EBADF"))


def test_asyncio_reads_and_writes_pipes():
    def program():
        async def main():
            loop = asyncio.get_running_loop()
            reader, writer = os.pipe()
            stream = asyncio.StreamReader()
            await loop.connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(reader, "rb", 0)
            )
            transport, _ = await loop.connect_write_pipe(asyncio.Protocol, os.fdopen(writer, "wb", 0))
            transport.write(bytes(100_000))
            data = await stream.readexactly(100_000)
            transport.write(b"end")
            transport.close()
            return len(data), await stream.read()

        return asyncio.run(main())

    assert both(program) == (100_000, b"end")


def test_a_signal_writes_its_number_into_the_wakeup_descriptor():
    def program():
        reader, writer = os.pipe2(os.O_NONBLOCK)
        blocking, _ = os.pipe()
        wrong = failure(signal.set_wakeup_fd, blocking), failure(signal.set_wakeup_fd, 987_654)
        before = signal.signal(signal.SIGUSR1, lambda *_: None)
        try:
            signal.set_wakeup_fd(writer)
            os.kill(os.getpid(), signal.SIGUSR1)
            ready = select.select([reader], [], [], 1)[0] == [reader]
            data = os.read(reader, 10)
            os.write(writer, bytes(65_536))
            signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
            os.kill(os.getpid(), signal.SIGUSR1)  # nothing more fits, and nothing fails
            return wrong, ready, data, signal.set_wakeup_fd(-1) == writer
        finally:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGUSR1, before)

    assert both(program) == (("ValueError", ("OSError", "EBADF")), True, bytes([signal.SIGUSR1]), True)


def test_eventfd_counts():
    def program():
        counter = os.eventfd(3, os.EFD_NONBLOCK)
        semaphore = os.eventfd(2, os.EFD_SEMAPHORE | os.EFD_NONBLOCK)
        os.eventfd_write(counter, 4)
        seen = os.eventfd_read(counter), failure(os.eventfd_read, counter)
        ones = [os.eventfd_read(semaphore) for _ in range(2)]
        ready = select.select([counter, semaphore], [counter], [], 0)
        return seen, ones, [len(found) for found in ready], failure(os.read, counter, 7)

    assert both(program) == (
        (7, ("BlockingIOError", "EAGAIN")),
        [1, 1],
        [0, 1, 0],
        ("OSError", "EINVAL"),
    )


def test_ten_thousand_pipes_are_too_many():
    def program():
        try:
            while True:
                os.pipe()
        except OSError as error:
            return errno.errorcode[error.errno]

    assert simulated(program) == "EMFILE"


def test_ioctl_takes_a_number_that_is_too_short_for_one():
    def program():
        reader, _ = os.pipe()
        fcntl.ioctl(reader, termios.FIONBIO, b"\x01")
        return os.get_blocking(reader)

    assert simulated(program) is False


def test_what_is_no_descriptor():
    def program():
        sock = socket.socket()
        sock.close()
        calls = (
            lambda file: select.select([file], [], [], 0),
            lambda file: select.poll().register(file),
            lambda file: select.epoll().register(file),
            lambda file: fcntl.fcntl(file, fcntl.F_GETFL),
        )
        return [failure(call, file) for call in calls for file in (sock, -1, "none")]

    assert both(program) == ["ValueError", "ValueError", "TypeError"] * 4


def test_a_buffer_that_is_too_small_for_the_answer_of_ioctl_has_its_beginning():
    def program():
        reader, writer = os.pipe()
        os.write(writer, b"four")
        short = bytearray(2)
        fcntl.ioctl(reader, termios.FIONREAD, short)
        return bytes(short)

    assert both(program) == struct.pack("i", 4)[:2]
