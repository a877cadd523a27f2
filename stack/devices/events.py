"""What devices report when they are looked at or harmed."""

from journal.kind import EventKind, Mac, Nanoseconds, Octets


class Fault(EventKind, layer="device", kind="fault"):
    """{mishap} of a frame on its way {way}"""

    mishap: str
    way: str


class _Frame(EventKind, layer="device"):
    """A frame that passes, with a `reason` if it cannot be read."""

    now: Nanoseconds
    octets: Octets
    reason: str = ""
    source: Mac = ""
    destination: Mac = ""
    type: int = 0


class FrameSent(_Frame, kind="frame sent"):
    """sends a frame of {octets}"""


class FrameReceived(_Frame, kind="frame received"):
    """receives a frame of {octets}"""
