"""What the stack reports of ARP, IP, ICMP, UDP and its sockets. TCP and DNS have theirs in their folders."""

from journal.kind import Address, EventKind, Fields, Fragments, Mac, Nanoseconds, Octets, SocketAddress

_BROADCAST = "ff:ff:ff:ff:ff:ff"


class _Arp(EventKind, layer="arp"):
    """An event of one interface."""

    interface: str


class ArpRequestSent(_Arp, kind="request sent"):
    """asks everyone: who has {target}?"""

    target: Address
    to: Mac

    @classmethod
    def template(cls, fields: Fields) -> str:
        """RFC 1122 section 2.3.2.1: a request to one station keeps an entry of the cache."""
        if fields["to"] != _BROADCAST:
            return "asks {to}: do you still have {target}?"
        return super().template(fields)


class ArpReplySent(_Arp, kind="reply sent"):
    """answers {target} with its own address"""

    target: Address
    to: Mac


class _ArpReceived(_Arp):
    """Sender and target of a message."""

    sender: Address
    sender_mac: Mac
    target: Address


class ArpRequestReceived(_ArpReceived, kind="request received"):
    """{sender} asks: who has {target}?"""


class ArpReplyReceived(_ArpReceived, kind="reply received"):
    """{sender} answers: it is at {sender_mac}"""


class ArpDrop(_Arp, kind="drop"):
    """drops a message or a packet: {reason}"""

    reason: str
    address: Address = ""
    sender: Address = ""


class _ArpEntry(_Arp):
    """An entry of the cache."""

    address: Address


class ArpResolved(_ArpEntry, kind="resolved"):
    """cache: {address} is at {mac}"""

    mac: Mac


class ArpEntry(_ArpEntry, kind="entry", quiet=True):
    """cache: the entry of {address} is {state}, and looked at again in {expires_in}"""

    state: str
    mac: Mac | None
    expires_in: Nanoseconds


class ArpFound(_ArpEntry, kind="found"):
    """found in the cache: {address} is at {mac}"""

    mac: Mac


class ArpNotFound(_ArpEntry, kind="not found"):
    """not in the cache: {address}; its packet waits for the answer"""


class ArpExpired(_ArpEntry, kind="expired"):
    """cache: the entry of {address} has expired"""


class ArpGaveWay(_ArpEntry, kind="gave way"):
    """cache: the entry of {address} is evicted, the cache is full"""


class ArpDeleted(_ArpEntry, kind="deleted"):
    """cache: the entry of {address} is deleted"""


class ArpUnreachable(_ArpEntry, kind="unreachable"):
    """no answer for {address}"""


class ArpConflict(_ArpEntry, kind="conflict"):
    """address conflict: {mac} uses {address} too"""

    mac: Mac


class ArpProbeSent(_ArpEntry, kind="probe sent"):
    """asks everyone: does anybody use {address}?"""


class ArpAnnouncementSent(_ArpEntry, kind="announcement sent"):
    """announces to everyone that it uses {address}"""


class ArpClaim(_ArpEntry, kind="claim"):
    """claim to {address}: {new} (was {old})"""

    old: str
    new: str
    mac: Mac = ""


class _Packet(EventKind, layer="ip"):
    """The header of a packet; its length with header and options."""

    interface: str
    source: Address
    destination: Address
    protocol: str
    ttl: int
    length: Octets


_DIRECTLY = ", directly (route {route})"
_BY_GATEWAY = " to gateway {next_hop} (route {route})"


class PacketSent(_Packet, kind="packet sent"):
    """{source} > {destination} {protocol} ttl {ttl}, {length}, by {interface}"""

    route: str = ""
    """The row of the routing table that was used; absent where none is asked (RFC 1122 section 3.3.1.1)."""
    next_hop: Address = ""

    @classmethod
    def template(cls, fields: Fields) -> str:
        """Whose MAC address follows: the destination's, or a gateway's."""
        return super().template(fields) + _next_hop(fields, "next_hop")


def _next_hop(fields: Fields, name: str) -> str:
    """How the route is shown, with the next hop's address in the field of this `name`."""
    if "route" not in fields:
        return ""
    return _DIRECTLY if fields[name] == fields["destination"] else _BY_GATEWAY


class PacketReceived(_Packet, kind="packet received"):
    """{source} > {destination} {protocol} ttl {ttl}, {length}"""


class PacketForwarded(EventKind, layer="ip", kind="packet forwarded"):
    """{source} > {destination} ttl {ttl}, forwarded to {by} by {interface}"""

    source: Address
    destination: Address
    ttl: int
    interface: str
    by: Address
    arrived: str
    route: str = ""
    """The row of the routing table that was used."""

    @classmethod
    def template(cls, fields: Fields) -> str:
        """As of a packet of one's own, where the route is known."""
        if "route" not in fields:
            return super().template(fields)
        words = "{source} > {destination} ttl {ttl}, forwarded by {interface}"
        return words + _next_hop(fields, "by").replace("{next_hop}", "{by}")


class _Fragment(EventKind, layer="ip"):
    """A piece of a datagram."""

    source: Address
    destination: Address
    identification: int
    offset: Octets
    length: Octets
    """Of its data."""
    more: bool

    @classmethod
    def template(cls, fields: Fields) -> str:
        """Whether it is the last one."""
        return super().template(fields) + ("" if fields["more"] else ", the last one")


class FragmentSent(_Fragment, kind="fragment sent"):
    """sends a fragment of datagram {identification}: {length} from octet {offset:n}"""


