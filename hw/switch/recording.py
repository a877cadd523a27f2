"""Events of a switch, read off its relay and its ports' counters; its address table at the end of a run.

The relay shows the last frame's addresses, its port and the ports that it was for, and counts what it has
decided and learnt: a count that changes is the event.
"""

from collections import Counter

from hw.nets import Net
from hw.phy.recording import PortLinkDecoder
from hw.recording import Decoder, Recording, Take
from hw.switch.table import Entry
from journal.event import Event, FieldValue
from journal.kind import EventKind, Fields, Mac, Port, Seconds
from journal.words import counted


class _Switch(EventKind, layer="switch"):
    """An event of one port."""

    port: Port


class _Station(_Switch):
    """What concerns a station's address."""

    station: Mac


class Learns(_Station, kind="learns"):
    """learns {station} at port {port}"""


class StationMoved(_Station, kind="station moved"):
    """learns {station} at port {port}: it has moved"""


class TableFull(_Station, kind="table full"):
    """cannot learn {station} at port {port}: the address table is full"""


class Knows(_Station, kind="knows"):
    """address table: {station} at port {port}, last frame {seconds} ago"""

    seconds: Seconds


class _Frame(_Switch):
    """What is decided about a frame from a port."""

    source: Mac
    destination: Mac


class Filters(_Frame, kind="filters"):
    """{source} > {destination}: filtered at port {port}: it is for no other port"""


class Forwards(_Frame, kind="forwards"):
    """{source} > {destination}: forwarded from port {port} to port {to}"""

    to: str


class Floods(_Frame, kind="floods"):
    """{source} > {destination}: flooded from port {port} to ports {to}"""

    to: str


class AsksForAPause(_Switch, kind="asks for a pause"):
    """sends a PAUSE frame at port {port}"""


class IsPaused(_Switch, kind="is paused"):
    """port {port} is paused by its peer"""


class GoesOn(_Switch, kind="goes on"):
    """port {port} transmits again"""


class _Counted(_Switch):
    """A counter of a port, and its new value."""

    count: int


class FrameWithAnError(_Counted, kind="frame with an error"):
    """drops a frame with an error, received at port {port}"""


class NoBuffer(_Counted, kind="no buffer"):
    """drops a frame received at port {port}: no buffer is free"""


class QueueFull(_Counted, kind="queue full"):
    """drops a frame for port {port}: its queue is full"""


class FrameNotSent(_Counted, kind="frame not sent"):
    """could not transmit a frame at port {port}"""


class FrameWaitedTooLong(_Counted, kind="frame waited too long"):
    """discards a frame that has waited for a second at port {port}"""


class LateCollision(_Counted, kind="late collision"):
    """late collision at port {port}: the slot time was over"""


class CollisionsSoFar(_Counted, kind="collisions so far"):
    """collision at port {port}: number {count}"""


class DuplexMode(_Switch, kind="duplex mode"):
    """port {port} is in {duplex} duplex from now on"""

    full_duplex: bool

    @classmethod
    def template(cls, fields: Fields) -> str:
        """The mode in words."""
        return super().template(fields).replace("{duplex}", "full" if fields["full_duplex"] else "half")


class ReceivedSoFar(_Counted, kind="received so far", quiet=True):
    """port {port} has received {count} frames"""


class SentSoFar(_Counted, kind="sent so far", quiet=True):
    """port {port} has transmitted {count} frames"""


class FilteredSoFar(_Counted, kind="filtered so far", quiet=True):
    """port {port} has filtered {count} frames"""


_LEARNING: dict[str, type[_Station]] = {"learnt": Learns, "moved": StationMoved, "unlearnt": TableFull}
_RELAY = frozenset((*_LEARNING, "source_port", "sender", "destination", "known", "targets", "relayed"))
_COUNTERS: dict[str, tuple[type[_Counted], str]] = {
    "received": (ReceivedSoFar, "received"),
    "sent": (SentSoFar, "sent"),
    "filtered": (FilteredSoFar, "filtered"),
    "bad": (FrameWithAnError, "with errors"),
    "no_buffer": (NoBuffer, "without a buffer"),
    "queue_full": (QueueFull, "for a full queue"),
    "unsent": (FrameNotSent, "not sent"),
    "delay_exceeded": (FrameWaitedTooLong, "discarded after a second"),
    "collisions": (CollisionsSoFar, "collision"),
    "late_collisions": (LateCollision, "late collision"),
}
"""What a port counts: the event of each counter, and what the summary calls it."""
_FLOW_CONTROL = {
    # line of a port: event when it falls, event when it rises
    "tx_pause": (AsksForAPause, AsksForAPause),
    "pause_running": (GoesOn, IsPaused),
}


