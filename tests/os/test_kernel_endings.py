"""How runs end: when all is done, at a time, by deadlock, Ctrl-C or a program that computes without end."""

# ruff: noqa: ANN001, ANN201, ANN202

import asyncio
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from link_network import LinkNetwork

from sim.engine.quiet import QuietEngine
from sim.os import watchdog
from sim.os.kernel import Kernel
from sim.os.outcome import Ending
from sim.python import install
from sim.python.dispatch import real

SUPPORT = Path(__file__).parent.parent / "support"


def receive_for_ever(arguments):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("", 9))
        sock.recv(1)


def poll_for_ever(arguments):
    while True:
        time.sleep(0.5)


def line_of(function, offset):
    """The line `offset` lines below that of `def`, as a report names it."""
    return function.__code__.co_firstlineno + offset


def test_a_run_ends_when_its_programs_have_although_services_wake_for_ever():
    with LinkNetwork("pc", "server") as network:
        network.hosts["server"].spawn("poll", poll_for_ever, service=True)
        network.hosts["pc"].spawn("sleeper", lambda arguments: time.sleep(10))
        outcome = network.run()
    assert (outcome.ending, outcome.ns, outcome.succeeded) == (Ending.DONE, 10_000_000_000, True)


def test_a_run_waits_for_a_program_that_begins_later():
    ran = []
    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn(
            "late", lambda arguments: ran.append(time.monotonic()), at_ns=3_600_000_000_000
        )
        assert network.run().ending is Ending.DONE
    assert ran == [3600.0]


def test_a_run_waits_for_frames_that_are_under_way():
    with LinkNetwork("pc", "server") as network:
        received = []

        def server(arguments):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.bind(("", 9))
                received.append(sock.recv(100))

        def client(arguments):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.sendto(b"last words", ("server", 9))
                time.sleep(0.001)  # ARP
                sock.sendto(b"last words", ("server", 9))

        network.hosts["server"].spawn("server", server, service=True)
        network.hosts["pc"].spawn("client", client)
        assert network.run().ending is Ending.DONE
        assert received == [b"last words"]


@pytest.mark.parametrize("with_service", [False, True])
def test_a_deadlock_says_who_waits_for_what(with_service):
    with LinkNetwork("pc", "server") as network:
        if with_service:
            network.hosts["server"].spawn("poll", poll_for_ever, service=True)
        network.hosts["server"].spawn("receive", receive_for_ever)
        network.hosts["pc"].spawn(
            "join lock", lambda arguments: threading.Lock().acquire() and stuck_on_lock()
        )
        outcome = network.run()
    assert outcome.ending is Ending.DEADLOCK
    assert not outcome.succeeded
    assert outcome.waiting == (
        "pc: join lock waits in acquire() on a lock "
        f"(test_kernel_endings.py, line {line_of(stuck_on_lock, 2)})",
        "server: receive waits in recv() on socket 1000003 (0.0.0.0:9) "
        f"(test_kernel_endings.py, line {line_of(receive_for_ever, 3)})",
    )
    assert outcome.ns < 1_000_000  # when things came to rest, not when that was noticed


def stuck_on_lock():
    lock = threading.Lock()
    with lock, lock:
        pass


def test_a_program_that_waits_long_for_a_time_to_come_is_no_deadlock():
    with LinkNetwork("pc", "server") as network:
        network.hosts["server"].spawn("poll", poll_for_ever, service=True)
        network.hosts["pc"].spawn("sleeper", lambda arguments: time.sleep(7200))
        assert network.run().ending is Ending.DONE


def test_services_alone_run_until_the_given_time():
    with LinkNetwork("server") as network:
        network.hosts["server"].spawn("receive", receive_for_ever, service=True)
        assert (network.run(until_ns=5_000).ending, network.kernel.now) == (Ending.UNTIL, 5_000)


def raise_an_error(arguments):
    leaked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    leaked.bind(("", 9))
    time.sleep(0.002)
    raise ValueError("the cable is on fire")


