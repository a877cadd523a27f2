"""A LAN under load: adapters on one coax, one hub or one switch, with their drivers and nothing above.

A sender's transmit queue is never empty. Costs are per bit time of simulated time, gaps between frames,
collisions and drivers included, so that 0.1 us would be real time.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from ipaddress import IPv4Interface
from pathlib import Path
from types import TracebackType
from typing import Literal

from driver.events import FrameLost, FrameSent
from driver.settings import Settings
from journal.event import FieldValue
from journal.kind import EventKind
from sim.api.network import BATCH_PS
from sim.bench.clock import processor_time
from sim.bench.effort import Budget
from sim.engine.choose import open_engine
from sim.os.bus_owner import BusOwner
from sim.os.timers import Timer, Timers
from sim.record.recorder import Recorder
from sim.scenario.cabling import Cabling
from sim.scenario.model import Adapter, Cable, Coax, Host, Hub, Scenario, Switch, Tap

BIT_PS = 100_000
SETTLE_PS = 200_000_000
"""Simulated time in which all adapters are probed and a single sender's first frame is under way."""
CABLE_MM = 500_000
PAIR_MM = 100_000
QUEUED_FRAMES = 8
"""In a saturated sender's queue."""
FCS_OCTETS = 4
OVERHEAD_OCTETS = 20
"""Of a frame on the line: preamble, SFD and gap."""
BROADCAST = b"\xff" * 6
ETHERTYPE = b"\x88\xb5"
"""IEEE 802 local experimental EtherType."""

Recording = Literal["nothing", "captures", "waveform"]
"""`nothing`: the engine's changes are thrown away outside the measured time, no net is decoded."""
Medium = Literal["coax", "hub", "switch"]


@dataclass(frozen=True, slots=True)
class Load:
    """`stations` on a medium; the first `senders` of them send frames of `octets` with FCS to the next."""

    stations: int
    octets: int
    senders: int
    recording: Recording = "nothing"
    medium: Medium = "coax"
    broadcast: bool = False
    """Frames are for everybody: no port skips them."""

    @property
    def flood_ps(self) -> int:
        """How long a sender's first frame, which a switch floods, stands before the others at each port."""
        return (self.octets + OVERHEAD_OCTETS) * 8 * BIT_PS if self.medium == "switch" else 0

    @property
    def ports(self) -> int:
        """Ports of adapters and of boxes."""
        return self.stations if self.medium == "coax" else 2 * self.stations


@dataclass(frozen=True, slots=True)
class Cost:
    """What a load took: processor time per bit time, in us, and frames delivered per second of it."""

    us_per_bit: float
    frames_per_s: float

    @property
    def real_time(self) -> float:
        """Simulated seconds per second of processor time."""
        return BIT_PS / 1e6 / self.us_per_bit


def measure(load: Load, engine: str, budget: Budget) -> Cost:
    """The median of the budget's windows, under MyHDL one; those who contend first spread by backing off."""
    with Lan(load, engine) as lan:
        lan.run_for(SETTLE_PS + (load.senders - 1) * max(budget.settle_ps, load.flood_ps))
        costs = []
        spent = 0.0
        before = lan.received
        step = BATCH_PS if engine == "compiled" else BATCH_PS // 10
        for _ in range(budget.windows if engine == "compiled" else 1):
            begun, window = lan.now_ps, 0.0
            while not window or window < budget.window_s:
                window += lan.run_for(step)
            costs.append(window * 1e6 * BIT_PS / (lan.now_ps - begun))
            spent += window
        return Cost(statistics.median(costs), (lan.received - before) / spent)


def idle(stations: int, medium: Medium, engine: str, duration_ps: int) -> float:
    """Processor time (s) of `duration_ps` in which nobody has anything to say."""
    with Lan(Load(stations, 64, 0, medium=medium), engine) as lan:
        lan.run_for(SETTLE_PS)
        return processor_time(lambda: lan.run_for(duration_ps, duration_ps))


