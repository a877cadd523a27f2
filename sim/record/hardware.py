"""Events of the hardware, read off its nets: circuits emit none themselves (DESIGN.md section 4).

A segment's frames and collisions come from the voltage at its first tap, a pair's frames from what its ends
drive, an adapter's doings from its
own lines. An event carries the instant at which it is decided (a frame: when the carrier has gone), so
that events come out in the order of time.
"""

import zlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from hw.nets import Net
from sim.engine.interface import Changes
from sim.events import Event
from sim.record.describe import describe
from sim.record.hub import HubDecoder
from sim.record.link import LinkDecoder
from sim.record.pair import PairDecoder
from sim.record.switch import SwitchDecoder
from sim.record.waves import Scope
from sim.record.wire import WireDecoder, WireFrame

_FIRST_TAP = "tap0"
_LINES = {
    # line: event when it rises, event when it falls, as (layer, kind)
    "tx_en": (("mac", "transmission begins"), ("mac", "transmission ends")),
    "col": (("mac", "collision detected"), None),
    "irq": (("adapter", "interrupt raised"), ("adapter", "interrupt cleared")),
}
_NUMBERS = ("attempts", "backoff_slots")
_STATES = {
    # machine: event by the state it enters, or by the one it leaves and the one it enters
    "transmit_state": {("", "JAM"): ("mac", "jam")},
    "receive_state": {("DATA", "SKIP"): ("mac", "foreign frame ignored")},
}
"""These lines are recorded with a waveform and without: the events are the same."""
_KNOWN = frozenset((*_LINES, *_NUMBERS, *_STATES))
_ADAPTER = ("adapter", "adapter.mac")

SQE_TEST_PS = 4_000_000
"""So soon after an own transmission the MAU tests its collision signal, and there is no collision: the least
window of clause 7.2.4.6."""
MIN_FRAME = 64
"""Octets from destination address to FCS (802.3 clause 4.2.3.3)."""


def fcs_is_good(frame: bytes) -> bool:
    """Judge a frame from destination address to FCS."""
    return len(frame) > 4 and zlib.crc32(frame[:-4]) == int.from_bytes(frame[-4:], "little")


def is_fragment(frame: WireFrame) -> bool:
    """Tell what a collision left, seen as such here or only by its length, from a frame."""
    octets = frame.frame
    return frame.collision or not octets or (len(octets) < MIN_FRAME and not fcs_is_good(octets))


class Passed(NamedTuple):
    """What has passed a cable; of a pair, `sender` is the end that it comes from."""

    cable: str
    sender: str
    frame: WireFrame


class HardwareDecoder:
    """Turns the changes of an engine's nets into events, and those of a segment into frames.

    With `rows`, the cables' decoders also keep rows of text for a waveform; their owner takes them away.
    """

    def __init__(self, nets: Sequence[Net], *, rows: bool = True) -> None:
        self._rows = rows
        self.wires: dict[str, WireDecoder] = {}
        """The decoder of each segment, by the segment's name."""
        self.scopes: dict[Scope, WireDecoder] = {}
        """Who reads what for rows of text: by a segment's first tap, or by a pair and who sends on it."""
        self._adapters: dict[str, _Adapter] = {}
        self._hubs = HubDecoder()
        self._links = LinkDecoder()
        self._pairs: dict[int, tuple[str, str, PairDecoder]] = {}
        """A cable, one of its ends, and who decodes what that drives; by the number of its net."""
        self._heard: set[int] = set()
        """Those of them that heard something since `take`."""
        self._switches = SwitchDecoder()
        self._lines: dict[int, Callable[[int, int], None]] = {}
        """Who takes the changes of a net, by its number; most nets of a waveform are only drawn."""
        self._taps: list[tuple[int, int, WireDecoder]] = []
        """The numbers of level and average, and who decodes them."""
        numbers = {(net.box, net.port, net.signal): number for number, net in enumerate(nets)}
        for number, net in enumerate(nets):
            scope = Scope(net.box, net.port)
            if scope.port == _FIRST_TAP and net.signal == "level":
                wire = self.wires[net.box] = self.scopes[scope] = WireDecoder(rows=rows)
                self._taps.append((number, numbers[net.box, _FIRST_TAP, "mean"], wire))
            elif net.port in _ADAPTER and net.signal in _KNOWN:
                adapter = self._adapters.setdefault(net.box, _Adapter(net.box))
                self._lines[number] = adapter.line(net)
            elif net.signal == "line":
                pair = PairDecoder(rows=rows)
                self._pairs[number] = net.box, net.port, pair
                self.scopes[scope] = pair.wire
            elif other := self._hubs.line(net) or self._links.line(net) or self._switches.line(net):
                self._lines[number] = other

    def changes(self, batch: Changes) -> None:
        """Take the next changes; an instant is not split between two batches."""
        changed = batch.nets()
        for level, mean, wire in self._taps:
            if level in changed or mean in changed:
                wire.changes(batch.history(level), batch.history(mean))
        for number in changed:
            if number in self._pairs:
                self._pairs[number][2].changes(*batch.history(number))
                self._heard.add(number)
        lines = np.array([net for net in changed if net in self._lines], np.int64)
        for ps, net, value in batch.only(lines).rows():
            self._lines[net](ps, value)

    def take(self) -> tuple[list[Event], list[Passed]]:
        """Return the events since the last call in the order of time, and the cables' frames."""
        events: list[Event] = []
        frames: list[Passed] = []
        for name, wire in self.wires.items():
            for ps, senders in wire.collisions:
                events.append(Event(ps, name, "coax", "collision", {"senders": senders}))
            wire.collisions.clear()
            for frame in wire.frames:
                events.append(_frame_event(name, "coax", frame))
                frames.append(Passed(name, "", frame))
            wire.frames.clear()
        for number in sorted(self._heard):
            name, sender, pair = self._pairs[number]
            for frame in pair.take():
                events.append(_frame_event(name, "pair", frame, sender=sender))
                frames.append(Passed(name, sender, frame))
        self._heard.clear()
        if not self._rows:
            for wire in self.scopes.values():
                wire.fields.clear()
                wire.values.clear()
        for adapter in self._adapters.values():
            if adapter.stirred:
                adapter.settle()
                events += adapter.events
                adapter.events.clear()
                adapter.stirred = False
        for decoder in (self._hubs, self._links, self._switches):
            events += decoder.events
            decoder.events.clear()
        events.sort(key=lambda event: event.ps)
        frames.sort(key=lambda passed: passed.frame.start_ps)
        return events, frames


