"""How to run a scenario: everything that does not change what happens in it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from journal.event import Event
from sim.record.extent import EVERYTHING, Extent


@dataclass(frozen=True, slots=True)
class Options:
    """Where a run is recorded, and how it is run."""

    directory: Path
    """The run folder."""
    engine: str = "auto"
    """`auto`, `myhdl` or `compiled`."""
    vcd: bool = True
    """Record a waveform, which makes a run slower."""
    listeners: tuple[Callable[[Event], None], ...] = ()
    """Called with every event, in the order of time, when it is recorded."""
    tell: Callable[[str], None] = lambda line: None
    """Called with a sentence on what takes long, such as compiling an engine."""
    extent: Extent = EVERYTHING
    """How much of the network the waveform has."""
