"""When a host looks at its link, and what that costs a run: nothing, unless somebody asks for it."""

# ruff: noqa: ANN001, ANN002, ANN201

from ipaddress import IPv4Interface
from random import Random

import pytest
from register_model import CYCLE_PS, MIICOMMAND, RegisterModel

from driver.bus import Write
from sim.os.bus_owner import BusOwner
from sim.os.deadlock import PATIENCE_NS
from sim.os.kernel import Kernel
from sim.os.outcome import Ending
from sim.os.process import calling
from sim.python import install
from stack.waitqueue import WaitQueue

MS = 1_000_000
FRAME = bytes.fromhex("0200000000020200000000010800") + bytes(46)
CARRIER_LOST, EXCESSIVE_COLLISIONS = 1 << 0, 1 << 3


class Bench:
    """A host with a PHY over a register model."""

    def __init__(self, link_poll_ns=None) -> None:
        self.engine = RegisterModel()
        self.engine.phy = True
        self.events = []
        self.kernel = Kernel(self.engine, self.events.append, install)
        self.host = self.kernel.add_host("pc", Random(1))
        self.owner = BusOwner(
            self.kernel, self.engine, 0, self.host.emit, lambda *_: None, link_poll_ns=link_poll_ns
        )
        self.kernel.connect_adapter(0, self.owner)
        self.host.attach(self.owner, IPv4Interface("10.0.0.1/24"))

    def run(self, until_ns=None):
        with self.kernel:
            return self.kernel.run(until_ns)

    def looks(self):
        """The instants (ps) at which the driver asked its PHY for something."""
        return [
            ps
            for ps, operation in self.engine.cycles
            if isinstance(operation, Write) and operation.register == MIICOMMAND and operation.value
        ]

    def reported(self, *kinds):
        return [(event.ps, event.kind) for event in self.events if event.kind in kinds]


def test_the_link_is_looked_at_when_the_adapter_is_up_and_then_no_more():
    bench = Bench()
    bench.run(until_ns=10_000 * MS)
    ((up, _),) = bench.reported("probe ends")
    ((seen, _),) = bench.reported("link up")
    assert up < bench.looks()[0] < bench.looks()[-1] < seen < 1_000_000_000
    assert bench.owner.link_up


@pytest.mark.parametrize(("status", "looks"), [(CARRIER_LOST, 2), (EXCESSIVE_COLLISIONS, 0), (0, 0)])
def test_a_frame_whose_carrier_was_lost_makes_the_driver_look(status, looks):
    bench = Bench()
    bench.engine.tx_status = status
    bench.engine.at(1_000_000_000, bench.engine.unplug)
    bench.kernel.call_at(2 * MS, lambda: bench.owner.transmit(FRAME))
    bench.run(until_ns=3 * MS)
    assert len([ps for ps in bench.looks() if ps > 1_000_000_000]) == looks  # a second one: it is still down
    assert bool(bench.reported("link down")) == bool(looks)


def test_a_poll_looks_every_so_often_and_tells_what_changed():
    bench = Bench(link_poll_ns=5 * MS)
    bench.engine.at(12_000_000_000, bench.engine.unplug)
    bench.run(until_ns=100 * MS)
    ((up, _),) = bench.reported("probe ends")
    (first, *rest) = [ps for ps in bench.looks() if ps > 1_000_000_000]
    assert first == up + 5_000_000_000 + CYCLE_PS  # after MIIADDRESS
    assert len({ps // 5_000_000_000 for ps in rest}) == 18
    ((down, _),) = bench.reported("link down")
    assert down // 5_000_000_000 == 3


@pytest.mark.parametrize("link_poll_ns", [None, MS])
def test_a_poll_does_not_keep_a_run_alive(link_poll_ns):
    bench = Bench(link_poll_ns)
    bench.host.spawn("sleeper", lambda arguments: calling("sleep").wait((), 7_500_000, "sleep"))
    outcome = bench.run()
    assert outcome.ending is Ending.DONE
    assert outcome.ns == 7_500_000


def test_a_poll_does_not_hide_a_deadlock():
    bench = Bench(link_poll_ns=10_000 * MS)
    queue = WaitQueue()
    bench.host.spawn("waiter", lambda arguments: calling("wait").wait((queue,), None, "wait"))
    outcome = bench.run()
    assert outcome.ending is Ending.DEADLOCK
    assert bench.kernel.now < PATIENCE_NS + 20_000 * MS
