"""`ss [-a] [-l] [-t] [-u] [-n] [-o] [-p] [-i]`: sockets, and with `-i` what each connection knows of itself.

The words are those of Linux's program of this name (iproute2): round trips, windows and what was
counted are the fields of TCP_INFO (`stack.tcp_info`), and one that has nothing to say is left out.
"""

import argparse
from collections.abc import Iterator

from sim.apps.columns import columns
from sim.apps.command_line import CommandLine
from sim.os.host import Host
from sim.os.interfaces import own_host
from sim.python.names import service_name
from stack.endpoint import SocketRow
from stack.tcp_info import INFINITE, SACK, TIMESTAMPS, WINDOW_SCALE, TcpInfo

_OPTIONS = {
    **{"a": "all", "l": "listening", "t": "tcp", "u": "udp", "n": "numeric"},
    **{"o": "timers", "p": "programs", "i": "info"},
}
_STATES = {"ESTABLISHED": "ESTAB", "SYN-RECEIVED": "SYN-RECV", "CLOSED": "UNCONN", "": "UNCONN"}
"""Where Linux's word is not the RFC's."""
_SERVERS = ("LISTEN", "")
_NOT_CONNECTED = (*_SERVERS, "CLOSED", "SYN-RECEIVED", "TIME-WAIT")
_TIMERS = {"retransmit": "on", "persist": "persist", "time-wait": "timewait", "fin-wait-2": "timewait"}
_FIELDS = (
    *("bytes_sent", "bytes_retrans", "bytes_acked", "bytes_received", "segs_out", "segs_in"),
    *("data_segs_out", "data_segs_in"),
)
_LATER_FIELDS = {
    **{"delivered": "delivered", "unacked": "unacked", "total_rto": "total_rto", "lost": "lost"},
    **{"sacked": "sacked", "dsack_dups": "dsack_dups", "rcv_space": "rcv_space"},
    **{"notsent_bytes": "notsent", "rcv_ooopack": "rcv_ooopack", "snd_wnd": "snd_wnd", "rcv_wnd": "rcv_wnd"},
}


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line; one-letter options may be written together."""
    line = CommandLine("ss")
    for letter, name in _OPTIONS.items():
        line.add_argument(f"-{letter}", dest=name, action="store_true")
    return line.parse_args(words)


def main(words: list[str]) -> int | None:
    """Print the sockets of the host."""
    print("\n".join(table(own_host(), arguments(words))))
    return None


def table(host: Host, options: argparse.Namespace | str = "-tain") -> list[str]:
    """The sockets of `host` now. Also for callers outside the simulation: `table(host, "-ti")`."""
    if isinstance(options, str):
        options = arguments(options.split())
    rows = [row for row in host.stack.table(host.clock.now) if _is_wanted(row, options)]
    both = options.tcp == options.udp
    heads = ["Netid"] * both
    heads += ["State", "Recv-Q ", "Send-Q ", "Local Address:Port ", "Peer Address:Port ", "Process"]
    first, *lines = columns(heads, [_cells(host, row, options, both) for row in rows])
    if not options.info:
        return [first, *lines]
    infos = [[] if row.info is None else ["\t " + " ".join(_info(row.info))] for row in rows]
    return [first, *(each for line, info in zip(lines, infos, strict=True) for each in (line, *info))]


def _is_wanted(row: SocketRow, options: argparse.Namespace) -> bool:
    protocols = [proto for proto in ("tcp", "udp") if getattr(options, proto)]
    if protocols and row.proto not in protocols:
        return False
    if options.all:
        return True
    return row.state in _SERVERS if options.listening else row.state not in _NOT_CONNECTED


def _cells(host: Host, row: SocketRow, options: argparse.Namespace, both: bool) -> list[object]:
    send_q = row.info.sacked if row.info is not None and row.state == "LISTEN" else row.send_q
    ends = [_end(end, options.numeric) for end in (row.local, row.remote)]
    more = []
    if options.programs:
        holder = next((process for process in host.processes if row.fd in process.descriptors), None)
        if holder is not None:
            more.append(f'users:(("{holder.name}",pid={holder.pid},fd={row.fd}))')
    if options.timers and row.expires is not None:
        timer = _TIMERS.get(row.timer, row.timer)
        more.append(f"timer:({timer},{_time(row.expires - host.clock.now)},{row.attempts})")
    cells: list[object] = [row.proto] * both
    state = _STATES.get(row.state, row.state)
    return [*cells, state, row.recv_q, send_q, *ends, " ".join(more)]


def _end(end: str, numeric: bool) -> str:
    address, _, port = end.rpartition(":")
    if not numeric:
        port = service_name(int(port)) or port
    return f"{address}:{'*' if port == '0' else port}"


def _time(ns: int) -> str:
    """As `ss` writes how long a timer still runs: less exactly the longer it is."""
    ms = max(ns, 0) // 1_000_000
    if ms < 1000:
        return f"{ms}ms"
    if ms < 60_000:
        return f"{ms / 1000:g}sec" if ms < 10_000 else f"{ms // 1000}sec"
    minutes, seconds = divmod(ms // 1000, 60)
    return f"{minutes}min" + (f"{seconds}sec" if seconds and minutes < 10 else "")


def _info(info: TcpInfo) -> Iterator[str]:
    """The words of one socket, in the order of `ss`."""
    if info.options & TIMESTAMPS:
        yield "ts"
    if info.options & SACK:
        yield "sack"
    if info.options & WINDOW_SCALE:
        yield f"wscale:{info.wscale & 15},{info.wscale >> 4}"
    if info.snd_mss:
        yield from _connection(info)


def _connection(info: TcpInfo) -> Iterator[str]:
    yield f"rto:{_ms(info.rto)}"
    if info.backoff:
        yield f"backoff:{info.backoff}"
    if info.rtt:
        yield f"rtt:{_ms(info.rtt)}/{_ms(info.rttvar)}"
    if info.ato:
        yield f"ato:{_ms(info.ato)}"
    yield f"mss:{info.snd_mss} pmtu:{info.pmtu} rcvmss:{info.rcv_mss} advmss:{info.advmss}"
    yield f"cwnd:{info.snd_cwnd}"
    if info.snd_ssthresh != INFINITE:
        yield f"ssthresh:{info.snd_ssthresh}"
    for name in _FIELDS:
        if value := getattr(info, name):
            yield f"{name}:{value}"
    if info.rtt:
        yield f"send {info.snd_cwnd * info.snd_mss * 8_000_000 // info.rtt}bps"
    yield f"lastsnd:{info.last_data_sent} lastrcv:{info.last_data_recv} lastack:{info.last_ack_recv}"
    if info.total_retrans:
        yield f"retrans:{info.retrans}/{info.total_retrans}"
    for name, word in _LATER_FIELDS.items():
        if value := getattr(info, name):
            yield f"{word}:{value}"
    if info.rcv_rtt:
        yield f"rcv_rtt:{_ms(info.rcv_rtt)}"
    if info.min_rtt:
        yield f"minrtt:{_ms(info.min_rtt)}"


def _ms(us: int) -> str:
    return f"{us / 1000:g}"
