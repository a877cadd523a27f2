"""IPv4 options (RFC 791 section 3.1): a host steps over them, a fragmenting one copies some.

No option asks anything of us but source routes, which are refused (RFC 7126 sections 4.3 and 4.4, as
Linux does): they let a stranger choose the way of others' answers.
"""

from collections.abc import Iterator

from stack.wire.error import WireError

END = 0
NO_OPERATION = 1
RECORD_ROUTE = 7
TIMESTAMP = 68
LOOSE_SOURCE_ROUTE = 131
STRICT_SOURCE_ROUTE = 137
ROUTER_ALERT = 148
SOURCE_ROUTES = frozenset({LOOSE_SOURCE_ROUTE, STRICT_SOURCE_ROUTE})

HEADER_LENGTH = 20
"""Of the header before its options."""
MAXIMUM_LENGTH = 40

_COPIED = 0x80

_SHORTEST = {RECORD_ROUTE: 3, TIMESTAMP: 4, ROUTER_ALERT: 4}
"""Octets of the options that have a least length (RFC 791 section 3.1, RFC 2113 section 2.1)."""
_WITH_ADDRESS = (1, 3)
"""Flags of timestamps that an address precedes."""


class OptionError(WireError):
    """`pointer` is the octet of the header at which a Parameter Problem message points."""

    def __init__(self, reason: str, pointer: int) -> None:
        super().__init__(reason)
        self.pointer = pointer


def parse(options: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and all octets of each option up to the end of the list. OptionError on an impossible length."""
    at = 0
    while at < len(options) and options[at] != END:
        if options[at] == NO_OPERATION:
            yield NO_OPERATION, options[at : at + 1]
            at += 1
            continue
        length = options[at + 1] if at + 1 < len(options) else 0
        if length < 2 or at + length > len(options):
            raise OptionError("IP option length is wrong", HEADER_LENGTH + at + (at + 1 < len(options)))
        yield options[at], options[at : at + length]
        at += length


def padded(options: bytes) -> bytes:
    """What a program wants in a header, in whole words.

    OptionError for what Linux refuses to send (`ip_options_compile`), and for source routes, which are
    refused everywhere (RFC 7126 section 4.3). What follows the end of the list becomes zero.
    """
    if len(options) > MAXIMUM_LENGTH:
        raise OptionError("a header has 40 octets of options at most", HEADER_LENGTH)
    kept, seen = b"", set[int]()
    for kind, octets in parse(options):
        at = HEADER_LENGTH + len(kept)
        if kind in SOURCE_ROUTES:
            raise OptionError("source routes are refused", at)
        if len(octets) < _SHORTEST.get(kind, 0):
            raise OptionError("IP option is too short", at + 1)
        if kind in (RECORD_ROUTE, TIMESTAMP):
            if kind in seen:
                raise OptionError("IP option stands twice", at)
            seen.add(kind)
            _check_room(kind, octets, at)
        kept += octets
    return kept.ljust(len(options) + -len(options) % 4, b"\0")


def _check_room(kind: int, octets: bytes, at: int) -> None:
    """The pointer of a record route or timestamp, counted from 1, is at a whole entry, or after the last."""
    pointer = octets[2]
    if pointer <= _SHORTEST[kind]:
        raise OptionError("IP option points into its own head", at + 2)
    flag = octets[3] & 0xF if kind == TIMESTAMP else 0
    entry = 8 if flag in _WITH_ADDRESS else 4
    if pointer <= len(octets) < pointer + entry - 1:
        raise OptionError("IP option has no room for an entry", at + 2)
    if kind == TIMESTAMP and pointer > len(octets) and octets[3] >> 4 == 15:
        raise OptionError("IP timestamp has overflowed", at + 3)


def copied(options: bytes) -> bytes:
    """What fragments after the first carry: the options whose copied flag is set, in whole words."""
    kept = b"".join(octets for kind, octets in parse(options) if kind & _COPIED)
    return kept + bytes(-len(kept) % 4)
