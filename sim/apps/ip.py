"""`ip [-s] link [show [dev] INTERFACE]`: the host's interfaces; with `-s`, what went through them.

The layout is that of Linux's program of this name (iproute2). Drivers count for their interfaces; what was
whole but of no use (`dropped`), and what passes the loopback interface, the stack has counted.
"""

import argparse
import sys
from contextlib import suppress

from driver.counters import Counters
from sim.apps.command_line import CommandLine
from sim.os.device import Device
from sim.os.host import Host
from sim.os.interfaces import find, link_settings, own_host
from stack.interface import Interface

_WIDTHS = (10, 7, 6, 7, 7, 7)
"""iproute2's columns, wider where a number is longer."""


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("ip")
    line.add_argument("-s", dest="statistics", action="store_true")
    line.add_argument("object", choices=["link"], metavar="link")
    line.add_argument("command", nargs="?", choices=["show"], metavar="show")
    line.add_argument("name", nargs="*", metavar="[dev] INTERFACE")
    options = line.parse_args(words)
    name = options.name[1:] if options.name[:1] == ["dev"] else options.name
    if len(name) > 1 or options.name == ["dev"]:
        line.error("give one interface, such as eth0")
    options.interface = name[0] if name else None
    return options


def main(words: list[str]) -> int | None:
    """Print the table; 1 when the interface does not exist."""
    options = arguments(words)
    host = own_host()
    for interface in host.stack.interfaces:
        if interface in host.devices:
            with suppress(OSError):  # it has no adapter
                link_settings(interface.name)
    try:
        lines = table(host, statistics=options.statistics, only=options.interface)
    except OSError:
        print(f'Device "{options.interface}" does not exist.', file=sys.stderr)
        return 1
    print("\n".join(lines))
    return None


def table(host: Host, *, statistics: bool = True, only: str | None = None) -> list[str]:
    """The interfaces of `host`, or `only` one. Also for callers outside the simulation, after a run.

    OSError ENODEV if there is none of that name.
    """
    chosen = None if only is None else find(host, only)
    lines: list[str] = []
    for index, interface in enumerate(host.stack.interfaces, start=1):
        if chosen in (None, interface):
            device = host.devices.get(interface)
            lines += _loopback(index, interface) if device is None else _interface(index, interface, device)
            if statistics:
                lines += _statistics(interface, counters(host, interface))
    return lines


def _loopback(index: int, interface: Interface) -> list[str]:
    nobody = interface.mac.hex(":")
    return [
        f"{index}: {interface.name}: <LOOPBACK,UP,LOWER_UP> mtu {interface.mtu} state UNKNOWN",
        f"    link/loopback {nobody} brd {nobody}",
    ]


def counters(host: Host, interface: Interface) -> Counters:
    """What the driver of `interface` has counted; of the loopback interface, what the stack has."""
    device = host.devices.get(interface)
    if device is not None:
        return device.counters
    own = interface.counters
    return Counters(
        rx_packets=own.received, rx_bytes=own.received_octets, tx_packets=own.sent, tx_bytes=own.sent_octets
    )


def _interface(index: int, interface: Interface, device: Device) -> list[str]:
    up = device.link_up
    flags = ["BROADCAST", "MULTICAST", *(["PROMISC"] if device.promiscuous else []), "UP"]
    flags = ["NO-CARRIER", *flags] if up is False else [*flags, "LOWER_UP"]
    state = {True: "UP", False: "DOWN", None: "UNKNOWN"}[up]
    permanent = device.permanent_mac
    other = "" if permanent == device.mac else f" permaddr {permanent.hex(':')}"
    return [
        f"{index}: {interface.name}: <{','.join(flags)}> mtu {interface.mtu} state {state}",
        f"    link/ether {device.mac.hex(':')} brd ff:ff:ff:ff:ff:ff{other}",
    ]


def _statistics(interface: Interface, counters: Counters) -> list[str]:
    received = {
        "bytes": counters.rx_bytes,
        "packets": counters.rx_packets,
        "errors": counters.rx_errors,
        "dropped": interface.counters.received_dropped,
        "missed": counters.rx_missed,
        "mcast": counters.rx_multicast,
    }
    sent = {
        "bytes": counters.tx_bytes,
        "packets": counters.tx_packets,
        "errors": counters.tx_errors,
        "dropped": counters.tx_dropped,
        "carrier": counters.tx_carrier_lost,
        "collsns": counters.collisions,
    }
    return [*_columns("RX:", received), *_columns("TX:", sent)]


def _columns(direction: str, values: dict[str, int]) -> list[str]:
    widths = [max(width, len(str(value))) for width, value in zip(_WIDTHS, values.values(), strict=True)]
    names = [name.rjust(width) for name, width in zip(values, widths, strict=True)]
    numbers = [str(value).rjust(width) for value, width in zip(values.values(), widths, strict=True)]
    names[0] = direction + names[0][len(direction) :]
    return ["    " + " ".join(names), "    " + " ".join(numbers)]
