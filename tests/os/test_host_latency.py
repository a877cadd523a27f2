"""Interrupt and processing latency of a host, to the picosecond; its start; who goes first on the bus."""

# ruff: noqa: ANN001, ANN201, ANN202, ANN204

from ipaddress import IPv4Interface
from random import Random

import pytest
from register_model import BUSY, CYCLE_PS, INT_MASK, RegisterModel

from driver.bus import Write
from driver.driver import RX_RING
from driver.settings import Settings
from sim.os.bus_owner import BusOwner
from sim.os.kernel import Kernel
from sim.os.processor import Processor
from sim.python import install

ROM = bytes.fromhex("020000000001")
DEFAULTS = Settings()
START_PS = 1_000_000_000
FRAME = ROM + bytes.fromhex("020000000002") + b"\x08\x00" + bytes(46)
MASKS = Write(INT_MASK, 0)
"""The interrupt handler's first bus cycle."""


class Bench:
    """A bus owner over a register model; `delivered` are the instants (ns) of frames handed to the stack."""

    def __init__(self, settings=DEFAULTS, interrupt_latency_ns=0, processing_latency_ns=0):
        self.engine = RegisterModel(ROM)
        self.events = []
        self.kernel = Kernel(self.engine, self.events.append, install)
        host = self.kernel.add_host("pc", Random(1))
        self.owner = BusOwner(
            self.kernel,
            self.engine,
            0,
            host.emit,
            lambda *_: None,
            settings,
            interrupt_latency_ns=interrupt_latency_ns,
            processor=Processor(self.kernel, processing_latency_ns),
        )
        self.kernel.connect_adapter(0, self.owner)
        self.interface = host.attach(self.owner, IPv4Interface("10.0.0.1/24"))
        self.delivered = []
        self.answer = None
        self.owner.deliver = self._deliver

    def _deliver(self, frame):
        self.delivered.append(self.kernel.now)
        if self.answer:
            self.owner.transmit(self.answer)

    def run(self, until_ns=10_000_000):
        with self.kernel:
            self.kernel.run(until_ns)

    def handlers(self):
        """The instants (ps) at which interrupt handlers began."""
        return [ps for ps, operation in self.engine.cycles if operation == MASKS]

    def taken(self):
        """The instants (ns) at which the driver had a frame."""
        return [event.ps // 1000 for event in self.said("frame received")]

    def said(self, kind):
        return [event for event in self.events if event.kind == kind]


@pytest.mark.parametrize(
    ("latency_ns", "first_cycle_ps"),
    [
        (0, START_PS + 1),  # in the instant of the interrupt itself
        (1, START_PS + 2_000),  # software's time is rounded up: 1 000 001 ns and then one more
        (20_000, START_PS + 20_001_000),
    ],
)
def test_interrupt_latency_is_from_irq_to_the_first_bus_cycle(latency_ns, first_cycle_ps):
    bench = Bench(interrupt_latency_ns=latency_ns)
    bench.engine.at(START_PS + 1, lambda: bench.engine.receive(FRAME))
    bench.run()
    assert bench.handlers() == [first_cycle_ps]
    (event,) = bench.said("interrupt begins")
    assert event.ps == first_cycle_ps


def test_transmissions_go_ahead_while_an_interrupt_waits():
    bench = Bench(interrupt_latency_ns=50_000)
    bench.engine.at(START_PS, lambda: bench.engine.receive(FRAME))
    bench.kernel.call_at(START_PS // 1000 + 10_000, lambda: bench.owner.transmit(FRAME))
    bench.run()
    assert bench.engine.sent == [(START_PS + 10_000_000 + CYCLE_PS, FRAME)]
    assert bench.handlers()[0] == START_PS + 50_000_000


def test_an_interrupt_whose_time_comes_during_a_job_begins_when_the_job_ends():
    bench = Bench(interrupt_latency_ns=50_000)
    bench.engine.at(START_PS, lambda: bench.engine.receive(FRAME))
    begins = START_PS // 1000 + 49_900
    bench.kernel.call_at(begins, lambda: bench.owner.transmit(FRAME))
    bench.run()
    assert bench.handlers()[0] == begins * 1000 + CYCLE_PS


@pytest.mark.parametrize("latency_ns", [0, 1, 700_000])
def test_processing_latency_is_from_the_driver_to_the_stack_and_its_answer(latency_ns):
    bench = Bench(processing_latency_ns=latency_ns)
    bench.answer = FRAME
    bench.engine.at(START_PS, lambda: bench.engine.receive(FRAME))
    bench.run()
    (taken,) = bench.taken()
    assert bench.delivered == [taken + latency_ns]
    assert bench.engine.sent == [((taken + latency_ns) * 1000 + CYCLE_PS, FRAME)]


def test_both_latencies_add():
    bench = Bench(interrupt_latency_ns=30_000, processing_latency_ns=200_000)
    bench.engine.at(START_PS, lambda: bench.engine.receive(FRAME))
    bench.run()
    handler = 5 * CYCLE_PS  # mask, source, acknowledge, descriptor, descriptor
    assert bench.delivered == [(START_PS + handler) // 1000 + 230_000]


def test_one_processor_takes_frame_after_frame():
    bench = Bench(processing_latency_ns=100_000)
    for _ in range(3):
        bench.engine.at(START_PS, lambda: bench.engine.receive(FRAME))
    bench.run()
    look = 3 * CYCLE_PS // 1000  # source, descriptor, descriptor
    first = bench.delivered[0]
    assert first == START_PS // 1000 + 5 * CYCLE_PS // 1000 + 100_000
    assert bench.delivered == [first + n * (look + 100_000) for n in range(3)]
    assert len(bench.handlers()) == 1


def test_the_driver_looks_for_the_next_frame_when_the_processor_is_free():
    bench = Bench(processing_latency_ns=100_000)
    for later in (0, 50_000_000, 300_000_000):
        bench.engine.at(START_PS + later, lambda: bench.engine.receive(FRAME))
    bench.run()
    look = 4 * CYCLE_PS // 1000  # source, acknowledge, descriptor, descriptor
    first, second, third = bench.delivered
    assert second == first + look + 100_000
    assert third > second + 100_000
    assert len(bench.handlers()) == 2  # the second frame was found without an interrupt, the third was not


def test_a_host_that_is_too_slow_misses_what_its_ring_cannot_hold():
    bench = Bench(processing_latency_ns=1_000_000)
    for n in range(1 + RX_RING + 2):
        bench.engine.at(START_PS + n * 10_000_000, lambda: bench.engine.receive(FRAME))
    bench.run(until_ns=50_000_000)
    assert len(bench.delivered) == 1 + RX_RING
    assert bench.owner.driver.counters.rx_missed == 1  # one interrupt for two frames
    assert bench.said("frame missed")[0].fields == {"reason": "no receive buffer was empty"}


def test_a_run_waits_for_frames_that_wait_for_the_processor():
    bench = Bench(processing_latency_ns=5_000_000)
    bench.engine.at(START_PS, lambda: bench.engine.receive(FRAME))
    with bench.kernel:
        bench.kernel.hosts[0].spawn("sleeper", lambda arguments: None, at_ns=1_002_000)
        bench.kernel.run()
    assert len(bench.delivered) == 1


def test_mission_5_7_the_stack_has_the_address_that_the_driver_wrote():
    given = bytes.fromhex("0200000c0ffe")
    bench = Bench(Settings(station_address=given))
    assert bench.interface.mac == bytes(6)
    bench.run()
    assert bench.interface.mac == bench.owner.mac == given
    kinds = ["probe begins", "address read", "address written", "probe ends"]
    told = [event for event in bench.events if event.kind in kinds]
    assert [event.kind for event in told] == kinds
    assert told[1].fields == {"rom": "02:00:00:00:00:01"}
    assert told[2].fields == {"mac": "02:00:00:0c:0f:fe", "given": True}
    assert [event.ps for event in told[:3]] == [0, 2 * CYCLE_PS, 5 * CYCLE_PS]


def test_programs_begin_when_the_adapter_is_up():
    bench = Bench()
    begun = []
    for name in "ab":
        bench.kernel.hosts[0].spawn(name, lambda arguments: begun.append(bench.kernel.now))
    bench.run()
    (up,) = bench.said("probe ends")
    assert begun == [up.ps // 1000] * 2
    assert up.ps > 0


def test_a_missed_frame_is_told_with_the_interrupt_that_brought_the_news():
    bench = Bench()
    bench.engine.at(START_PS, lambda: bench.engine.interrupt(BUSY))
    bench.run()
    assert [event.fields["source"] for event in bench.said("interrupt acknowledged")] == ["BUSY"]