def _frame_event(cable: str, layer: str, frame: WireFrame, **fields: int | str | None) -> Event:
    """A frame, or a fragment, has passed the first tap, or has left an end of a pair."""
    octets = frame.frame
    fields |= {"start_ps": frame.start_ps, "bits": len(frame.bits)}
    if is_fragment(frame):
        return Event(frame.end_ps, cable, layer, "fragment", {**fields, "senders": frame.senders})
    fields |= {
        "octets": len(octets),
        "destination": octets[:6].hex(":"),
        "source": octets[6:12].hex(":"),
        "fcs": "good" if fcs_is_good(octets) else "bad",
        "summary": describe(octets[:-4]),
    }
    return Event(frame.end_ps, cable, layer, "frame", fields)


class _Adapter:
    """The lines of one host's adapter. What changes in one instant is judged together.

    `attempts` counts the collisions of the frame at hand (clause 4.2.8's variable of that name); it is
    raised when `backoff_slots` is drawn.
    """

    def __init__(self, host: str) -> None:
        self.events: list[Event] = []
        self._host = host
        self._values = dict.fromkeys(_NUMBERS, 0)
        self._ps = 0
        self._sent_ps = -SQE_TEST_PS
        """When the last own transmission ended."""
        self._kinds: list[tuple[str, str]] = []
        """(layer, kind) of what happened in this instant."""
        self.stirred = False
        """Something happened since its owner took the events away: of many adapters few have any."""

    def line(self, net: Net) -> Callable[[int, int], None]:
        """Return who takes the changes of `net`."""
        name = net.signal
        if name in _STATES:
            return self._state_line(net, _STATES[name])
        if name in _NUMBERS:
            return self._number_line(name, net)
        rising, falling = _LINES[name]

        def change(ps: int, value: int) -> None:
            if name == "tx_en" and not value:
                self._sent_ps = ps
            elif name == "col" and ps < self._sent_ps + SQE_TEST_PS:
                return
            kind = rising if value else falling
            if kind:
                self._happens(ps, kind)

        return change

    def _state_line(
        self, net: Net, kinds: dict[tuple[str, str], tuple[str, str]]
    ) -> Callable[[int, int], None]:
        names = [name.upper() for name in net.states]
        state = names[net.initial]

        def change(ps: int, value: int) -> None:
            nonlocal state
            before, state = state, names[value]
            kind = kinds.get((before, state)) or kinds.get(("", state))
            if kind:
                self._happens(ps, kind)

        return change

    def _number_line(self, name: str, net: Net) -> Callable[[int, int], None]:
        self._values[name] = net.initial

        def change(ps: int, value: int) -> None:
            self._advance(ps)
            self._values[name] = value
            if name == "attempts" and value > 0:
                self._happens(ps, ("mac", "backoff"))

        return change

    def _happens(self, ps: int, kind: tuple[str, str]) -> None:
        self._advance(ps)
        self._kinds.append(kind)
        self.stirred = True

    def _advance(self, ps: int) -> None:
        if ps != self._ps:
            self.settle()
            self._ps = ps

    def settle(self) -> None:
        """All lines have their values of this instant."""
        kinds, self._kinds = self._kinds, []
        for layer, kind in kinds:
            fields: dict[str, int] = {}
            if kind == "transmission begins":
                fields = {"attempt": self._values["attempts"] + 1}
            elif kind == "backoff":
                fields = {"slots": self._values["backoff_slots"], "collisions": self._values["attempts"]}
            self.events.append(Event(self._ps, self._host, layer, kind, fields))
