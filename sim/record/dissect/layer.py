"""A header as data: its fields with their widths, as the standard draws them, and what was read of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from stack.wire.checksum import checksum


class Field(NamedTuple):
    """A field of a frame. Bit 0 is the most significant of the frame's first octet, as the RFCs draw it."""

    name: str
    offset_bits: int
    width_bits: int
    value: str
    """As the field's standard writes it: `10.0.0.1`, `0x0800`, `64`."""
    meaning: str = ""


class Layer(NamedTuple):
    """What one layer has put into the frame. Together the fields of all layers are the whole frame."""

    name: str
    source: str
    """The standard and its section."""
    fields: tuple[Field, ...]
    problem: str = ""
    """Why the layer, or what follows it, cannot be read."""

    @property
    def octets(self) -> int:
        """How many octets it has, a partly used one counted whole."""
        return -(-sum(field.width_bits for field in self.fields) // 8)


def nothing(_value: int) -> str:
    """The meaning of a number that is its own."""
    return ""


class Row(NamedTuple):
    """A field of a header: how wide it is, how its value is written, and what a value means."""

    name: str
    width_bits: int
    show: Callable[[int], str] = str
    meaning: Callable[[int], str] = nothing


class Form(NamedTuple):
    """A header, as its standard has it."""

    name: str
    source: str
    rows: tuple[Row, ...]

    @property
    def octets(self) -> int:
        """Its length."""
        return sum(row.width_bits for row in self.rows) // 8


@dataclass(frozen=True, slots=True)
class Span:
    """Octets `start` to `end` of a frame. Where they stand in it is kept: that is what a field reports."""

    frame: bytes
    start: int
    end: int

    @property
    def octets(self) -> bytes:
        """Those octets."""
        return self.frame[self.start : self.end]

    def __len__(self) -> int:
        return max(self.end - self.start, 0)

    def after(self, octets: int) -> "Span":
        """What is left behind the first `octets`."""
        return Span(self.frame, min(self.start + octets, self.end), self.end)

    def first(self, octets: int) -> "Span":
        """The first `octets`, or as many as there are."""
        return Span(self.frame, self.start, min(self.start + octets, self.end))

    def field(self, name: str, value: str = "", meaning: str = "") -> Field:
        """All of it as one field, in hexadecimal digits if nothing else is said."""
        return Field(name, 8 * self.start, 8 * len(self), value or self.octets.hex(" "), meaning)


def read(form: Form, span: Span, says: dict[str, str] | None = None) -> Layer:
    """The header at the beginning of `span`; `says` has meanings that other octets decide.

    Of a header that is cut short the whole fields are read. The rest is a field of its own.
    """
    octets = span.octets[: form.octets]
    fields = []
    at = 0
    for row in form.rows:
        if at + row.width_bits > 8 * len(octets):
            break
        low = 8 * len(octets) - at - row.width_bits
        value = int.from_bytes(octets, "big") >> low & (1 << row.width_bits) - 1
        meaning = (says or {}).get(row.name) or row.meaning(value)
        fields.append(Field(row.name, 8 * span.start + at, row.width_bits, row.show(value), meaning))
        at += row.width_bits
    if len(octets) == form.octets:
        return Layer(form.name, form.source, tuple(fields))
    rest = 8 * len(octets) - at
    if rest:
        value = int.from_bytes(octets, "big") & (1 << rest) - 1
        fields.append(Field("cut", 8 * span.start + at, rest, f"{value:#x}"))
    problem = f"the header is cut: {len(octets)} of {form.octets} octets are there"
    return Layer(form.name, form.source, tuple(fields), problem)


def data(span: Span, name: str = "Data", meaning: str = "", problem: str = "") -> list[Layer]:
    """What no header is: a layer of one field, or none if there is nothing."""
    if not len(span):
        return []
    return [Layer(name, "", (span.field("octets", meaning=meaning or text(span.octets)),), problem)]


def text(octets: bytes) -> str:
    """The octets as ASCII characters in quotation marks, if that is what they are."""
    if octets and all(32 <= octet < 127 or octet in b"\t\r\n" for octet in octets):
        return '"' + octets.decode("ascii").translate({9: "\\t", 10: "\\n", 13: "\\r"}) + '"'
    return ""


def judged(octets: bytes, at: int, pseudo: int = 0) -> str:
    """What the checksum of these octets, at `at`, is worth (RFC 1071); `pseudo`: a sum of more."""
    right = checksum(octets[:at] + b"\0\0" + octets[at + 2 :], pseudo)
    if int.from_bytes(octets[at : at + 2], "big") % 0xFFFF == right % 0xFFFF:  # two zeros
        return "good"
    return f"wrong: it is {right:#06x} of these octets"


def hexadecimal(digits: int) -> Callable[[int], str]:
    """`0x0800` for 4 digits."""
    return lambda value: f"{value:#0{digits + 2}x}"


def mac(value: int) -> str:
    """`02:00:00:00:00:01`."""
    return value.to_bytes(6, "big").hex(":")


def units(size: int) -> Callable[[int], str]:
    """The meaning of a length that counts units of `size` octets."""
    return lambda value: f"{size * value} octets"


def one_of(names: dict[int, str], otherwise: str = "unknown") -> Callable[[int], str]:
    """The meaning of a number that has a list of names."""
    return lambda value: names.get(value, otherwise)


def bits_in_order(octets: bytes) -> str:
    """The bits as they are sent, least significant first in each octet (802.3 clause 3.3)."""
    return "".join(f"{octet:08b}"[::-1] for octet in octets)
