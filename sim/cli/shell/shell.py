"""The shell itself: carries out one line after the other on a running network.

A program typed at a prompt is a process of that host, begun at the present simulated time; the network runs
until it has ended, and everything else goes on meanwhile. Ctrl-C sends it SIGINT, and ends it when typed
again. Between two lines time stands still.
"""

import signal
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from journal.event import Event
from sim.api.host import running
from sim.api.match import Match
from sim.api.network import Network
from sim.cli.shell.commands import HAND_WORDS, Line, ShellError, completions, help_lines, parse
from sim.os.outcome import Ending, Outcome, seconds
from sim.os.process import Process
from sim.record.summary import ending
from sim.scenario.quantities import time_ns

if TYPE_CHECKING:
    from sim.api.job import Job

_ON_OFF = {"on": True, "off": False}
_GOOD = (Ending.DONE, Ending.UNTIL)


class Shell:
    """Lines go into `execute`; `tell` gets what is to be printed, a line at a time.

    `begin` gives it the network that it works on.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.ended = False
        """Set by `exit`."""
        self.failed = False
        """Whether a line could not be carried out, or the exit status of its program was not 0."""
        self.interrupted = False
        """Whether Ctrl-C stopped the last line."""
        self.timeline = False
        """Whether the events of every layer are printed."""
        self.in_use = ""
        self._tell = tell
        self._foreground: Job[int] | None = None
        self._failures = 0
        """How many failed programs have been reported."""
        self._network: Network
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

    def begin(self, network: Network) -> None:
        """Work on this network, which has just been begun; its first host is in use."""
        self._network = network
        network.listen(self._print, Match("output", layer="program"), at_once=True)
        self._use(self.hosts[0])

    @property
    def hosts(self) -> list[str]:
        """Their names."""
        return list(self._network.hosts)

    @property
    def prompt(self) -> str:
        """What stands before a line."""
        return f"{self.in_use}$ "

    def _print(self, event: Event) -> None:
        """Print what a program prints, at once, and whose it is if it is not the one that was typed.

        In the timeline it is an event like others, and in its place among them.
        """
        if self.timeline:
            return
        typed = None if self._foreground is None else self._foreground.process
        own = typed is not None and (typed.host.name, typed.pid) == (event.where, event.fields["pid"])
        speaker = "" if own else f"{event.where} {event.fields['program']}: "
        self._tell(f"{speaker}{event.fields['text']}")

    def complete(self, text: str) -> list[str]:
        """How the last word of `text` may go on."""
        return completions(text, self.hosts)

    def execute(self, text: str) -> None:
        """Carry out one line. A mistake is reported in a sentence."""
        self.interrupted = False
        try:
            line = parse(text, self.in_use, self.hosts)
            if line is not None:
                self._carry_out(line)
        except (ShellError, ValueError) as error:
            self.failed = True
            self._tell(str(error))
        self._network.flush()

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
        if not self._network.host(host).on:
            raise ShellError(f"{host} is switched off")
        command = words.removesuffix("&").rstrip()
        job = self._network.host(host).run(command)
        if job.process.service or command != words:
            self._tell(f"[{job.process.pid}] {command}")
            return
        self._foreground = job
        self._advance(over=job.done)
        if self.interrupted and not job.done():
            kernel = self._network.kernel  # in one go: a second Ctrl-C may come at any moment
            kernel.call_at(kernel.now, partial(kernel.signal, job.process, signal.SIGINT))
            self._advance(over=job.done)
            self.interrupted = True
        if not job.done():  # Ctrl-C again, or it waits for what cannot come
            self._signal(job.process, signal.SIGKILL)
        self._foreground = None

    def _ps(self, host: str) -> None:
        for process in self._network.host(host).processes:
            self._tell(f"{process.pid:>5} {process.command}")

    def _kill(self, host: str, pid: str) -> None:
        for process in self._network.host(host).processes:
            if str(process.pid) == pid:
                self._signal(process, signal.SIGKILL)
                return
        raise ShellError(f'{host} runs no program with the number "{pid}"; ps lists them')

    def _signal(self, process: Process, number: int) -> None:
        self._network.host(process.host.name).signal(process, number)

    def _by_hand(self, host: str, what: str) -> None:
        words = " ".join(what.split())
        kind = next((act for act in HAND_WORDS if f"{words} ".startswith(f"{act} ")), None)
        interface = words.removeprefix(kind or "").strip()
        if kind is None or (interface and kind not in ("unplug", "plug")):
            raise ShellError(f'there is no "{what}" for a host; after # there are: {", ".join(HAND_WORDS)}')
        acts = {
            "unplug": self._network.unplug,
            "plug": self._network.plug,
            "power off": self._network.power_off,
            "power on": self._network.power_on,
        }
        acts[kind](self._end_of_cable(host, interface) if kind in ("unplug", "plug") else host)

    def _end_of_cable(self, name: str, interface: str) -> str:
        """An adapter as the end of a cable; a host that has one need not say which."""
        host = next(one for one in self._network.scenario.hosts if one.name == name)
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
        for name, host in self._network.hosts.items():
            if not host.on:
                self._tell(f"{name:<12} switched off")
                continue
            addresses = [
                f"{IPv4Address(interface.address)}/{interface.network.prefixlen} ({interface.name})"
                for interface in host.interfaces[1:]  # without the loopback interface
            ]
            self._tell(f"{name:<12} {', '.join(addresses)}")

    def _tables(self, rest: str) -> None:
        tables = self._network.tables()
        if not tables:
            self._tell("there is no switch: only a switch has an address table")
        for switch, entries in tables.items():
            rows = [
                f"{entry.address.hex(':')} at port {entry.port}, last frame {entry.age_s} s ago"
                for entry in entries
            ]
            for line in (rows or ["no addresses"]) + self._ports(switch):
                self._tell(f"{switch:<12} {line}")

    def _ports(self, switch: str) -> list[str]:
        """The ports with a cable: duplex mode, and what they have counted."""
        ends = {end for cable in self._network.scenario.cables for end in cable.ends}
        numbers = [int(end.partition(".")[2]) for end in ends if end.startswith(f"{switch}.")]
        lines = []
        for number in sorted(numbers):
            mode = "full" if self._network.probe(f"{switch}.port{number}.full_duplex") else "half"
            counters = self._network.counters(f"{switch}.{number}")
            counts = [f"{name.replace('_', ' ')} {count}" for name, count in counters.items() if count]
            lines.append(f"port {number}: {', '.join([f'{mode} duplex', *counts])}")
        return lines

    def _step(self, time: str) -> None:
        ns = time_ns(time)
        if ns < 0:
            raise ShellError("time goes forward only")
        self._advance(self._network.now + ns, over=lambda: False)

    def _run(self, rest: str) -> None:
        outcome = replace(self._advance(), running=running(self._network.hosts.values()))
        self._tell(f"{seconds(outcome.ns)}: {ending(outcome)}")

    def _time(self, rest: str) -> None:
        self._tell(seconds(self._network.now))

    def _timeline(self, choice: str) -> None:
        if choice not in _ON_OFF:
            raise ShellError("timeline on, or timeline off")
        self._network.flush()
        self.timeline = _ON_OFF[choice]

    def _help(self, rest: str) -> None:
        for line in help_lines(self.in_use):
            self._tell(line)

    def _exit(self, rest: str) -> None:
        self.ended = True

    def _advance(self, until_ns: int | None = None, over: Callable[[], bool] | None = None) -> Outcome:
        """Let time pass, and report who failed and who waits for what cannot come."""
        outcome = self._network.advance(until_ns, over)
        self.interrupted = outcome.ending is Ending.INTERRUPTED
        self._network.flush()  # the events before the conclusions
        for failure in outcome.failures[self._failures :]:
            self._tell(f"failed: {failure}")
        for sentence in outcome.waiting:
            self._tell(f"waiting: {sentence}")
        self.failed |= len(outcome.failures) > self._failures or outcome.ending not in _GOOD
        self._failures = len(outcome.failures)
        return outcome
