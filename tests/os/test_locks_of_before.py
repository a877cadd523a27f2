"""Locks and queues made before the run, by another program or on another host, in simulated time."""

# ruff: noqa: ANN001, ANN002, ANN201, ANN202

import concurrent.futures
import functools
import gc
import logging
import queue
import sys
import threading
import time
import weakref

import pytest
from link_network import LinkNetwork

from sim.os.outcome import Ending
from sim.os.process import current
from sim.python import locks

LOCK = threading.Lock()
RLOCK = threading.RLock()
CONDITION = threading.Condition()
EVENT = threading.Event()
SEMAPHORE = threading.Semaphore(1)
BOUNDED = threading.BoundedSemaphore(1)
BARRIER = threading.Barrier(2)
QUEUE = queue.Queue(1)
SIMPLE = queue.SimpleQueue()
LOG = logging.getLogger("locks of before")


def run(*hosts, until_ns=None):
    """Run each (host, program): what they return, in the order in which they end."""
    results = []
    with LinkNetwork(*sorted({host for host, _ in hosts})) as network:
        for host, program in hosts:
            network.hosts[host].spawn("program", lambda arguments, run=program: results.append(run()))
        outcome = network.run(until_ns)
        assert outcome.failures == (), [network.output(host, "stderr") for host in network.hosts]
    return results, outcome


def both(*workers):
    """A program that runs each of `workers` in a thread: what they return, in the order of their ends."""

    def program():
        results = []
        threads = [threading.Thread(target=lambda run=run: results.append(run())) for run in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return results

    return program


def inside(lock):
    def worker():
        with lock:
            begin = time.monotonic()
            time.sleep(1)
        return round(begin, 3)

    return worker


ONE_AT_A_TIME = [LOCK, RLOCK, CONDITION, SEMAPHORE, BOUNDED]
NAMES = [type(lock).__name__ for lock in ONE_AT_A_TIME]


@pytest.mark.parametrize("lock", ONE_AT_A_TIME, ids=NAMES)
def test_two_threads_of_a_program_are_inside_one_after_the_other(lock):
    results, outcome = run(("pc", both(inside(lock), inside(lock), inside(lock))))
    assert results == [[0, 1, 2]]
    assert outcome.ns == 3_000_000_000


@pytest.mark.parametrize("lock", ONE_AT_A_TIME, ids=NAMES)
def test_programs_of_two_hosts_are_inside_one_after_the_other(lock):
    results, _ = run(("pc", inside(lock)), ("server", inside(lock)))
    assert results == [0, 1]


@pytest.mark.parametrize("lock", [LOCK, RLOCK, CONDITION], ids=["Lock", "RLock", "Condition"])
def test_a_time_out_is_one_of_simulated_time(lock):
    def impatient():
        return lock.acquire(timeout=0.25), round(time.monotonic(), 3), lock.acquire(blocking=False)

    results, _ = run(("pc", both(inside(lock), impatient)))
    assert results == [[(False, 0.25, False), 0]]


def test_an_rlock_is_entered_again_by_its_thread_and_by_no_other():
    def again():
        with RLOCK:
            with RLOCK:
                time.sleep(1)
            time.sleep(1)
            return round(time.monotonic(), 3)

    def stranger():
        with pytest.raises(RuntimeError, match="cannot release un-acquired lock"):
            RLOCK.release()
        with RLOCK:
            return round(time.monotonic(), 3)

    results, _ = run(("pc", both(again, stranger)))
    assert results == [[2, 2]]
    assert RLOCK.acquire(blocking=False)
    RLOCK.release()


def test_a_condition_wakes_the_one_that_waits():
    def waiter():
        with CONDITION:
            CONDITION.wait()
            return "woken", round(time.monotonic(), 3)

    def waker():
        time.sleep(2)
        with CONDITION, CONDITION:
            CONDITION.notify()
            time.sleep(1)
        return "left", round(time.monotonic(), 3)

    results, _ = run(("pc", both(waiter, waker)))
    assert results in ([[("left", 3), ("woken", 3)]], [[("woken", 3), ("left", 3)]])


def test_an_event_a_barrier_and_queues_join_programs_of_two_hosts():
    EVENT.clear()

    def first():
        time.sleep(1)
        EVENT.set()
        BARRIER.wait()
        QUEUE.put("one")
        QUEUE.put("two")
        SIMPLE.put("three")
        return "put", round(time.monotonic(), 3)

    def second():
        EVENT.wait()
        BARRIER.wait()
        time.sleep(1)
        return QUEUE.get(), QUEUE.get(), SIMPLE.get(), round(time.monotonic(), 3)

    results, _ = run(("pc", first), ("server", second))
    assert sorted(results) == [("one", "two", "three", 2), ("put", 2)]


def test_an_empty_queue_is_waited_for_in_simulated_time():
    def program():
        for one in (QUEUE, SIMPLE):
            with pytest.raises(queue.Empty):
                one.get(timeout=1)
            with pytest.raises(queue.Empty):
                one.get_nowait()
        with pytest.raises(ValueError, match="'timeout' must be a non-negative number"):
            SIMPLE.get(timeout=-1)
        return round(time.monotonic(), 3)

    assert run(("pc", program))[0] == [2]


def test_a_lock_taken_before_the_run_is_given_back_by_a_program():
    gate = threading.Lock()
    gate.acquire()

    def opens():
        time.sleep(1)
        gate.release()

    def waits():
        gate.acquire()
        return round(time.monotonic(), 3)

    assert run(("pc", opens), ("server", waits))[0] == [None, 1]


def test_the_lock_of_a_handler_of_logging_excludes():
    lines = []

    class Slow(logging.Handler):
        def emit(self, record):
            lines.append(("in", record.msg))
            time.sleep(1)
            lines.append(("out", record.msg))

    handler = Slow()
    LOG.addHandler(handler)
    try:
        run(("pc", both(lambda: LOG.error("a"), lambda: LOG.error("b"))))
    finally:
        LOG.removeHandler(handler)
    assert lines == [("in", "a"), ("out", "a"), ("in", "b"), ("out", "b")]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="from 3.12 on it has no lock")
