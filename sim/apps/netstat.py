"""`netstat [-a] [-l] [-t] [-u] [-n] [-o] [-p]`, `netstat -r`, `netstat -i`: sockets, routes, interfaces.

The words are those of Linux's program of this name (net-tools). A socket is what stands in its row: two
addresses, a state, octets that wait in either direction, and the timer that runs.
"""

import argparse

from sim.apps import ip, route
from sim.apps.columns import columns
from sim.apps.command_line import CommandLine
from sim.os.host import Host
from sim.os.interfaces import own_host
from sim.python.names import service_name
from stack.endpoint import SocketRow

_OPTIONS = {
    **{"a": "all", "l": "listening", "t": "tcp", "u": "udp", "n": "numeric"},
    **{"o": "timers", "p": "programs", "r": "routes", "i": "interfaces"},
}
_STATES = {"SYN-RECEIVED": "SYN_RECV", "FIN-WAIT-1": "FIN_WAIT1", "FIN-WAIT-2": "FIN_WAIT2"}
"""Where Linux's word is not the RFC's with another hyphen."""
_TIMERS = {"retransmit": "on", "persist": "probe", "time-wait": "timewait", "fin-wait-2": "timewait"}
_INTERFACE_HEADS = (
    *("Iface", "MTU ", "RX-OK ", "RX-ERR ", "RX-DRP ", "RX-OVR "),
    *("TX-OK ", "TX-ERR ", "TX-DRP ", "Flg"),
)


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line; one-letter options may be written together."""
    line = CommandLine("netstat")
    for letter, name in _OPTIONS.items():
        line.add_argument(f"-{letter}", dest=name, action="store_true")
    return line.parse_args(words)


def main(words: list[str]) -> int | None:
    """Print the table that was asked for."""
    options = arguments(words)
    host = own_host()
    if options.routes:
        lines = route.table(host, numeric=options.numeric)
    elif options.interfaces:
        lines = interfaces(host)
    else:
        lines = table(host, options)
    print("\n".join(lines))
    return None


def table(host: Host, options: argparse.Namespace | str = "-ano") -> list[str]:
    """The sockets of `host` now. Also for callers outside the simulation: `table(host, "-ano")`."""
    if isinstance(options, str):
        options = arguments(options.split())
    rows = [row for row in host.stack.table() if _is_wanted(row, options)]
    kinds = (
        "servers and established" if options.all else "only servers" if options.listening else "w/o servers"
    )
    heads = ["Proto", "Recv-Q ", "Send-Q ", "Local Address", "Foreign Address", "State"]
    heads += ["PID/Program name"] * options.programs + ["Timer"] * options.timers
    return [
        f"Active Internet connections ({kinds})",
        *columns(heads, [_cells(host, row, options) for row in rows]),
    ]


def interfaces(host: Host) -> list[str]:
    """What passed each interface of `host`."""
    rows = []
    for interface in host.stack.interfaces:
        counters = ip.counters(host, interface)
        dropped = interface.counters.received_dropped
        flags = "LRU" if interface.name == "lo" else "BMRU"
        received = (counters.rx_packets, counters.rx_errors, dropped, counters.rx_missed)
        sent = (counters.tx_packets, counters.tx_errors, counters.tx_dropped)
        rows.append((interface.name, interface.mtu, *received, *sent, flags))
    return ["Kernel Interface table", *columns(_INTERFACE_HEADS, rows)]


def _is_wanted(row: SocketRow, options: argparse.Namespace) -> bool:
    protocols = [proto for proto in ("tcp", "udp") if getattr(options, proto)]
    if protocols and row.proto not in protocols:
        return False
    is_server = row.state in ("LISTEN", "")
    return bool(options.all) or is_server == options.listening


def _cells(host: Host, row: SocketRow, options: argparse.Namespace) -> list[object]:
    state = _STATES.get(row.state, row.state.replace("-", "_"))
    ends = [_end(host, end, row.proto, options.numeric) for end in (row.local, row.remote)]
    cells: list[object] = [row.proto, row.recv_q, row.send_q, *ends, state]
    if options.programs:
        holder = next((process for process in host.processes if row.fd in process.descriptors), None)
        cells.append("-" if holder is None else f"{holder.pid}/{holder.name}")
    if options.timers:
        left = 0.0 if row.expires is None else (row.expires - host.clock.now) / 1e9
        probes = row.attempts if row.timer in ("keepalive", "persist") else 0
        sent_again = row.attempts if row.timer == "retransmit" else 0
        cells.append(f"{_TIMERS.get(row.timer, row.timer)} ({left:.2f}/{sent_again}/{probes})")
    return cells


def _end(host: Host, end: str, proto: str, numeric: bool) -> str:
    address, _, port = end.rpartition(":")
    if not numeric:
        address = "*" if address == "0.0.0.0" else host.name_of(address) or address
        port = service_name(int(port)) or port
    return f"{address}:{'*' if port == '0' else port}"