class SwitchDecoder(Decoder):
    """What one switch does."""

    def __init__(self, box: str) -> None:
        super().__init__(box)
        self._relay: dict[str, int] = {}
        self._full: set[int] = set()
        """Ports in full duplex."""

    def line(self, net: Net) -> Take | None:
        """See `Decoder.line`."""
        if net.port == "core" and net.signal in _RELAY:
            return self._core(net)
        if net.number and net.signal in _COUNTERS:
            counter, _ = _COUNTERS[net.signal]
            return lambda ps, value: self.report(ps, counter, port=net.number, count=value)
        if net.number and net.signal == "full_duplex":
            return self._duplex(net)
        if net.number and net.signal == "link":
            return self._link(net.number)
        if net.number and net.signal in _FLOW_CONTROL:
            kinds = _FLOW_CONTROL[net.signal]
            return lambda ps, value: self.report(ps, kinds[value], port=net.number)
        return None

    def _duplex(self, net: Net) -> Take:
        def change(ps: int, value: int) -> None:
            (self._full.add if value else self._full.discard)(net.number)
            self.report(ps, DuplexMode, port=net.number, full_duplex=bool(value))

        if net.initial:
            self._full.add(net.number)
        return change

    def _link(self, port: int) -> Take:
        """With its link a port is in a mode; of one that is in full duplex it has been said already."""

        def change(ps: int, value: int) -> None:
            if value and port not in self._full:
                self.report(ps, DuplexMode, port=port, full_duplex=False)

        return change

    def _core(self, net: Net) -> Take:
        relay, line = self._relay, net.signal
        relay[line] = net.initial

        def change(ps: int, value: int) -> None:
            relay[line] = value
            if line in _LEARNING:
                port = relay["source_port"] + 1
                self.report(ps, _LEARNING[line], port=port, station=_address(relay["sender"]))
            elif line == "relayed":
                self._relayed(ps)

        return change

    def _relayed(self, ps: int) -> None:
        """Ports are numbered from 0 in the circuits."""
        relay = self._relay
        mask = relay["targets"]
        targets = [number for number in range(1, mask.bit_length() + 1) if mask >> number - 1 & 1]
        port = relay["source_port"] + 1
        ends = {"source": _address(relay["sender"]), "destination": _address(relay["destination"])}
        if not targets:
            self.report(ps, Filters, port=port, **ends)
        else:
            kind = Forwards if relay["known"] and len(targets) == 1 else Floods
            self.report(ps, kind, port=port, **ends, to=", ".join(map(str, targets)))


class SwitchCounts:
    """What the ports of switches have counted, by `switch.3`, and what their tables hold at the end."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], Counter[str]] = {}
        self._tables: dict[str, list[tuple[str, int]]] = {}
        self._full: set[tuple[str, int]] = set()
        """Ports in full duplex."""
        self._names = {kind.kind: name for name, (kind, _) in _COUNTERS.items()}

    def __call__(self, event: Event) -> None:
        """Count one event of a switch."""
        port = int(event.fields.get("port") or 0)
        if event.kind in self._names:
            count = int(event.fields["count"] or 0)
            self._counts.setdefault((event.where, port), Counter())[self._names[event.kind]] = count
        elif event.kind == DuplexMode.kind:
            (self._full.add if event.fields["full_duplex"] else self._full.discard)((event.where, port))
        elif event.kind == Knows.kind:
            self._tables.setdefault(event.where, []).append((str(event.fields["station"]), port))

    def lines(self) -> list[str]:
        """A line for each port that had something to count, and one for each table."""
        lines = []
        for (switch, number), counts in sorted(self._counts.items()):
            first, *more = (name for name in _COUNTERS if counts[name])
            words = [f"{counted(counts[first], 'frame')} {_COUNTERS[first][1]}"]
            words += [_count(counts[name], name) for name in more]
            lines.append(f"{switch}.{number} ({self._mode(switch, number)} duplex): {', '.join(words)}")
        for switch, stations in sorted(self._tables.items()):
            words = [f"{station} at port {port}" for station, port in stations]
            lines.append(f"{switch} knows {', '.join(words)}")
        return lines

    def record(self) -> dict[str, dict[str, int | bool]]:
        """The counts of ports for a machine."""
        return {
            f"{switch}.{number}": {"full_duplex": (switch, number) in self._full, **counts}
            for (switch, number), counts in sorted(self._counts.items())
        }

    def _mode(self, switch: str, number: int) -> str:
        return "full" if (switch, number) in self._full else "half"


def _count(count: int, name: str) -> str:
    """Frames by what became of them; collisions are counted themselves."""
    words = _COUNTERS[name][1]
    return counted(count, words) if "collision" in name else f"{count} {words}"


def knows(ps: int, switch: str, entry: Entry) -> Event:
    """An entry of a switch's table, as an event."""
    fields: dict[str, FieldValue] = {
        "port": entry.port,
        "station": entry.address.hex(":"),
        "seconds": entry.age_s,
    }
    return Event(ps, switch, Knows.layer, Knows.kind, fields)


def _address(number: int) -> str:
    return number.to_bytes(6, "big").hex(":")


RECORDING = Recording((SwitchDecoder, PortLinkDecoder), "switch", SwitchCounts)
