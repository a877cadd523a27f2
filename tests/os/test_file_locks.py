"""Locks of real files: they exclude simulated programs, who wait in simulated time (flock(2), fcntl(2))."""

# ruff: noqa: ANN001, ANN201, ANN202

import fcntl
import time

from here_and_there import both, failure
from link_network import LinkNetwork


def test_a_locked_file_is_waited_for_in_simulated_time(tmp_path):
    """flock(2): the real call would stop all of them, its owner included."""
    path = tmp_path / "lock"
    order = []

    def program(argv):
        with path.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            order.append((argv[0], "has it", round(time.monotonic(), 1)))
            busy = path.open()
            refused = failure(fcntl.flock, busy, fcntl.LOCK_SH | fcntl.LOCK_NB)
            time.sleep(1)
            order.append((argv[0], refused))

    with LinkNetwork("pc") as network:
        for name in ("one", "other"):
            network.hosts["pc"].spawn(["program", name], program)
        assert network.run().succeeded, network.output("pc", "stderr")
    busy = ("BlockingIOError", "EAGAIN")
    assert order == [("one", "has it", 0.0), ("one", busy), ("other", "has it", 1.0), ("other", busy)]


def test_records_of_a_file_are_locked_and_waited_for_in_simulated_time(tmp_path):
    """F_SETLK and F_SETLKW of fcntl(2): a part of the file, from each of two programs."""
    path = tmp_path / "records"
    path.write_bytes(bytes(100))
    order = []

    def program(argv):
        with path.open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX, 10, 20)  # octets 20 to 29
            order.append((argv[0], "has it", round(time.monotonic(), 1)))
            time.sleep(1)
            fcntl.lockf(file, fcntl.LOCK_UN, 10, 20)
            time.sleep(1)

    def other():
        with path.open("r+b") as file:
            time.sleep(0.5)
            cases = (
                (fcntl.LOCK_EX, 10, 10),
                (fcntl.LOCK_EX, 1, 30),
                (fcntl.LOCK_EX, 1, 29),
                (fcntl.LOCK_SH, 0, 0),
            )
            order.append([failure(fcntl.lockf, file, how | fcntl.LOCK_NB, *where) for how, *where in cases])

    with LinkNetwork("pc") as network:
        network.hosts["pc"].spawn(["program", "one"], program)
        network.hosts["pc"].spawn(["program", "two"], program)
        network.hosts["pc"].spawn("other", lambda argv: other())
        assert network.run().succeeded, network.output("pc", "stderr")
    busy = ("BlockingIOError", "EAGAIN")
    assert order == [("one", "has it", 0.0), ["nothing", "nothing", busy, busy], ("two", "has it", 1.0)]


def test_an_unknown_lock_is_refused_as_always(tmp_path):
    def program():
        with (tmp_path / "file").open("w") as file:
            return failure(fcntl.lockf, file, fcntl.LOCK_NB)

    assert both(program) == "ValueError"
