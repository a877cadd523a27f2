"""Everything a run leaves behind, written while it runs: events, captures, waveform.

Software reports its events at once, hardware's are decoded from changes that come in batches; `flush`
merges the two by time (`in_order`). It holds back what could still be overtaken: events of the present
instant, and the part of the waveform whose rows of text are not yet settled.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Literal

from hw.nets import Net
from journal.event import Event
from journal.kind import KINDS
from sim.engine.interface import Changes
from sim.os.clock import EPOCH_NS
from sim.record.boxes import recordings
from sim.record.capture import FragmentCapture, HostCapture, WireCapture
from sim.record.drawing import Drawing
from sim.record.extent import EVERYTHING, Extent
from sim.record.frames import is_fragment
from sim.record.hardware import HardwareDecoder
from sim.record.json_lines import json_line
from sim.scenario.model import Scenario

_OUTSIDE, _HARDWARE, _SOFTWARE = range(3)
"""The order within one instant."""


class Recorder:
    """Writes a run folder. All files are complete after `close`, whenever that is.

    `listeners` are given every event, in order, as it is written. `extent` is that of the waveform, and
    `tell` is called with a sentence when that becomes large.
    """

    def __init__(
        self,
        directory: Path,
        scenario: Scenario,
        nets: Sequence[Net],
        *,
        vcd: bool = True,
        extent: Extent = EVERYTHING,
        tell: Callable[[str], None] = lambda line: None,
        listeners: Sequence[Callable[[Event], None]] = (),
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        epoch_ns = EPOCH_NS if scenario.epoch_ns is None else scenario.epoch_ns
        self._epoch_ns = epoch_ns
        self.frames: Counter[str] = Counter()
        """Frames that passed each segment's first tap, or a pair."""
        self.fragments: Counter[str] = Counter()
        """What collisions left there."""
        self._directory = directory
        self._listeners = listeners
        self._hardware = HardwareDecoder(nets, recordings(scenario), rows=vcd)
        self._hardware_events: list[Event] = []
        self._software_events: list[Event] = []
        self._events = (directory / "events.jsonl").open("w", encoding="utf-8", newline="\n")
        self._senders: dict[str, Sequence[str]] = {coax.name: ("",) for coax in scenario.coaxes}
        """By captured cable: the ends whose frames are distinguished."""
        self._senders |= {one.name: one.ends for one in scenario.cables if scenario.captured(one)}
        self._wires = {
            cable: WireCapture(directory / f"{cable}.pcapng", cable, senders, epoch_ns)
            for cable, senders in self._senders.items()
        }
        self._fragments: dict[str, FragmentCapture] = {}
        """Of cables on which there were some."""
        self._hosts = {
            end: HostCapture(directory / f"{end}.pcapng", end, epoch_ns) for end in scenario.adapters
        }
        self._drawing = (
            Drawing(directory, scenario, nets, self._hardware.scopes, extent=extent, tell=tell)
            if vcd
            else None
        )
        self._closed = False

    def changes(self, batch: Changes) -> None:
        """Take the next changes of the engine's nets, whole instants only."""
        self._hardware.changes(batch)
        if self._drawing:
            self._drawing.changes(batch)

    def event(self, event: Event) -> None:
        """Take an event of the software; its time is not before that of any earlier one."""
        self._software_events.append(event)

    def frame(
        self, adapter: str, direction: Literal["received", "sent"], ps: int, octets: bytes, fcs: bytes = b""
    ) -> None:
        """Take a frame that passed between driver and stack; a received one has its `fcs`.

        `adapter` is one of `Scenario.adapters`.
        """
        if direction == "received":
            self._hosts[adapter].received(ps, octets, fcs)
        else:
            self._hosts[adapter].sent(ps, octets)

    def flush(self, now: int) -> None:
        """Write what is decided: all changes up to `now` (ps) have come, and no event will precede it."""
        self._write(now)

    def sync(self) -> None:
        """Have what is written on disk, for reading the folder meanwhile."""
        self._events.flush()
        for capture in self._captures():
            capture.flush()

    def close(self, now: int) -> None:
        """Write the rest and finish all files; the run has ended at `now` (ps). Idempotent."""
        if self._closed:
            return
        self._closed = True
        self._write(None)
        self._events.close()
        for capture in self._captures():
            capture.close()
        if self._drawing:
            self._drawing.close(now)

    def _captures(self) -> tuple[WireCapture | FragmentCapture | HostCapture, ...]:
        return *self._wires.values(), *self._fragments.values(), *self._hosts.values()

    def _fragment_capture(self, cable: str) -> FragmentCapture:
        """That of `cable`, which begins with its first fragment."""
        if cable not in self._fragments:
            path = self._directory / f"{cable}.fragments.pcapng"
            self._fragments[cable] = FragmentCapture(path, cable, self._senders[cable], self._epoch_ns)
        return self._fragments[cable]

    def _write(self, now: int | None) -> None:
        """Write what comes before `now`; None: everything."""
        events, frames = self._hardware.take()
        self._hardware_events += events
        for cable, sender, frame in frames:
            if is_fragment(frame):
                self._fragment_capture(cable).fragment(frame, sender)
                self.fragments[cable] += 1
            else:
                self._wires[cable].frame(frame, sender)
                self.frames[cable] += 1
        for event in in_order(_before(self._hardware_events, now), _before(self._software_events, now)):
            self._events.write(json_line(event))
            if self._drawing:
                self._drawing.event(event)
            for listener in self._listeners:
                listener(event)
        if self._drawing:
            self._drawing.write(now)


def in_order(hardware: Sequence[Event], software: Sequence[Event]) -> list[Event]:
    """Merge events that are each in the order of time; within one instant, causes come before effects.

    Software reacts to hardware in the same instant, so hardware comes first. An intervention from outside,
    which is reported by software, comes before what it makes the hardware do.
    """
    ranked = [(event.ps, _HARDWARE, event) for event in hardware]
    intervention = -1
    rank = {}
    for place, event in reversed([*enumerate(software)]):
        kind = KINDS.get((event.layer, event.kind))
        if kind is not None and kind.outside:
            intervention = event.ps
        rank[place] = _OUTSIDE if event.ps == intervention else _SOFTWARE
    ranked += [(event.ps, rank[place], event) for place, event in enumerate(software)]
    ranked.sort(key=itemgetter(0, 1))
    return [event for _, _, event in ranked]


def _before(items: list[Event], now: int | None) -> list[Event]:
    """Take those before `now` from the head of `items`, which are in the order of time."""
    count = len(items) if now is None else bisect_left(items, now, key=lambda item: item.ps)
    taken = items[:count]
    del items[:count]
    return taken
