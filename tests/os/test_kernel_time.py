"""Time, blocking and waking: the order within one instant."""

# ruff: noqa: ANN001, ANN201, ANN202

import select
import socket
import threading
import time
from collections.abc import Callable, Sequence
from random import Random

import pytest
from link_network import LinkNetwork

from driver.events import InterruptBegins
from sim.engine.interface import Bell, BellKind
from sim.engine.quiet import QuietEngine
from sim.os.clock import EPOCH_NS
from sim.os.deadlock import PATIENCE_NS
from sim.os.kernel import Kernel
from sim.os.outcome import Ending, seconds
from sim.os.process import calling, current
from sim.os.timers import Timers
from sim.python import install
from stack.waitqueue import WaitQueue


class RingingEngine(QuietEngine):
    """Stops at given instants with given bells."""

    def __init__(self, bells: list[tuple[int, list[Bell]]]) -> None:
        super().__init__()
        self._bells = bells
        self.advances = 0

    def advance(self, limit: int) -> list[Bell]:
        self.advances += 1
        if self._bells and self._bells[0][0] <= limit:
            ps, bells = self._bells.pop(0)
            super().advance(ps)
            return bells
        return super().advance(limit)


class Listener:
    """A device that notes its bells."""

    mac = bytes((2, 0, 0, 0, 0, 1))

    def __init__(self, log: list[object], name: str) -> None:
        self.log, self.name = log, name
        self.deliver = lambda frame: None

    def start(self, up: Callable[[], None]) -> None:
        self.log.append(("start", self.name))
        up()

    def transmit(self, frame: bytes, charge: object = None) -> None:
        self.log.append(("frame", self.name, len(frame)))

    def bell(self, kind: BellKind, value: int) -> None:
        self.log.append((self.name, kind.name, value))

    def busy(self) -> bool:
        return False

    def room(self) -> int:
        return 1

    def listen(self, groups: Sequence[bytes]) -> None: ...


def test_a_timer_of_d_ns_fires_at_exactly_1000_d_ps():
    engine = QuietEngine()
    kernel = Kernel(engine, lambda event: None, install)
    fired = []
    kernel.call_at(1_234_567, lambda: fired.append(engine.now))
    kernel.run(until_ns=2_000_000)
    assert fired == [1_234_567_000]


@pytest.mark.parametrize(("ps", "ns"), [(1000, 1), (1001, 2), (1999, 2), (2000, 2)])
def test_software_time_is_rounded_up_so_that_it_never_precedes_its_cause(ps, ns):
    seen = []
    kernel = Kernel(RingingEngine([(ps, [Bell(0, BellKind.IRQ, 1)])]), lambda event: None, install)
    listener = Listener([], "pc")
    listener.bell = lambda kind, value: seen.append(kernel.now)
    kernel.connect_adapter(0, listener)
    kernel.run(until_ns=10)
    assert seen == [ns]


def test_order_within_one_instant_is_bells_then_timers_by_deadline_and_serial_then_threads():
    log = []
    engine = RingingEngine(
        [(5_000, [Bell(0, BellKind.DONE, 7), Bell(0, BellKind.IRQ, 1), Bell(1, BellKind.DONE, 9)])]
    )
    kernel = Kernel(engine, lambda event: None, install)
    for number, name in enumerate(("pc", "server")):
        kernel.connect_adapter(number, Listener(log, name))
    kernel.call_at(5, lambda: log.append("second"))
    kernel.call_at(5, lambda: log.append("third"))
    kernel.call_at(4, lambda: log.append("first"))
    kernel.call_at(4, lambda: kernel.call_at(5, lambda: log.append("fourth")))

    def sleeper(arguments):
        calling("sleep").wait((), 5, "sleep")
        log.append("thread")

    kernel.add_host("pc", Random(1)).spawn("sleeper", sleeper)
    kernel.run(until_ns=10)
    assert log == [
        "first",
        ("pc", "DONE", 7),
        ("pc", "IRQ", 1),
        ("server", "DONE", 9),
        "second",
        "third",
        "fourth",
        "thread",
    ]


