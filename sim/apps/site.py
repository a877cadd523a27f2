"""What the web server serves: a page, the images it refers to, files of any size.

Nothing of it comes from a disk: each is a function of the host's name, its own and its size, so that what was
fetched can be judged by a hash that is known before.
"""

import html
import struct
import zlib
from random import Random

LARGEST = 100_000_000
"""Octets of a page or file."""
IMAGE_SIDE = 48
"""Pixels."""


def page(host: str, size: int | None, images: int = 0) -> bytes:
    """The page of `host` with this many images: a short one, or one of exactly `size` octets."""
    lines = [
        f"<!doctype html><title>A page from {html.escape(host)}</title>",
        "<p>If you can read this, the cable works.",
        *(f'<img src="/image/{number}.png" alt="Image {number}">' for number in range(1, images + 1)),
    ]
    text = "\n".join(lines) + "\n"
    if size is None:
        return text.encode()
    pieces = [text]
    length, number = len(text.encode()), 0
    while length < size:
        number += 1
        piece = f"<p>Line {number} of a longer page, to give the cable something to carry.\n"
        pieces.append(piece)
        length += len(piece)
    return "".join(pieces).encode()[:size]


def image(number: int) -> bytes:
    """Image `number`: a PNG of coloured noise, some 7 kB."""
    noise = Random(number)
    filter_none = b"\0"
    rows = b"".join(filter_none + noise.randbytes(3 * IMAGE_SIDE) for _ in range(IMAGE_SIDE))
    header = struct.pack("!IIBBBBB", IMAGE_SIDE, IMAGE_SIDE, 8, 2, 0, 0, 0)
    pieces = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in pieces)


def _chunk(kind: bytes, data: bytes) -> bytes:
    """PNG specification section 5.3: length, type, data, CRC."""
    return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))


def file(host: str, size: int) -> bytes:
    """A file of `size` octets that do not repeat."""
    return Random(f"{host}/{size}").randbytes(size)
