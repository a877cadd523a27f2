"""Bus cycles: the only words a driver speaks to its adapter.

A driver job is a generator. It yields one operation at a time and is sent the answer:
the value of a `Read`, `None` for a `Write` or a `Wait`. Whoever runs the job (the bus owner of a
simulated host, or a list of canned answers in a unit test) decides when each takes place.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class Read:
    """Read the 32-bit register at byte offset `register`."""

    register: int


@dataclass(frozen=True, slots=True)
class Write:
    """Write the 32-bit `value` to the register at byte offset `register`."""

    register: int
    value: int


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for `ns` nanoseconds of simulated time."""

    ns: int


Operation = Read | Write | Wait
Result = TypeVar("Result")
Job = Generator[Operation, int | None, Result]
