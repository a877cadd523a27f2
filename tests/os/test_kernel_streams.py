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
from sim.os.streams import redirected_streams
with redirected_streams():
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
