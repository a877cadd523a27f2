"""When a frame takes up no send memory any more: when the adapter has reported it, or it is dropped."""

# ruff: noqa: ANN001, ANN201, ANN202

import errno
import socket
from ipaddress import IPv4Interface
from random import Random

import pytest
from register_model import CYCLE_PS, RegisterModel

from driver.settings import TX_RING
from sim.os.bus_owner import BusOwner
from sim.os.kernel import Kernel
from sim.os.transmit_queue import QUEUE_FRAMES
from sim.python import install

MS = 1_000_000
FRAME = bytes.fromhex("0200000000020200000000010800") + bytes(46)
EXCESSIVE_COLLISIONS = 1 << 3


class Sender:
    """Counts what it is charged for."""

    def __init__(self) -> None:
        self.octets = 0

    def charge(self, octets: int) -> int:
        self.octets += octets
        return 0

    def uncharge(self, octets: int, mark: int) -> None:
        self.octets -= octets


class Bench:
    """A host over a register model, whose adapter may be left alone with its interrupts for a while."""

    def __init__(self, interrupt_latency_ns: int = 0) -> None:
        self.engine = RegisterModel()
        self.events = []
        self.kernel = Kernel(self.engine, self.events.append, install)
        host = self.kernel.add_host("pc", Random(1))
        self.owner = BusOwner(
            self.kernel,
            self.engine,
            0,
            host.emit,
            lambda *_: None,
            interrupt_latency_ns=interrupt_latency_ns,
        )
        self.kernel.connect_adapter(0, self.owner)
        host.attach(self.owner, IPv4Interface("10.0.0.1/24"))
        self.sender = Sender()

    def transmit(self, frame: bytes = FRAME, count: int = 1) -> None:
        for _ in range(count):
            self.sender.charge(832)
            self.owner.transmit(frame, (self.sender, 832, 0))

    def reported(self, kind):
        return [event for event in self.events if event.kind == kind]


@pytest.mark.parametrize("status", [0, EXCESSIVE_COLLISIONS])
def test_a_frame_is_charged_until_the_driver_has_its_report(status):
    bench = Bench(interrupt_latency_ns=100_000)
    bench.engine.tx_status = status
    seen = []
    bench.kernel.call_at(2 * MS, bench.transmit)
    for ns in (2 * MS + 1, 2 * MS + 100_000, 2 * MS + 110_000):
        bench.kernel.call_at(ns, lambda: seen.append(bench.sender.octets))
    with bench.kernel:
        bench.kernel.run(3 * MS)
    (sent,) = bench.engine.sent
    assert sent[0] == 2 * MS * 1000 + CYCLE_PS
    assert seen == [832, 832, 0]
    assert len(bench.reported("frame lost" if status else "frame sent")) == 1


def test_what_the_queue_cannot_take_is_dropped_and_charged_no_longer():
    bench = Bench(interrupt_latency_ns=100_000)
    seen = []

    def burst():
        bench.transmit(count=QUEUE_FRAMES + 11)
        seen.append(bench.sender.octets // 832)

    bench.kernel.call_at(2 * MS, burst)
    with bench.kernel:
        bench.kernel.run(2 * MS + 200_000)
    assert seen == [QUEUE_FRAMES + 1]  # one is on its way into the ring
    assert len(bench.reported("frame dropped")) == 10
    assert bench.owner.counters.tx_dropped == 10
    assert len(bench.engine.sent) == 2 * TX_RING
    assert bench.sender.octets // 832 == QUEUE_FRAMES + 1 - TX_RING


def test_a_frame_that_the_driver_refuses_is_charged_no_longer():
    bench = Bench()
    bench.kernel.call_at(2 * MS, lambda: bench.transmit(bytes(13)))
    with bench.kernel:
        bench.kernel.run(3 * MS)
    assert bench.sender.octets == 0
    assert len(bench.reported("frame refused")) == 1


def test_switching_off_forgets_frames_and_charges():
    bench = Bench(interrupt_latency_ns=100_000)
    bench.kernel.call_at(2 * MS, lambda: bench.transmit(count=10))
    bench.kernel.call_at(2 * MS + 10_000, bench.owner.switch_off)
    with bench.kernel:
        bench.kernel.run(3 * MS)
    assert len(bench.engine.sent) == TX_RING


@pytest.mark.parametrize(("frames", "error"), [(QUEUE_FRAMES, None), (QUEUE_FRAMES + 1, errno.ENOBUFS)])
def test_a_program_that_asks_for_errors_learns_of_a_full_queue(frames, error):
    bench = Bench()
    seen = []

    def program(argv):
        bench.transmit(count=frames)  # one of them is on its way into the ring
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            made.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
            try:
                seen.append(made.sendto(b"x", ("10.0.0.255", 9)))
            except OSError as caught:
                seen.append(caught.errno)

    with bench.kernel:
        bench.kernel.hosts[0].spawn(["program"], program, at_ns=2 * MS)
        bench.kernel.run(3 * MS)
    assert seen == [error or 1]
    assert len(bench.reported("frame dropped")) == (error is not None)
