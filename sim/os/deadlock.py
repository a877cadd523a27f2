"""Deadlock: awaited programs wait for what cannot come, and who waits for what.

Services and link polls wake forever, so an empty list of timers, which would prove one, may never come.
Instead nothing has moved for long, and no awaited program waits for a time to come.
"""

from collections.abc import Iterable

from sim.os.process import Process

PATIENCE_NS = 600_000_000_000
"""Ten minutes in which no frame moves and no awaited program runs are a deadlock.

TCP retransmits at least every two minutes (RFC 6298 section 2.5 allows a cap of 60 s and more)."""


def is_deadlock(processes: Iterable[Process]) -> bool:
    """Nothing has moved for long: is any awaited program still waiting for a time to come?"""
    for process in _awaited(processes):
        if not process.threads and not process.waits_for_host:
            return False  # its time will come
        if process.signals.alarm_is_set:
            return False
        if any(thread.timer is not None for thread in process.threads if not thread.ended):
            return False
    return True


def waiting(processes: Iterable[Process]) -> tuple[str, ...]:
    """A sentence for each thread of each awaited program."""
    sentences = []
    for process in _awaited(processes):
        if not process.threads:
            sentences.append(f"{process.host.name}: {process.command} waits for its host to be switched on")
        sentences += [str(thread) for thread in process.threads if not thread.ended]
    return tuple(sentences)


def _awaited(processes: Iterable[Process]) -> Iterable[Process]:
    return (process for process in processes if not process.service and not process.ended)