def test_a_cached_property_of_a_shared_object_is_computed_once():
    calls = []

    class Shared:
        @functools.cached_property
        def value(self):
            calls.append(1)
            time.sleep(1)
            return 7

    shared = Shared()
    results, _ = run(("pc", both(lambda: shared.value, lambda: shared.value)))
    assert results == [[7, 7]]
    assert len(calls) == 1


def test_a_future_made_before_is_waited_for_in_simulated_time():
    future = concurrent.futures.Future()

    def gives():
        time.sleep(1)
        future.set_result("given")

    results, _ = run(("server", gives), ("pc", lambda: (future.result(), round(time.monotonic(), 3))))
    assert results == [None, ("given", 1)]


def test_what_nobody_gives_back_is_reported_and_not_waited_for():
    def takes():
        LOCK.acquire(timeout=5)

    def program():
        takes()
        LOCK.acquire()

    with LOCK:
        results, outcome = run(("pc", program))
    assert outcome.ending is Ending.DEADLOCK
    assert results == []
    (sentence,) = outcome.waiting
    assert sentence.startswith("pc: program waits in acquire() on a lock")


@pytest.mark.parametrize("lock", [LOCK, RLOCK], ids=["Lock", "RLock"])
def test_what_a_real_thread_holds_for_long_is_reported(lock, monkeypatch):
    monkeypatch.setattr(locks, "PATIENCE_S", 0.01)
    held, finish = threading.Event(), threading.Event()

    def holder():
        with lock:
            held.set()
            finish.wait()

    real = threading.Thread(target=holder)
    real.start()
    held.wait()
    _, outcome = run(("pc", inside(lock)))
    finish.set()
    real.join()
    (sentence,) = outcome.waiting
    assert "that is held outside the simulation (test_locks_of_before.py, line" in sentence


def test_a_lock_that_a_real_thread_holds_for_a_moment_costs_no_simulated_time():
    held, finish = threading.Event(), threading.Event()

    def holder():
        with LOCK:
            held.set()
            finish.wait()

    real = threading.Thread(target=holder)
    real.start()
    held.wait()
    finishing = threading.Timer(0.01, finish.set)
    finishing.start()

    def program():
        with LOCK:
            return time.monotonic()

    results, _ = run(("pc", program))
    assert results == [0]
    real.join()
    finishing.join()


def test_a_killed_program_gives_back_what_it_held():
    def held():
        with LOCK, RLOCK:
            time.sleep(1_000)

    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("holder", lambda arguments: held())
        network.run(until_ns=1_000_000)
        assert LOCK.locked()
    assert not LOCK.locked()
    assert run(("pc", inside(RLOCK)))[0] == [0]


def test_an_rlock_that_a_program_holds_at_its_end_is_free_then_and_the_process_too():
    """Its memory would be gone, had it one of its own; another program that waits for it goes on then."""

    def holds():
        RLOCK.acquire()
        RLOCK.acquire()
        threading.Thread(target=time.sleep, args=(2,)).start()
        processes.append(weakref.ref(current().process))

    def waits():
        time.sleep(1)
        with RLOCK:
            return round(time.monotonic())

    processes = []
    assert run(("pc", holds), ("server", waits))[0] == [None, 2]
    assert run(("pc", waits))[0] == [1]
    gc.collect()
    assert [process() for process in processes] == [None]
    assert RLOCK.acquire(blocking=False)
    RLOCK.release()


def test_so_is_one_of_a_program_that_is_killed_or_not_ended_before_the_network():
    def holds():
        RLOCK.acquire()
        time.sleep(1000)

    assert run(("pc", holds), until_ns=1_000_000_000)[0] == []
    with LinkNetwork("pc") as network:
        process = network.hosts["pc"].spawn("program", lambda arguments: holds())
        network.run(1_000_000)
        network.kernel.kill(process)
        assert run_in_thread(lambda: RLOCK.acquire(blocking=False) and not RLOCK.release())


def run_in_thread(call):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()
