"""Signals as POSIX has them, and what becomes of a process that is killed (signal(7), PEP 475)."""

# ruff: noqa: ANN001, ANN201, ANN202

import asyncio
import errno
import os
import select
import signal
import socket
import threading
import time

import pytest
from link_network import LinkNetwork

from sim import Lan, RunError
from sim.os.outcome import Ending

SECOND = 1_000_000_000


def run(program, number, at_ns=SECOND, until_ns=100 * SECOND):
    """Run `program` on pc and send it signal `number`; the process, its output, the outcome."""
    with LinkNetwork("pc", "server") as network:
        process = network.hosts["pc"].spawn("program", lambda argv: program())
        network.kernel.call_at(at_ns, lambda: network.kernel.signal(process, number))
        outcome = network.run(until_ns)
        printed = network.output("pc")
        ended = [event for event in network.events if event.kind == "ended"]
        assert not network.output("pc", "stderr"), network.output("pc", "stderr")
    return process, printed, outcome, ended


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP, signal.SIGUSR1])
def test_a_signal_that_nobody_handles_ends_the_process(number):
    process, _, outcome, (ended,) = run(lambda: time.sleep(50), number)
    assert process.ended and process.status == -number
    assert ended.ps == SECOND * 1000
    assert ended.fields["signal"] == number.name and ended.fields["status"] == -number
    assert outcome.ending is Ending.DONE and outcome.succeeded and outcome.ns == SECOND


@pytest.mark.parametrize("number", [signal.SIGCHLD, signal.SIGWINCH, signal.SIGCONT, signal.SIGPIPE])
def test_what_is_ignored_by_default_ends_nothing(number):
    process, _, outcome, _ = run(lambda: time.sleep(5), number)
    assert process.status == 0 and outcome.ns // SECOND == 5


def test_sig_ign():
    def program():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(5)

    assert run(program, signal.SIGTERM)[0].status == 0


def test_sigkill_cannot_be_handled():
    def program():
        with pytest.raises(OSError) as refused:
            signal.signal(signal.SIGKILL, print)
        assert refused.value.errno == errno.EINVAL
        time.sleep(50)

    assert run(program, signal.SIGKILL)[0].status == -signal.SIGKILL


WAITS = {
    "sleep": lambda: time.sleep(4),
    "select": lambda: select.select([], [], [], 4),
    "lock": lambda: threading.Event().wait(4),
    "join": lambda: threading.Timer(4, int).run(),
    "recv": lambda: receive_until(4),
}


def receive_until(seconds):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("", 7))
        sock.settimeout(seconds)
        with pytest.raises(TimeoutError):
            sock.recv(1)


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_pep_475_a_handler_runs_at_once_and_the_call_goes_on_as_long_as_it_was_to(wait):
    handled = []

    def program():
        signal.signal(signal.SIGTERM, lambda number, frame: handled.append((number, time.monotonic())))
        begun = time.monotonic()
        wait()
        return print(round(time.monotonic() - begun, 3))

    _, printed, _, _ = run(program, signal.SIGTERM)
    ((number, when),) = handled
    assert number == signal.SIGTERM and 1 <= when < 1.0001
    assert printed == ["4.0"]


def test_what_a_handler_raises_comes_out_of_the_call():
    def program():
        def handler(number, frame):
            raise InterruptedError("told to stop")

        signal.signal(signal.SIGTERM, handler)
        try:
            time.sleep(50)
        except InterruptedError as error:
            print(error, time.monotonic() < 1.0001)

    assert run(program, signal.SIGTERM)[1] == ["told to stop True"]


def test_sigint_is_keyboard_interrupt():
    def program():
        try:
            time.sleep(50)
        except KeyboardInterrupt:
            print("interrupted", time.monotonic() < 1.0001)

    assert run(program, signal.SIGINT)[1] == ["interrupted True"]


def test_sigint_that_nobody_catches_ends_the_process_as_the_interpreter_does():
    with LinkNetwork("pc", "server") as network:
        process = network.hosts["pc"].spawn("program", lambda argv: time.sleep(50))
        network.kernel.call_at(SECOND, lambda: network.kernel.signal(process, signal.SIGINT))
        assert network.run().succeeded
        assert network.output("pc", "stderr")[-1] == "KeyboardInterrupt"
    assert process.status == -signal.SIGINT


