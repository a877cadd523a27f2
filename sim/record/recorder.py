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
from typing import Literal, TypeVar

import numpy as np

from hw.nets import Net
from journal.event import Event
from journal.kind import KINDS
from sim.engine.interface import Changes
from sim.os.clock import EPOCH_NS
from sim.record.arrangement import Arrangement
from sim.record.boxes import recordings
from sim.record.capture import FragmentCapture, HostCapture, WireCapture
from sim.record.frames import is_fragment
from sim.record.hardware import HardwareDecoder
from sim.record.json_lines import json_line
from sim.record.port_rows import ROW as PORT_ROW
from sim.record.port_rows import port_rows
from sim.record.waves import ROWS, Scope, Text, Waves
from sim.scenario.model import Scenario

_OUTSIDE, _HARDWARE, _SOFTWARE = range(3)
"""The order within one instant."""


class Recorder:
    """Writes a run folder. All files are complete after `close`, whenever that is.

    `listeners` are given every event, in order, as it is written.
    """

    def __init__(
        self,
        directory: Path,
        scenario: Scenario,
        nets: Sequence[Net],
        *,
        vcd: bool = True,
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
        self._ports = port_rows(nets) if vcd else []
        rows = {(scope, row): idle for scope in self._hardware.scopes for row, idle in ROWS.items()}
        rows |= {(port.scope, PORT_ROW): port.word for port in self._ports}
        stations = {
            Scope(coax.name, f"tap{number}"): tap.host
            for coax in scenario.coaxes
            for number, tap in enumerate(coax.taps)
        }
        self._waves = Waves(directory / "waves.vcd", nets, rows, stations) if vcd else None
        self._arrangement = Arrangement(nets, rows, stations)
        self._waiting = Changes.of(()).in_time()
        """Changes that are not in the waveform yet."""
        self._texts: list[Text] = []
        self._closed = False

    def changes(self, batch: Changes) -> None:
        """Take the next changes of the engine's nets, whole instants only."""
        self._hardware.changes(batch)
        if self._waves:
            self._waiting = np.hstack([self._waiting, batch.in_time()])
        for port in self._ports:
            self._texts += port.changes(batch)

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
        if self._waves:
            self._waves.close(now)
            self._arrangement.write(self._directory)

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
            for listener in self._listeners:
                listener(event)
        if self._waves:
            self._write_waves(self._waves, now)

    def _write_waves(self, waves: Waves, now: int | None) -> None:
        horizon = now
        for scope, wire in self._hardware.scopes.items():
            settled = None if now is None else wire.settled(now)
            if horizon is not None and settled is not None:
                horizon = min(horizon, settled)
            for row, texts in (("field", wire.fields), ("octet", wire.values)):
                ready = [text for text in texts if settled is None or text[0] < settled]
                self._texts += [Text(ps, scope, row, text) for ps, text in ready]
                del texts[: len(ready)]
        self._texts.sort(key=lambda text: (text.ps, text.scope.name, text.row))
        count = self._waiting.shape[1] if horizon is None else np.searchsorted(self._waiting[0], horizon)
        waves.write(self._waiting[:, :count], _before(self._texts, horizon))
        self._waiting = self._waiting[:, count:]


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


T = TypeVar("T", Event, Text)


def _before(items: list[T], now: int | None) -> list[T]:
    """Take those before `now` from the head of `items`, which are in the order of time."""
    count = len(items) if now is None else bisect_left(items, now, key=lambda item: item.ps)
    taken = items[:count]
    del items[:count]
    return taken
