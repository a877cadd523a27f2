"""What a run itself reports: faults of the cabling, and of the link in its place if there is no hardware."""

from journal.kind import EventKind, Millimetres, Octets


class Unplug(EventKind, layer="cable", kind="unplug", outside=True):
    """its cable is unplugged"""


class Plug(EventKind, layer="cable", kind="plug", outside=True):
    """its cable is plugged in again"""


class _Coax(EventKind, layer="coax", outside=True):
    """A fault of a segment, or its repair."""


class Open(_Coax, kind="open"):
    """the cable is cut {at_mm} from its left end"""

    at_mm: Millimetres


class Short(_Coax, kind="short"):
    """the cable is shorted {at_mm} from its left end"""

    at_mm: Millimetres


class Repair(_Coax, kind="repair"):
    """the cable is repaired"""


class TerminatorOff(_Coax, kind="terminator off"):
    """the terminator at its {end} end is removed"""

    end: str


class TerminatorOn(_Coax, kind="terminator on"):
    """the terminator at its {end} end is in place again"""

    end: str


FAULTS: dict[str, type[EventKind]] = {
    kind.kind: kind for kind in (Unplug, Plug, Open, Short, Repair, TerminatorOff, TerminatorOn)
}
"""By what a fault of the scenario is called."""


class _Impaired(EventKind, layer="link"):
    """What a link does to a frame on the way from one host to another."""

    way: str
    octets: Octets
    summary: str


class LinkFrameLost(_Impaired, kind="frame lost"):
    """loses a frame of {octets} from {way}: {summary}"""


class LinkFrameDuplicated(_Impaired, kind="frame duplicated"):
    """delivers a frame of {octets} from {way} twice: {summary}"""


class LinkFrameHeld(_Impaired, kind="frame held"):
    """holds a frame of {octets} from {way} back: {summary}"""
