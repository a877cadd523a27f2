"""A computer of a running network, as who sits at it sees it: programs, sockets, tables, counters."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar, TypeVarTuple, overload

from sim.api.job import Job
from sim.os.host import Host as SimulatedHost
from sim.os.process import Process
from stack.arp import Neighbour
from stack.endpoint import SocketRow
from stack.interface import Interface
from stack.routes import Route

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Host:
    """One computer of a `Network`, which `Network.host` gives."""

    def __init__(
        self,
        host: SimulatedHost,
        begin: Callable[[SimulatedHost, Job[Any], bool | None], None],
        act: Callable[[Callable[[], object]], None],
    ) -> None:
        self._host = host
        self._begin = begin
        self._act = act

    @property
    def name(self) -> str:
        """As in the scenario."""
        return self._host.name

    @property
    def on(self) -> bool:
        """Whether it is switched on."""
        return self._host.on

    # -- programs --------------------------------------------------------------------------------------

    @overload
    def run(self, run: str, /, *, service: bool | None = None) -> Job[int]: ...
    @overload
    def run(
        self, run: Callable[[*Ts], Coroutine[Any, Any, T]], /, *arguments: *Ts, service: bool | None = None
    ) -> Job[T]: ...
    @overload
    def run(self, run: Callable[[*Ts], T], /, *arguments: *Ts, service: bool | None = None) -> Job[T]: ...
    def run(  # type: ignore[misc]  # mypy knows no match for *Ts
        self, run: str | Callable[..., Any], /, *arguments: Any, service: bool | None = None
    ) -> Job[Any]:
        """Begin a program now: a command line, or a function or coroutine function with its `arguments`.

        The job it returns is done when the program has ended; `Job.wait` lets time pass until then. A
        `service` is not waited for by `Network.run`. ValueError when there is no such program, or its
        arguments are wrong.
        """
        job = make_job(run, arguments)
        self._begin(self._host, job, service)
        return job

    @property
    def processes(self) -> list[Process]:
        """The programs that run, in the order of their numbers."""
        return [process for process in self._host.processes if self._host.on and not process.ended]

    def signal(self, process: Process, number: int) -> None:
        """Send a signal to a program, such as `signal.SIGTERM`."""
        self._act(lambda: process.signal(number, wanted=True))

    # -- tables ------------------------------------------------------------------------------------------

    @property
    def interfaces(self) -> list[Interface]:
        """Its network interfaces, the loopback interface first."""
        return list(self._host.stack.interfaces)

    @property
    def sockets(self) -> list[SocketRow]:
        """Its sockets with state, queues, timer and TCP_INFO, as `netstat -ano` and `ss -tia` print them."""
        return self._host.stack.table(self._host.clock.now)

    @property
    def neighbours(self) -> list[Neighbour]:
        """Its ARP cache, as `arp -a` prints it."""
        return self._host.stack.neighbours()

    @property
    def routes(self) -> list[Route]:
        """Its routing table, best first, as `route` prints it."""
        return list(self._host.stack.routes)

    def counters(self, interface: str = "eth0") -> dict[str, int]:
        """What the driver of an interface has counted: what `ethtool -S` prints first."""
        for known, device in self._host.devices.items():
            if known.name == interface:
                return dict(vars(device.counters))
        names = ", ".join(known.name for known in self._host.devices) or "none while it is switched off"
        raise ValueError(f'{self.name} has no interface "{interface}" with an adapter; there are: {names}')


def make_job(run: str | Callable[..., Any], arguments: tuple[Any, ...]) -> Job[Any]:
    """The job of a command line, or of a function with its arguments."""
    if isinstance(run, str):
        if arguments:
            raise TypeError(f"{run!r} is a command line, and its arguments are words of it")
        return Job(run)
    name = getattr(run, "__name__", type(run).__name__)
    return Job(f"{name}()", lambda: run(*arguments))


def running(hosts: Iterable[Host]) -> tuple[str, ...]:
    """The programs that run, each with its host."""
    return tuple(f"{host.name}: {process.command}" for host in hosts for process in host.processes)