def scenario(stations: int, medium: Medium = "coax") -> Scenario:
    """`stations` hosts at equal distances on 500 m of coax, or each 100 m from a hub or switch."""
    hosts = tuple(
        Host(
            f"h{n}",
            (
                Adapter(
                    IPv4Interface(f"10.0.0.{n + 1}/24"),
                    bytes([2, 0, 0, 0, 0, n + 1]),
                    crystal_ppm=(37 * n) % 101 - 50,
                ),
            ),
        )
        for n in range(stations)
    )
    if medium != "coax":
        ends = [(host.name, f"{medium}.{n}") for n, host in enumerate(hosts, start=1)]
        cables = tuple(Cable(f"c{n}", PAIR_MM, one) for n, one in enumerate(ends, start=1))
        if medium == "hub":
            return Scenario("bench", hosts, cables=cables, hubs=(Hub(medium, stations),))
        return Scenario("bench", hosts, cables=cables, switches=(Switch(medium, stations),))
    taps = tuple(Tap(CABLE_MM * n // max(stations - 1, 1), host.name) for n, host in enumerate(hosts))
    return Scenario("bench", hosts, (Coax("yellow", CABLE_MM, taps),))


class Lan(AbstractContextManager["Lan"]):
    """A loaded LAN. `received` counts the frames that drivers have handed up."""

    def __init__(self, load: Load, engine: str) -> None:
        lan = scenario(load.stations, load.medium)
        waves = load.recording == "waveform"
        self.received = 0
        self._timers = Timers()
        with ExitStack() as stack:
            netlist = Cabling(lan).netlist
            self.adapters = netlist.adapters
            self.engine = open_engine(engine, netlist, waves=waves, tell=lambda line: None)
            stack.callback(self.engine.close)
            self._recorder: Recorder | None = None
            if load.recording != "nothing":
                folder = stack.enter_context(tempfile.TemporaryDirectory())
                self._recorder = Recorder(Path(folder), lan, self.engine.nets, vcd=waves)
                stack.callback(lambda recorder: recorder.close(self.engine.now), self._recorder)
            self._owners = [
                self._owner(number, host, lan.hosts[(number + 1) % len(lan.hosts)], load)
                for number, host in enumerate(lan.hosts)
            ]
            self._open = stack.pop_all()

    def _owner(self, number: int, host: Host, peer: Host, load: Load) -> BusOwner:
        destination = BROADCAST if load.broadcast else peer.adapters[0].mac
        header = destination + host.adapters[0].mac + ETHERTYPE
        frame = header + bytes(n * 73 & 0xFF for n in range(load.octets - FCS_OCTETS - len(header)))

        def emit(kind: type[EventKind], /, **fields: FieldValue) -> None:
            if kind in (FrameSent, FrameLost):
                owner.transmit(frame)

        def deliver(frame: bytes) -> None:
            self.received += 1

        recorder, engine = self._recorder, self.engine

        def on_frame(direction: Literal["received", "sent"], octets: bytes, fcs: bytes) -> None:
            if recorder:
                recorder.frame(host.name, direction, engine.now, octets, fcs)

        owner = BusOwner(self, engine, number, emit, on_frame, Settings(negotiate=load.medium == "switch"))
        owner.deliver = deliver
        owner.start(lambda: None)
        if number < load.senders:
            for _ in range(QUEUED_FRAMES):
                owner.transmit(frame)
        return owner

    @property
    def now_ps(self) -> int:
        """Simulated time in ps."""
        return self.engine.now

    @property
    def now(self) -> int:
        """See `sim.os.timers.Clock`."""
        return -(-self.engine.now // 1000)

    def call_at(self, deadline: int, callback: Callable[[], None]) -> Timer:
        """See `sim.os.timers.Clock`."""
        return self._timers.call_at(deadline, callback)

    def run_for(self, duration_ps: int, batch_ps: int = BATCH_PS) -> float:
        """Let `duration_ps` pass; the processor time (s) that counts."""
        end, spent = self.engine.now + duration_ps, 0.0
        while self.engine.now < end:
            limit = min(self.engine.now + batch_ps, end)
            begun = time.process_time()
            while self.engine.now < limit:
                deadline = self._timers.next_deadline()
                for bell in self.engine.advance(limit if deadline is None else min(limit, 1000 * deadline)):
                    self._owners[bell.adapter].bell(bell.kind, bell.value)
                self._timers.fire(self.engine.now // 1000)
            if self._recorder:
                self._recorder.changes(self.engine.changes())
                self._recorder.flush(self.engine.now)
            spent += time.process_time() - begun
            if not self._recorder:
                self.engine.changes()
        return spent

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()
