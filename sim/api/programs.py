"""The programs of a running network: begun at their time, stopped, begun again, reported to their jobs."""

import signal
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from journal.event import Event, FieldValue
from sim.api.job import Job
from sim.apps.registry import find
from sim.os.host import Host
from sim.os.kernel import Kernel
from sim.os.process import Process
from sim.scenario.model import Program

Wait = Callable[[Callable[[], bool], str], None]
"""Let time pass until a condition is true, within a time at most."""


class Programs:
    """Begins programs on `hosts`, and passes what happens to them on to their jobs."""

    def __init__(self, kernel: Kernel, hosts: Mapping[str, Host], wait: Wait) -> None:
        self._kernel = kernel
        self._hosts = hosts
        self._wait = wait
        self._jobs: dict[tuple[str, FieldValue], Job[Any]] = {}
        """By host and process number, those that have not ended."""

    def begin(self, host: Host, job: Job[Any], service: bool | None) -> None:
        """Run the program of `job` on `host` from now on; None: it is a service if it serves for ever."""
        now = self._kernel.now
        if job.is_function:
            process = host.spawn([job.name], job.main, at_ns=now, service=bool(service))
        else:
            process = self._spawn(host, job.name, now, service)
        self._attach(job, process)

    def _spawn(self, host: Host, command: str, at_ns: int, service: bool | None) -> Process:
        """Run a command line. SIGINT ends it, as it ends what is no Python program, but for a handler."""
        known, words = find(command)
        service = known.service if service is None else service
        process = host.spawn(words, known.main, at_ns=at_ns, service=service)
        process.signals.handlers[signal.SIGINT] = signal.SIG_DFL
        return process

    def schedule(self, program: Program, job: Job[Any] | None) -> None:
        """Let `program` run at its time, and what is to become of it."""
        host = self._hosts[program.host]
        if program.main is None:
            process = self._spawn(host, program.run, program.at_ns, program.service)
        else:
            process = host.spawn([program.run], program.main, at_ns=program.at_ns, service=program.service)
        processes = [process]
        for ns, number in ((program.stop_ns, signal.SIGTERM), (program.kill_ns, signal.SIGKILL)):
            if ns is not None:
                self._kernel.call_at(ns, partial(self._signal, process, number))
        if program.restart_ns is not None:
            processes.append(
                host.spawn(
                    process.words,
                    process.body,
                    at_ns=program.restart_ns,
                    service=program.service,
                    replaces=process,
                )
            )
        if job is not None:
            self._attach(job, *processes)

    def _signal(self, process: Process, number: int) -> None:
        self._kernel.signal(process.latest, number)

    def _attach(self, job: Job[Any], *processes: Process) -> None:
        for process in processes:
            self._jobs[process.host.name, process.pid] = job
        job.attach(processes, partial(self._wait, job.done))

    def event(self, event: Event) -> None:
        """Take an event of a program."""
        if not self._jobs:
            return
        key = event.where, event.fields.get("pid")
        job = self._jobs.get(key)
        if job is None and event.kind == "started":  # perhaps a service, whose host was switched on again
            jobs = (one for (host, _), one in self._jobs.items() if host == event.where)
            job = next((one for one in jobs if one.process.pid == key[1]), None)
            if job is not None:
                self._jobs[key] = job
        if job is not None:
            job.heard(event)
            if event.kind == "ended" and not job.process.service:
                del self._jobs[key]