def test_threads_run_first_in_first_out():
    order = []
    with LinkNetwork("pc") as network:
        for name in "abc":

            def program(arguments, name=name):
                order.append(name)
                time.sleep(0.001)
                order.append(name.upper())

            network.hosts["pc"].spawn(name, program)
        network.run()
    assert order == ["a", "b", "c", "A", "B", "C"]


def test_devices_start_at_time_0_before_programs():
    log = []
    engine = RingingEngine([])
    with Kernel(engine, lambda event: None, install) as kernel:
        from ipaddress import IPv4Interface

        host = kernel.add_host("pc", Random(1))
        host.attach(Listener(log, "pc"), IPv4Interface("10.0.0.1/8"))
        host.spawn("program", lambda arguments: log.append(("program", engine.now)))
        kernel.run()
    assert log == [("start", "pc"), ("program", 0)]


def test_idle_time_costs_no_engine_steps():
    engine = RingingEngine([])
    with Kernel(engine, lambda event: None, install) as kernel:
        kernel.add_host("pc", Random(1)).spawn("sleeper", lambda arguments: time.sleep(300))
        assert kernel.run().ns == 300_000_000_000
    assert engine.advances <= 4


@pytest.mark.parametrize("blocked", [10, 1000])
def test_waking_one_of_many_blocked_threads_touches_one(blocked):
    with LinkNetwork("pc") as network:
        kernel = network.kernel
        queues = [WaitQueue() for _ in range(blocked)]
        woken = []

        def waiter(number):
            calling("wait").wait((queues[number],), None, "wait")
            woken.append(number)

        for number in range(blocked):
            network.hosts["pc"].spawn("waiter", lambda arguments, number=number: waiter(number), service=True)
        network.hosts["pc"].spawn("sleeper", lambda arguments: time.sleep(2))
        network.run(until_ns=1_000_000)
        wakes, turns = kernel.wakes, kernel.turns
        queues[blocked // 2].wake()
        network.run(until_ns=1_100_000)
        assert woken == [blocked // 2]
        assert (kernel.wakes - wakes, kernel.turns - turns) == (1, 1)


def test_a_wake_leaves_no_trace_in_the_other_queues_and_no_timer():
    with LinkNetwork("pc") as network:
        kernel = network.kernel
        first, second = WaitQueue(), WaitQueue()
        results = []

        def program(arguments):
            results.append(calling("wait").wait((first, second), 10_000, "wait"))
            results.append(calling("wait").wait((first,), 20_000, "wait"))

        network.hosts["pc"].spawn("program", program)
        kernel.call_at(5, second.wake)
        network.run()
        assert results == [True, False]
        assert not first._waiters and not second._waiters


def test_a_wake_and_a_deadline_at_one_instant_resume_once():
    with LinkNetwork("pc") as network:
        kernel, queue, results = network.kernel, WaitQueue(), []
        network.hosts["pc"].spawn(
            "program", lambda arguments: results.append(calling("wait").wait((queue,), 5_000, "wait"))
        )
        kernel.call_at(5_000, queue.wake)
        network.run()
        assert results == [True]  # the timer of the wake is the older one


def test_cancelled_timers_are_swept_out():
    timers = Timers()
    keep = timers.call_at(1_000_000, lambda: None)
    for deadline in range(10_000):
        timers.call_at(deadline, lambda: None).cancel()
    assert len(timers) < 200
    assert timers.next_deadline() == 1_000_000
    keep.cancel()
    keep.cancel()
    assert timers.next_deadline() is None


def test_waiting_outside_a_program_is_refused():
    with pytest.raises(RuntimeError, match="sleep: no simulated program is calling"):
        calling("sleep")


def test_clocks_begin_at_the_epoch_and_move_with_simulated_time_only():
    readings = []

    def program(arguments):
        readings.append((time.time_ns(), time.monotonic_ns(), time.perf_counter_ns()))
        time.sleep(1.5)
        readings.append((time.time_ns(), time.monotonic_ns(), time.perf_counter_ns()))
        readings.append((time.gmtime()[:6], time.localtime()[:6], time.ctime(), time.strftime("%H:%M:%S")))

    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", program)
        network.run()
    # Every system call costs 100 ns, and what is owed is slept off with the eleventh: not reached here.
    assert readings[0] == (EPOCH_NS, 0, 0)
    assert readings[1] == (EPOCH_NS + 1_500_000_000, 1_500_000_000, 1_500_000_000)
    assert readings[2] == (
        (2026, 1, 1, 0, 0, 1),
        (2026, 1, 1, 0, 0, 1),
        "Thu Jan  1 00:00:01 2026",
        "00:00:01",
    )


def test_polling_the_clock_does_not_stop_time():
    def program(arguments):
        end = time.monotonic() + 0.0001
        polls = 0
        while time.monotonic() < end:
            polls += 1
        print(polls)

    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", program)
        outcome = network.run()
        assert outcome.ending is Ending.DONE
        assert network.output("pc") == ["1008"]  # 100 ns each, 101 reads at a time


def polls(seconds, others=0, timeout=0.0):
    """How often a thread asks in that time which sockets are ready, when nothing else happens."""

    def program(arguments):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("", 9))
            done = []
            threading.Timer(seconds, done.append, [time.monotonic() + seconds]).start()
            count = 0
            while not done:
                select.select([sock], [] if timeout else [sock], [], timeout)
                for _ in range(others):
                    sock.getsockname()
                count += 1
            print(count, time.monotonic() - done[0])

    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", program)
        assert network.run().ending is Ending.DONE
        count, late = network.output("pc")[0].split()
        return int(count), float(late)


def test_who_only_polls_is_charged_more_each_time_so_that_time_moves():
    """As a server does that always asks for writable sockets, too: the n-th question takes n system calls."""
    count, late = polls(1.0)
    assert 4_400 < count < 4_600
    assert late < 0.001


def test_who_does_something_between_two_polls_is_charged_what_a_call_costs():
    count, _ = polls(0.001, others=9)
    assert count == pytest.approx(1000, rel=0.02)


def test_who_waits_does_not_poll():
    count, _ = polls(1.0, timeout=0.001)
    assert count == pytest.approx(1000, rel=0.01)


def test_run_to_a_given_time_goes_on_where_it_stopped():
    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("sleeper", lambda arguments: time.sleep(0.01))
        stopped = network.run(until_ns=4_000_000)
        assert (stopped.ending, stopped.ns) == (Ending.UNTIL, 4_000_000)
        done = network.run()
        assert (done.ending, done.ns) == (Ending.DONE, 10_000_000)


def test_the_batch_hook_sees_every_advance_before_the_events_of_its_instant():
    log = []
    engine = RingingEngine([(5_000, [Bell(0, BellKind.IRQ, 1)])])
    kernel = Kernel(
        engine,
        lambda event: log.append((event.kind, event.ps)),
        install,
        batch=lambda ps: log.append(("batch", ps)),
    )
    host = kernel.add_host("pc", Random(1))
    listener = Listener([], "pc")
    listener.bell = lambda kind, value: host.emit(InterruptBegins)
    kernel.connect_adapter(0, listener)
    host.spawn("sleeper", lambda arguments: time.sleep(1))
    kernel.run(until_ns=10)
    assert log[-3:] == [("batch", 5_000), ("interrupt begins", 5_000), ("batch", 10_000)]


def test_events_are_handed_over_outside_programs():
    callers = []
    with Kernel(QuietEngine(), lambda event: callers.append(current()), install) as kernel:
        kernel.add_host("pc", Random(1)).spawn("program", lambda arguments: print("hello"))
        kernel.run()
    assert len(callers) >= 3
    assert set(callers) == {None}


@pytest.mark.parametrize(
    ("ns", "text"), [(0, "0 s"), (1, "0.000000001 s"), (1_500_000, "0.0015 s"), (10_000_000_000, "10 s")]
)
def test_times_in_messages_are_exact(ns, text):
    assert seconds(ns) == text


def test_patience_is_longer_than_any_retransmission():
    assert PATIENCE_NS > 2 * 120_000_000_000  # RFC 9293 section 3.8.3: R2 of at least 100 s
