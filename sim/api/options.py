"""How to run a scenario: everything that does not change what happens in it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from journal.event import Event


@dataclass(frozen=True, slots=True)
class Options:
    """Where and with what. `listeners` hear every event in the order of time, `tell` what takes long."""

    directory: Path
    engine: str = "auto"
    vcd: bool = True
    listeners: tuple[Callable[[Event], None], ...] = ()
    tell: Callable[[str], None] = lambda line: None