class FragmentReceived(_Fragment, kind="fragment received"):
    """has a fragment of datagram {identification}: {length} from octet {offset:n}"""


class Reassembled(EventKind, layer="ip", kind="reassembled"):
    """datagram {identification} from {source} is put together from {fragments}: {length} of data"""

    source: Address
    destination: Address
    identification: int
    fragments: Fragments
    length: Octets


class IpDrop(EventKind, layer="ip", kind="drop"):
    """drops a packet: {reason}"""

    reason: str
    interface: str = ""
    source: Address = ""
    destination: Address = ""
    identification: int = 0

    @classmethod
    def template(cls, fields: Fields) -> str:
        """A packet whose header cannot be read has no destination."""
        if "destination" in fields:
            return "drops a packet to {destination}: {reason}"
        return super().template(fields)


class InterfaceAdded(EventKind, layer="ip", kind="interface added", quiet=True):
    """interface {interface} has address {address}"""

    interface: str
    address: str
    mac: Mac
    mtu: Octets


class _Route(EventKind, layer="ip"):
    """A row of the routing table; without a gateway the network is that of the interface."""

    destination: str
    gateway: Address | None
    interface: str
    metric: int


class RouteAdded(_Route, kind="route added", quiet=True):
    """routing table: {destination} by {interface}"""


class RouteRemoved(_Route, kind="route removed", quiet=True):
    """routing table: no longer {destination} by {interface}"""


class _Gateway(EventKind, layer="ip"):
    """A router that routes lead to."""

    gateway: Address
    interface: str


class GatewayIsDead(_Gateway, kind="gateway is dead"):
    """{gateway} does not answer: routes by other gateways are preferred"""


class GatewayMayBeAlive(_Gateway, kind="gateway may be alive"):
    """{gateway} is used again"""


class Redirected(EventKind, layer="ip", kind="redirected"):
    """packets to {destination} go by {gateway} from now on"""

    destination: Address
    gateway: Address


class IcmpErrorSent(EventKind, layer="icmp", kind="error sent"):
    """reports to {destination} about its packet to {about}: {reason}"""

    type: int
    code: int
    reason: str
    destination: Address
    about: Address


class IcmpErrorReceived(EventKind, layer="icmp", kind="error received"):
    """{source} reports about a packet to {about}: {reason}"""

    type: int
    code: int
    reason: str
    source: Address
    about: Address


class IcmpDrop(EventKind, layer="icmp", kind="drop"):
    """drops a message: {reason}"""

    reason: str
    fd: int = 0
    source: Address = ""


class _Group(EventKind, layer="igmp"):
    """A group of hosts on the link of one interface."""

    group: Address
    interface: str


class GroupReported(_Group, kind="report sent"):
    """reports that it is in group {group}"""


class GroupLeft(_Group, kind="leave sent"):
    """reports that it leaves group {group}"""


class GroupQuery(_Group, kind="query received"):
    """{router} asks who is in group {group}"""

    router: Address


class IgmpDrop(EventKind, layer="igmp", kind="drop"):
    """drops a message: {reason}"""

    reason: str
    interface: str
    source: Address


class _Echo(EventKind, layer="icmp"):
    """An echo message and who it is from or to."""

    peer: Address
    identifier: int
    sequence: int
    length: Octets


class EchoRequestSent(_Echo, kind="echo request sent"):
    """echo request {sequence} to {peer}, {length}"""

    fd: int


class EchoRequestReceived(_Echo, kind="echo request received"):
    """echo request {sequence} from {peer}"""


class EchoReplySent(_Echo, kind="echo reply sent"):
    """echo reply {sequence} to {peer}"""


class EchoReplyReceived(_Echo, kind="echo reply received"):
    """echo reply {sequence} from {peer}"""


class DatagramSent(EventKind, layer="udp", kind="datagram sent"):
    """{local} sends {length} to {remote}"""

    fd: int
    local: SocketAddress
    remote: SocketAddress
    length: Octets


class DatagramReceived(EventKind, layer="udp", kind="datagram received"):
    """{local} receives {length} from {remote}"""

    local: SocketAddress
    remote: SocketAddress
    length: Octets


class UdpDrop(EventKind, layer="udp", kind="drop"):
    """drops a datagram: {reason}"""

    reason: str
    fd: int = 0
    source: Address = ""
    destination: Address = ""

    @classmethod
    def template(cls, fields: Fields) -> str:
        """A socket drops what is for it; before one is found, there is a destination."""
        if "destination" in fields:
            return "drops a datagram to {destination}: {reason}"
        return super().template(fields)


class SocketCreated(EventKind, layer="socket", kind="created"):
    """descriptor {fd}, {type}: {receive_buffer} are set aside to receive and {send_buffer} to send"""

    fd: int
    type: str
    proto: int
    receive_buffer: Octets
    send_buffer: Octets


class SocketChanged(EventKind, layer="socket", kind="changed", quiet=True):
    """the row of descriptor {fd} in the socket table changes"""

    fd: int
    proto: str = ""
    local: SocketAddress = ""
    remote: SocketAddress = ""
    state: str = ""
    receive_queue: Octets = 0
    send_queue: Octets = 0
    receive_buffer: Octets = 0
    send_buffer: Octets = 0


class SocketClosed(EventKind, layer="socket", kind="closed", quiet=True):
    """the socket of descriptor {fd} is closed"""

    fd: int


class SocketRemoved(EventKind, layer="socket", kind="removed"):
    """the socket of descriptor {fd} is removed"""

    fd: int | None
    local: SocketAddress = ""
    remote: SocketAddress = ""
