"""`atexit`, finalizers and pools of threads belong to the program that made them, and end with it."""

# ruff: noqa: ANN001, ANN002, ANN003, ANN201, ANN202

import asyncio
import atexit
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from link_network import LinkNetwork

from sim.os.process import current
from sim.python import install

install()
POOL = ThreadPoolExecutor(2)
SUPPORT = Path(__file__).parent.parent / "support"


def run(*hosts):
    """Run each (host, program); what became of their processes, and the network."""
    with LinkNetwork(*sorted({host for host, _ in hosts})) as network:
        processes = [
            network.hosts[host].spawn("program", lambda arguments, run=run: run()) for host, run in hosts
        ]
        outcome = network.run()
    return network, outcome, processes


def where():
    """The host on which the caller runs, and the simulated time."""
    thread = current()
    return None if thread is None else (thread.process.host.name, round(time.monotonic(), 3))


def test_handlers_run_at_the_process_s_end_the_last_first_in_simulated_time_on_its_host():
    log = []

    def slow(*arguments, **keywords):
        time.sleep(1)
        log.append((where(), arguments, keywords))

    def program():
        atexit.register(log.append, "first")
        assert atexit.register(slow, 1, two=2) is slow
        atexit.register(log.append, "never")
        atexit.unregister(log.append)
        atexit.register(lambda: log.append(socket.gethostname()))
        threading.Thread(target=time.sleep, args=(3,)).start()
        time.sleep(1)
        log.append("end")

    before = atexit._ncallbacks()
    _, outcome, (process,) = run(("pc", program))
    assert log == ["end", "pc", (("pc", 4), (1,), {"two": 2})]
    assert (outcome.ns, process.status) == (4_000_000_000, 0)
    assert atexit._ncallbacks() == before


def test_a_handler_that_raises_is_reported_and_the_others_run():
    log = []

    def program():
        atexit.register(log.append, "run")
        atexit.register(lambda: 1 / 0)
        raise SystemExit(0)

    network, outcome, _ = run(("pc", program))
    assert log == ["run"]
    assert network.output("pc", "stderr")[0] == "Exception ignored in atexit callback:"
    assert network.output("pc", "stderr")[-1] == "ZeroDivisionError: division by zero"
    assert outcome.succeeded


def test_handlers_run_after_an_error_and_not_after_a_signal_or_exit():
    log = []

    def fails():
        atexit.register(log.append, "failed")
        raise ValueError

    def is_killed():
        atexit.register(log.append, "killed")
        os.kill(os.getpid(), signal.SIGTERM)

    def leaves():
        atexit.register(log.append, "left")
        threading.Thread(target=os._exit, args=(3,)).start()
        time.sleep(100)

    _, outcome, processes = run(("a", fails), ("b", is_killed), ("c", leaves))
    assert log == ["failed"]
    assert [process.status for process in processes] == [1, -signal.SIGTERM, 3]
    assert outcome.ns < 1_000_000


def test_finalizers_run_at_the_process_s_end_and_never_in_the_real_world():
    log = []

    class Thing:
        pass

    kept = [Thing() for _ in range(4)]

    def program():
        weakref.finalize(kept[0], lambda: log.append(("first", where())))
        weakref.finalize(kept[1], lambda: log.append(("second", where())))
        weakref.finalize(kept[2], log.append, "not at exit").atexit = False
        weakref.finalize(Thing(), lambda: log.append(("at once", where())))
        time.sleep(1)

    def is_killed():
        weakref.finalize(kept[3], log.append, "killed")
        os.kill(os.getpid(), signal.SIGKILL)

    run(("pc", program), ("server", is_killed))
    assert log == [("at once", ("pc", 0)), ("second", ("pc", 1)), ("first", ("pc", 1))]
    kept.clear()
    assert len(log) == 3
    outside = Thing()
    weakref.finalize(outside, log.append, "outside")
    del outside
    assert log[-1] == "outside"


def test_a_temporary_directory_of_a_program_is_removed_at_its_end():
    made = []

    def program():
        made.append(tempfile.TemporaryDirectory())
        assert Path(made[0].name).is_dir()

    run(("pc", program))
    assert not Path(made[0].name).exists()


def test_a_pool_that_nobody_shuts_down_does_what_it_has_and_ends_with_the_program():
    log = []
    kept = []

    def work(number):
        time.sleep(1)
        log.append((number, where()))

    def program():
        kept.append(ThreadPoolExecutor(2))
        for number in range(3):
            kept[0].submit(work, number)

    _, outcome, _ = run(("pc", program))
    assert sorted(log) == [(0, ("pc", 1)), (1, ("pc", 1)), (2, ("pc", 2))]
    assert (outcome.succeeded, outcome.ns) == (True, 2_000_000_000)


