"""What testers have beside pytest works with networks as docs/testing.md says, each in its usual place.

One pytest with all the plugins runs one project, whose tests hold what they say. Here is what only its report
shows.
"""

# ruff: noqa: ANN001, ANN002, ANN201

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PLUGINS = ("pytest_asyncio.plugin", "pytest_timeout", "pytest_cov.plugin")
for needed in ("pytest_asyncio", "pytest_timeout", "pytest_cov", "freezegun"):
    pytest.importorskip(needed)

APP = """\
import asyncio
import socket
import threading
import time
from time import time as wall

LIMIT = 3


def serve():
    with socket.create_server(("", 7)) as listener:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=handle, args=(connection,), daemon=True).start()


def handle(connection):
    with connection:
        data = connection.recv(100)
        time.sleep(0.5)
        connection.sendall(data)


def ask(data=b"x"):
    with socket.create_connection(("server", 7)) as connection:
        connection.sendall(data)
        return connection.recv(100)


async def ask_async(data):
    reader, writer = await asyncio.open_connection("server", 7)
    writer.write(data)
    answer = await reader.read(100)
    writer.close()
    return answer


def now():
    return time.time(), wall(), LIMIT
"""

TESTS = '''\
import asyncio
import datetime
import gc
import random
import socket
import time

import app
import freezegun
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from sim import Lan

EPOCH = 1767225600.0


def two(lan):
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24", timezone="Europe/Berlin")
    lan.link()
    lan.program("server", app.serve, service=True)
    return lan


def result(lan, program, *arguments, host="pc"):
    job = two(lan).program(host, program, *arguments, at="1 ms")
    lan.run()
    return job.result()


# -- freezegun -------------------------------------------------------------------------------------


def dates():
    time.sleep(2)
    assert isinstance(datetime.datetime.now(), datetime.datetime)
    return round(time.time() - EPOCH), datetime.datetime.now().hour, datetime.datetime.utcnow().hour


@freezegun.freeze_time("2012-01-14 12:00:01")
def test_frozen_around_the_first_network_of_all():
    assert result(Lan(), dates) == (2, 0, 0)
    assert result(Lan(), dates, host="server") == (2, 1, 0)
    assert time.time() == 1326542401 and datetime.datetime.now().year == 2012


def test_thawed_again():
    assert time.time() > 1.7e9 and type(datetime.datetime.now()) is datetime.datetime
    assert result(Lan(), dates) == (2, 0, 0)


def freeze():
    began = time.monotonic()
    with freezegun.freeze_time("2020-01-14") as frozen:
        first = time.time()
        time.sleep(5)
        frozen.tick(3)
        second = time.time()
    return second - first, datetime.datetime.now().year, 5 <= time.monotonic() - began < 5.1


def test_frozen_in_a_program_for_that_program(lan):
    two(lan)
    frozen = lan.program("pc", freeze)
    others = [lan.program(host, dates) for host in ("pc", "server")]
    lan.run()
    assert frozen.result() == (3, 2026, True)
    assert [other.result() for other in others] == [(2, 0, 0), (2, 1, 0)]


# -- monkeypatch -----------------------------------------------------------------------------------


def test_what_is_patched_is_patched_for_programs(lan, monkeypatch):
    monkeypatch.setattr(app, "LIMIT", 5)
    monkeypatch.setattr("app.wall", lambda: 42.0)
    assert result(lan, app.now)[1:] == (42.0, 5)


def test_a_clock_and_a_look_up_that_are_patched(lan, monkeypatch):
    look_up = socket.getaddrinfo
    monkeypatch.setattr(time, "time", lambda: 7.0)
    monkeypatch.setattr(random, "random", lambda: 0.5)
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest: look_up("server", *rest))

    def program():
        with socket.create_connection(("nowhere.example", 7)) as connection:
            return connection.getpeername()[0], time.time(), random.random()

    assert result(lan, program) == ("192.168.1.20", 7.0, 0.5)


def test_and_is_as_before_afterwards(lan, monkeypatch):
    monkeypatch.setenv("MINE", "1")  # a host has an environment of its own
    import os

    assert result(lan, lambda: (os.environ.get("MINE"), int(time.time() - EPOCH))) == (None, 0)
    assert os.environ["MINE"] == "1"


# -- asyncio ---------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_run_in_a_coroutine_s_test(lan):
    await asyncio.sleep(0)
    assert result(lan, app.ask_async, b"hello") == b"hello"
    await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_a_run_in_a_thread_while_the_loop_goes_on(lan):
    assert await asyncio.to_thread(result, lan, app.ask_async, b"hello") == b"hello"


# -- hypothesis ------------------------------------------------------------------------------------


def collect():
    """Ended in the midst of it: hypothesis's callback of the collector reads a clock."""
    try:
        time.sleep(100)
    finally:
        gc.collect()


@settings(max_examples=4, deadline=None)
@given(st.binary(min_size=1, max_size=50))
def test_examples(data):
    lan = Lan()
    lan.program("server", collect, service=True)
    assert result(lan, app.ask, data) == data


def test_an_example_is_made_small():
    seen = []

    @settings(max_examples=10, deadline=None, database=None, phases=[Phase.generate, Phase.shrink])
    @given(st.integers(1, 9))
    def few(number):
        seen.append(number)
        lan = Lan()
        job = two(lan).program("pc", lambda: len(app.ask(bytes(number))) < 3 or 1 / 0)
        lan.run(check=False)
        job.result()

    with pytest.raises(ZeroDivisionError):
        few()
    assert seen[-1] == 3


class Cable(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.network = two(Lan()).start()

    @rule(data=st.binary(min_size=1, max_size=5))
    def ask(self, data):
        assert self.network.host("pc").run(app.ask, data).wait() == data

    @rule(ms=st.integers(1, 100))
    def unplug_for(self, ms):
        self.network.unplug("server")
        self.network.run_for(f"{ms} ms")
        self.network.plug("server")

    def teardown(self):
        if hasattr(self, "network"):
            self.network.close()


TestCable = Cable.TestCase
TestCable.settings = settings(max_examples=3, stateful_step_count=4, deadline=None)


# -- one network for several tests -----------------------------------------------------------------


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with two(Lan(folder=tmp_path_factory.mktemp("shared"))).start() as network:
        yield network


@pytest.mark.parametrize("number", range(2))
def test_a_network_of_a_module(shared, number):
    assert shared.host("pc").run(app.ask).wait() == b"x"
    assert shared.now >= 500_000_000


# -- pytest-timeout --------------------------------------------------------------------------------


def wait():
    with socket.create_server(("", 7)) as listener:
        listener.accept()


def spin():
    while True:
        try:
            time.sleep(0.001)
        except BaseException:
            pass


@pytest.mark.timeout(60)
def test_deadlock(lan):
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24")
    lan.link()
    lan.program("pc", wait)
    lan.run()


@pytest.mark.timeout(0.5)
def test_endless(lan):
    two(lan).program("pc", spin)
    lan.run(check=False)


@pytest.mark.timeout(0.5)
def test_endless_step_by_step(lan):
    with two(lan).start() as network:
        network.host("pc").run(spin)
        while True:
            network.run_for("1 s")
'''

