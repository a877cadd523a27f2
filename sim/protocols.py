"""Protocols over IP that other packages add: a folder of their own, and no edit here.

A package says in its metadata which it has, as entry points of the group `thicknet.protocols`:

    [project.entry-points."thicknet.protocols"]
    report = "mypackage.report:Report"

Each is a subclass of `stack.protocol.IpProtocol`; every host of every network has it. See docs/extending.md.
"""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import entry_points
from random import Random

from stack.protocol import IpProtocol
from stack.stack import Stack

GROUP = "thicknet.protocols"


class ProtocolError(Exception):
    """A package's protocol that is none; `str` names the entry point."""


@cache
def installed() -> Sequence[type[IpProtocol]]:
    """The protocols of other packages, by the names of their entry points. Raises ProtocolError."""
    found: list[type[IpProtocol]] = []
    for point in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        protocol = point.load()
        where = f"entry point {point.name} of {GROUP}"
        if not (isinstance(protocol, type) and issubclass(protocol, IpProtocol)):
            raise ProtocolError(f"{where}: {point.value} is no stack.protocol.IpProtocol")
        found.append(protocol)
        try:
            Stack("", Random(0), protocols=found)
        except ValueError as error:
            raise ProtocolError(f"{where}: {error}") from None
    return found
