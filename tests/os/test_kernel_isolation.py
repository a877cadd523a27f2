"""Programs may not leak out, and have a world of their own."""

# ruff: noqa: ANN001, ANN002, ANN003, ANN201, ANN202

import _socket
import argparse
import multiprocessing
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from link_network import LinkNetwork

from sim.os.process import current
from sim.python.barrier import OutsideWorldError
from sim.python.dispatch import real

captured_sleep = time.sleep


def run_one(program):
    results = []
    with LinkNetwork("pc", "server") as network:
        network.hosts["pc"].spawn("program", lambda arguments: results.append(program()))
        outcome = network.run()
        assert outcome.failures == (), network.output("pc", "stderr")
    return results[0]


@pytest.mark.parametrize(
    ("reach", "what"),
    [
        (lambda: _socket.socket(), "a real socket"),
        (lambda: _socket.SocketType(), "a real socket"),
        (lambda: _socket.socketpair(), "a real socket"),
        (lambda: real["socket.gethostbyname"]("localhost"), "a real name look-up"),
        (lambda: real["socket.getaddrinfo"]("localhost", 80), "a real name look-up"),
        (lambda: os.system("true"), "a real process"),
        (lambda: subprocess.run(["true"], check=True), "a real process"),
        (lambda: os.fork(), "a real process"),
        (lambda: multiprocessing.get_context("fork").Process(target=print).start(), "a real process"),
        (lambda: os.openpty(), "a real terminal"),
        (lambda: signal.setitimer(signal.ITIMER_VIRTUAL, 1), "a timer of processor time"),
        (lambda: signal.sigwait([signal.SIGTERM]), "the real signal mask"),
        (lambda: signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT]), "the real signal mask"),
        (lambda: real["os.kill"](1, 0), "a real process"),
    ],
)
def test_reaching_for_the_real_thing_is_refused_with_a_sentence(reach, what):
    def program():
        with pytest.raises(OutsideWorldError) as caught:
            reach()
        return str(caught.value)

    assert run_one(program).startswith(f"pc: program: a simulated program reached for {what}")


def test_no_program_reaches_the_real_functions(monkeypatch):
    """The real functions are made to raise; a program that uses all of them runs as ever."""

    def guarded(name):
        function = real[name]

        def call(*arguments, **keywords):
            if current() is not None:
                raise AssertionError(f"the real {name} was called inside a simulated program")
            return function(*arguments, **keywords)

        return call

    def program():
        start = time.monotonic_ns()
        time.sleep(0.5)
        select.select([], [], [], 0.5)
        captured_sleep(0.5)
        (lambda sleep=captured_sleep: sleep(0.5))()
        threading.Event().wait(0.5)
        elapsed = time.monotonic_ns() - start
        with socket.create_server(("", 80)) as listener, socket.create_connection(("pc", 80)):
            listener.accept()[0].close()
        return elapsed, socket.gethostbyname("server"), time.time() < 1_767_225_700

    network = LinkNetwork("pc", "server")
    for name in real:
        if name.startswith(("time.", "socket.", "select.")) and name not in (
            "time.gmtime",
            "time.asctime",
            "time.strftime",
        ):
            monkeypatch.setitem(real, name, guarded(name))
    results = []
    with network:
        network.hosts["pc"].spawn("program", lambda arguments: results.append(program()))
        outcome = network.run()
        assert outcome.failures == (), network.output("pc", "stderr")
    elapsed, address, simulated = results[0]
    assert 2_500_000_000 <= elapsed < 2_500_010_000
    assert (address, simulated) == ("192.168.1.20", True)


def is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def test_no_real_descriptor_is_opened():
    def open_descriptors():
        return [fd for fd in range(256) if is_open(fd)]

    def program():
        with socket.create_server(("", 80)), socket.create_connection(("pc", 80)):
            socket.socketpair()
            return open_descriptors()

    before = open_descriptors()
    assert run_one(program) == before
    assert open_descriptors() == before


