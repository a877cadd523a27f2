"""`breakpoint()` in a program, at a pseudo-terminal: time stands still, `c` goes on, `q` ends the run."""

# ruff: noqa: ANN001, ANN201

import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PROMPT = "(Pdb) "
PATIENCE_S = 30

PROJECT = """\
import time
from functools import partial

import pytest

from sim.os.kernel import Kernel


@pytest.fixture
def net(lan, monkeypatch):
    monkeypatch.setattr("sim.api.network.Kernel", partial(Kernel, processor_limit_s=0.2))
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24")
    lan.link()
    lan.program("server", tick)
    return lan


def tick():
    for number in range(4):
        time.sleep(1)
        print("tick", number)


def stop():
    time.sleep(1.5)
    x = 41
    began = time.monotonic()
    breakpoint()
    took = time.monotonic() - began
    time.sleep(1)
    print("x is", x)
    return x, took


def test_go_on(net):
    job = net.program("pc", stop)
    net.run()
    x, took = job.result()
    assert x == 42 and took < 0.001
    assert job.output == ["x is 42"]


def fail():
    numbers = [4, 5]
    assert sum(numbers) == 10


def test_post_mortem(net):
    with net.start() as network:
        network.host("pc").run(fail).wait()


def test_quit(net):
    net.program("pc", stop)
    net.run()


def test_never_begun():
    raise AssertionError
"""

SCENARIO = """\
title = "t"
[[host]]
name = "pc"
address = "192.168.1.10/24"
[[host]]
name = "server"
address = "192.168.1.20/24"
[link]
[[program]]
host = "pc"
run = "python prog.py"
"""

PROGRAM = """\
import pdb
import time

pdb.set_trace(header="here")
time.sleep(3)
print("after", round(time.monotonic()))
"""


def converse(command, folder, typed):
    """What a terminal shows on which `command` runs and `typed` answers its prompts, and its exit status."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, *command],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT), "TERM": "dumb"},
        cwd=folder,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        close_fds=True,
    )
    os.close(theirs)
    shown, seen, lines = "", 0, list(typed)
    with process:
        try:
            while select.select([ours], [], [], PATIENCE_S)[0]:
                octets = os.read(ours, 10_000)
                if not octets:
                    break
                shown += octets.decode(errors="replace").replace("\r", "")
                if PROMPT in shown[seen:] and lines:
                    seen = len(shown)
                    os.write(ours, lines.pop(0).encode() + b"\n")
        except OSError:  # EIO: the other end is closed
            pass
        finally:
            os.close(ours)
            if lines:  # it never asked
                process.kill()
    return shown, process.returncode


def test_at_a_prompt_in_a_test_time_stands_still(tmp_path):
    (tmp_path / "test_mine.py").write_text(PROJECT)
    busy = "p sum(1 for _ in range(8_000_000))"  # more processor time than a program may use
    shown, status = converse(
        [
            "-m",
            "pytest",
            "-p",
            "sim.pytest_plugin",
            "-p",
            "no:cacheprovider",
            "-q",
            "--pdb",
            "--basetemp=t",
            ".",
        ],
        tmp_path,
        [
            *("p x", busy, "w", "x = 42", "n", "n", "n", "p time.monotonic()", "c"),  # in the first
            *("p numbers", "c"),  # at what failed in the second
            *("q", "q"),  # the run, and the prompt that --pdb gives for Ctrl-C
        ],
    )
    assert "-- pc: stop(), thread MainThread, 1.5" in shown, shown
    assert "\n41\n" in shown and "\n8000000\n" in shown
    stack = shown.partition(f"{PROMPT}w\n")[2].partition(PROMPT)[0]
    assert re.fullmatch(
        r"> \S+test_mine.py\(\d+\)stop\(\)\n-> (took =|breakpoint).+\n", stack
    )  # as of Python 3.13 the latter
    assert "-- pc: stop(), thread MainThread, 2.5" in shown and "-> print(" in shown
    assert "\n[4, 5]\n" in shown and "-> assert sum(numbers) == 10" in shown
    assert "KeyboardInterrupt" in shown and "2 failed, 1 passed" in shown and status == 2
    (events,) = (tmp_path / "t").glob("test_quit0/run/events.jsonl")
    assert '"kind": "started"' in events.read_text()


def test_in_a_run_of_a_scenario_pdb_has_the_terminal(tmp_path):
    (tmp_path / "lan.toml").write_text(SCENARIO)
    (tmp_path / "prog.py").write_text(PROGRAM)
    shown, status = converse(
        ["-c", "from sim.cli import main; main()", "run", "lan.toml"], tmp_path, ["n", "c"]
    )
    assert "here\n" in shown and "-> time.sleep(3)" in shown, shown
    assert shown.count("simulated time\n> ") == 2 and "python: after 3" in shown and status == 0
