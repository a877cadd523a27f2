"""`route [-n]`, `route add`, `route del`: the host's routing table.

The words are those of Linux's program of this name (net-tools), but for prefixes in place of netmasks:
`route add default gw 192.168.1.1`, `route add 10.0.0.0/8 gw 192.168.1.2 metric 5`, `route del 10.0.0.0/8`.
"""

import argparse
import sys
from ipaddress import IPv4Address, IPv4Network

from sim.apps.columns import columns
from sim.apps.command_line import CommandLine, between
from sim.os.host import Host
from sim.os.interfaces import add_route, own_host, remove_route
from stack.routes import Route

DEFAULT = IPv4Network("0.0.0.0/0")
_HEADS = ("Destination", "Gateway", "Genmask", "Flags", "Metric", "Iface")


def _network(text: str) -> IPv4Network:
    """An argument type."""
    try:
        return DEFAULT if text == "default" else IPv4Network(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'{text!r} is not a network such as "10.0.0.0/8"') from None


def _address(text: str) -> IPv4Address:
    """An argument type."""
    try:
        return IPv4Address(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an address") from None


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("route")
    if words[:1] not in (["add"], ["del"]):
        line.add_argument("-n", dest="numeric", action="store_true")
        options = line.parse_args(words)
        options.change = None
        return options
    line.add_argument("change", choices=["add", "del"])
    line.add_argument("network", type=_network, metavar="NETWORK")
    line.add_argument("--gw", type=_address, metavar="ADDRESS")
    line.add_argument("--metric", type=between(0, 2**31 - 1), default=0, metavar="METRIC")
    line.add_argument("--dev", metavar="INTERFACE")
    options = line.parse_args([f"--{word}" if word in ("gw", "metric", "dev") else word for word in words])
    if options.change == "add" and options.gw is None and options.dev is None:
        line.error("say where it leads: gw ADDRESS or dev INTERFACE")
    return options


def main(words: list[str]) -> int | None:
    """Print or change the table; 1 when it cannot be changed so."""
    options = arguments(words)
    try:
        if options.change == "add":
            add_route(options.network, options.gw, options.metric, options.dev)
        elif options.change == "del":
            remove_route(options.network, options.gw)
        else:
            print("\n".join(table(own_host(), numeric=options.numeric)))
    except OSError as error:
        print(f"route: {error.strerror}", file=sys.stderr)
        return 1
    return None


def table(host: Host, *, numeric: bool = True) -> list[str]:
    """The routes of `host`, best first. Also for callers outside the simulation."""
    rows = [_row(host, route, numeric) for route in host.stack.routes]
    return ["Kernel IP routing table", *columns(_HEADS, rows)]


def _row(host: Host, route: Route, numeric: bool) -> tuple[object, ...]:
    network = route.network
    gateway = "0.0.0.0" if route.gateway is None else str(route.gateway)
    destination = str(network.network_address)
    if not numeric:
        destination = "default" if network == DEFAULT else host.name_of(destination) or destination
        gateway = "*" if route.gateway is None else host.name_of(gateway) or gateway
    flags = "U" + ("G" if route.gateway else "") + ("H" if network.prefixlen == 32 else "")
    return destination, gateway, network.netmask, flags, route.metric, route.interface.name
