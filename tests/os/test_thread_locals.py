"""`threading.local` is one per simulated thread, whenever it was made; outside it stays as it was."""

# ruff: noqa: ANN001, ANN201, ANN202, ANN204

import subprocess
import sys
import threading
import time
from pathlib import Path
from threading import local as captured

from link_network import LinkNetwork

from sim import Lan

SUPPORT = Path(__file__).parent.parent / "support"


class Numbered(captured):
    """Made in each thread that asks, as the documentation of threading.local has it."""

    def __init__(self, first):
        self.number = first


BEFORE_THE_FIRST_KERNEL = """
import sys, threading, time
from threading import local
sys.path.insert(0, SUPPORT)
real = threading.local

class Numbered(local):
    def __init__(self, first):
        self.number = first

made, numbered = local(), Numbered(7)
made.name = "outside"
numbered.number = 1

from link_network import LinkNetwork

seen = {}

def program(arguments):
    seen[arguments[0]] = [hasattr(made, "name"), numbered.number]
    made.name = arguments[0]
    numbered.number += 1
    time.sleep(1)
    seen[arguments[0]] += [made.name, numbered.number]

with LinkNetwork("pc", "server") as network:
    for name, host in network.hosts.items():
        host.spawn(f"program {name}", program)
    assert network.run().succeeded, network.output("pc", "stderr")

print(seen)
print(made.name, numbered.number, threading.local is real, type(threading.local()) is real)
"""


def test_one_that_was_made_before_the_first_kernel_is_per_process_and_the_real_one_stays():
    script = BEFORE_THE_FIRST_KERNEL.replace("SUPPORT", repr(str(SUPPORT)))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "{'pc': [False, 7, 'pc', 8], 'server': [False, 7, 'server', 8]}",
        "outside 1 True True",
    ]


def test_each_thread_of_a_program_has_its_own():
    mine, seen = Numbered(0), []

    def work():
        mine.number += 1
        time.sleep(1)
        seen.append(mine.number)

    def program(arguments):
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seen.append(mine.number)

    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", program)
        network.run()
    assert seen == [1, 1, 1, 0]


def test_what_one_holds_is_released_in_its_thread_when_that_ends():
    mine, released = threading.local(), []

    class Held:
        def __del__(self):
            released.append((threading.current_thread().name, time.monotonic()))

    def work():
        mine.held = Held()

    def program(arguments):
        thread = threading.Thread(target=work, name="worker")
        thread.start()
        thread.join()
        time.sleep(1)

    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", program)
        network.run()
    assert released == [("worker", 0.0)]


def test_one_that_is_gone_is_gone_for_threads_that_are_suspended_too():
    """Its entries must not be met by the next one at its address."""
    box, seen = [threading.local() for _ in range(100)], []

    def first(arguments):
        for one in box:
            one.name = "old"
        time.sleep(2)
        seen.extend(hasattr(one, "name") for one in box)

    def second(arguments):
        time.sleep(1)
        places = {id(one) for one in box}
        box.clear()
        others = [threading.local() for _ in range(1000)]
        box.extend(one for one in others if id(one) in places)

    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("first", first)
        network.hosts["pc"].spawn("second", second)
        assert network.run().succeeded, network.output("pc", "stderr")
    assert seen, "Python gives the place of one that is gone to another one"
    assert not any(seen)


def test_who_records_has_those_of_outside():
    mine, seen = threading.local(), []
    mine.name = "outside"

    def program(arguments):
        mine.name = "inside"
        print("hello")
        time.sleep(1)

    with LinkNetwork("pc") as network:
        network.kernel._on_event = lambda event: seen.append(mine.name)
        network.hosts["pc"].spawn("program", program)
        network.run()
    assert set(seen) == {"outside"}


def test_a_listener_of_a_network_has_those_of_outside_and_its_directory():
    mine, seen = threading.local(), set()
    mine.name = "outside"
    lan = Lan()
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24")
    lan.link(delay="1 ms")

    def program():
        mine.name = "inside"
        for _ in range(10):
            print("hello")
            time.sleep(0.0005)

    lan.program("pc", program)
    with lan.start() as network:
        network.listen(lambda event: seen.add((mine.name, Path.cwd())))
        network.run()
    assert seen == {("outside", Path.cwd())}
