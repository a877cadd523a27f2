"""A simulated computer: a machine, and the processes that run on it."""

import shlex
from collections.abc import Sequence
from random import Random

from sim.os import events
from sim.os.clock import HostClock
from sim.os.machine import Machine
from sim.os.process import Main, Process
from sim.os.processor import Processor
from sim.os.system import System
from stack.parameters import Parameters


class Host(Machine):
    """One computer. Made by `Kernel.add_host`."""

    def __init__(
        self,
        kernel: System,
        name: str,
        random: Random,
        parameters: Parameters,
        clock: HostClock,
        processor: Processor,
    ) -> None:
        super().__init__(kernel, name, random, parameters, clock, processor)
        self.processes: list[Process] = []

    def spawn(
        self,
        command: str | Sequence[str],
        main: Main,
        *,
        at_ns: int = 0,
        service: bool = False,
        replaces: Process | None = None,
    ) -> Process:
        """Run `main` as a process from `at_ns` on, with `command` (name first) as its command line.

        Then `replaces` is stopped (SIGTERM), and the new process begins when that has ended.
        """
        words = shlex.split(command) if isinstance(command, str) else list(command)
        process = self._new_process(words, main, service=service)
        process.launch(at_ns, replaces)
        return process

    def _new_process(self, words: Sequence[str], main: Main, *, service: bool) -> Process:
        process = Process(self, len(self.processes) + 1, words, main, service=service)
        self.processes.append(process)
        return process

    def running(self, pid: int) -> Process | None:
        """The process with number `pid` that has not ended."""
        return next((one for one in self.processes if one.pid == pid and not one.ended), None)

    def switch_off(self) -> None:
        """The power is gone: programs, stack and drivers end where they are; no other host is notified."""
        if not self.on:
            return
        self.emit(events.SwitchedOff)
        self.on = False
        for process in [one for one in self.processes if one.threads and not one.ended]:
            process.lose_power()
            if process.service:
                process.reborn = self._new_process(process.words, process.body, service=True)
                process.reborn.begin()
        self.lose_power()


def host_of(process: Process) -> Host:
    """The host of `process`, which knows it as a machine."""
    assert isinstance(process.host, Host)
    return process.host
