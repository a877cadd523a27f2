"""Failures: what a program gets (errno), and what the network reports to a socket (faults)."""

import errno
import os
from typing import NamedTuple


def os_error(number: int) -> OSError:
    """The OSError (ConnectionRefusedError, BlockingIOError …) that Python raises for this errno."""
    return OSError(number, os.strerror(number))


class Fault(NamedTuple):
    """Why a packet that was sent did not arrive, by ICMP or by ARP.

    `hard` faults end a connection attempt; the others may pass (RFC 1122 section 4.2.3.9). Of a packet
    that was too long, `length` is its own and `mtu` what the next link takes, 0 if the router does not say.
    `type` and `code` are the ICMP message's, `by` is who sent it.
    """

    errno: int
    hard: bool
    reason: str
    mtu: int = 0
    length: int = 0
    type: int = 0
    code: int = 0
    by: int = 0


NEIGHBOUR_SILENT = Fault(errno.EHOSTUNREACH, True, "no answer to ARP", type=3, code=1)
"""Our own link says so, in the words of a router: nothing can be on its way (RFC 1122 section 2.4)."""
