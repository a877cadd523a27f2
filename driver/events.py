"""What the driver reports, and whoever runs its jobs."""

from driver.registers import MIN_FRAME
from journal.kind import EtherType, EventKind, Fields, Mac, Octets

_UNPADDED = MIN_FRAME - 4
"""Octets of the shortest frame before its FCS."""


class _Driver(EventKind, layer="driver"):
    """An event of one adapter's driver."""


class ProbeBegins(_Driver, kind="probe begins"):
    """probes its adapter"""


class AddressRead(_Driver, kind="address read"):
    """reads {rom} from the adapter's ROM"""

    rom: Mac


class AddressWritten(_Driver, kind="address written"):
    """writes {mac} into the MAC"""

    mac: Mac
    given: bool

    @classmethod
    def template(cls, fields: Fields) -> str:
        """The ROM's address, or one that was given."""
        given = ", which is given in place of the ROM's" if fields["given"] else ""
        return super().template(fields) + given


class ProbeEnds(_Driver, kind="probe ends"):
    """adapter is up as {mac}: receiver and transmitter are on"""

    mac: Mac


class NoPhyAnswers(_Driver, kind="no PHY answers"):
    """no PHY answers on the management interface"""


class LinkUp(_Driver, kind="link up"):
    """link is up, 10 Mb/s {duplex} duplex"""

    phy: int
    full_duplex: bool
    negotiated: bool
    """Both ends did."""
    negotiates: bool = False
    """This end does; absent on a medium that has no negotiation, as a coax."""

    @classmethod
    def template(cls, fields: Fields) -> str:
        """The duplex mode in words, and how it came about."""
        words = super().template(fields).replace("{duplex}", "full" if fields["full_duplex"] else "half")
        if fields["negotiated"]:
            return f"{words}, as both ends have negotiated"
        if "negotiates" not in fields:
            return words
        return words + (": the other end does not negotiate" if fields["negotiates"] else ", set by hand")


class LinkDown(_Driver, kind="link down"):
    """link is down"""

    phy: int


class InterruptBegins(_Driver, kind="interrupt begins"):
    """interrupt handler runs"""


class InterruptAcknowledged(_Driver, kind="interrupt acknowledged"):
    """acknowledges the interrupt: {source}"""

    source: str


class ReceivedFrameDropped(_Driver, kind="received frame dropped"):
    """drops a received frame: {reason}"""

    reason: str
    octets: Octets = 0

    @classmethod
    def template(cls, fields: Fields) -> str:
        """A frame that nobody has looked at has no length."""
        if "octets" in fields:
            return "drops a received frame of {octets}: {reason}"
        return super().template(fields)


class FrameMissed(_Driver, kind="frame missed"):
    """the adapter could not store a frame: {reason}"""

    reason: str


class FrameRefused(_Driver, kind="frame refused"):
    """refuses a frame: {reason}"""

    reason: str


class FrameDropped(_Driver, kind="frame dropped"):
    """drops a frame of {octets}: {reason}"""

    reason: str
    octets: Octets


class PeerAskedToPause(_Driver, kind="peer asked to pause"):
    """the receive ring fills up: asks the peer to pause"""


class PeerMayGoOn(_Driver, kind="peer may go on"):
    """the receive ring is empty: lets the peer go on"""


class FrameToAdapter(_Driver, kind="frame to adapter"):
    """hands the adapter a frame of {octets} to {destination}, type {type}"""

    octets: Octets
    destination: Mac
    source: Mac
    type: EtherType

    @classmethod
    def template(cls, fields: Fields) -> str:
        """The driver asks for a pad where one is needed (802.3 clause 4.2.3.3)."""
        padded = f": the MAC pads it to {_UNPADDED}"
        return super().template(fields) + (padded if int(fields["octets"] or 0) < _UNPADDED else "")


class FrameSent(_Driver, kind="frame sent"):
    """frame sent; collisions: {collisions}, deferred: {deferred}"""

    collisions: int
    deferred: bool


class FrameLost(_Driver, kind="frame lost"):
    """frame lost, {reason}; collisions: {collisions}, deferred: {deferred}"""

    collisions: int
    deferred: bool
    reason: str


class FrameReceived(_Driver, kind="frame received"):
    """takes a frame of {octets} from its ring, from {source}, type {type}"""

    octets: Octets
    destination: Mac
    source: Mac
    type: EtherType