def test_a_pool_of_a_module_has_threads_in_each_process_that_uses_it():
    def program():
        futures = [POOL.submit(where), POOL.submit(time.sleep, 1)]
        assert list(POOL.map(abs, [-1, -2])) == [1, 2]
        return [future.result() for future in futures]

    found = []
    for _ in range(2):  # a second run, too
        run(("pc", lambda: found.append(program())), ("server", lambda: found.append(program())))
    assert sorted(found) == sorted([[("pc", 0), None], [("server", 0), None]] * 2)
    assert POOL.submit(where).result() is None
    assert len(POOL._threads) == 1


def test_a_program_that_shuts_the_pool_of_a_module_down_does_so_for_itself():
    def program():
        with POOL:
            assert POOL.submit(int).result() == 0
        with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
            POOL.submit(int)

    _, outcome, _ = run(("pc", program))
    assert outcome.succeeded
    assert POOL.submit(int).result() == 0


LEAVES_THINGS = """
import atexit, os, socket, sys, threading, time, weakref
from concurrent.futures import ThreadPoolExecutor
from link_network import LinkNetwork

class Thing: pass
kept = []

def reach():
    out = socket.socket()
    print("reached", out, flush=True)

def program(arguments):
    atexit.register(reach)
    kept.append((Thing(), ThreadPoolExecutor()))
    weakref.finalize(kept[0][0], reach)
    kept[0][1].submit(time.sleep, 1000).add_done_callback(lambda future: reach())
    time.sleep(1000)

with LinkNetwork("pc") as network:
    network.hosts["pc"].spawn("program", program)
    network.run(until_ns=1_000_000)
print("end of the run")
"""


def test_what_a_program_leaves_behind_does_nothing_when_the_interpreter_ends():
    environment = os.environ | {"PYTHONPATH": str(SUPPORT)}
    command = [sys.executable, "-c", LEAVES_THINGS]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=60)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("end of the run\n", "", 0)


def test_threads_that_have_ended_do_not_stay_in_their_process():
    def program():
        for _ in range(50):
            thread = threading.Thread(target=time.sleep, args=(0.1,))
            thread.start()
            thread.join()
        here = current()
        return len(here.process.threads)

    counts = []
    run(("pc", lambda: counts.append(program())))
    assert counts == [1]


def test_event_loops_that_are_gone_do_not_stay_in_their_process():
    def program():
        for _ in range(50):
            asyncio.run(asyncio.sleep(0.1))
        return len(current().process.exits.at_end)

    counts = []
    run(("pc", lambda: counts.append(program())))
    assert counts == [1]


GARBAGE = """
import gc, socket, sys
from link_network import LinkNetwork

class Node:
    def __init__(self):
        self.me = self
    def __del__(self):
        print("reached", socket.socket(), file=outside, flush=True)

outside = sys.stdout

async def stubborn():
    try:
        await Never()
    finally:
        await Never()

class Never:
    def __await__(self):
        while True:
            yield

def program(arguments):
    Node()
    held = [stubborn()]
    held.append(held)
    held[0].send(None)
    import time
    time.sleep(1000)

with LinkNetwork("pc") as network:
    network.hosts["pc"].spawn("program", program)
    network.run(until_ns=1_000_000)
gc.collect()
print("end of the run")
"""


def test_garbage_of_programs_reaches_nothing_and_complains_of_nothing():
    environment = os.environ | {"PYTHONPATH": str(SUPPORT)}
    command = [sys.executable, "-c", GARBAGE]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=60)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("end of the run\n", "", 0)


LATE = """
import ctypes, datetime, os, random, socket, sys, threading, time, types
from sim import Lan

class Last:
    def __del__(self):
        for call in self.calls:
            try:
                call()
            except Exception as error:
                self.write(2, f"{call}: {error!r}\\n".encode())
        self.write(1, b"the end\\n")

Lan()
last = Last()
last.write = os.write
last.calls = [
    time.time, time.monotonic, os.getpid, threading.get_ident, random.random, socket.gethostname,
    datetime.datetime.now, threading.Lock().acquire, threading.RLock().acquire,
    threading.Thread(target=int).is_alive, lambda get=os.environ.get: get("HOME"),
]
holder = types.ModuleType("holder")  # cleared after those of the package, which are still referred to
holder.last = last
modules = dict(sys.modules)
sys.modules.clear()
sys.modules.update({"holder": holder} | modules)
for module in [holder, *(one for name, one in modules.items() if name.startswith("sim."))]:
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(module))
del last, holder, modules, module
"""


def test_what_is_called_while_the_interpreter_ends_does_what_it_did():
    """The names of a module are None then, if somebody refers to it still."""
    command = [sys.executable, "-c", LATE]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("the end\n", "", 0)
