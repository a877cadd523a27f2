"""Frames on cables, and what collisions left of some, as events."""

import zlib
from typing import NamedTuple

from journal.event import Event, FieldValue
from journal.kind import Bits, EventKind, Mac, Octets, Picoseconds, Senders
from sim.record.describe import describe
from sim.record.wire import WireFrame

MIN_FRAME = 64
"""Octets from destination address to FCS (802.3 clause 4.2.3.3)."""


class CoaxCollision(EventKind, layer="coax", kind="collision"):
    """collision: the voltage is that of {senders}"""

    senders: Senders


class _Carrier(EventKind):
    """One period of activity."""

    start_ps: Picoseconds
    bits: Bits


class _Frame(_Carrier):
    """A frame."""

    octets: Octets
    destination: Mac
    source: Mac
    fcs: str
    summary: str


class CoaxFrame(_Frame, layer="coax", kind="frame"):
    """{summary} ({octets}, FCS {fcs})"""


class CoaxFragment(_Carrier, layer="coax", kind="fragment"):
    """no whole frame: {bits} decoded"""

    senders: Senders


class PairFrame(_Frame, layer="pair", kind="frame"):
    """from {sender}: {summary} ({octets}, FCS {fcs})"""

    sender: str


class PairFragment(_Carrier, layer="pair", kind="fragment"):
    """from {sender}: no whole frame, {bits} decoded"""

    sender: str
    senders: Senders


class Passed(NamedTuple):
    """What has passed a cable; of a pair, `sender` is the end that it comes from."""

    cable: str
    sender: str
    frame: WireFrame


def fcs_is_good(frame: bytes) -> bool:
    """Judge a frame from destination address to FCS."""
    return len(frame) > 4 and zlib.crc32(frame[:-4]) == int.from_bytes(frame[-4:], "little")


def is_fragment(frame: WireFrame) -> bool:
    """Whether it is what a collision left, seen as such here or only by its length, and no frame."""
    octets = frame.frame
    return frame.collision or not octets or (len(octets) < MIN_FRAME and not fcs_is_good(octets))


def passing(passed: Passed) -> Event:
    """A frame, or a fragment, has passed the first tap of a segment, or has left an end of a pair."""
    cable, sender, frame = passed
    octets = frame.frame
    fields: dict[str, FieldValue] = {"sender": sender} if sender else {}
    fields |= {"start_ps": frame.start_ps, "bits": len(frame.bits)}
    kind: type[EventKind]
    if is_fragment(frame):
        kind = PairFragment if sender else CoaxFragment
        fields["senders"] = frame.senders
    else:
        kind = PairFrame if sender else CoaxFrame
        good = fcs_is_good(octets)
        fields |= {
            "octets": len(octets),
            "destination": octets[:6].hex(":"),
            "source": octets[6:12].hex(":"),
            "fcs": "good" if good else "bad",
            "summary": describe(octets[:-4], damaged=not good),
        }
    return Event(frame.end_ps, cable, kind.layer, kind.kind, fields)
