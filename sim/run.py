"""One run: a scenario, an engine, a kernel with hosts and programs, and a recorder over all of it."""

from functools import partial
from ipaddress import IPv4Network
from random import Random
from typing import Literal

from driver.driver import Settings
from sim.apps.registry import find
from sim.engine.choose import Hint, open_engine
from sim.engine.interface import Engine
from sim.events import FieldValue
from sim.kernel.bus_owner import BusOwner
from sim.kernel.kernel import Kernel
from sim.kernel.outcome import Outcome
from sim.options import Options
from sim.record.recorder import Recorder
from sim.scenario.model import CableFault, Host, Scenario
from sim.scenario.rules import check

BATCH_PS = 1_000_000_000
"""Changes are drained to the recorders about once a simulated millisecond."""
LINGER_NS = 10_000
"""A driver's frame is sent when its last bit has left; by then it has arrived and been taken from the ring,
after 500 m of cable and an interrupt."""
DEFAULT_ROUTE = IPv4Network("0.0.0.0/0")


def run(scenario: Scenario, options: Options) -> Outcome:
    """Run `scenario` to its end and record it; whatever ends it, the recordings are complete.

    Raises ScenarioError when `scenario`, built in Python, breaks a rule, and EngineError when the engine that
    `options` asks for cannot be had.
    """
    check(scenario, lambda command: find(command)[0].service)
    engine = open_engine(options.engine, scenario, waves=options.vcd, tell=options.tell)
    recorder = Recorder(
        options.directory, scenario, engine.nets, vcd=options.vcd, listeners=options.listeners
    )
    drain = _Drain(engine, recorder, Hint(options.engine, engine, options.tell))
    try:
        with Kernel(engine, recorder.event, batch=drain, linger_ns=LINGER_NS) as kernel:
            for adapter, host in enumerate(scenario.hosts):
                _add_host(kernel, recorder, scenario.seed, adapter, host)
            for fault in scenario.faults:
                kernel.call_at(fault.at_ns, partial(_strike, kernel, fault))
            hosts = {host.name: host for host in kernel.hosts}
            for program in scenario.programs:
                known, words = find(program.run)
                hosts[program.host].spawn(words, known.main, at_ns=program.at_ns, service=program.service)
            return kernel.run(scenario.until_ns)
    finally:
        recorder.changes(engine.changes())
        recorder.close(engine.now)
        engine.close()


def _strike(kernel: Kernel, fault: CableFault) -> None:
    """Let a fault happen, and tell it."""
    kernel.engine.apply(fault)
    kernel.emit(fault.host or fault.cable, "coax", fault.what, _place(fault))


def _place(fault: CableFault) -> dict[str, FieldValue]:
    if fault.what in ("open", "short"):
        return {"at_mm": fault.at_mm}
    return {"end": fault.end} if fault.what in ("terminator off", "terminator on") else {}


def _add_host(kernel: Kernel, recorder: Recorder, seed: int, adapter: int, host: Host) -> None:
    simulated = kernel.add_host(host.name, Random(f"{seed}/{host.name}"))

    def on_frame(direction: Literal["received", "sent"], frame: bytes, fcs: bytes) -> None:
        recorder.frame(host.name, direction, kernel.engine.now, frame, fcs)

    settings = Settings(
        full_duplex=host.duplex == "full",
        flow_control=host.flow_control,
        station_address=host.station_address,
        promiscuous=host.promiscuous,
    )
    owner = BusOwner(
        kernel,
        kernel.engine,
        adapter,
        simulated.emit,
        on_frame,
        settings,
        interrupt_latency_ns=host.interrupt_latency_ns,
        processing_latency_ns=host.processing_latency_ns,
        link_poll_ns=host.link_poll_ns,
    )
    kernel.connect_adapter(adapter, owner)
    interface = simulated.attach(owner, host.address)
    if host.gateway is not None:
        simulated.stack.routes.add(DEFAULT_ROUTE, interface, host.gateway)


class _Drain:
    """The kernel's batch hook: hands changes to the recorder now and then."""

    def __init__(self, engine: Engine, recorder: Recorder, hint: Hint) -> None:
        self._engine = engine
        self._recorder = recorder
        self._hint = hint
        self._next = BATCH_PS

    def __call__(self, now_ps: int) -> None:
        if now_ps >= self._next:
            self._next = now_ps + BATCH_PS
            self._recorder.changes(self._engine.changes())
            self._recorder.flush(now_ps)
            self._hint.look()
