"""What pytest shows of a test whose program fails: the program's own lines, once, whose it was, and when.

One pytest runs all the failing tests of one project; each test here reads the report of one of them.
"""

# ruff: noqa: ANN001, ANN201

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

APP = '''\
"""A module under test: pytest does not rewrite its assertions."""
import socket
import threading


def checked(number):
    assert number == 4, "the module's own words"


def unanswered():
    socket.create_connection(("server", 9))


def serve():
    def handle(connection):
        with connection:
            assert connection.recv(10) == b"bye"

    with socket.create_server(("", 7)) as listener:
        while True:
            threading.Thread(target=handle, args=listener.accept()[:1], name="handler").start()
'''

TESTS = """\
import asyncio
import logging
import socket
import sys
import threading
import time
import traceback

import pytest

import app
from sim import Lan, Match
from sim.os import prompt


@pytest.fixture
def net(lan):
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24")
    lan.link()
    return lan


def check():
    numbers = [1, 2, 3]
    print("about to check")
    print("warned", file=sys.stderr)
    assert sum(numbers) == 7


async def check_async():
    answer = 5
    assert answer == 6


def test_function(net):
    net.program("pc", check, at="1 ms")
    net.run()


def test_result(net):
    job = net.program("pc", check, at="1 ms")
    net.run(check=False)
    with pytest.raises(AssertionError):
        job.result()
    job.result()


def test_coroutine(net):
    net.program("pc", check_async)
    net.run()


def test_wait(net):
    with net.start() as network:
        network.host("pc").run(check).wait()


def test_module(net):
    net.program("pc", app.checked, 5)
    net.run()


def test_call(net):
    net.program("pc", app.unanswered)
    net.run()


def talk():
    with socket.create_connection(("server", 7)) as connection:
        connection.sendall(b"hello")
        assert connection.recv(10) == b""


def test_thread(net):
    net.program("server", app.serve, service=True)
    net.program("pc", talk, at="1 ms")
    net.run()


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_strict_thread(net):
    net.program("server", app.serve, service=True)
    net.program("pc", talk, at="1 ms")
    net.run()


def test_until(net):
    with net.start() as network:
        network.run_until(Match("switched off"), within="1 s")


def test_own_lan():
    lan = Lan()
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24")
    lan.link()
    lan.program("pc", check)
    lan.run()


def test_no_network():
    assert not 1


def chatter():
    for number in range(100):
        print("line", number)


def hang_up():
    with socket.create_server(("", 7)) as listener:
        connection, _ = listener.accept()
        connection.recv(1)
        time.sleep(200)
        connection.close()
        raise LookupError("no answer")


def give_up():
    with pytest.raises(ConnectionResetError):
        talk()


def test_long(net):
    net.program("server", hang_up)
    net.program("pc", give_up, at="1 ms")
    net.program("pc", chatter, at="2 ms")
    net.run()


def test_skip(net):
    net.program("pc", pytest.skip, "said by a program")
    net.run()


async def both_fail():
    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(check_async())


def test_group(net):
    net.program("pc", both_fail)
    net.run()


async def forget():
    async def fail():
        raise LookupError("nobody looks")

    task = asyncio.create_task(fail())
    await asyncio.sleep(1)
    del task
    assert 0


def test_lost_task(net):
    net.program("pc", forget)
    net.run()


def test_several(net):
    net.program("pc", app.checked, 1, at="2 s")
    net.program("server", app.checked, 2, at="1 s")
    net.run()


def test_breakpoint(net):
    net.program("pc", lambda: breakpoint())
    net.run()


def test_log(net, caplog, capsys):
    def work():
        logging.getLogger("mine").warning("careful")
        print("programs print for their host")

    net.program("pc", work, at="2 s")
    net.run()
    (record,) = caplog.records
    assert (record.host, round(record.created)) == ("pc", 1767225602)
    logging.getLogger("mine").warning("after it")
    assert caplog.records[1].host == "" and capsys.readouterr().out == ""
    assert not "enough"


def test_log_of_a_host(net, caplog):
    def work():
        logging.getLogger("mine").warning("lost", extra={"host": "db1"})
        logging.LoggerAdapter(logging.getLogger("mine"), {"host": "db2"}).warning("lost")

    net.program("pc", work)
    net.run()
    work()
    assert [record.host for record in caplog.records] == ["db1", "db2"] * 2


def test_session_in_a_session(tmp_path):
    before = logging.Logger.handle, list(prompt._lenders)
    pytest.main(["-q", "-p", "sim.pytest_plugin", "-p", "no:cacheprovider", str(tmp_path)])
    assert (logging.Logger.handle, prompt._lenders) == before


def raise_from_itself():
    try:
        raise LookupError("its own cause")
    except LookupError as error:
        raise error from error


def test_own_cause(net):
    net.program("pc", raise_from_itself)
    net.run()


def blame_what_was_never_raised():
    raise LookupError("no answer") from ValueError("first line\\nsecond line")


def print_the_like():
    print("Traceback (most recent call last):\\nsecond line", file=sys.stderr)


def test_cause_never_raised(net):
    net.program("pc", blame_what_was_never_raised)
    net.program("server", print_the_like)
    net.run()


def hide_the_context():
    try:
        raise ValueError("of the program's own printing")
    except ValueError:
        traceback.print_exc()
        raise LookupError("no answer") from None


def test_hidden_context(net):
    net.program("pc", hide_the_context)
    net.run()
"""


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    (folder / "app.py").write_text(APP)
    (folder / "test_mine.py").write_text(TESTS)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "sim.pytest_plugin", "-p", "no:cacheprovider", "-q"),
            *("-o", "log_format=[%(host)s] %(message)s", folder),
        ],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT), "COLUMNS": "100"},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "19 failed, 3 passed, 1 skipped, 1 warning" in done.stdout, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def report(output):
    """The report of one test, by its name."""
    parts = re.split(r"^_{3,} (\w+) _{3,}$", output.partition("= warnings summary")[0], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True)).__getitem__


