"""A protocol over IP: what the stack needs to know of one, be it TCP or another package's.

A stack makes one object of each protocol (`Stack(…, protocols=[…])`). IP delivers to it what arrives for its
number, and the ICMP errors that quote what it has sent (`receive` and `fault`, declared by
`stack.ip.Transport`). It sends with `ip.path` and `ip.send`, refuses with `ip.send_error`, reports with
`environment.emit` and has its deadlines by `environment.timer`. Programs get its sockets with
`socket(AF_INET, type, number)`: each is an endpoint that the protocol makes (`stack.endpoint.Endpoint`, or
`stack.datagram.DatagramEndpoint`, which has ports and a queue already).
"""

from socket import SocketKind
from typing import ClassVar

from stack.endpoint import Endpoint, SocketRow
from stack.environment import Environment
from stack.ip import Ip, Transport


class IpProtocol(Transport):
    """Base of all protocols over IP."""

    number: ClassVar[int]
    """In the IP header, as IANA assigns it."""
    socket_type: ClassVar[SocketKind]
    """`socket(AF_INET, type)` is a socket of the first protocol of this type."""

    def __init__(self, environment: Environment, ip: Ip) -> None:
        self.environment = environment
        self.ip = ip

    def endpoint(self) -> Endpoint:
        """What stands behind a new socket."""
        raise NotImplementedError

    def rows_without_descriptor(self) -> list[SocketRow]:
        """Rows of the socket table for what no program holds."""
        return []

    def busy(self) -> bool:
        """Whether there is still work for sockets that no program holds: a run waits for it."""
        return False
