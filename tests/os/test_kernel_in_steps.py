"""A run in pieces, as a shell needs it: `over` says when a piece ends, and the next goes on from there."""

# ruff: noqa: ANN001, ANN201

import socket
import time

from link_network import LinkNetwork

from sim.os.outcome import Ending

SECOND = 1_000_000_000


def sleep(seconds):
    return lambda arguments: time.sleep(seconds)


def receive_for_ever(arguments):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("", 9))
        sock.recv(1)


def test_over_ends_a_run_when_one_program_has_ended_and_others_go_on_later():
    with LinkNetwork("pc") as network:
        short = network.hosts["pc"].spawn("short", sleep(1))
        long = network.hosts["pc"].spawn("long", sleep(3))
        first = network.kernel.run(over=lambda: short.ended)
        assert (first.ending, network.kernel.now, long.ended) == (Ending.DONE, SECOND, False)
        later = network.hosts["pc"].spawn("later", sleep(1), at_ns=network.kernel.now)
        second = network.kernel.run(over=lambda: later.ended)
        assert (second.ending, network.kernel.now, long.ended) == (Ending.DONE, 2 * SECOND, False)
        assert network.run().ending is Ending.DONE
        assert (network.kernel.now, long.ended) == (3 * SECOND, True)


def test_a_step_takes_its_time_although_every_program_has_ended():
    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("short", sleep(1))
        assert network.run().ending is Ending.DONE
        assert network.kernel.run(5 * SECOND, over=lambda: False).ending is Ending.UNTIL
        assert network.kernel.now == 5 * SECOND


def test_after_a_deadlock_time_goes_on():
    with LinkNetwork("pc") as network:
        stuck = network.hosts["pc"].spawn("receive", receive_for_ever)
        assert network.kernel.run(over=lambda: stuck.ended).ending is Ending.DEADLOCK
        now = network.kernel.now
        assert network.kernel.run(now + SECOND, over=lambda: False).ending is Ending.UNTIL
        assert network.kernel.now == now + SECOND
        network.kernel.kill(stuck)
        assert network.run().ending is Ending.DONE