def thicknet_lines(report):
    """The lines of this package that a report names."""
    return re.findall(r"\bsim/\S+\.py\S*", report)


@pytest.mark.parametrize(
    ("name", "who"),
    [
        ("test_function", r"pc: check\(\) at 0\.001\d* s of simulated time"),
        ("test_result", r"pc: check\(\) at 0\.001\d* s of simulated time"),
        ("test_wait", r"pc: check\(\) at 0\S* s of simulated time"),
    ],
)
def test_an_assertion_is_explained_once_with_the_program_s_lines_host_and_time(report, name, who):
    text = report(name)
    assert text.count(">       assert sum(numbers) == 7\n") == 1
    assert text.count("E       assert 6 == 7\n") == 1
    assert text.count("+  where 6 = sum([1, 2, 3])") == 1
    assert re.search(f"^E +{who}$", text, re.MULTILINE)
    assert "Traceback" not in text and not thicknet_lines(text)


def test_a_run_that_failed_says_so_at_the_line_of_the_test_too(report):
    text = report("test_function")
    assert (
        ">       net.run()\nE       sim.api.run.RunError: pc: check(): AssertionError: assert 6 == 7 … at"
        in text
    )


def test_a_coroutine_shows_nothing_of_asyncio(report):
    text = report("test_coroutine")
    assert ">       assert answer == 6" in text and "E       assert 5 == 6" in text
    assert "asyncio" not in text and not thicknet_lines(text)


def test_a_module_s_assertion_is_not_rewritten_and_shown_the_same(report):
    text = report("test_module")
    assert '>       assert number == 4, "the module\'s own words"' in text and not thicknet_lines(text)


def test_what_a_call_raises_ends_at_the_program_s_call(report):
    text = report("test_call")
    assert "ConnectionRefusedError: [Errno 111] Connection refused" in text
    assert "app.py:11: " in text and not thicknet_lines(text)


