"""`arp [-a] [-n] [-i INTERFACE] [-d HOST]`: what the host knows of the stations on its links.

The lines are those of Linux's `arp -a` (net-tools). An entry goes away by itself when it is not used; `-d`
takes it away now.
"""

import argparse
import socket
import sys

from sim.apps.command_line import CommandLine
from sim.os.host import Host
from sim.os.interfaces import forget_neighbour, own_host


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("arp")
    line.add_argument("-a", dest="all", action="store_true")
    line.add_argument("-n", dest="numeric", action="store_true")
    line.add_argument("-i", dest="interface", metavar="INTERFACE")
    line.add_argument("-d", dest="delete", metavar="HOST")
    return line.parse_args(words)


def main(words: list[str]) -> int | None:
    """Print the table, or delete an entry; 1 when there is none."""
    options = arguments(words)
    if options.delete is None:
        lines = table(own_host(), numeric=options.numeric, only=options.interface)
        print("\n".join(lines or ["arp: no entries"]))
        return None
    try:
        forget_neighbour(socket.gethostbyname(options.delete))
    except OSError as error:
        print(f"arp: {options.delete}: {error.strerror}", file=sys.stderr)
        return 1
    return None


def table(host: Host, *, numeric: bool = False, only: str | None = None) -> list[str]:
    """The neighbours of `host`, or those on one interface. Also for callers outside the simulation."""
    return [
        f"{(None if numeric else host.name_of(row.address)) or '?'} ({row.address}) at "
        f"{'<incomplete>' if row.mac is None else f'{row.mac} [ether]'} on {row.interface}"
        for row in host.stack.neighbours()
        if only in (None, row.interface)
    ]
