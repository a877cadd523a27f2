"""The frames of a run for the report: their octets, their layers, and in which capture they are.

The same octets pass several captures (a host's, the cable's, another host's), and are written once. Headers
have few shapes (which fields, how wide): each of them is written once, too.
"""

from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from sim.record.describe import describe
from sim.record.dissect import Layer, dissect
from sim.record.packets import packets
from sim.report.strings import Strings

MOST_DISSECTED = 6_000
"""Frames with their fields; of further ones the octets are shown. They are most of a large page."""
_LONGEST_VALUE = 64
"""Characters: what is longer is in the octets."""


class Frame(NamedTuple):
    """A packet of a capture; without its FCS."""

    capture: str
    number: int
    """As Wireshark counts."""
    side: str
    """`sent` or `received` at a host, the end that it comes from on a pair, nothing on a coax."""
    ns: int
    octets: bytes


def read_frames(folder: Path, capture: str) -> list[Frame]:
    """Those of a capture. Raises ReadingError."""
    return [
        Frame(capture, number, packet.interface.removeprefix(capture).lstrip("-"), packet.ns, packet.octets)
        for number, packet in enumerate(packets(folder / f"{capture}.pcapng"), start=1)
    ]


def columns(frames: Iterable[Frame], strings: Strings) -> dict[str, Any]:
    """As columns, one element a frame; `content` counts the different octets."""
    shapes: dict[tuple[object, ...], int] = {}
    contents: dict[bytes, int] = {}
    layers: list[list[list[int]]] = []
    texts: list[int] = []
    rows: list[tuple[int, int, int, int, int]] = []
    for frame in frames:
        content = contents.setdefault(frame.octets, len(contents))
        if content == len(texts):
            taken = dissect(frame.octets, fcs=False) if content < MOST_DISSECTED else []
            layers.append([_written(layer, shapes, strings) for layer in taken])
            texts.append(strings(describe(frame.octets)))
        rows.append((strings(frame.capture), frame.number, strings(frame.side), frame.ns, content))
    names = ("capture", "number", "side", "ns", "content")
    return {
        **{name: [row[place] for row in rows] for place, name in enumerate(names)},
        "lengths": [len(octets) for octets in contents],
        "octets": b64encode(b"".join(contents)).decode("ascii"),
        "texts": texts,
        "layers": layers,
        "shapes": list(shapes),
    }


def _written(layer: Layer, shapes: dict[tuple[object, ...], int], strings: Strings) -> list[int]:
    """The layer's shape, where it begins (bits), its problem, then value and meaning of each field."""
    begin = layer.fields[0].offset_bits if layer.fields else 0
    fields = [(strings(one.name), one.offset_bits - begin, one.width_bits) for one in layer.fields]
    shape = strings(layer.name), strings(layer.source), *fields
    written = [shapes.setdefault(shape, len(shapes)), begin, strings(layer.problem)]
    for field in layer.fields:
        value = field.value if len(field.value) <= _LONGEST_VALUE else ""
        written += [strings(value), strings(field.meaning)]
    return written