def test_a_program_that_raises_dies_alone():
    with LinkNetwork("pc", "server") as network:
        network.hosts["pc"].spawn("bad luck", raise_an_error)
        network.hosts["pc"].spawn("good", lambda arguments: (time.sleep(1), print("still here"))[0])
        outcome = network.run()
        assert outcome.ending is Ending.DONE
        assert not outcome.succeeded
        (failure,) = outcome.failures
        assert str(failure) == "pc: bad luck: ValueError: the cable is on fire at 0.002 s"
        assert network.output("pc") == ["still here"]
        assert network.output("pc", "stderr")[-1] == "ValueError: the cable is on fire"
        assert network.hosts["pc"].stack.sockets == {}


@pytest.mark.parametrize(
    ("program", "status", "reason"),
    [
        (lambda arguments: None, 0, None),
        (lambda arguments: 0, 0, None),
        (lambda arguments: 3, 3, "exit status 3"),
        (lambda arguments: sys.exit(), 0, None),
        (lambda arguments: sys.exit(4), 4, "exit status 4"),
        (lambda arguments: sys.exit("no such page"), 1, "exit status 1"),
        (lambda arguments: os._exit(5), 5, "exit status 5"),
    ],
)
def test_exit_status(program, status, reason):
    with LinkNetwork("pc") as network:
        process = network.hosts["pc"].spawn("program", program)
        outcome = network.run()
        assert (process.status, [failure.reason for failure in outcome.failures]) == (
            status,
            [reason] if reason else [],
        )


def catch_and_go_on(arguments):
    print("ready")
    real["signal.raise_signal"](signal.SIGINT)  # as from a terminal, while the program runs
    while True:
        try:
            time.sleep(1)
        except KeyboardInterrupt:
            print("caught")


def test_ctrl_c_ends_the_run_also_while_a_program_catches_keyboard_interrupt():
    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("stubborn", catch_and_go_on)
        outcome = network.run()
        assert outcome.ending is Ending.INTERRUPTED
        assert network.output("pc") == ["ready"]


def spin_after_ctrl_c(arguments):
    real["signal.raise_signal"](signal.SIGINT)  # as from a terminal, while the program runs
    while True:
        pass


def test_ctrl_c_ends_a_program_that_spins():
    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("spin", spin_after_ctrl_c)
        assert network.run().ending is Ending.INTERRUPTED


CTRL_C = """
import os, sys, time
from link_network import LinkNetwork

silent, _ = os.pipe()  # of the real machine

def stubborn(arguments):
    while True:
        try:
            outside.write("ready\\n")
            outside.flush()
            LOOP
        except KeyboardInterrupt:
            outside.write("caught\\n")

outside = sys.stdout
with LinkNetwork("pc") as network:
    network.hosts["pc"].spawn("stubborn", stubborn)
    ending = network.run().ending
print(ending.name)
"""


