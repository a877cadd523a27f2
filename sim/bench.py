"""`thicknet bench`: what a bit time costs, measured side by side in one run.

Two stations on one segment; one sends frames as fast as the gap allows, the other receives them; drivers
run, captures are written, and the waveform too where it says so. What is printed is processor time per bit
time on the cable, so 0.1 us would be real time. A quiet network must cost nothing: one ping, and the same
ping followed by a minute of silence.
"""

import platform
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from ipaddress import IPv4Interface
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sim.engine.interface import Engine
from sim.engine.myhdl_engine import MyhdlEngine
from sim.kernel.bus_owner import BusOwner
from sim.kernel.timers import Timer, Timers
from sim.options import Options
from sim.record.recorder import Recorder
from sim.run import run
from sim.scenario.loader import load
from sim.scenario.model import Coax, Host, Program, Scenario, Tap
from sim.scenario.shipped import scenario_path

PREAMBLE_OCTETS = 8
FCS_OCTETS = 4
BATCH_PS = 1_000_000_000
QUIET_NS = 60_000_000_000
FRAMES = {64: 40, 1518: 4}
"""Frames sent per measurement, by their length from destination to FCS."""


def main() -> None:
    """Measure and print."""
    console = Console()
    console.print(
        f"{platform.machine()}, Python {platform.python_version()}, myhdl {version('myhdl')}, {sys.platform}"
    )
    table = Table(title="Two stations on 500 m of coax, one sending, engine myhdl")
    table.add_column("octets")
    table.add_column("waveform")
    table.add_column("µs per bit time", justify="right")
    table.add_column("real-time factor", justify="right")
    for octets, frames in FRAMES.items():
        for waves in (False, True):
            cost = cost_per_bit(octets, frames, waves=waves)
            table.add_row(str(octets), "yes" if waves else "no", f"{cost:.1f}", f"{0.1 / cost:.5f}")
    console.print(table)
    _ping(None)  # what Python imports once is not the ping's cost
    ping = _processor_time(lambda: _ping(None))
    quiet = _processor_time(lambda: _ping(QUIET_NS))
    console.print(f"one ping: {ping:.2f} s of processor time")
    console.print(f"one ping and 60 s of quiet: {quiet:.2f} s, {quiet / ping:.2f} times as much")


def cost_per_bit(octets: int, frames: int, *, waves: bool) -> float:
    """Processor time (us) per bit time on the cable for `frames` frames of `octets`, FCS included."""
    hosts = tuple(
        Host(name, IPv4Interface(f"10.0.0.{number}/24"), bytes([2, 0, 0, 0, 0, number]))
        for number, name in ((1, "sender"), (2, "receiver"))
    )
    coax = Coax("yellow", 500_000, (Tap(0, "sender"), Tap(500_000, "receiver")))
    scenario = Scenario("bench", hosts, (coax,))
    header = hosts[1].mac + hosts[0].mac + b"\x88\xb5"
    data = bytes(n * 73 & 0xFF for n in range(octets - FCS_OCTETS - len(header)))
    with tempfile.TemporaryDirectory() as folder:
        engine = MyhdlEngine(scenario, waves=waves)
        recorder = Recorder(Path(folder), scenario, engine.nets, vcd=waves)
        lan = _Lan(engine, recorder, hosts)
        lan.run()
        for _ in range(frames):
            lan.owners[0].transmit(header + data)
        spent = _processor_time(lan.run)
        assert lan.received == frames, f"{lan.received} of {frames} frames arrived"
        recorder.close(engine.now)
        engine.close()
    return spent * 1e6 / (frames * 8 * (PREAMBLE_OCTETS + octets))


class _Lan:
    """Adapters under their drivers, with nothing above."""

    def __init__(self, engine: Engine, recorder: Recorder, hosts: tuple[Host, ...]) -> None:
        self.received = 0
        self._engine = engine
        self._recorder = recorder
        self._timers = Timers()
        self.owners = [
            BusOwner(self, engine, number, host.mac, lambda *_, **__: None, lambda *_: None)
            for number, host in enumerate(hosts)
        ]
        for owner in self.owners:
            owner.deliver = self._count
            owner.start()

    @property
    def now(self) -> int:
        return -(-self._engine.now // 1000)

    def call_at(self, deadline: int, callback: Callable[[], None]) -> Timer:
        return self._timers.call_at(deadline, callback)

    def _count(self, frame: bytes) -> None:
        self.received += 1

    def run(self) -> None:
        """Until no adapter has anything to do."""
        while True:
            bells = self._engine.advance(self._engine.now + BATCH_PS)
            for bell in bells:
                self.owners[bell.adapter].bell(bell.kind, bell.value)
            if not bells:
                self._recorder.changes(self._engine.changes())
                self._recorder.flush(self._engine.now)
                if not any(owner.busy() for owner in self.owners):
                    return


def _ping(until_ns: int | None) -> None:
    """The shipped ping; with `until_ns`, kept alive until then by a program that starts when all is over."""
    scenario = load(scenario_path("ping"), lambda command: False)
    if until_ns is not None:
        last = Program("pc", "ping -c 1 127.0.0.1", until_ns)
        scenario = Scenario(
            scenario.title, scenario.hosts, scenario.coaxes, (*scenario.programs, last), scenario.seed
        )
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(scenario, Options(Path(folder)))
    assert outcome.succeeded, outcome


def _processor_time(function: Callable[[], None]) -> float:
    before = time.process_time()
    function()
    return time.process_time() - before
