"""How many descriptors a process may have (RLIMIT_NOFILE), as on Linux."""

# ruff: noqa: ANN001, ANN201, ANN202

import errno
import resource
import socket

from link_network import LinkNetwork


def run_one(program):
    """What `program` returns on a simulated host."""
    results = []
    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", lambda arguments: results.append(program()))
        assert network.run().succeeded, network.output("pc", "stderr")
    return results[0]


def error_number(call):
    """The errno with which `call` fails."""
    try:
        call()
    except OSError as error:
        return error.errno
    return None


def test_ten_thousand_sockets_are_too_many_until_the_program_asks_for_more():
    """RLIMIT_NOFILE, as Linux has it: 1,024 with the standard streams, to be raised by the program."""

    def opened():
        sockets = []
        try:
            while len(sockets) < 10_000:
                sockets.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        except OSError as error:
            assert error.errno == errno.EMFILE
        count = len(sockets)
        assert error_number(socket.socketpair) == errno.EMFILE
        for sock in sockets:
            sock.close()
        return count

    def program():
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        few = opened()
        resource.setrlimit(resource.RLIMIT_NOFILE, (10_003, limits[1]))
        return limits, few, opened()

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert run_one(program) == ((1024, 1_048_576), 1021, 10_000)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


def test_accept_without_a_free_descriptor_leaves_the_connection_in_the_queue():
    def program():
        with socket.create_server(("", 7)) as listener, socket.create_connection(("localhost", 7)) as sock:
            resource.setrlimit(resource.RLIMIT_NOFILE, (5, 1024))
            number = error_number(listener.accept)
            resource.setrlimit(resource.RLIMIT_NOFILE, (6, 1024))
            accepted, peer = listener.accept()
            accepted.close()
            return number, peer == sock.getsockname()

    assert run_one(program) == (errno.EMFILE, True)


def test_ten_thousand_sockets_are_ten_thousand_descriptors():
    def program():
        resource.setrlimit(resource.RLIMIT_NOFILE, (20_000, 20_000))
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(10_000)]
        distinct = len({sock.fileno() for sock in sockets})
        for sock in sockets:
            sock.close()
        return distinct

    assert run_one(program) == 10_000
