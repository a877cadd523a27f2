"""IPv4 addresses as integers, and as people write them."""

from functools import lru_cache
from ipaddress import IPv4Address

ANY = 0
"""0.0.0.0: "this host" as a source, "any of mine" in a binding (RFC 1122 section 3.2.1.3)."""
BROADCAST = 0xFFFF_FFFF
"""255.255.255.255, the limited broadcast."""
ALL_HOSTS, ALL_ROUTERS = 0xE000_0001, 0xE000_0002
"""224.0.0.1 and 224.0.0.2: the groups of every host and of every router on a link (RFC 1112 section 4)."""
LOOPBACK = 0x7F00_0001
"""127.0.0.1"""


@lru_cache(maxsize=4096)  # events name the same few addresses again and again
def dotted(address: int) -> str:
    """`0x7f000001` -> `"127.0.0.1"`."""
    return f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"


def parse_dotted(text: str) -> int:
    """`"127.0.0.1"` -> `0x7f000001`. ValueError with a sentence when it is no dotted quad."""
    return int(IPv4Address(text))


@lru_cache(maxsize=4096)
def pair(address: int, port: int) -> str:
    """`"127.0.0.1:80"`, as netstat writes it."""
    return f"{dotted(address)}:{port}"


def is_loopback(address: int) -> bool:
    """127/8: must never be seen outside a host (RFC 1122 section 3.2.1.3 (g))."""
    return address >> 24 == 127


def is_this_network(address: int) -> bool:
    """0/8: a source of who has no address yet, and nothing else (RFC 1122 section 3.2.1.3 (a), (b))."""
    return address >> 24 == 0


def is_reserved(address: int) -> bool:
    """240/4, class E (RFC 1112 section 4)."""
    return address >> 28 == 0xF


def is_multicast(address: int) -> bool:
    """224/4 (RFC 1112 section 4)."""
    return address >> 28 == 0xE