@pytest.mark.parametrize(
    ("loop", "number"),
    [
        ("while True: time.sleep(1)", signal.SIGINT),
        ("while True: pass", signal.SIGINT),
        ("os.read(silent, 1)", signal.SIGINT),
        ("os.read(silent, 1)", signal.SIGTERM),
    ],
)
def test_ctrl_c_from_outside(loop, number):
    command = [sys.executable, "-c", CTRL_C.replace("LOOP", loop)]
    environment = os.environ | {"PYTHONPATH": str(SUPPORT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as simulator:
        assert simulator.stdout.readline() == "ready\n"
        simulator.send_signal(number)
        rest = simulator.stdout.read()
    assert rest == "INTERRUPTED\n"
    assert simulator.returncode == 0


def test_ctrl_c_is_python_s_own_again_after_a_run():
    # Started in the background of a shell, Python finds the signal ignored and leaves it so.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with LinkNetwork("pc") as network:
            network.hosts["pc"].spawn("sleeper", lambda arguments: time.sleep(1))
            network.run()
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def spin(arguments):
    while True:
        pass


def swallow_and_spin(arguments):
    while True:
        try:
            spin(arguments)
        except BaseException:  # worse than any real program
            continue


def spin_in_a_thread(arguments):
    thread = threading.Thread(target=spin, args=(arguments,))
    thread.start()
    thread.join()


def spin_in_a_coroutine(arguments):
    async def main():
        await asyncio.sleep(0)
        spin(arguments)

    asyncio.run(main())


def spin_in_c(arguments):
    """One call that sees no signal: the program is struck when that returns."""
    sum(range(30_000_000))
    time.sleep(1)


@pytest.mark.parametrize(
    "program", [spin, swallow_and_spin, spin_in_a_thread, spin_in_a_coroutine, spin_in_c]
)
def test_a_busy_loop_ends_the_run_and_is_named(program):
    with LinkNetwork("pc", processor_limit_s=0.2) as network:
        network.hosts["pc"].spawn("busy loop", program, at_ns=7_000)
        outcome = network.run()
        assert outcome.ending is Ending.SPINNING
        (failure,) = outcome.failures
        assert (failure.host, failure.program, failure.ns) == ("pc", "busy loop", 7_000)
        assert "without a system call" in failure.reason


def test_a_wait_for_the_real_world_ends_the_run_and_is_named(monkeypatch):
    monkeypatch.setattr(watchdog, "_LOOK_S", 0.02)
    silent, other = os.pipe()

    def reads(arguments):
        time.sleep(0.5)
        os.read(silent, 1)

    try:
        with LinkNetwork("pc", "server", processor_limit_s=0.2) as network:
            network.hosts["pc"].spawn("reads", reads)
            network.hosts["server"].spawn("sleeps", lambda arguments: time.sleep(10))
            outcome = network.run()
    finally:
        os.close(silent)
        os.close(other)
    assert outcome.ending is Ending.STUCK
    assert [str(failure) for failure in outcome.failures] == [
        "pc: reads: waited outside simulated time, for what only the real world can give "
        f"(test_kernel_endings.py, line {line_of(reads, 2)}) at 0.5 s"
    ]


class Endless(QuietEngine):
    """An engine in which no program acts any more: hardware is busy with itself."""

    def __init__(self, number) -> None:
        super().__init__()
        self._number = number

    def advance(self, limit):
        os.kill(os.getpid(), self._number)  # as from outside
        while True:
            pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_a_run_in_which_only_the_engine_goes_on(number, monkeypatch):
    monkeypatch.setattr(watchdog, "_LOOK_S", 0.02)
    monkeypatch.setattr(watchdog, "_ENGINE_S", 0.1)
    with Kernel(Endless(number), lambda event: None, install) as kernel:
        assert kernel.run(until_ns=1_000).ending is Ending.INTERRUPTED


@pytest.mark.parametrize("program", [spin, receive_for_ever, poll_for_ever])
def test_who_has_set_a_timer_of_real_time_is_called_by_the_run_and_in_no_program(program):
    """As pytest-timeout does."""

    def too_late(number, frame):
        raise TimeoutError("this test takes too long")

    before = signal.signal(signal.SIGALRM, too_late)
    try:
        with LinkNetwork("pc") as network:
            network.hosts["pc"].spawn("program", program)
            network.hosts["pc"].spawn("other", lambda arguments: poll_for_ever(arguments))
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            with pytest.raises(TimeoutError, match="this test takes too long"):
                network.run()
            assert network.output("pc", "stderr") == []
        assert signal.getsignal(signal.SIGALRM) is too_late
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def refuse_to_end(log):
    while True:
        try:
            time.sleep(1)
        except BaseException:
            log.append("refused")


def test_a_program_that_swallows_its_end_is_left_behind():
    log = []
    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("stubborn", lambda arguments: refuse_to_end(log), service=True)
        network.run(until_ns=1_000)
    assert 1 <= len(log) <= 5


def test_programs_are_unwound_at_the_end():
    log = []

    def program(arguments):
        try:
            time.sleep(100)
        finally:
            log.append("finally")

    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", program, service=True)
        network.run(until_ns=1_000)
        assert log == []
    assert log == ["finally"]


def test_kill_closes_sockets_and_frees_the_port():
    with LinkNetwork("pc") as network:
        first = network.hosts["pc"].spawn("receive", receive_for_ever, service=True)
        network.run(until_ns=1_000)
        assert len(network.hosts["pc"].stack.sockets) == 1
        network.kernel.kill(first)
        assert network.hosts["pc"].stack.sockets == {}
        second = network.hosts["pc"].spawn("receive", receive_for_ever, service=True)
        network.run(until_ns=2_000)
        assert not second.ended and second.failure is None


def test_garbage_collection_is_off_during_a_run_and_on_again():
    seen = []
    assert gc.isenabled()
    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", lambda arguments: seen.append(gc.isenabled()))
        network.run()
    assert seen == [False]
    assert gc.isenabled()
