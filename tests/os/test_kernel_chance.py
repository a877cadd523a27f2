"""What a program draws comes from its process's seeded stream; names and orders depend on no address."""

# ruff: noqa: ANN001, ANN002, ANN201, ANN202

import ast
import asyncio
import concurrent.futures
import os
import random
import secrets
import subprocess
import sys
import threading
import uuid

import pytest
from link_network import LinkNetwork

captured_randrange = random.randrange
captured_urandom = os.urandom


def draw():
    """One of everything that is random."""
    numbers = [random.random(), random.randint(1, 1000), random.choice("abcdef"), captured_randrange(1000)]
    unseeded = random.Random().random(), random.SystemRandom().random()
    octets = os.urandom(8), captured_urandom(8), secrets.token_hex(8), uuid.uuid4(), uuid.uuid1()
    return numbers, unseeded, octets


def results(*programs, seed=1):
    """What the programs return, each in a process of its own on one host."""
    answers = {}
    with LinkNetwork("pc", "server", seed=seed) as network:
        for number, program in enumerate(programs):

            def main(argv, number=number, program=program):
                answers[number] = program()

            network.hosts["pc"].spawn(f"program{number}", main)
        outcome = network.run()
        assert outcome.succeeded, network.output("pc", "stderr")
    return [answers[number] for number in range(len(programs))]


def test_the_same_seed_draws_the_same_and_another_seed_or_process_draws_other():
    first, second = results(draw, draw)
    assert results(draw, draw) == [first, second]
    assert first != second
    assert results(draw, seed=2) != [first]


def test_what_one_program_draws_does_not_change_what_another_does():
    alone = results(lambda: None, draw)[1]
    assert results(lambda: [random.random() for _ in range(100)], draw)[1] == alone


def test_random_seed_is_the_process_s_own_and_gives_the_numbers_it_always_gave():
    def seeded():
        random.seed(5)
        return [random.random() for _ in range(3)], random.getrandbits(32)

    outside = random.getstate()
    generator = random.Random(5)
    expected = [generator.random() for _ in range(3)], generator.getrandbits(32)
    assert results(seeded, seeded) == [expected, expected]
    assert random.getstate() == outside


def test_os_urandom_cannot_be_seeded_by_a_program():
    def seeded():
        random.seed(5)
        return os.urandom(16)

    first, second = results(seeded, seeded)
    assert first != second


def test_outside_a_program_randomness_is_real():
    outside = []

    for _ in range(2):
        with LinkNetwork("pc") as network:
            network.kernel.call_at(1000, lambda: outside.append((os.urandom(8), uuid.uuid4())))
            network.hosts["pc"].spawn("program", lambda argv: None, at_ns=2000)
            network.run()
    assert outside[0] != outside[1]


def test_uuid1_has_simulated_time_and_the_station_address():
    def program():
        made = uuid.uuid1()
        return made.node, made.time, uuid.getnode(), made.version

    ((node, time, getnode, version),) = results(program)
    assert node == getnode == 0x02_00_00_00_00_01
    assert (time - 0x01B21DD213814000) // 10_000_000 == 1_767_225_600
    assert version == 1


def test_names_that_the_library_counts_are_counted_per_process():
    async def task_names():
        return asyncio.current_task().get_name(), asyncio.create_task(asyncio.sleep(0)).get_name()

    def names():
        with concurrent.futures.ThreadPoolExecutor() as pool:
            pooled = pool.submit(lambda: threading.current_thread().name).result()
        return threading.Thread().name, pooled, asyncio.run(task_names())

    assert results(names, names) == [("Thread-1", "ThreadPoolExecutor-0_0", ("Task-1", "Task-2"))] * 2


def test_tasks_are_cancelled_in_the_order_in_which_they_were_made():
    order = []

    async def wait(number):
        try:
            await asyncio.sleep(100)
        finally:
            order.append(number)

    async def many():
        tasks = {asyncio.create_task(wait(number)) for number in range(200)}
        await asyncio.sleep(0)
        first = [hash(task) for task in asyncio.all_tasks()]
        assert len(tasks) == 200
        return first == sorted(first)

    results(lambda: asyncio.run(many()))
    assert order == sorted(order) and len(order) == 200


def test_as_completed_begins_coroutines_in_the_order_given():
    order = []

    async def begin(number):
        order.append(number)

    async def many():
        for ended in asyncio.as_completed([begin(number) for number in range(100)]):
            await ended

    results(lambda: asyncio.run(many()))
    assert order == list(range(100))


@pytest.mark.parametrize("count", [1, 50])
def test_futures_of_a_pool_are_completed_in_one_order(count):
    def work():
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            made = [pool.submit(int) for _ in range(count)]
        return [made.index(future) for future in concurrent.futures.as_completed(made)]

    assert results(work)[0] == results(work)[0]


def test_what_tasks_were_at_when_a_run_ends_is_ended_in_the_program():
    """Its clean-up code runs, in simulation; what it waits for is refused, also when it waits again."""
    ended = []

    async def stubborn(number):
        try:
            await asyncio.sleep(1000)
        finally:
            ended.append((number, os.getpid()))
            await asyncio.sleep(1000)
            ended.append("waited")

    async def main():
        await asyncio.gather(*(stubborn(number) for number in range(3)))

    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("service", lambda argv: asyncio.run(main()), service=True)
        network.run(1_000_000_000)
    assert ended == [(0, 1), (1, 1), (2, 1)]


NUMPY = """
import random, sys
{imports}
from sim import Lan

def program():
    before = random.random()
    import numpy
    from numpy.random import randint
    drawn = numpy.random.random(), randint(1000), numpy.random.sample(), numpy.random.default_rng().random()
    numpy.random.seed(3)
    again = numpy.random.random()
    numpy.random.seed(3)
    assert numpy.random.random() == again
    return before, *drawn, random.random()

for _ in range(2):
    lan = Lan()
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24")
    lan.link()
    jobs = [lan.program(host, program) for host in ("pc", "server")]
    lan.run()
    print([job.result() for job in jobs])
import numpy
numpy.random.seed(1)
assert numpy.random.random() == numpy.random.RandomState(1).random()
"""


def test_numpy_s_functions_draw_from_the_seed_whoever_loads_it_first():
    """The first program of all, one that finds it loaded, and one that finds it loaded before the package."""
    done = [
        subprocess.run(
            [sys.executable, "-c", NUMPY.format(imports=imports)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for imports in ("", "import numpy.random")
    ]
    assert done[0][0] == done[0][1] == done[1][0] == done[1][1]
    pc, server = ast.literal_eval(done[0][0])
    assert all(one != other for one, other in zip(pc, server, strict=True))
