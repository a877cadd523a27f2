"""TCP's place in the stack: for now the door only."""

import errno

from stack.endpoint import Endpoint, SocketRow
from stack.environment import Environment
from stack.errors import os_error
from stack.ip import Ip


class Tcp:
    """The TCP layer of one host."""

    def __init__(self, environment: Environment, ip: Ip) -> None:
        pass

    def endpoint(self) -> Endpoint:
        """A new endpoint."""
        raise os_error(errno.EPROTONOSUPPORT)

    def rows_without_descriptor(self) -> list[SocketRow]:
        """Rows of connections that no program holds."""
        return []

    def busy(self) -> bool:
        """Whether such a connection has work to do."""
        return False
