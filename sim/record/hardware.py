"""Events of the hardware, read off its nets: circuits emit none themselves.

A segment's frames and collisions come from the voltage at its first tap, a pair's frames from what its ends
drive, a box's events from the decoders that it brings (`hw.recording`). An event carries the instant at
which it is decided (a frame: when the carrier has gone), so that events come out in the order of time.
"""

from collections.abc import Mapping, Sequence
from itertools import zip_longest

import numpy as np

from hw.nets import Net
from hw.recording import Decoder, Recording, Take
from journal.event import Event
from sim.engine.interface import Changes
from sim.record.frames import CoaxCollision, Passed, passing
from sim.record.pair import PairDecoder
from sim.record.waves import Scope
from sim.record.wire import WireDecoder

_FIRST_TAP = "tap0"


class HardwareDecoder:
    """Turns the changes of an engine's nets into events, and those of a cable into frames.

    `boxes` are the recorded boxes by name; any other net is a cable's. With `rows`, the cables' decoders
    also keep rows of text for a waveform; their owner takes them away.
    """

    def __init__(self, nets: Sequence[Net], boxes: Mapping[str, Recording], *, rows: bool = True) -> None:
        self._rows = rows
        self.wires: dict[str, WireDecoder] = {}
        """The decoder of each segment, by the segment's name."""
        self.scopes: dict[Scope, WireDecoder] = {}
        """Who reads what for rows of text: by a segment, or by a pair and who sends on it."""
        self._pairs: dict[int, tuple[Scope, PairDecoder]] = {}
        """A cable with one of its ends, and who decodes what that drives; by the number of its net."""
        self._active_pairs: set[int] = set()
        """Those of them that changed since `take`."""
        self._lines: dict[int, tuple[Decoder, Take]] = {}
        """Who takes the changes of a net, by its number; most nets of a waveform are only drawn."""
        self._active: dict[Decoder, None] = {}
        """The decoders with changes since `take`: of many boxes few have any."""
        self._taps: list[tuple[int, int, WireDecoder]] = []
        """The numbers of level and average, and who decodes them."""
        decoders = {box: [make(box) for make in recording.decoders] for box, recording in boxes.items()}
        ordered = (decoder for several in zip_longest(*decoders.values()) for decoder in several if decoder)
        self._order = {decoder: place for place, decoder in enumerate(ordered)}
        """Within one instant: what boxes do, and then what their links do."""
        numbers = {(net.box, net.port, net.signal): number for number, net in enumerate(nets)}
        for number, net in enumerate(nets):
            scope = Scope(net.box, net.port)
            for decoder in decoders.get(net.box, ()):
                if take := decoder.line(net):
                    self._lines[number] = decoder, take
                    break
            if net.box in decoders:
                continue
            if net.port == _FIRST_TAP and net.signal == "level":
                wire = self.wires[net.box] = self.scopes[Scope(net.box, "")] = WireDecoder(rows=rows)
                self._taps.append((number, numbers[net.box, _FIRST_TAP, "mean"], wire))
            elif net.signal == "line":
                pair = PairDecoder(rows=rows)
                self._pairs[number] = scope, pair
                self.scopes[scope] = pair.wire

    def changes(self, batch: Changes) -> None:
        """Take the next changes; an instant is not split between two batches."""
        changed = batch.nets()
        for level, mean, wire in self._taps:
            if level in changed or mean in changed:
                wire.changes(batch.history(level), batch.history(mean))
        for number in changed:
            if number in self._pairs:
                self._pairs[number][1].changes(*batch.history(number))
                self._active_pairs.add(number)
        lines = np.array([net for net in changed if net in self._lines], np.int64)
        self._active |= dict.fromkeys(self._lines[net][0] for net in lines.tolist())
        for ps, net, value in batch.only(lines).rows():
            self._lines[net][1](ps, value)

    def take(self) -> tuple[list[Event], list[Passed]]:
        """Return the events since the last call in the order of time, and the cables' frames."""
        events: list[Event] = []
        frames: list[Passed] = []
        for name, wire in self.wires.items():
            for ps, senders in wire.collisions:
                events.append(Event(ps, name, CoaxCollision.layer, CoaxCollision.kind, {"senders": senders}))
            wire.collisions.clear()
            passed = [Passed(name, "", frame) for frame in wire.frames]
            wire.frames.clear()
            events += map(passing, passed)
            frames += passed
        for number in sorted(self._active_pairs):
            (name, sender), pair = self._pairs[number]
            passed = [Passed(name, sender, frame) for frame in pair.take()]
            events += map(passing, passed)
            frames += passed
        self._active_pairs.clear()
        if not self._rows:
            for wire in self.scopes.values():
                wire.fields.clear()
                wire.values.clear()
        for decoder in sorted(self._active, key=self._order.__getitem__):
            decoder.settle()
            events += decoder.events
            decoder.events.clear()
        self._active.clear()
        events.sort(key=lambda event: event.ps)
        frames.sort(key=lambda passed: passed.frame.start_ps)
        return events, frames
