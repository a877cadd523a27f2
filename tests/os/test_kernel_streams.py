"""Standard streams: a program has its own, also in greenlets that it made; the real ones may be closed."""

# ruff: noqa: ANN001, ANN201, ANN202

import subprocess
import sys
import time

from greenlet import greenlet
from link_network import LinkNetwork

CODE = """
import sys
sys.stdout.close()
sys.stdout = None
from sim.os.streams import RedirectedStreams
with RedirectedStreams():
    print("nobody reads this")
    sys.stdout.flush()
sys.exit(0 if sys.stdout is None else 1)
"""


def test_a_closed_stdout_is_silence_and_no_traceback() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_printed_in_a_greenlet_of_the_program_is_the_programs():
    def program(arguments):
        def inner():
            print("from inside")
            print("an error", file=sys.stderr)
            time.sleep(1)
            print("later")

        print("before")
        greenlet(inner).switch()

    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", program)
        network.run()
        assert network.output("pc") == ["before", "from inside", "later"]
        assert network.output("pc", "stderr") == ["an error"]


def test_a_program_finds_the_same_streams_in_all_runs_of_its_kernel():
    """print() of CPython 3.11 holds `sys.stdout` by a borrowed reference while it waits in a write: a stream
    of one run that was gone in the next made it print into freed memory."""
    found = []

    def program(arguments):
        for _ in range(3):
            found.append((sys.stdin, sys.stdout, sys.stderr))
            time.sleep(1)

    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", program)
        for second in (1, 2, 4):
            network.kernel.run(second * 10**9 - 1)
    first, *others = found
    assert len(others) == 2
    assert all(one is other for streams in others for one, other in zip(first, streams, strict=True))


def test_what_waits_in_a_print_at_the_end_of_a_run_is_printed_in_the_next():
    lines = [f"line {number}" for number in range(50)]

    def program(arguments):
        print("\n".join(lines))
        print("end")

    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn("program", program)
        for ns in range(0, 20_000, 500):
            network.kernel.run(ns)
        network.run()
        assert network.output("pc") == [*lines, "end"]
