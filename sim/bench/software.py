"""What the software costs: driver and stack, TCP alone, processes, and a run with nothing but a ping."""

import socket
import statistics
import tempfile
import time
from contextlib import closing, suppress
from ipaddress import IPv4Interface
from pathlib import Path
from random import Random

from sim.api.network import run
from sim.api.options import Options
from sim.bench.clock import processor_time
from sim.bench.effort import Budget
from sim.bench.results import ABSENT, Report, Table, number
from sim.bench.traffic import scenario
from sim.engine.choose import open_engine
from sim.engine.interface import Bell, Engine
from sim.engine.quiet import QuietEngine
from sim.os.bus_owner import BusOwner
from sim.os.kernel import Kernel
from sim.python import install
from sim.scenario.cabling import Cabling
from sim.scenario.loader import load
from sim.scenario.model import Program, Scenario
from sim.scenario.shipped import scenario_path
from stack.stack import Stack

PORT = 7000
DATAGRAM_OCTETS = 18
"""Fills a frame of 64 octets: 14 of header, 20 of IP, 8 of UDP, 4 of FCS."""
DELAY_NS = 500_000
"""One way, of the link between two stacks."""
WRITE_OCTETS = 16_384
QUIET_NS = 60_000_000_000
BLOCKED = 1_000
BLOCKED_HOSTS = 100
ROWS = (
    "frames/s from program to program through sockets, stacks and drivers, engine excluded",
    "the same, compiled engine included",
    f"TCP payload per second of processor time, stack to stack, round trip {2 * DELAY_NS / 1e6:g} ms",
    "a process switch",
    f"a process switch beside {BLOCKED:,} processes on {BLOCKED_HOSTS} hosts that wait for sockets",
    "one ping, myhdl",
    "one ping and 60 s of quiet, myhdl",
    "one ping, compiled",
    "one ping and 60 s of quiet, compiled",
)


def measure(report: Report, budget: Budget, without: str | None) -> None:
    """Add the table. `without` says why there is no compiled engine."""
    table = Table("Software", ("what", "figure"))
    cells = dict.fromkeys(ROWS, ABSENT)
    if without is None:
        whole, engine = _datagrams(budget.datagrams)
        cells[ROWS[0]] = f"{number(2 * budget.datagrams / (whole - engine))} frames/s"
        cells[ROWS[1]] = f"{number(2 * budget.datagrams / whole)} frames/s"
    else:
        table.notes.append(without)
    tcp = statistics.median(_tcp(budget.octets) for _ in range(budget.windows))
    report.figures["tcp"] = 8e-6 * budget.octets / tcp
    cells[ROWS[2]] = f"{number(report.figures['tcp'])} Mbit"
    cells[ROWS[3]] = _microseconds(_switch(budget.switches, 0))
    cells[ROWS[4]] = _microseconds(_switch(budget.switches, BLOCKED))
    engines = ["myhdl"] if without else ["myhdl", "compiled"]
    for place, engine_name in enumerate(engines):
        _ping(engine_name, None)  # what is loaded once is not the ping's cost
        ping, quiet = (_ping_time(engine_name, until, budget.windows) for until in (None, QUIET_NS))
        cells[ROWS[5 + 2 * place]] = f"{ping:.3f} s"
        cells[ROWS[6 + 2 * place]] = f"{quiet:.3f} s, {quiet / ping:.2f} times as long"
    table.rows = [(row, cells[row]) for row in ROWS]
    report.add(table)


def _microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:.2f} µs"


class _Timed:
    """An engine that counts the processor time spent in it. (`sim.engine.interface.Engine`)"""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.spent = 0.0
        self.nets = engine.nets
        self.submit = engine.submit
        self.memory = engine.memory
        self.changes = engine.changes
        self.octets = engine.octets
        self.value = engine.value
        self.drive = engine.drive
        self.plug = engine.plug
        self.reroute = engine.reroute
        self.close = engine.close

    @property
    def now(self) -> int:
        """Simulated time in ps."""
        return self._engine.now

    def advance(self, limit: int) -> list[Bell]:
        """See `Engine.advance`."""
        begun = time.process_time()
        bells = self._engine.advance(limit)
        self.spent += time.process_time() - begun
        return bells


