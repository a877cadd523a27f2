"""The socket calls of programs. A kind has the name of the call; if that fails, `error` names its errno."""

from journal.kind import Address, Connections, EventKind, Fields, Octets, SocketAddress


class _Call(EventKind, layer="socket"):
    """A call by one process on one descriptor."""

    fd: int
    program: str
    pid: int
    error: str = ""

    @classmethod
    def template(cls, fields: Fields) -> str:
        """What it did, or why it failed."""
        if "error" not in fields:
            return super().template(fields)
        return f"{cls.kind.removesuffix('ed')}() by {{program}} fails: {{error}}"


class Socket(_Call, kind="socket"):
    """socket() by {program}: descriptor {fd}, {type}"""

    type: str = ""


class Bind(_Call, kind="bind"):
    """bind(): descriptor {fd} is {address}"""

    address: SocketAddress = ""


class Listen(_Call, kind="listen"):
    """listen(): descriptor {fd} takes up to {backlog}"""

    backlog: Connections = 0


class Connect(_Call, kind="connect"):
    """connect() to {address} by {program}"""

    address: SocketAddress = ""


class Connected(_Call, kind="connected"):
    """connect() is done: {local} to {address}"""

    address: SocketAddress
    local: SocketAddress = ""


class PeerSet(_Call, kind="peer set"):
    """connect(): descriptor {fd}, {local}, sends to {address} and receives from nobody else"""

    address: SocketAddress
    local: SocketAddress


class Accept(_Call, kind="accept"):
    """accept(): descriptor {new} for {peer}"""

    new: int = 0
    peer: SocketAddress = ""


class Send(_Call, kind="send"):
    """send(): {octets} into descriptor {fd}"""

    octets: Octets = 0


class Sendto(_Call, kind="sendto"):
    """sendto(): {octets} to {address} from descriptor {fd}"""

    octets: Octets = 0
    address: SocketAddress = ""


class Sendmsg(_Call, kind="sendmsg"):
    """sendmsg(): {octets} to {address} from descriptor {fd}, with a choice of interface or source"""

    octets: Octets = 0
    address: SocketAddress = ""


class Recv(_Call, kind="recv"):
    """recv(): {octets} from descriptor {fd}"""

    octets: Octets = 0


class Recvfrom(_Call, kind="recvfrom"):
    """recvfrom(): {octets} from {address}"""

    octets: Octets = 0
    address: SocketAddress = ""


class Recvmsg(_Call, kind="recvmsg"):
    """recvmsg(): {by} reports of a packet to {address}: {reason}"""

    address: SocketAddress = ""
    reason: str = ""
    by: Address = ""


class Shutdown(_Call, kind="shutdown"):
    """shutdown(): descriptor {fd}, {how}"""

    how: str = ""


class Close(_Call, kind="close"):
    """close(): descriptor {fd}"""


class Getsockname(_Call, kind="getsockname"):
    """getsockname() by {program}"""


class Getpeername(_Call, kind="getpeername"):
    """getpeername() by {program}"""


class Setsockopt(_Call, kind="setsockopt"):
    """setsockopt() by {program}, {option}"""

    option: str = ""

    @classmethod
    def template(cls, fields: Fields) -> str:
        """Which option it is about is what one wants to know."""
        return _about_option(cls.kind, fields)


class Getsockopt(_Call, kind="getsockopt"):
    """getsockopt() by {program}, {option}"""

    option: str = ""

    @classmethod
    def template(cls, fields: Fields) -> str:
        """As of setsockopt()."""
        return _about_option(cls.kind, fields)


def _about_option(call: str, fields: Fields) -> str:
    if fields.get("error") == "ENOPROTOOPT":
        return f"{{program}} asks for {{option}}, which is not offered here: {call}() fails: {{error}}"
    return f"{call}() by {{program}} fails, {{option}}: {{error}}"


CALLS = {kind.kind: kind for kind in _Call.__subclasses__()}
"""By the name of the call."""