def test_names_captured_before_the_patch_and_inside_a_program():
    def program():
        names = {}
        exec("from time import monotonic, sleep; sleep(1); now = monotonic()", names)
        captured_sleep(1)
        return names["now"], time.monotonic()

    assert run_one(program) == (1.0, 2.0)


def test_outside_time_is_real():
    before = time.monotonic()
    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("sleeper", lambda arguments: time.sleep(10_000))
        assert network.run().ns == 10_000_000_000_000
    assert time.monotonic() - before < 5_000  # a real clock did not see the simulated hours


def test_each_process_has_its_own_streams_arguments_and_environment(monkeypatch, capsys):
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    seen = {}

    def program(arguments):
        host = socket.gethostname()
        os.environ["COLOUR"] = f"colour of {host}"
        time.sleep(0.1)
        parser = argparse.ArgumentParser()
        parser.add_argument("word")
        print("out of", host)
        print("half", end=" ")
        sys.stdout.write("line")
        print(host, "complains", file=sys.stderr)
        seen[host] = (
            arguments,
            parser.parse_args().word,
            os.environ["COLOUR"],
            os.getenv("http_proxy"),
            urllib.request.getproxies(),
            sys.stdin.read(),
        )

    argv = list(sys.argv)
    with LinkNetwork("pc", "server") as network:
        for host in network.hosts.values():
            host.spawn(f"program {host.name}-word", program)
        assert network.run().succeeded
        assert network.output("pc") == ["out of pc", "half line"]
        assert network.output("server", "stderr") == ["server complains"]
    assert seen["pc"] == (["pc-word"], "pc-word", "colour of pc", None, {}, "")
    assert seen["server"][:3] == (["server-word"], "server-word", "colour of server")
    assert sys.argv == argv
    assert "COLOUR" not in os.environ and os.environ["http_proxy"] == "http://proxy.example:3128"
    assert capsys.readouterr().out == ""


def test_each_process_has_its_own_working_directory(tmp_path):
    here = Path.cwd()
    seen = []

    def program(arguments):
        os.chdir(tmp_path)
        time.sleep(1)
        seen.append(Path.cwd())

    def other(arguments):
        time.sleep(0.5)
        seen.append(Path.cwd())

    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", program)
        network.hosts["pc"].spawn("other", other)
        network.kernel.call_at(600_000_000, network.kernel.lent.take_back)
        network.kernel.call_at(600_000_000, lambda: seen.append(Path.cwd()))
        assert network.run().succeeded
    assert seen == [here, here, tmp_path.resolve()]
    assert Path.cwd() == here


def test_signal_handlers_of_programs_are_their_own():
    before = signal.getsignal(signal.SIGTERM)

    def program():
        first = signal.signal(signal.SIGTERM, print)
        return first, signal.getsignal(signal.SIGTERM) is print

    assert run_one(program) == (signal.SIG_DFL, True)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_kernel_cannot_run_inside_a_program():
    def program():
        with pytest.raises(RuntimeError, match="cannot run a simulation"):
            outer.run()

    with LinkNetwork("pc") as outer:
        outer.hosts["pc"].spawn("program", lambda arguments: program())
        assert outer.run().succeeded


def test_two_kernels_side_by_side():
    readings = []
    with LinkNetwork("pc") as one, LinkNetwork("pc") as other:
        for network in (one, other):
            network.hosts["pc"].spawn(
                "program", lambda arguments: (time.sleep(1), readings.append(time.monotonic()))[1]
            )
        one.run(until_ns=500_000_000)
        other.run()
        one.run()
    assert readings == [1.0, 1.0]


def test_a_kernel_runs_in_another_thread():
    outcomes = []

    def simulate():
        with LinkNetwork("pc") as network:
            network.hosts["pc"].spawn("sleeper", lambda arguments: time.sleep(1))
            outcomes.append(network.run().ns)

    thread = threading.Thread(target=simulate)
    thread.start()
    thread.join()
    assert outcomes == [1_000_000_000]
