"""Places in time of a finished run, computed from its folder: a frame by its number, the first frame, marks.

A frame is named by a capture and its number in it, as Wireshark shows both: `yellow:7`, `pc:3`.
"""

import heapq
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from journal.event import Event
from sim.os.clock import EPOCH_NS
from sim.record.manifest import read_manifest
from sim.record.reading import ReadingError, events
from sim.words import no_such

_OCTET_PS = 800_000
_PREAMBLE = 8
_SPAN_PS = 80_000_000
"""A short frame, and what comes a little after it."""
_BLOCK = struct.Struct("<2I")
_PACKET = struct.Struct("<5I")
_PACKET_TYPE = 6
_LONGEST_PS = 2_000_000_000
"""An event of a frame comes when it has ended; none lasts longer."""


class Place(NamedTuple):
    """A frame in a capture, `capture` is the file's name without `.pcapng`; or any time, without one."""

    capture: str
    number: int
    begin: int
    end: int


def numbered_frame(folder: Path, name: str) -> Place:
    """The frame called `yellow:7`, or `7` where only one cable has a capture. Raises ReadingError."""
    captures = sorted(path.name.removesuffix(".pcapng") for path in folder.glob("*.pcapng"))
    capture, _, digits = name.rpartition(":")
    if not digits.isascii() or not digits.isdigit() or digits.strip("0") == "":
        raise ReadingError(f"{name}: is no frame; write yellow:7, the capture and the number in it")
    if not capture:
        # A cable's events name it; a host's capture never has the name of a cable.
        cables = dict.fromkeys(event.where for event in events(folder) if event.kind == "frame")
        if len(cables) != 1:
            raise ReadingError(f"{name}: which cable's? There are captures of {', '.join(cables) or 'none'}")
        (capture,) = cables
    if capture not in captures:
        raise ReadingError(no_such(capture, "capture", captures, f"there are {', '.join(captures)}"))
    number, found = int(digits), 0
    for ns, octets in _packets(folder / f"{capture}.pcapng"):
        found += 1
        if found == number:
            begin = 1000 * (ns - _epoch(folder))
            return Place(capture, number, begin, begin + (_PREAMBLE + octets) * _OCTET_PS)
    raise ReadingError(f"{name}: {capture} has {found} frames")


def first_frame(folder: Path, since: int = 0) -> Place:
    """The first frame on a cable, or what a collision left of it, `since` (ps); without any, the beginning.

    Not every cable is captured: where none is, a frame begins when an adapter transmits it.
    """
    begun: Place | None = None
    for event in events(folder):
        if event.ps < since:
            continue
        if begun is None and event.kind == "transmission begins":
            begun = Place("", 0, event.ps, event.ps + _SPAN_PS)
        start = event.fields.get("start_ps")
        if isinstance(start, int) and start >= since:
            return Place(event.where, 1, start, max(event.ps, start + _SPAN_PS))
        if begun and event.ps > begun.begin + _LONGEST_PS:
            break
    return begun or Place("", 0, since, since + _SPAN_PS)


def marks(told: Iterable[Event], begin: int, most: int) -> list[tuple[int, str]]:
    """What is marked from `begin` on (ps), the first ones: collisions, starts of frames, interrupts.

    They come in the order of time. `told` are events in order; no more of them are read than is needed.
    """
    found: list[tuple[int, str]] = []
    numbers: dict[str, int] = {}
    for event in told:
        if len(found) >= most and event.ps > heapq.nsmallest(most, found)[-1][0] + _LONGEST_PS:
            break
        if event.kind == "frame":
            number = numbers[event.where] = numbers.get(event.where, 0) + 1
            start = event.fields["start_ps"]
            if isinstance(start, int) and start >= begin:
                found.append((start, f"{event.where}:{number}"))
        elif event.ps >= begin and event.kind == "collision":
            found.append((event.ps, f"collision {event.where}"))
        elif event.ps >= begin and event.kind == "interrupt raised":
            found.append((event.ps, f"irq {event.where}"))
    return sorted(found)[:most]


def _packets(path: Path) -> Iterator[tuple[int, int]]:
    """When each packet of a capture begins (ns of its clock), and how many octets it has."""
    with path.open("rb") as file:
        while len(head := file.read(_BLOCK.size)) == _BLOCK.size:
            kind, length = _BLOCK.unpack(head)
            body = file.read(length - _BLOCK.size)
            if len(body) < length - _BLOCK.size:
                return
            if kind == _PACKET_TYPE:
                _, high, low, _, octets = _PACKET.unpack_from(body)
                yield high << 32 | low, octets


def _epoch(folder: Path) -> int:
    try:
        return read_manifest(folder).epoch_ns
    except ReadingError:
        return EPOCH_NS
