"""`threading`, `queue` and `concurrent.futures` inside simulated programs."""

# ruff: noqa: ANN001, ANN201, ANN202

import concurrent.futures
import queue
import threading
import time

import pytest
from link_network import LinkNetwork

from sim.os.outcome import Ending


def run_one(program):
    results = []
    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", lambda arguments: results.append(program()))
        outcome = network.run()
        assert outcome.ending is Ending.DONE, outcome
        assert outcome.failures == (), network.output("pc", "stderr")
    return results[0]


def test_threads_sleep_side_by_side_and_are_joined():
    def program():
        order = []

        def worker(seconds):
            time.sleep(seconds)
            order.append(seconds)

        threads = [threading.Thread(target=worker, args=(seconds,)) for seconds in (3, 1, 2)]
        for thread in threads:
            thread.start()
        alive = [thread.is_alive() for thread in threads]
        for thread in threads:
            thread.join()
        return order, alive, [thread.is_alive() for thread in threads], time.monotonic()

    assert run_one(program) == ([1, 2, 3], [True] * 3, [False] * 3, 3.0)


def test_join_with_a_timeout():
    def program():
        thread = threading.Thread(target=time.sleep, args=(10,), daemon=True)
        thread.start()
        thread.join(0.5)
        return thread.is_alive(), time.monotonic()

    assert run_one(program) == (True, 0.5)


def test_a_process_ends_when_its_last_thread_does_that_is_not_a_daemon():
    with LinkNetwork("pc") as network:

        def program(arguments):
            threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
            threading.Thread(target=time.sleep, args=(5,)).start()

        network.hosts["pc"].spawn("program", program)
        assert network.run().ns == 5_000_000_000


def test_a_lock_goes_to_the_one_that_has_waited_longest():
    def program():
        lock, order = threading.Lock(), []

        def worker(name):
            with lock:
                order.append((name, time.monotonic()))
                time.sleep(1)

        threads = [threading.Thread(target=worker, args=(name,)) for name in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return order

    assert run_one(program) == [("a", 0.0), ("b", 1.0), ("c", 2.0)]


def test_lock_timeouts_and_misuse():
    def program():
        lock = threading.Lock()
        lock.acquire()
        results = [lock.acquire(blocking=False), lock.acquire(timeout=0.25), time.monotonic(), lock.locked()]
        lock.release()
        with pytest.raises(RuntimeError, match="unlocked"):
            lock.release()
        with pytest.raises(ValueError, match="non-blocking"):
            lock.acquire(False, 1)
        return results

    assert run_one(program) == [False, False, 0.25, True]


def test_rlock_belongs_to_a_thread():
    def program():
        lock, log = threading.RLock(), []

        def other():
            log.append(lock.acquire(blocking=False))

        with lock, lock:
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
        return log

    assert run_one(program) == [False]


def test_event_condition_semaphore_and_barrier():
    def program():
        event, barrier, semaphore = threading.Event(), threading.Barrier(3), threading.Semaphore(0)
        log = []

        def worker(number):
            barrier.wait()
            event.wait()
            log.append((number, time.monotonic()))
            semaphore.release()

        for number in range(2):
            threading.Thread(target=worker, args=(number,)).start()
        barrier.wait()
        time.sleep(2)
        event.set()
        for _ in range(2):
            semaphore.acquire()
        return sorted(log), event.wait(timeout=1)

    assert run_one(program) == ([(0, 2.0), (1, 2.0)], True)


@pytest.mark.parametrize("kind", [queue.Queue, queue.LifoQueue, lambda: queue.SimpleQueue()])
def test_queues(kind):
    def program():
        tasks = kind()
        got = []

        def consumer():
            while (item := tasks.get()) is not None:
                got.append((item, time.monotonic()))

        thread = threading.Thread(target=consumer)
        thread.start()
        for number in range(3):
            time.sleep(1)
            tasks.put(number)
        time.sleep(1)
        tasks.put(None)
        thread.join()
        with pytest.raises(queue.Empty):
            tasks.get(timeout=0.5)
        return got

    assert run_one(program) == [(0, 1.0), (1, 2.0), (2, 3.0)]


@pytest.mark.parametrize("shut_down", [True, False])
def test_thread_pool(shut_down):
    def program():
        pool = concurrent.futures.ThreadPoolExecutor(max_workers=2)
        futures = [pool.submit(lambda n=n: (time.sleep(1), n * n)[1]) for n in range(4)]
        results = [future.result() for future in futures]
        if shut_down:
            pool.shutdown()
        return results, time.monotonic()

    assert run_one(program) == ([0, 1, 4, 9], 2.0)


def test_current_thread_and_thread_locals_are_per_thread():
    outside = len(threading.enumerate())

    def program():
        local = threading.local()
        local.value = "main"
        seen = []

        def worker():
            seen.append((threading.current_thread().name, hasattr(local, "value")))
            local.value = "worker"

        thread = threading.Thread(target=worker, name="worker")
        thread.start()
        thread.join()
        idents = threading.get_ident() == threading.current_thread().ident
        assert len(threading.enumerate()) == outside  # not among the surrounding program's threads
        return seen, local.value, threading.current_thread().name, idents

    assert run_one(program) == ([("worker", False)], "main", "MainThread", True)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_exception_in_a_thread_is_printed_and_ends_that_thread_only():
    with LinkNetwork("pc") as network:

        def program(arguments):
            thread = threading.Thread(target=lambda: 1 / 0)
            thread.start()
            thread.join()
            print("going on")

        process = network.hosts["pc"].spawn("program", program)
        assert network.run().succeeded
        assert network.output("pc") == ["going on"]
        assert network.output("pc", "stderr")[-1] == "ZeroDivisionError: division by zero"
        assert process.status == 0


def test_a_timer_thread():
    def program():
        fired = []
        timer = threading.Timer(2, lambda: fired.append(time.monotonic()))
        timer.start()
        timer.join()
        return fired

    assert run_one(program) == [2.0]


def test_outside_a_program_threads_and_locks_are_real_while_the_kernel_runs():
    seen = []
    with LinkNetwork("pc") as network:

        def outside():
            lock = threading.Lock()
            thread = threading.Thread(
                target=lambda: seen.append((type(lock).__module__, threading.get_ident()))
            )
            thread.start()
            thread.join()

        network.kernel.call_at(1_000, outside)
        network.hosts["pc"].spawn("sleeper", lambda arguments: time.sleep(1))
        network.run()
    assert seen[0][0] == "_thread"
    assert seen[0][1] != threading.get_ident()


def test_locks_made_before_a_run_and_shared_by_programs():
    shared = queue.Queue()
    got = []
    with LinkNetwork("pc", "server") as network:
        network.hosts["pc"].spawn("get", lambda arguments: got.extend(shared.get() for _ in range(2)))
        network.hosts["server"].spawn(
            "put", lambda arguments: (time.sleep(1), shared.put(1), shared.put(2))[0]
        )
        assert network.run().succeeded
    assert got == [1, 2]


def test_a_queue_made_outside_and_waited_for_by_many_with_timeouts():
    """Its mutex is real, and the library reads the clock while it holds it: no other thread may run then."""
    shared = queue.Queue()
    got = []

    def consume(arguments):
        for _ in range(50):
            got.append(shared.get(timeout=5))

    def produce(arguments):
        for number in range(150):
            shared.put(number, timeout=5)

    with LinkNetwork("pc") as network:
        for _ in range(3):
            network.hosts["pc"].spawn("consume", consume)
        network.hosts["pc"].spawn("produce", produce)
        assert network.run().succeeded
    assert sorted(got) == list(range(150))
