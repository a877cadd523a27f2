"""Events of a switch, read off its relay and its ports' counters; its address table at the end of a run.

The relay shows the last frame's addresses, its port and the ports that it was for, and counts what it has
decided and learnt: a count that changes is the event.
"""

from collections import Counter
from collections.abc import Callable

from hw.nets import Net
from hw.switch.table import Entry
from sim.events import Event, FieldValue
from sim.words import counted

_LEARNING = {"learnt": "learns", "moved": "station moved", "unlearnt": "table full"}
_RELAY = frozenset((*_LEARNING, "source_port", "sender", "destination", "known", "targets", "relayed"))
_FLOW_CONTROL = ("tx_pause", "pause_running")
_LOSSES = {
    "bad": "frame with an error",
    "no_buffer": "no buffer",
    "queue_full": "queue full",
    "unsent": "frame not sent",
    "delay_exceeded": "frame waited too long",
}
"""What a port counts of frames that are lost, and the events' names."""
_COUNTED = {
    "received": "received",
    "sent": "sent",
    "filtered": "filtered",
    "bad": "with errors",
    "no_buffer": "without a buffer",
    "queue_full": "for a full queue",
    "unsent": "not sent",
    "delay_exceeded": "discarded after a second",
}
"""What a port counts, and what the summary calls it."""


class SwitchDecoder:
    """Tells what all switches do: `events`, in the order of time for each."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._relays: dict[str, dict[str, int]] = {}

    def line(self, net: Net) -> Callable[[int, int], None] | None:
        """Return who takes the changes of `net`; None if it is nothing of a switch's."""
        if net.port == "core" and net.signal in _RELAY:
            return self._core(net.box, net.signal, net.initial)
        if net.number and (net.signal in _COUNTED or net.signal in _FLOW_CONTROL):
            return self._port(net.box, net.number, net.signal)
        return None

    def _core(self, switch: str, line: str, initial: int) -> Callable[[int, int], None]:
        relay = self._relays.setdefault(switch, {})
        relay[line] = initial

        def change(ps: int, value: int) -> None:
            relay[line] = value
            if line in _LEARNING:
                self._tell(
                    ps, switch, _LEARNING[line], relay["source_port"], station=_address(relay["sender"])
                )
            elif line == "relayed":
                self._relayed(ps, switch, relay)

        return change

    def _relayed(self, ps: int, switch: str, relay: dict[str, int]) -> None:
        targets = [
            number
            for number in range(1, relay["targets"].bit_length() + 1)
            if relay["targets"] >> number - 1 & 1
        ]
        addresses = {"source": _address(relay["sender"]), "destination": _address(relay["destination"])}
        if not targets:
            self._tell(ps, switch, "filters", relay["source_port"], **addresses)
        else:
            kind = "forwards" if relay["known"] and len(targets) == 1 else "floods"
            self._tell(ps, switch, kind, relay["source_port"], **addresses, to=", ".join(map(str, targets)))

    def _tell(self, ps: int, switch: str, kind: str, port: int, **fields: FieldValue) -> None:
        """`port` is numbered from 0, as in the circuits."""
        self.events.append(Event(ps, switch, "switch", kind, {"port": port + 1, **fields}))

    def _port(self, switch: str, number: int, line: str) -> Callable[[int, int], None]:
        def change(ps: int, value: int) -> None:
            fields: dict[str, FieldValue] = {"port": number}
            if line == "tx_pause":
                kind = "asks for a pause"
            elif line == "pause_running":
                kind = "is paused" if value else "goes on"
            elif line in _LOSSES:
                kind, fields["count"] = _LOSSES[line], value
            else:
                kind, fields["count"] = f"{line} so far", value
            self.events.append(Event(ps, switch, "switch", kind, fields))

        return change


class SwitchCounts:
    """What the ports of switches have counted, by `switch.3`, and what their tables hold at the end."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], Counter[str]] = {}
        self._tables: dict[str, list[tuple[str, int]]] = {}
        self._names = {kind: line for line, kind in _LOSSES.items()}
        self._names |= {f"{line} so far": line for line in _COUNTED if line not in _LOSSES}

    def __call__(self, event: Event) -> None:
        """Count one event of a switch."""
        port = int(event.fields.get("port") or 0)
        if event.kind in self._names:
            count = int(event.fields["count"] or 0)
            self._counts.setdefault((event.where, port), Counter())[self._names[event.kind]] = count
        elif event.kind == "knows":
            self._tables.setdefault(event.where, []).append((str(event.fields["station"]), port))

    def lines(self) -> list[str]:
        """A line for each port that had something to count, and one for each table."""
        lines = []
        for (switch, number), counts in sorted(self._counts.items()):
            first, *more = (line for line in _COUNTED if counts[line])
            told = [f"{counted(counts[first], 'frame')} {_COUNTED[first]}"]
            told += [f"{counts[line]} {_COUNTED[line]}" for line in more]
            lines.append(f"{switch}.{number}: {', '.join(told)}")
        for switch, stations in sorted(self._tables.items()):
            told = [f"{station} at port {port}" for station, port in stations]
            lines.append(f"{switch} knows {', '.join(told)}")
        return lines

    def record(self) -> dict[str, dict[str, int]]:
        """The counts of ports for a machine."""
        return {
            f"{switch}.{number}": dict(counts) for (switch, number), counts in sorted(self._counts.items())
        }


def knows(ps: int, switch: str, entry: Entry) -> Event:
    """An entry of a switch's table, as an event."""
    fields: dict[str, FieldValue] = {
        "port": entry.port,
        "station": entry.address.hex(":"),
        "seconds": entry.age_s,
    }
    return Event(ps, switch, "switch", "knows", fields)


def _address(number: int) -> str:
    return number.to_bytes(6, "big").hex(":")