SETTINGS = """\
[pytest]
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""
COVERAGE = "[run]\nconcurrency = greenlet, thread\n"


def run_pytest(folder, *options):
    for name, text in (
        ("app.py", APP),
        ("test_mine.py", TESTS),
        ("pytest.ini", SETTINGS),
        (".coveragerc", COVERAGE),
    ):
        (folder / name).write_text(text)
    plugins = [word for name in ("sim.pytest_plugin", *PLUGINS) for word in ("-p", name)]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, "-p", "no:cacheprovider", "-q", *options, folder],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    return run_pytest(tmp_path_factory.mktemp("project"), "--cov=app", "--cov-report=term-missing").stdout


def test_all_do_in_one_process(done):
    failed = re.findall(r"^FAILED test_mine.py::(\w+)", done, re.MULTILINE)
    assert failed == ["test_deadlock", "test_endless", "test_endless_step_by_step"], done
    assert re.search(r"^3 failed, 13 passed in", done, re.MULTILINE), done


def test_coverage_counts_each_line_that_programs_run(done):
    assert re.search(r"^app.py +\d+ +0 +100%", done, re.MULTILINE), done


def test_a_test_that_takes_too_long_fails_at_its_line_with_the_place_in_the_program(done):
    reports = re.split(r"^_{3,} (\w+) _{3,}$", done, flags=re.MULTILINE)
    by_name = dict(zip(reports[1::2], reports[2::2], strict=True))
    assert "E       sim.api.run.RunError: the run was ended: deadlock" in by_name["test_deadlock"]
    for name, line in (
        ("test_endless", ">       lan.run(check=False)\n"),
        ("test_endless_step_by_step", '>               network.run_for("1 s")\n'),
    ):
        text = by_name[name]
        assert line in text and "Failed: Timeout (>0.5s) from pytest-timeout." in text, text
        assert re.search(r"running(, at| \(test_mine.py, line \d+\), at) \S+ s of simulated time", text), text


@pytest.mark.slow
def test_xdist_and_the_other_method_of_pytest_timeout(tmp_path):
    """The tests of a file in several processes, with folders of their own; one is ended with its stacks."""
    shared = run_pytest(tmp_path, "-p", "xdist.plugin", "-n", "2", "-k", "not endless")
    assert re.search(r"^1 failed, 13 passed in", shared.stdout, re.MULTILINE), shared.stdout
    ended = run_pytest(tmp_path, "--timeout-method=thread", "-k", "thawed or test_endless")
    assert ended.returncode == 1 and "Timeout" in ended.stdout and "in test_endless" in ended.stdout