def test_a_handler_of_a_program_that_computes_runs_at_its_next_system_call():
    def program():
        seen = []
        signal.signal(signal.SIGUSR1, lambda *_: seen.append("handled"))
        while not seen:
            time.monotonic()
        print(*seen)

    assert run(program, signal.SIGUSR1, at_ns=1000)[1] == ["handled"]


def test_asyncio_hears_of_signals_through_its_wakeup_descriptor():
    async def main():
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await stop.wait()
        print("stopped", time.monotonic() < 1.001)

    process, printed, outcome, _ = run(lambda: asyncio.run(main()), signal.SIGTERM)
    assert printed == ["stopped True"] and process.status == 0 and outcome.succeeded


def test_asyncio_run_turns_sigint_into_a_cancelled_task():
    async def main():
        try:
            await asyncio.sleep(50)
        except asyncio.CancelledError:
            print("cancelled")
            raise

    def program():
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(main())

    assert run(program, signal.SIGINT)[1] == ["cancelled"]


def test_os_kill_reaches_processes_of_the_own_host_only():
    def program():
        signal.signal(signal.SIGUSR1, lambda *_: print("mine"))
        os.kill(os.getpid(), signal.SIGUSR1)
        signal.raise_signal(signal.SIGUSR1)
        os.kill(2, 0)
        os.kill(2, signal.SIGTERM)
        with pytest.raises(ProcessLookupError):
            os.kill(2, 0)

    with LinkNetwork("pc", "server") as network:
        network.hosts["pc"].spawn("program", lambda argv: program())
        other = network.hosts["pc"].spawn("other", lambda argv: time.sleep(50))
        elsewhere = [network.hosts["server"].spawn("away", lambda argv: time.sleep(5)) for _ in range(2)]
        outcome = network.run()
        assert [(failure.program, failure.reason) for failure in outcome.failures] == [
            ("other", "ended by SIGTERM")
        ]
        assert network.output("pc") == ["mine", "mine"]
    assert other.status == -signal.SIGTERM and [one.status for one in elsewhere] == [0, 0]


def test_pthread_kill_reaches_threads_of_the_own_process_and_no_others():
    def program():
        signal.signal(signal.SIGUSR1, lambda *_: print("handled in", threading.current_thread().name))
        main = threading.get_ident()
        other = threading.Thread(target=lambda: signal.pthread_kill(main, signal.SIGUSR1))
        other.start()
        other.join()
        signal.pthread_kill(main, 0)
        for ident in (other.ident, 1):
            with pytest.raises(ProcessLookupError):
                signal.pthread_kill(ident, signal.SIGUSR1)

    assert run(program, signal.SIGWINCH)[1] == ["handled in MainThread"]


def test_alarm_comes_when_it_is_due_and_tells_what_was_left_of_the_one_before():
    def program():
        signal.signal(signal.SIGALRM, lambda *_: print("alarm", round(time.monotonic(), 3)))
        print(signal.alarm(5), signal.alarm(3))
        time.sleep(4)
        print(signal.alarm(7), signal.alarm(0), signal.alarm(0))
        time.sleep(10)

    assert run(program, signal.SIGWINCH)[1] == ["0 5", "alarm 3.0", "0 7 0"]


def test_an_alarm_that_nobody_handles_ends_the_process():
    def program():
        signal.alarm(5)
        time.sleep(50)

    process, _, outcome, _ = run(program, signal.SIGWINCH)
    assert process.status == -signal.SIGALRM and outcome.ns // SECOND == 5


def test_an_interval_timer_rings_until_it_is_stopped():
    def program():
        rung = []
        signal.signal(signal.SIGALRM, lambda *_: rung.append(round(time.monotonic(), 3)))
        print(signal.setitimer(signal.ITIMER_REAL, 0.5, 0.25))
        time.sleep(1.1)
        left, every = signal.setitimer(signal.ITIMER_REAL, 0)
        time.sleep(1)
        print(rung, round(left, 3), every, signal.getitimer(signal.ITIMER_REAL))
        with pytest.raises(signal.ItimerError):
            signal.setitimer(signal.ITIMER_REAL, -1)

    assert run(program, signal.SIGWINCH)[1] == ["(0.0, 0.0)", "[0.5, 0.75, 1.0] 0.15 0.25 (0.0, 0.0)"]