def _datagrams(count: int) -> tuple[float, float]:
    """Processor time (s) of `count` datagrams to another host and back: of everything, and of the engine."""
    lan = scenario(2)
    received = 0
    address = str(lan.hosts[1].adapters[0].address.ip)

    def receive(argv: list[str]) -> None:
        nonlocal received
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as served:
            served.bind(("", PORT))
            while received < count:
                peer = served.recvfrom(100)[1]
                received += 1
                served.sendto(b"", peer)

    def send(argv: list[str]) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
            for _ in range(count):
                made.sendto(bytes(DATAGRAM_OCTETS), (address, PORT))
                made.recv(100)

    with closing(
        open_engine("compiled", Cabling(lan).netlist, waves=False, tell=lambda line: None)
    ) as opened:
        engine = _Timed(opened)
        with Kernel(engine, lambda event: None, install) as kernel:
            for number_, host in enumerate(lan.hosts):
                simulated = kernel.add_host(host.name, Random(host.name))
                owner = BusOwner(kernel, engine, number_, simulated.emit, lambda *_: None)
                kernel.connect_adapter(number_, owner)
                simulated.attach(owner, host.adapters[0].address)
            kernel.hosts[1].spawn(["receive"], receive)
            kernel.hosts[0].spawn(["send"], send, at_ns=1_000_000)
            spent = processor_time(kernel.run)
    assert received == count, f"{received} of {count} datagrams arrived"
    return spent, engine.spent


def _tcp(octets: int) -> float:
    """Processor time (s) of `octets` from one stack to another over a link that loses nothing."""
    stacks = [Stack(f"s{n}", Random(n), lambda *_, **__: None) for n in range(2)]
    faces = [
        stack.add_interface("eth0", bytes([2, 0, 0, 0, 0, n]), IPv4Interface(f"10.0.0.{n + 1}/24"))
        for n, stack in enumerate(stacks)
    ]
    flying: list[tuple[int, int, bytes]] = []
    now = received = sent = 0

    def step() -> None:
        nonlocal now
        for n, stack in enumerate(stacks):
            flying.extend((now + DELAY_NS, 1 - n, frame) for _, frame in stack.output())
        deadlines = [at for stack in stacks if (at := stack.next_deadline()) is not None]
        now = min([*deadlines, *(at for at, _, _ in flying[:1])])
        arrived = 0
        while arrived < len(flying) and flying[arrived][0] <= now:
            _, n, frame = flying[arrived]
            stacks[n].receive(faces[n], frame, now)
            arrived += 1
        del flying[:arrived]
        for stack in stacks:
            stack.advance(now)

    def transfer() -> None:
        nonlocal received, sent
        listener = stacks[1].socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind(("", PORT), now)
        listener.listen(1, now)
        client = stacks[0].socket(socket.AF_INET, socket.SOCK_STREAM)
        with suppress(BlockingIOError):
            client.connect(("10.0.0.2", PORT), now)
        while not listener.readable():
            step()
        child, _ = listener.accept(now)
        piece = bytes(WRITE_OCTETS)
        while received < octets:
            while sent < octets and client.writable():
                sent += client.send(piece[: octets - sent], now)
            step()
            while child.readable():
                received += len(child.recv(WRITE_OCTETS, now))

    return processor_time(transfer)


def _switch(count: int, blocked: int) -> float:
    """Processor time (s) for each of `count` times that a process sleeps and another runs."""

    def sleep(argv: list[str]) -> None:
        for _ in range(count // 2):
            time.sleep(1e-6)

    def block(argv: list[str]) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.recv(1)

    def once(sleepers: int) -> float:
        with Kernel(QuietEngine(), lambda event: None, install) as kernel:
            hosts = [kernel.add_host(f"h{number_}", Random(number_)) for number_ in range(BLOCKED_HOSTS)]
            for number_ in range(blocked):
                hosts[number_ % BLOCKED_HOSTS].spawn([f"blocked{number_}"], block, service=True)
            for number_ in range(sleepers):
                hosts[number_].spawn([f"sleeper{number_}"], sleep)
            return processor_time(kernel.run)

    return (once(2) - once(0)) / count


def _ping_time(engine: str, until_ns: int | None, runs: int) -> float:
    return statistics.median(processor_time(lambda: _ping(engine, until_ns)) for _ in range(runs))


def _ping(engine: str, until_ns: int | None) -> None:
    """The shipped ping; with `until_ns`, kept alive until then by a program that starts when all is over."""
    ping = load(scenario_path("ping"), lambda command: False)
    if until_ns is not None:
        last = Program("pc", "ping -c 1 127.0.0.1", until_ns)
        ping = Scenario(ping.title, ping.hosts, ping.coaxes, (*ping.programs, last), ping.seed)
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(ping, Options(Path(folder), engine))
    assert outcome.succeeded, outcome
