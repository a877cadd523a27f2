"""The shell itself: carries out one line after the other on a running network.

A program typed at a prompt is a process of that host, begun at the present simulated time; the network runs
until it has ended, and everything else goes on meanwhile. Ctrl-C sends it SIGINT, and ends it when typed once
more. Between two lines time stands still.
"""

import signal
from collections.abc import Callable
from functools import partial
from ipaddress import IPv4Address

from sim.apps.registry import find
from sim.events import Event
from sim.os.outcome import Ending, Outcome, seconds
from sim.os.process import Process
from sim.record.summary import ENDINGS
from sim.run import Session
from sim.scenario.model import CableFault
from sim.scenario.quantities import time_ns
from sim.shell.commands import HAND_WORDS, Line, ShellError, completions, help_lines, parse

_ON_OFF = {"on": True, "off": False}
_GOOD = (Ending.DONE, Ending.UNTIL)


class Shell:
    """Lines go into `execute`; `tell` gets what is to be printed, a line at a time.

    `heard` is to hear what the software of `session` does, from the session's beginning on.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.ended = False
        """Set by `exit`."""
        self.failed = False
        """Whether a line could not be carried out, or the exit status of its program was not 0."""
        self.interrupted = False
        """Whether Ctrl-C stopped the last line."""
        self.timeline = False
        """Whether the events of every layer are to be told."""
        self.in_use = ""
        self._tell = tell
        self._foreground: Process | None = None
        self._failures = 0
        """How many failed programs have been told of."""
        self._session: Session
        self._words: dict[str, Callable[[str], None]] = {
            "use": self._use,
            "hosts": self._hosts,
            "tables": self._tables,
            "step": self._step,
            "run": self._run,
            "time": self._time,
            "timeline": self._timeline,
            "help": self._help,
            "exit": self._exit,
        }

    def begin(self, session: Session) -> None:
        """Work on this network; its first host is in use."""
        self._session = session
        self._use(self.hosts[0])

    @property
    def hosts(self) -> list[str]:
        """Their names."""
        return list(self._session.hosts)

    @property
    def prompt(self) -> str:
        """What stands before a line."""
        return f"{self.in_use}$ "

    def heard(self, event: Event) -> None:
        """Tell what programs print, at once, and who it is if it is not the one that was typed."""
        if (event.layer, event.kind) != ("program", "output"):
            return
        typed = self._foreground
        own = typed is not None and (typed.host.name, typed.pid) == (event.where, event.fields["pid"])
        speaker = "" if own else f"{event.where} {event.fields['program']}: "
        self._tell(f"{speaker}{event.fields['text']}")

    def complete(self, text: str) -> list[str]:
        """How the last word of `text` may go on."""
        return completions(text, self.hosts)

    def execute(self, text: str) -> None:
        """Carry out one line. A mistake is told in a sentence."""
        self.interrupted = False
        try:
            line = parse(text, self.in_use, self.hosts)
            if line is not None:
                self._carry_out(line)
        except (ShellError, ValueError) as error:
            self.failed = True
            self._tell(str(error))
        self._session.flush()

    def _carry_out(self, line: Line) -> None:
        name, _, rest = line.words.partition(" ")
        if line.sign == "#":
            self._by_hand(line.host, line.words)
        elif not name:  # `server$` alone
            self._use(line.host)
        elif not line.sign:
            self._words[name](rest.strip())
        elif name == "ps":
            self._ps(line.host)
        elif name == "kill":
            self._kill(line.host, rest.strip())
        else:
            self._program(line.host, line.words)

    # -- on a host ---------------------------------------------------------------------------------

    def _program(self, host: str, words: str) -> None:
        if not self._session.hosts[host].on:
            raise ShellError(f"{host} is switched off")
        command = words.removesuffix("&").rstrip()
        service = find(command)[0].service
        process = self._session.spawn(host, command, at_ns=self._session.kernel.now, service=service)
        if service or command != words:
            self._tell(f"[{process.pid}] {command}")
            return
        self._foreground = process
        self._advance(over=lambda: process.ended)
        if self.interrupted and not process.ended:
            kernel = self._session.kernel
            kernel.call_at(kernel.now, partial(kernel.signal, process, signal.SIGINT))
            self._advance(over=lambda: process.ended)
            self.interrupted = True
        if not process.ended:  # Ctrl-C once more, or it waits for what cannot come
            self._end(process)
        self._foreground = None

    def _ps(self, host: str) -> None:
        for process in self._running(host):
            self._tell(f"{process.pid:>5} {process.command}")

    def _kill(self, host: str, pid: str) -> None:
        for process in self._running(host):
            if str(process.pid) == pid:
                self._end(process)
                return
        raise ShellError(f'{host} runs no program with the number "{pid}"; ps lists them')

    def _running(self, name: str) -> list[Process]:
        host = self._session.hosts[name]
        return [process for process in host.processes if host.on and not process.ended]

    def _end(self, process: Process) -> None:
        self._now(partial(self._session.kernel.kill, process))

    def _now(self, act: Callable[[], None]) -> None:
        """Do something in the simulation, at this instant."""
        kernel = self._session.kernel
        done = False

        def acting() -> None:
            nonlocal done
            act()
            done = True

        kernel.call_at(kernel.now, acting)
        kernel.run(over=lambda: done)

    def _by_hand(self, host: str, what: str) -> None:
        words = " ".join(what.split())
        kind = next((act for act in HAND_WORDS if f"{words} ".startswith(f"{act} ")), None)
        interface = words.removeprefix(kind or "").strip()
        if kind is None or (interface and kind not in ("unplug", "plug")):
            raise ShellError(f'one cannot "{what}" a host by hand; one can: {", ".join(HAND_WORDS)}')
        where = self._end_of_cable(host, interface) if kind in ("unplug", "plug") else host
        self._now(partial(self._session.strike, CableFault(self._session.kernel.now, kind, host=where)))

    def _end_of_cable(self, name: str, interface: str) -> str:
        """An adapter as the end of a cable; a host that has one need not say which."""
        host = next(one for one in self._session.scenario.hosts if one.name == name)
        ends = dict(zip((adapter.name for adapter in host.adapters), host.sockets, strict=True))
        if len(ends) == 1:
            ends[""] = host.sockets[0]
        if interface not in ends:
            raise ShellError(f"say which of the interfaces of {name}: {', '.join(filter(None, ends))}")
        return ends[interface]

    # -- the shell's own words ---------------------------------------------------------------------

    def _use(self, host: str) -> None:
        if host not in self.hosts:
            raise ShellError(f'there is no host "{host}"; hosts: {", ".join(self.hosts)}')
        self.in_use = host

    def _hosts(self, rest: str) -> None:
        for name, host in self._session.hosts.items():
            if not host.on:
                self._tell(f"{name:<12} switched off")
                continue
            addresses = [
                f"{IPv4Address(interface.address)}/{interface.network.prefixlen} ({interface.name})"
                for interface in host.devices
            ]
            self._tell(f"{name:<12} {', '.join(addresses)}")

    def _tables(self, rest: str) -> None:
        for switch, entries in self._session.tables():
            told = [
                f"{entry.address.hex(':')} at port {entry.port}, heard {entry.age_s} s ago"
                for entry in entries
            ]
            for line in told or ["knows nobody"]:
                self._tell(f"{switch:<12} {line}")

    def _step(self, time: str) -> None:
        ns = time_ns(time)
        if ns < 0:
            raise ShellError("time goes forward only")
        self._advance(self._session.kernel.now + ns, over=lambda: False)

    def _run(self, rest: str) -> None:
        outcome = self._advance()
        self._tell(f"{seconds(outcome.ns)}: {ENDINGS[outcome.ending]}")

    def _time(self, rest: str) -> None:
        self._tell(seconds(self._session.kernel.now))

    def _timeline(self, choice: str) -> None:
        if choice not in _ON_OFF:
            raise ShellError("timeline on, or timeline off")
        self._session.flush()
        self.timeline = _ON_OFF[choice]

    def _help(self, rest: str) -> None:
        for line in help_lines(self.in_use):
            self._tell(line)

    def _exit(self, rest: str) -> None:
        self.ended = True

    def _advance(self, until_ns: int | None = None, over: Callable[[], bool] | None = None) -> Outcome:
        """Let time pass, and tell who failed and who waits for what cannot come."""
        outcome = self._session.kernel.run(until_ns, over)
        self.interrupted = outcome.ending is Ending.INTERRUPTED
        for failure in outcome.failures[self._failures :]:
            self._tell(f"failed: {failure}")
        for sentence in outcome.waiting:
            self._tell(f"waiting: {sentence}")
        self.failed |= len(outcome.failures) > self._failures or outcome.ending not in _GOOD
        self._failures = len(outcome.failures)
        return outcome
