"""The frames of a run folder's captures, by the numbers that Wireshark gives them.

A capture is walked block by block: thousands of frames are looked through for the one that is asked for, and
for its copies at the stations.
"""

import struct
from calendar import timegm
from collections.abc import Iterator
from pathlib import Path
from time import strptime
from typing import NamedTuple

from journal.words import counted
from sim.record.capture import COMMENT_OF_EPOCH
from sim.record.reading import ReadingError

_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_HEAD = struct.Struct("<2I")
_PACKET_HEAD = struct.Struct("<5I")
"""Interface, time (two words), octets here, octets in all."""
_OPTION = struct.Struct("<2H")
_COMMENT, _NAME, _FCS_LENGTH = 1, 2, 13
_TAG = struct.Struct(">2H")
FRAGMENTS = ".fragments"
RECEIVED, SENT = "-received", "-sent"


class Captured(NamedTuple):
    """A frame of a capture, or what a collision left of one."""

    capture: str
    """The cable, or the adapter whose driver had it."""
    number: int
    ns: int
    """Simulated time."""
    interface: str
    octets: bytes
    fcs: bool
    """Whether its octets end with an FCS."""
    comment: str

    @property
    def body(self) -> bytes:
        """Without the FCS."""
        return self.octets[:-4] if self.fcs else self.octets


def captures(folder: Path) -> list[str]:
    """The names of the captures in `folder`, those of fragments included."""
    return sorted(path.name.removesuffix(".pcapng") for path in folder.glob("*.pcapng"))


def read(folder: Path, name: str) -> Iterator[Captured]:
    """The frames of one capture, in its order. A last block that is cut is left out."""
    octets = (folder / f"{name}.pcapng").read_bytes()
    interfaces: list[tuple[str, bool]] = []
    epoch_ns = number = at = 0
    while at + _HEAD.size <= len(octets):
        kind, length = _HEAD.unpack_from(octets, at)
        if length < 12 or at + length > len(octets):
            return
        body, at = octets[at + 8 : at + length - 4], at + length
        if kind == _SECTION:
            comment = _options(body[16:]).get(_COMMENT, b"").decode()
            epoch_ns = timegm(strptime(comment, COMMENT_OF_EPOCH)) * 10**9
        elif kind == _INTERFACE:
            options = _options(body[8:])
            interfaces.append((options[_NAME].decode(), bool(options.get(_FCS_LENGTH, b"\0")[0])))
        elif kind == _PACKET:
            interface, high, low, length, _ = _PACKET_HEAD.unpack_from(body)
            number += 1
            frame, rest = body[20 : 20 + length], body[20 + length + -length % 4 :]
            comment = _options(rest).get(_COMMENT, b"").decode() if rest else ""
            if name.endswith(FRAGMENTS):
                frame = _without_tags(frame)
            where, fcs = interfaces[interface]
            ns = (high << 32 | low) - epoch_ns
            yield Captured(name, number, ns, where, frame, fcs, comment)


def _options(octets: bytes) -> dict[int, bytes]:
    found = {}
    at = 0
    while at + 4 <= len(octets):
        code, length = _OPTION.unpack_from(octets, at)
        if not code:
            break
        found[code] = octets[at + 4 : at + 4 + length]
        at += 4 + length + -length % 4
    return found


def _without_tags(octets: bytes) -> bytes:
    """What an exported PDU carries."""
    at = 0
    while at + 4 <= len(octets):
        tag, length = _TAG.unpack_from(octets, at)
        at += 4 + length
        if not tag:
            break
    return octets[at:]


def find(folder: Path, frame: str) -> Captured:
    """The frame that is called `frame`: `yellow:7`, or `7` where there is one cable. Raises ReadingError."""
    if not folder.is_dir():
        raise ReadingError(f"{folder}: there is no such folder")
    names = captures(folder)
    if not names:
        raise ReadingError(f"{folder}: holds no captures: has the run been recorded here?")
    name, colon, digits = frame.rpartition(":")
    if not (digits.isascii() and digits.isdigit()):
        raise ReadingError(f"{frame}: a frame is called by its cable and its number, as in {names[0]}:7")
    if not colon:
        name = _only_cable(folder, names, digits)
    if name not in names:
        raise ReadingError(f"{name}: there is no capture of that name; there are {', '.join(names)}")
    last = 0
    try:
        for captured in read(folder, name):
            if captured.number == int(digits):
                return captured
            last = captured.number
    except (ValueError, LookupError, struct.error):
        raise ReadingError(f"{folder / name}.pcapng: is no capture of thicknet's") from None
    raise ReadingError(f"{name} has {counted(last, 'frame')}, from {name}:1 on: there is no {name}:{digits}")


def _only_cable(folder: Path, names: list[str], digits: str) -> str:
    """The one capture of a cable."""
    cables = [name for name in names if not name.endswith(FRAGMENTS) and not of_host(folder, name)]
    if len(cables) == 1:
        return cables[0]
    which = cables or names
    many = "there is no capture of a cable" if not cables else f"{len(cables)} cables are captured"
    examples = ", ".join(f"{one}:{digits}" for one in which)
    raise ReadingError(f"{digits}: {many}: say which frame, as in {examples}")


def of_host(folder: Path, name: str) -> bool:
    """Whether a capture is a driver's: its first interface says so."""
    with (folder / f"{name}.pcapng").open("rb") as file:
        return f"{name}{RECEIVED}".encode() in file.read(1000)


def is_sent(copy: Captured) -> bool:
    """Whether a driver has handed it over."""
    return copy.interface == f"{copy.capture}{SENT}"


def is_received(copy: Captured) -> bool:
    """Whether a driver has taken it from its ring."""
    return copy.interface == f"{copy.capture}{RECEIVED}"
