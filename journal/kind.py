"""Kinds of events: each is declared once, beside the code that emits it.

A kind is a class. Its annotations are the fields, with types and units; a field with a default may be absent.
Its docstring is the sentence of the timeline, with fields in braces:

    class Backoff(EventKind, layer="mac", kind="backoff"):
        \"\"\"backoff after collision {collisions}: waits {slots}\"\"\"

        slots: SlotTimes
        collisions: int

A value is shown with its unit (`3 slot times`), or without by `{slots:n}`. The timeline, docs/events.md and
the schema of `events.jsonl` are made from `KINDS`. `Backoff.of(event)` has the fields as typed attributes.
"""

from collections.abc import Callable, Iterator, Mapping
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    NamedTuple,
    Protocol,
    Self,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from journal.event import Event, FieldValue

Fields = Mapping[str, FieldValue]
KINDS: "dict[tuple[str, str], type[EventKind]]" = {}
"""Every kind that is declared in an imported module, by layer and kind."""


class Emit(Protocol):
    """`emit(Backoff, slots=3, collisions=2)`: how whatever emits events is given its listener.

    The listener (the kernel of a simulation, a list in a test) stamps time and place.
    """

    def __call__(self, kind: "type[EventKind]", /, **fields: FieldValue) -> None:
        """Record one event."""


def silent(kind: "type[EventKind]", /, **fields: FieldValue) -> None:
    """Record nothing: for those whose owner does not listen."""


class Unit(NamedTuple):
    """What a value counts or names, and how a sentence shows it."""

    name: str
    show: Callable[[Any], str] = str


def quantity(noun: str) -> Unit:
    """A number of things: `1 octet`, `2,920 octets`."""
    return Unit(f"{noun}s", lambda number: f"{number:,} {noun if number == 1 else noun + 's'}")


def duration(ns: int) -> str:
    """Nanoseconds in the largest unit that leaves a whole part: `267.316 µs`, `1 s`."""
    for size, unit in ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs")):
        if ns >= size:
            return f"{ns / size:.12g} {unit}"
    return f"{ns} ns"


Octets = Annotated[int, quantity("octet")]
Bits = Annotated[int, quantity("bit")]
Attempts = Annotated[int, quantity("attempt")]
Connections = Annotated[int, quantity("connection")]
Fragments = Annotated[int, quantity("fragment")]
Senders = Annotated[int, quantity("sender")]
SlotTimes = Annotated[int, quantity("slot time")]
Seconds = Annotated[int, Unit("s", lambda s: f"{s} s")]
Nanoseconds = Annotated[int, Unit("ns", duration)]
Picoseconds = Annotated[int, Unit("ps", lambda ps: f"{ps} ps")]
Millimetres = Annotated[int, Unit("mm", lambda mm: f"{mm} mm")]
Address = Annotated[str, Unit("IPv4 address")]
SocketAddress = Annotated[str, Unit("address:port")]
Mac = Annotated[str, Unit("MAC address")]
EtherType = Annotated[int, Unit("EtherType", lambda number: f"{number:#06x}")]
Port = Annotated[int, Unit("number of a port of the box, from 1")]
SequenceNumber = Annotated[int, Unit("sequence number")]


class Field(NamedTuple):
    """A declared field."""

    name: str
    types: tuple[type, ...]
    """What its value may be, `NoneType` for none."""
    unit: Unit
    required: bool

    @property
    def type_name(self) -> str:
        """`int`, `str or none`."""
        return " or ".join("none" if one is NoneType else one.__name__ for one in self.types)

    def fits(self, value: FieldValue) -> bool:
        """Whether `value` is of one of the types; a truth is no number."""
        return type(value) in self.types