def test_what_a_thread_raises_is_on_stderr_and_a_warning_as_of_any_thread(output):
    warnings = output.partition("= warnings summary")[2]
    assert "PytestUnhandledThreadExceptionWarning: Exception in thread handler" in warnings
    assert 'assert connection.recv(10) == b"bye"' in warnings
    assert "server: serve(), thread handler at 0.001" in warnings
    assert "thread handler" not in output.partition("test_strict_thread")[0]  # and the test passes


def test_which_fails_the_test_where_warnings_are_errors(report):
    text = report("test_strict_thread")
    assert "server: serve(), thread handler at 0.001" in text
    stderr = text.partition("Captured stderr of server")[2]
    assert "Exception in thread handler:\nTraceback" in stderr or "Exception in thread handler:" in stderr


def test_time_that_ran_out_is_shown_at_the_line_of_the_test(report):
    text = report("test_until")
    assert (
        '>           network.run_until(Match("switched off"), within="1 s")\nE           TimeoutError' in text
    )
    assert not thicknet_lines(text)


def test_output_is_shown_by_host_and_stream(report):
    text = report("test_function")
    assert re.search(
        r"^-+ Captured stdout of pc -+\nabout to check\n-+ Captured stderr of pc -+\nwarned\n", text, re.M
    )


def test_a_lan_without_the_fixture_is_reported_too_and_no_network_not(report):
    assert "Captured stdout of pc" in report("test_own_lan")
    assert "thicknet" not in report("test_no_network")


def test_what_happened_is_what_matters_and_most_of_it_on_the_host_that_failed(report):
    text = report("test_long")
    sections = re.findall(r"^-+ (.*) -+$", text, re.MULTILINE)
    assert [name for name in sections if "Captured" in name] == ["Captured stdout of pc"]
    shown = text.partition("thicknet, what happened")[2].splitlines()[1:]
    lines = [line for line in shown if " µs " in line]
    assert len(lines) == 60 and not any(word in text for word in ("TIME-WAIT", "cache:", "octets from"))
    assert sum("server" in line for line in lines) == 4 + 1
    assert re.search(r"^\(60 of \d{3} events; all are in .*events.jsonl\)$", text, re.MULTILINE)


def test_records_of_logging_have_the_host_and_simulated_time(report):
    assert "[pc] careful\n[] after it\n" in report("test_log")


def test_without_a_terminal_a_breakpoint_is_refused_in_a_sentence(report):
    text = report("test_breakpoint")
    assert "E   RuntimeError: breakpoint(): there is no terminal" in text and not thicknet_lines(text)


def test_an_exception_group_is_shown_once_and_without_frames_of_the_simulation(report):
    text = report("test_group")
    assert text.count("assert answer == 6") == 2 and not thicknet_lines(text)
    assert "| pc: both_fail() at 0" in text and "Captured stderr" not in text


def test_what_a_task_raised_that_nobody_awaited_is_in_the_log_as_asyncio_says_it(report):
    text = report("test_lost_task")
    assert "[pc] Task exception was never retrieved" in text and "<Task finished name='Task-2'" in text


def test_of_several_failures_the_first_in_time_is_the_cause_and_the_others_are_on_stderr(report):
    text = report("test_several")
    assert re.search(r"^E +server: checked\(\) at 1 s of simulated time$", text, re.MULTILINE)
    assert re.search(r"^E +pc: checked\(\): AssertionError: the module's own words at 2", text, re.MULTILINE)
    sections = re.findall(r"^-+ (Captured .*) -+\n(.*)$", text, re.MULTILINE)
    assert sections == [("Captured stderr of pc", "Traceback (most recent call last):")]


def test_an_exception_that_is_its_own_cause_is_shown_once(report):
    text = report("test_own_cause")
    assert len(re.findall(r"^E +LookupError: its own cause$", text, re.MULTILINE)) == 1
    assert "Captured stderr" not in text


def test_what_a_program_printed_stays_if_pytest_does_not_show_it(report):
    printed = report("test_cause_never_raised").partition("Captured stderr of server")[2]
    assert "Traceback (most recent call last):\nsecond line\n" in printed
    printed = report("test_hidden_context").partition("Captured stderr of pc")[2]
    assert "ValueError: of the program's own printing\n" in printed
