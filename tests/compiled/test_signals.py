"""A signal reaches Python while the compiled engine computes, though no adapter rings and no program acts."""

import signal
import time
from types import FrameType

import pytest

from sim import Lan

pytestmark = pytest.mark.usefixtures("on_compiled")


class Signalled(Exception):
    """The handler ran."""


def handler(number: int, frame: FrameType | None) -> None:
    raise Signalled


def test_a_signal_is_seen_while_a_station_babbles() -> None:
    """A minute of it is minutes of computing, in which nothing comes back to a program."""
    lan = Lan()
    lan.host("a", address="10.0.0.1/24")
    lan.host("b", address="10.0.0.2/24")
    lan.coax("yellow", "100 m", [{"at": "0 m", "host": "a"}, {"at": "100 m", "host": "b"}])
    lan.fault("babble on", at="1 ms", host="a")
    lan.program("b", lambda: time.sleep(60))
    before = signal.signal(signal.SIGPROF, handler)
    try:
        with lan.start(engine="compiled") as network:
            network.run_for("2 ms")
            signal.setitimer(signal.ITIMER_PROF, 0.3)  # of processor time; the kernel has the other timers
            with pytest.raises(Signalled):
                network.run_for("59 s")
            assert network.now < 30_000_000_000
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