class EventKind:
    """The base of all kinds. `layer` is inherited; a class without `kind` holds what several have in common.

    A `quiet` kind has no line in the timeline: it repeats what others say, or is there to be counted. One
    from `outside` is an intervention (a cable is unplugged): it precedes what it causes in the same
    instant.
    """

    layer: ClassVar[str] = ""
    kind: ClassVar[str] = ""
    quiet: ClassVar[bool] = False
    outside: ClassVar[bool] = False
    declared: ClassVar[tuple[Field, ...]] = ()
    """The fields, those of the bases first."""
    by_name: ClassVar[Mapping[str, Field]] = {}
    needed: ClassVar[frozenset[str]] = frozenset()
    """The names of those that may not be absent."""

    def __init_subclass__(
        cls, *, layer: str = "", kind: str = "", quiet: bool = False, outside: bool = False
    ) -> None:
        cls.layer = layer or cls.layer
        cls.outside = outside or cls.outside
        cls.kind, cls.quiet, cls.declared = kind, quiet, tuple(_declared(cls))
        cls.needed = frozenset(field.name for field in cls.declared if field.required)
        cls.by_name = {field.name: field for field in cls.declared}
        if not kind:
            return
        other = KINDS.setdefault((cls.layer, kind), cls)
        if other.__qualname__ != cls.__qualname__ or other.__module__ != cls.__module__:
            both = f"{other.__module__} and {cls.__module__}"
            raise ValueError(f"{cls.layer} {kind!r} is declared twice, by {both}: choose another name")

    def __init__(self, fields: Fields) -> None:
        for field in self.declared:
            if field.name in fields:
                setattr(self, field.name, fields[field.name])

    @classmethod
    def of(cls, event: Event) -> Self | None:
        """The fields of `event`, typed, if it is of this kind."""
        return cls(event.fields) if (event.layer, event.kind) == (cls.layer, cls.kind) else None

    @classmethod
    def template(cls, fields: Fields) -> str:
        """The sentence with fields in braces. A kind that has several sentences chooses by `fields`."""
        return cls.__doc__ or ""

    @classmethod
    def sentence(cls, fields: Fields) -> str:
        """What happened, in words."""
        present = (field for field in cls.declared if field.name in fields)
        shown = {field.name: _Shown(fields[field.name], field.unit) for field in present}
        return cls.template(fields).format_map(shown)

    @classmethod
    def faults(cls, fields: Fields) -> Iterator[str]:
        """What does not fit the declaration: for tests."""
        for name in sorted(cls.needed - fields.keys()):
            yield f"{cls.layer} {cls.kind!r} lacks {name!r}"
        for name, value in fields.items():
            if name not in cls.by_name:
                yield f"{cls.layer} {cls.kind!r} has {name!r}, which is not declared"
            elif not cls.by_name[name].fits(value):
                yield f"{cls.layer} {cls.kind!r}: {name}={value!r} is not {cls.by_name[name].type_name}"


def is_whole(event: Event) -> bool:
    """Whether it has the fields that its kind needs: an older version may have recorded it with fewer."""
    kind = KINDS.get((event.layer, event.kind))
    return kind is None or kind.needed <= event.fields.keys()


class _Shown:
    """A value in a sentence: with its unit, or by `n` as a bare number."""

    def __init__(self, value: FieldValue, unit: Unit) -> None:
        self._value = value
        self._unit = unit

    def __format__(self, spec: str) -> str:
        if spec == "n":
            return f"{self._value:,}"
        if self._value is None or isinstance(self._value, bool):
            return plain(self._value)
        return self._unit.show(self._value)


def plain(value: FieldValue) -> str:
    """A value without a declaration."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)


def _declared(kind: type[EventKind]) -> Iterator[Field]:
    for name, hint in get_type_hints(kind, include_extras=True).items():
        if get_origin(hint) is ClassVar:
            continue
        options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
        units = [part for option in options for part in get_args(option)[1:] if isinstance(part, Unit)]
        types = (get_args(option)[0] if get_origin(option) is Annotated else option for option in options)
        yield Field(name, tuple(types), units[0] if units else Unit(""), not hasattr(kind, name))
