"""A network in three lines, without hardware: hosts with stacks on one link.

    with LinkNetwork("pc", "server") as network:
        network.hosts["pc"].spawn("client", client)
        outcome = network.run()

The hosts have the addresses 192.168.1.10, .20 and so on, in this order, and know each other's names.
"""

from collections.abc import Callable, Mapping
from functools import partial
from ipaddress import IPv4Interface
from random import Random
from types import TracebackType

from journal.event import Event  # noqa: TC001 (the annotation of an attribute)
from sim.engine.quiet import QuietEngine
from sim.os.clock import HostClock
from sim.os.host import Host  # noqa: TC001 (the same)
from sim.os.kernel import PROCESSOR_LIMIT_S, Kernel
from sim.os.link import Link, LinkDevice, Undisturbed
from sim.os.outcome import Outcome
from sim.os.processor import Processor
from sim.python import install
from stack.parameters import Parameters

_MOST_HOSTS = 25


class Lossy(Undisturbed):
    """Ways on which those frames are lost of which `lost` says so."""

    def __init__(self, lost: Callable[[bytes], bool], delay_ns: int = 1_000) -> None:
        self._lost, self._delay_ns = lost, delay_ns

    def copies(self, sender: LinkDevice, receiver: LinkDevice, frame: bytes) -> tuple[int, ...]:
        return () if self._lost(frame) else (self._delay_ns,)


class LinkNetwork:
    """See the module. `lost(frame)` decides which frames are lost; `events` collects all events.

    All have true time, but for the errors of clocks in `ppb`, and answer at once if `processing_ns` is 0.
    """

    def __init__(
        self,
        *names: str,
        seed: int = 1,
        delay_ns: int = 1_000,
        lost: Callable[[bytes], bool] = lambda frame: False,
        processor_limit_s: float = PROCESSOR_LIMIT_S,
        ppb: Mapping[str, int] | None = None,
        processing_ns: int = 0,
        parameters: Parameters = Parameters(),  # noqa: B008 (it is frozen)
    ) -> None:
        if len(names) > _MOST_HOSTS:
            raise ValueError(f"{len(names)} hosts do not fit into 192.168.1.0/24 in steps of ten")
        self.events: list[Event] = []
        self.kernel = Kernel(QuietEngine(), self.events.append, install, processor_limit_s=processor_limit_s)

        self.link = Link(self.kernel, ways=Lossy(lost, delay_ns))
        self.devices: dict[str, LinkDevice] = {}
        random = Random(seed)
        self.hosts: dict[str, Host] = {}
        for name in names:
            own = Random(random.getrandbits(64))
            clock = HostClock(self.kernel, (ppb or {}).get(name, 0))
            processor = Processor(clock, 0, processing_ns, Random(f"{seed}/{name}"))
            self.hosts[name] = self.kernel.add_host(name, own, parameters, clock, processor)
        for number, host in enumerate(self.hosts.values(), start=1):
            device = self.link.device(bytes((0x02, 0, 0, 0, 0, number)), processor=host.processor)
            self.devices[host.name] = device
            address = IPv4Interface(f"192.168.1.{10 * number}/24")
            host.set_up(partial(host.attach, device, address))

    def run(self, until_ns: int | None = None) -> Outcome:
        """As `Kernel.run`."""
        return self.kernel.run(until_ns)

    def output(self, host: str, stream: str = "stdout") -> list[str]:
        """The lines that programs of `host` have printed."""
        return [
            str(event.fields["text"])
            for event in self.events
            if (event.where, event.layer, event.kind) == (host, "program", "output")
            and event.fields["stream"] == stream
        ]

    def __enter__(self) -> "LinkNetwork":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kernel.close()
