"""What socket options are called, for events: as in socket(7), ip(7) and tcp(7)."""

import socket

_PREFIXES = {socket.SOL_SOCKET: "SO_", socket.IPPROTO_IP: "IP_", socket.IPPROTO_TCP: "TCP_"}
_NOT_IN_PYTHON = {
    **{("IP_", number): name for name, number in (("PKTINFO", 8), ("MTU_DISCOVER", 10), ("RECVERR", 11))},
    **{("IP_", number): name for name, number in (("RECVTTL", 12), ("MTU", 14), ("FREEBIND", 15))},
    **{("SO_", number): name for name, number in (("NO_CHECK", 11), ("TIMESTAMP", 29), ("RXQ_OVFL", 40))},
}
_NAMES = {
    **{(prefix, number): prefix + name for (prefix, number), name in _NOT_IN_PYTHON.items()},
    **{
        (prefix, number): name
        for name, number in vars(socket).items()
        for prefix in _PREFIXES.values()
        if name.startswith(prefix)
    },
}


def option_name(level: int, option: int) -> str:
    """`(6, 1)` -> `"TCP_NODELAY"`; numbers where there is no name."""
    return _NAMES.get((_PREFIXES.get(level, ""), option), f"{option} of level {level}")
