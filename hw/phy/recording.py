"""Events of links, read off the lines on which a PHY or a port of a hub or switch shows their state.

A link fails and passes at the box, at once or after the link test (clause 14.2.1.7). A driver notices when
it polls.
"""

from hw.nets import Net
from hw.recording import Decoder, Take
from journal.kind import EventKind, Port


class _Phy(EventKind, layer="phy"):
    """Of an adapter's PHY."""


class LinkFailed(_Phy, kind="link failed"):
    """the link has failed"""


class LinkPassed(_Phy, kind="link passed"):
    """the link is up"""


class PolarityReversed(_Phy, kind="polarity reversed"):
    """the wires of the receiving pair are swapped: polarity is corrected"""


class PolarityNormal(_Phy, kind="polarity normal"):
    """the polarity of the receiving pair is normal again"""


class _Port(EventKind, layer="phy"):
    """Of a port of a hub or switch."""

    port: Port


class PortLinkFailed(_Port, kind="port link failed"):
    """the link of port {port} has failed"""


class PortLinkPassed(_Port, kind="port link passed"):
    """the link of port {port} is up"""


_KINDS = {
    # line: event when it falls, event when it rises
    "link": (LinkFailed, LinkPassed),
    "polarity": (PolarityNormal, PolarityReversed),
}
_PORT_KINDS = (PortLinkFailed, PortLinkPassed)


class AdapterLinkDecoder(Decoder):
    """The link of an adapter."""

    def line(self, net: Net) -> Take | None:
        """See `Decoder.line`."""
        kinds = _KINDS.get(net.signal)
        return (lambda ps, value: self.report(ps, kinds[value])) if kinds else None


class PortLinkDecoder(Decoder):
    """The links of a box's ports."""

    def line(self, net: Net) -> Take | None:
        """See `Decoder.line`."""
        if net.number and net.signal == "link":
            return lambda ps, value: self.report(ps, _PORT_KINDS[value], port=net.number)
        return None
