"""What a run itself reports: faults of the cabling, and of the link in its place if there is no hardware."""

from typing import Annotated

from journal.kind import Bits, EventKind, Fields, Millimetres, Nanoseconds, Octets, Unit, duration


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


class _Terminator(_Coax):
    """Of an end, or between the ends, where it is one too many."""

    end: str = ""
    at_mm: Millimetres = 0

    @classmethod
    def template(cls, fields: Fields) -> str:
        """Where it is."""
        words = super().template(fields)
        return words if fields.get("end") else words.replace("at its {end} end", "{at_mm} from its left end")


class TerminatorOff(_Terminator, kind="terminator off"):
    """the terminator at its {end} end is removed"""


class TerminatorOn(_Terminator, kind="terminator on"):
    """a terminator at its {end} end is in place"""


class _Mau(EventKind, layer="mau", outside=True):
    """A MAU, or the cable in front of it, breaks or is mended."""


class NoiseOn(_Mau, kind="noise on"):
    """noise on its cable: of the bits it receives {rate} are wrong, {burst} in succession"""

    rate: float
    burst: Bits


class NoiseOff(_Mau, kind="noise off"):
    """no noise on its cable any more"""


class ReceiverOff(_Mau, kind="receiver off"):
    """it receives nothing any more: the receiving pair or the receiver is dead"""


class ReceiverOn(_Mau, kind="receiver on"):
    """it receives again"""


class BabbleOn(_Mau, kind="babble on"):
    """its transmitter babbles: a preamble without end"""


class BabbleOff(_Mau, kind="babble off"):
    """its transmitter does not babble any more"""


class LooseOn(EventKind, layer="cable", kind="loose on", outside=True):
    """its connector is loose: no contact for {open_ns} and contact for {closed_ns}, on average"""

    open_ns: Nanoseconds
    closed_ns: Nanoseconds


class LooseOff(EventKind, layer="cable", kind="loose off", outside=True):
    """its connector is tight again"""


class ClockStep(EventKind, layer="host", kind="clock step", outside=True):
    """its calendar clock is set {by_ns}"""

    by_ns: Annotated[int, Unit("ns", lambda ns: f"{'forward' if ns >= 0 else 'back'} by {duration(abs(ns))}")]


class DiskEmptied(EventKind, layer="host", kind="disk emptied", outside=True):
    """its disk is a new one: its directory is empty"""


class InterruptOff(EventKind, layer="adapter", kind="interrupt off", outside=True):
    """its interrupt line is jammed: no interrupt reaches the processor"""


class InterruptOn(EventKind, layer="adapter", kind="interrupt on", outside=True):
    """its interrupt line is free again"""


class _Ways(EventKind, layer="link", outside=True):
    """What happens to the ways between stations of a link."""

    way: str


class Partition(_Ways, kind="partition"):
    """no frame passes {way}"""


class Hold(_Ways, kind="hold"):
    """holds all frames {way} back"""


class Impair(_Ways, kind="impair"):
    """frames {way} have {path}"""

    path: str


class Heal(_Ways, kind="heal"):
    """frames {way} pass as at the beginning"""


FAULTS: dict[str, type[EventKind]] = {
    kind.kind: kind
    for kind in (
        *(Unplug, Plug, Open, Short, Repair, TerminatorOff, TerminatorOn),
        *(NoiseOn, NoiseOff, ReceiverOff, ReceiverOn, BabbleOn, BabbleOff, LooseOn, LooseOff),
        *(InterruptOff, InterruptOn),
        *(Partition, Hold, Impair, Heal, ClockStep),
    )
}
"""By what a fault of the scenario is called."""


class _Impaired(EventKind, layer="link"):
    """What a link does to a frame on the way from one host to another."""

    way: str
    octets: Octets
    summary: str


class LinkFrameLost(_Impaired, kind="frame lost"):
    """loses a frame of {octets} from {way}: {summary}"""


class LinkFrameStopped(_Impaired, kind="frame stopped"):
    """stops a frame of {octets} from {way} at a partition: {summary}"""


class LinkFrameDuplicated(_Impaired, kind="frame duplicated"):
    """delivers a frame of {octets} from {way} twice: {summary}"""


class LinkFrameHeld(_Impaired, kind="frame held"):
    """holds a frame of {octets} from {way} back: {summary}"""
