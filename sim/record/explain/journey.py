"""The way of one frame through its run: its layers, and the events that were its own."""

from dataclasses import dataclass, field

from journal.event import Event
from sim.record.dissect import Layer
from sim.record.explain.captured import Captured


@dataclass(slots=True)
class Arrival:
    """What one station has made of a frame."""

    station: str
    events: list[Event] = field(default_factory=list)


@dataclass(slots=True)
class Journey:
    """The frame and its events, layer by layer, in the order of time."""

    frame: Captured
    layers: list[Layer]
    wire: Captured | None = None
    """The frame with its FCS: as a cable had it, or who received it; None if neither is captured."""
    missing: str = ""
    """Why there are no events to look through."""
    origin: str = ""
    """The adapter that has sent it; empty if that cannot be found."""
    start_ps: int | None = None
    """Its first bit at the cable's first tap, or at the end of the pair that it came from."""
    end_ps: int | None = None
    bits: int | None = None
    levels: list[str] = field(default_factory=list)
    """What the waveform has of it."""
    program: list[Event] = field(default_factory=list)
    transport: list[Event] = field(default_factory=list)
    ip: list[Event] = field(default_factory=list)
    arp: list[Event] = field(default_factory=list)
    driver: list[Event] = field(default_factory=list)
    mac: list[Event] = field(default_factory=list)
    cable: list[Event] = field(default_factory=list)
    boxes: list[Event] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
