"""Events of the hardware, read off its nets: circuits emit none themselves (DESIGN.md section 4).

A segment's frames and collisions come from the voltage at its first tap, an adapter's doings from its
own lines. An event carries the instant at which it is decided (a frame: when the carrier has gone), so
that events come out in the order of time.
"""

import re
import zlib
from collections.abc import Callable, Sequence

from sim.engine.interface import Change, Net
from sim.events import Event
from sim.record.describe import describe
from sim.record.wire import WireDecoder, WireFrame

_TAP = re.compile(r"([^.]+)\.tap0\.(level|mean)")
_LINE = re.compile(r"([^.]+)\.(?:adapter|mau)\.(?:mac\.)?([a-z_]+)")
_LINES = {
    # line: event when it rises, event when it falls, as (layer, kind)
    "crs": (("phy", "carrier on"), ("phy", "carrier off")),
    "rx_dv": (("phy", "reception begins"), ("phy", "reception ends")),
    "tx_en": (("mac", "transmission begins"), ("mac", "transmission ends")),
    "aui_ci": (("phy", "collision presence on"), ("phy", "collision presence off")),
    "col": (("mac", "collision detected"), None),
    "irq": (("adapter", "interrupt raised"), ("adapter", "interrupt cleared")),
}
_NUMBERS = ("attempts", "backoff_slots", "transmit_state")

MIN_FRAME = 64
"""Octets from destination address to FCS (802.3 clause 4.2.3.3)."""


def fcs_is_good(frame: bytes) -> bool:
    """Judge a frame from destination address to FCS."""
    return len(frame) > 4 and zlib.crc32(frame[:-4]) == int.from_bytes(frame[-4:], "little")


def is_fragment(frame: WireFrame) -> bool:
    """Tell what a collision left, seen as such here or only by its length, from a frame."""
    octets = frame.frame
    return frame.collision or not octets or (len(octets) < MIN_FRAME and not fcs_is_good(octets))


class HardwareDecoder:
    """Turns the changes of an engine's nets into events, and those of a segment into frames and rows."""

    def __init__(self, nets: Sequence[Net]) -> None:
        self.wires: dict[str, WireDecoder] = {}
        """The decoder of each segment, by the segment's name."""
        self._adapters: dict[str, _Adapter] = {}
        self._handlers: list[Callable[[int, int], None] | None] = [self._handler(net) for net in nets]

    def _handler(self, net: Net) -> Callable[[int, int], None] | None:
        """Return who takes the changes of `net`; most nets are only drawn."""
        tap = _TAP.fullmatch(net.name)
        if tap:
            wire = self.wires.setdefault(tap[1], WireDecoder())
            return wire.level if tap[2] == "level" else wire.mean
        line = _LINE.fullmatch(net.name)
        if line and (line[2] in _LINES or line[2] in _NUMBERS):
            return self._adapters.setdefault(line[1], _Adapter(line[1])).line(line[2], net)
        return None

    def changes(self, batch: Sequence[Change]) -> None:
        """Take the next changes; an instant is not split between two batches."""
        handlers = self._handlers
        for ps, net, value in batch:
            handler = handlers[net]
            if handler is not None:
                handler(ps, value)

    def take(self) -> tuple[list[Event], list[tuple[str, WireFrame]]]:
        """Return the events since the last call in the order of time, and the segments' frames."""
        events: list[Event] = []
        frames: list[tuple[str, WireFrame]] = []
        for name, wire in self.wires.items():
            for ps, senders in wire.collisions:
                events.append(Event(ps, name, "coax", "collision", {"senders": senders}))
            wire.collisions.clear()
            for frame in wire.frames:
                events.append(_frame_event(name, frame))
                frames.append((name, frame))
            wire.frames.clear()
        for adapter in self._adapters.values():
            adapter.settle()
            events += adapter.events
            adapter.events.clear()
        events.sort(key=lambda event: event.ps)
        return events, frames


def _frame_event(coax: str, frame: WireFrame) -> Event:
    """A frame, or a fragment, has passed the first tap."""
    octets = frame.frame
    fields: dict[str, int | str | None] = {"start_ps": frame.start_ps, "bits": len(frame.bits)}
    if is_fragment(frame):
        return Event(frame.end_ps, coax, "coax", "fragment", {**fields, "senders": frame.senders})
    fields |= {
        "octets": len(octets),
        "destination": octets[:6].hex(":"),
        "source": octets[6:12].hex(":"),
        "fcs": "good" if fcs_is_good(octets) else "bad",
        "summary": describe(octets[:-4]),
    }
    return Event(frame.end_ps, coax, "coax", "frame", fields)


class _Adapter:
    """The lines of one host's adapter and MAU. What changes in one instant is judged together."""

    def __init__(self, host: str) -> None:
        self.events: list[Event] = []
        self._host = host
        self._states: tuple[str, ...] = ()
        self._values: dict[str, int] = {}
        self._ps = 0
        self._changed: list[str] = []

    def line(self, name: str, net: Net) -> Callable[[int, int], None]:
        """Return who takes the changes of line `name`."""
        self._values[name] = net.initial
        if name == "transmit_state":
            self._states = tuple(state.lower() for state in net.states)

        def change(ps: int, value: int) -> None:
            if ps != self._ps:
                self.settle()
                self._ps = ps
            self._values[name] = value
            self._changed.append(name)

        return change

    def settle(self) -> None:
        """All lines have their values of this instant."""
        changed, self._changed = self._changed, []
        for name in changed:
            value = self._values[name]
            if name in _LINES:
                kind = _LINES[name][0 if value else 1]
                if kind:
                    fields = {"attempt": self._attempt} if kind[1] == "transmission begins" else {}
                    self.events.append(Event(self._ps, self._host, *kind, fields))
            elif name == "transmit_state" and value < len(self._states):
                self._transmit_state(self._states[value])

    @property
    def _attempt(self) -> int:
        """Which transmission of this frame it is, from 1; clause 4 counts the ones before it."""
        return self._values.get("attempts", 0) + 1

    def _transmit_state(self, state: str) -> None:
        if state == "jam":
            self.events.append(Event(self._ps, self._host, "mac", "jam", {}))
        elif state == "backoff":
            fields = {
                "slots": self._values.get("backoff_slots", 0),
                "collisions": self._values.get("attempts", 0),
            }
            self.events.append(Event(self._ps, self._host, "mac", "backoff", fields))