def test_who_waits_for_an_alarm_waits_for_what_will_come():
    def program():
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.alarm(2000)
        signal.pause()

    _, _, outcome, _ = run(program, signal.SIGWINCH, until_ns=None)
    assert outcome.ending is Ending.DONE and outcome.ns // SECOND == 2000


def test_what_the_interpreter_refuses_is_refused():
    def program():
        refused = []

        def elsewhere():
            with pytest.raises(ValueError, match="main thread"):
                signal.signal(signal.SIGTERM, print)
            refused.append(True)

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        assert refused
        with pytest.raises(ValueError, match="out of range"):
            signal.signal(4242, print)
        with pytest.raises(TypeError):
            signal.signal(signal.SIGTERM, "print")

    assert run(program, signal.SIGWINCH)[0].status == 0


def test_pause_waits_for_a_signal():
    def program():
        signal.signal(signal.SIGUSR1, lambda *_: None)
        signal.pause()
        print(time.monotonic() >= 1)

    assert run(program, signal.SIGUSR1)[1] == ["True"]


def test_a_killed_program_says_nothing_more():
    """Its descriptors are closed before it is unwound: what its clean-up tries does not reach the network."""
    seen = []

    def server():
        with socket.create_server(("", 7)) as listener:
            connection, _ = listener.accept()
            while data := connection.recv(100):
                seen.append(data)
            seen.append(b"")

    def client():
        connection = socket.create_connection(("server", 7))
        try:
            connection.sendall(b"hello")
            time.sleep(100)
        finally:
            print("never seen")
            seen.append("unwound")
            connection.sendall(b"goodbye")

    with LinkNetwork("pc", "server") as network:
        network.hosts["server"].spawn("server", lambda argv: server())
        killed = network.hosts["pc"].spawn("client", lambda argv: client(), at_ns=1000)
        network.kernel.call_at(SECOND, lambda: network.kernel.kill(killed))
        assert network.run().succeeded
        assert network.output("pc") == []
    assert seen == [b"hello", "unwound", b""]


def test_a_killed_program_s_incomplete_line_is_given_away():
    def program():
        print("half a", end="")
        time.sleep(100)

    assert run(program, signal.SIGKILL)[1] == ["half a"]


def test_a_process_that_replaces_another_tells_it_to_stop_and_begins_when_it_has():
    def serve(name):
        def main(argv):
            signal.signal(signal.SIGTERM, lambda *_: done.append(name))
            done = []
            while not done:
                time.sleep(0.5)
            print(name, "ends", round(time.monotonic(), 1))

        return main

    with LinkNetwork("pc") as network:
        host = network.hosts["pc"]
        first = host.spawn("first", serve("first"))
        second = host.spawn(
            "second",
            lambda argv: print("second begins", round(time.monotonic(), 1)),
            at_ns=1_200_000_000,
            replaces=first,
        )
        outcome = network.run()
        assert network.output("pc") == ["first ends 1.5", "second begins 1.5"]
    assert outcome.succeeded and second.status == 0


def kill_oneself(number):
    os.kill(os.getpid(), number)
    time.sleep(100)


def alarm():
    signal.alarm(1)
    time.sleep(100)


@pytest.mark.parametrize(
    ("program", "name"),
    [
        (lambda: kill_oneself(signal.SIGKILL), "SIGKILL"),
        (lambda: kill_oneself(signal.SIGTERM), "SIGTERM"),
        (lambda: signal.raise_signal(signal.SIGUSR1), "SIGUSR1"),
        (alarm, "SIGALRM"),
    ],
)
def test_a_program_that_a_signal_of_the_simulation_ends_has_failed(program, name):
    lan = Lan()
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24")
    lan.link()
    job = lan.program("pc", program)
    run = lan.run(check=False)
    assert [failure.reason for failure in run.outcome.failures] == [f"ended by {name}"]
    assert not run.outcome.succeeded
    assert job.done()
    with pytest.raises(RunError, match=f"was ended by {name}"):
        job.result()
    with pytest.raises(RunError, match=f"ended by {name}"):
        lan.run()


def test_who_ends_a_service_by_sigterm_has_ended_it_and_not_failed_it():
    with LinkNetwork("pc") as network:
        service = network.hosts["pc"].spawn("service", lambda argv: time.sleep(100), service=True)
        network.hosts["pc"].spawn("program", lambda argv: os.kill(service.pid, signal.SIGTERM))
        outcome = network.run()
    assert (service.status, outcome.succeeded) == (-signal.SIGTERM, True)
