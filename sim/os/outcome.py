"""How a run ended, in words a summary can print."""

from dataclasses import dataclass, field
from enum import Enum


class Ending(Enum):
    """Why `Kernel.run` returned."""

    DONE = "done"
    """Every program that is not a service has ended and no stack has work left."""
    UNTIL = "until"
    """The given time was reached."""
    DEADLOCK = "deadlock"
    """Programs wait without deadline for what cannot come."""
    INTERRUPTED = "interrupted"
    """Ctrl-C."""
    SPINNING = "spinning"
    """A program used up its processor time without a system call."""
    STUCK = "stuck"
    """A program waited outside simulated time, for what only the real world can give."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A program that raised, or whose exit status was not 0."""

    host: str
    program: str
    """Its command line."""
    ns: int
    """When it ended."""
    reason: str
    error: BaseException | None = field(default=None, compare=False, repr=False)
    """What it raised."""

    def __str__(self) -> str:
        first, *more = self.reason.splitlines() or [""]
        return f"{self.host}: {self.program}: {first}{' …' if more else ''} at {seconds(self.ns)}"


class Programs:
    """The programs of a run: how many it still waits for, and which have failed."""

    def __init__(self) -> None:
        self.awaited = 0
        """Programs that are not services and have not ended."""
        self.began = False
        """Whether there has been any."""
        self.ended_ns: int | None = None
        """When the last of them ended."""
        self.failures: list[Failure] = []

    def expect(self) -> None:
        """One more that the run waits for."""
        self.awaited += 1
        self.began = True

    def ended(self, now: int) -> None:
        """One of them has ended."""
        self.awaited -= 1
        self.ended_ns = now


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a run. `waiting` says, for a deadlock, who waits for what, one sentence each."""

    ending: Ending
    ns: int
    """Simulated time at the end; for a deadlock, the last instant at which anything moved."""
    failures: tuple[Failure, ...] = ()
    waiting: tuple[str, ...] = ()
    ended_ns: int | None = None
    """When the last program ended that is no service."""
    closing: bool = False
    """Whether there were connections still to close then, for which the run went on."""
    running: tuple[str, ...] = ()
    """Of a whole run: the programs that had not ended, services too, `host: command line`."""

    @property
    def succeeded(self) -> bool:
        """True if the run came to its end (or to `until`) and no program failed."""
        return self.ending in (Ending.DONE, Ending.UNTIL) and not self.failures


def seconds(ns: int) -> str:
    """`ns` nanoseconds as seconds, exact and without trailing zeros: 1500000 is `0.0015 s`."""
    whole, rest = divmod(ns, 1_000_000_000)
    return f"{whole}.{rest:09}".rstrip("0").rstrip(".") + " s"
