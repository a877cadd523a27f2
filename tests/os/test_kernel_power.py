"""A host that is switched off is gone without a word, and its connections are half open (RFC 9293 3.5.1)."""

# ruff: noqa: ANN001, ANN201, ANN202

import errno
import os
import socket
import time

from link_network import LinkNetwork

from sim.os.outcome import Ending

SECOND = 1_000_000_000


def serve(argv):
    """Answer each octet; print what a connection ends with."""
    with socket.create_server(("", 7)) as listener:
        while True:
            connection, _ = listener.accept()
            with connection:
                while data := connection.recv(100):
                    connection.sendall(data)


def at(network, seconds, what):
    network.kernel.call_at(round(seconds * SECOND), what)


def test_a_connection_to_a_host_switched_off_and_on_is_reset_by_the_next_segment():
    def client():
        with socket.create_connection(("server", 7)) as connection:
            connection.sendall(b"one")
            print(connection.recv(100).decode())
            time.sleep(10)  # the server is off from 2 s to 5 s
            connection.sendall(b"two")
            try:
                connection.recv(100)
            except OSError as error:
                print(errno.errorcode[error.errno], time.monotonic() < 10.1)
        with socket.create_connection(("server", 7)) as connection:
            connection.sendall(b"three")
            print(connection.recv(100).decode())

    with LinkNetwork("pc", "server") as network:
        server = network.hosts["server"]
        service = server.spawn("serve", serve, service=True)
        network.hosts["pc"].spawn("client", lambda argv: client(), at_ns=1000)
        at(network, 2, server.switch_off)
        at(network, 5, server.switch_on)
        outcome = network.run()
        assert network.output("pc") == ["one", "ECONNRESET True", "three"], network.output("pc", "stderr")
        told = [(e.ps, e.kind) for e in network.events if e.layer == "host"]
        sent_while_off = [
            e for e in network.events if e.where == "server" and 2_000_000_000_000 < e.ps < 5_000_000_000_000
        ]
    assert outcome.succeeded
    assert told == [(2 * SECOND * 1000, "switched off"), (5 * SECOND * 1000, "switched on")]
    assert not sent_while_off
    assert service.ended and service.latest is not service and service.latest.pid == 2


def test_a_sender_to_a_host_that_stays_off_gives_up_by_its_timer():
    def client():
        connection = socket.create_connection(("server", 7))
        time.sleep(5)
        connection.sendall(b"into the dark")
        try:
            connection.recv(100)
        except OSError as error:
            print(errno.errorcode[error.errno])

    with LinkNetwork("pc", "server") as network:
        server = network.hosts["server"]
        server.spawn("serve", serve, service=True)
        network.hosts["pc"].spawn("client", lambda argv: client(), at_ns=1000)
        at(network, 2, server.switch_off)
        outcome = network.run()
        assert network.output("pc") in (["ETIMEDOUT"], ["EHOSTUNREACH"])
    assert outcome.succeeded and outcome.ns > 60 * SECOND


def test_programs_whose_time_comes_while_the_host_is_off_begin_when_it_is_on():
    with LinkNetwork("pc") as network:
        host = network.hosts["pc"]
        at(network, 1, host.switch_off)
        at(network, 3, host.switch_on)
        host.spawn("late", lambda argv: print(time.monotonic()), at_ns=2 * SECOND)
        host.spawn("lost", lambda argv: time.sleep(100))
        outcome = network.run()
        assert network.output("pc") == ["3.0"]
        ended = [dict(e.fields) for e in network.events if e.kind == "ended"]
    assert outcome.succeeded and outcome.ns == 3 * SECOND
    assert ended[0] == {"program": "lost", "pid": 2, "reason": "power off"}


def test_what_a_program_was_at_when_the_power_failed_reaches_nobody():
    """Not even its clean-up code: it is unwound, since its memory is needed, with every call refused."""
    log = []

    def client(argv):
        connection = socket.create_connection(("server", 7))
        try:
            time.sleep(100)
        finally:
            log.append("unwound")
            print("unseen")
            connection.sendall(b"unheard")

    with LinkNetwork("pc", "server") as network:
        network.hosts["server"].spawn("serve", serve, service=True)
        network.hosts["pc"].spawn("client", client, at_ns=1000)
        at(network, 2, network.hosts["pc"].switch_off)
        at(network, 20, lambda: None)
        network.run(30 * SECOND)
        after = [e for e in network.events if e.ps > 2 * SECOND * 1000]
        assert network.output("pc") == []
        established = [row.state for row in network.hosts["server"].stack.table()]
    assert log == ["unwound"] and not after
    assert "ESTABLISHED" in map(str, established)


def test_switching_twice_is_switching_once():
    with LinkNetwork("pc") as network:
        host = network.hosts["pc"]
        for seconds in (1, 2):
            at(network, seconds, host.switch_off)
        for seconds in (3, 4):
            at(network, seconds, host.switch_on)
        host.spawn("service", lambda argv: time.sleep(100), service=True)
        host.spawn("program", lambda argv: print(os.getpid()), at_ns=5 * SECOND)
        network.run()
        assert [e.kind for e in network.events if e.layer == "host"] == ["switched off", "switched on"]


def test_frames_of_an_unplugged_station_are_lost_both_ways():
    with LinkNetwork("pc", "server") as network:
        network.hosts["server"].spawn("serve", serve, service=True)

        def client():
            with socket.create_connection(("server", 7)) as connection:
                for _ in range(5):
                    time.sleep(1)
                    connection.sendall(b"x")
                    connection.recv(1)
            print(time.monotonic() > 5)

        network.hosts["pc"].spawn("client", lambda argv: client(), at_ns=1000)

        def plug(plugged):
            network.devices["pc"].link_up = plugged

        at(network, 2.5, lambda: plug(False))
        at(network, 4.5, lambda: plug(True))
        assert network.run().succeeded
        assert network.output("pc") == ["True"]
        crossed = [e for e in network.events if e.layer == "ip" and 2.6 * 10**12 < e.ps < 4.5 * 10**12]
        assert {e.kind for e in crossed} == {"packet sent"}


def test_a_program_whose_host_stays_off_is_a_deadlock_that_says_so():
    with LinkNetwork("pc") as network:
        host = network.hosts["pc"]
        at(network, 1, host.switch_off)
        host.spawn("late", lambda argv: None, at_ns=2 * SECOND)
        outcome = network.run()
    assert outcome.ending is Ending.DEADLOCK
    assert outcome.waiting == ("pc: late waits for its host to be switched on",)
