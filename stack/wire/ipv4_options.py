"""IPv4 options (RFC 791 section 3.1): a host steps over them, a fragmenting one copies some.

No option asks anything of us but source routes, which are refused (RFC 7126 sections 4.3 and 4.4, as
Linux does): they let a stranger choose the way of others' answers.
"""

from collections.abc import Iterator

from stack.wire.error import WireError

END = 0
NO_OPERATION = 1
LOOSE_SOURCE_ROUTE = 131
STRICT_SOURCE_ROUTE = 137
SOURCE_ROUTES = frozenset({LOOSE_SOURCE_ROUTE, STRICT_SOURCE_ROUTE})

HEADER_LENGTH = 20
"""Of the header before its options."""
MAXIMUM_LENGTH = 40

_COPIED = 0x80


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
    """What a program wants in a header, in whole words. OptionError if that cannot be.

    Source routes are not sent, as they are refused everywhere (RFC 7126 section 4.3).
    """
    for kind, _ in parse(options):
        if kind in SOURCE_ROUTES:
            raise OptionError("source routes are refused", HEADER_LENGTH)
    if len(options) > MAXIMUM_LENGTH:
        raise OptionError("a header has 40 octets of options at most", HEADER_LENGTH)
    return options + bytes(-len(options) % 4)


def copied(options: bytes) -> bytes:
    """What fragments after the first carry: the options whose copied flag is set, in whole words."""
    kept = b"".join(octets for kind, octets in parse(options) if kind & _COPIED)
    return kept + bytes(-len(kept) % 4)
