"""The keys of a scenario's tables as types: each is declared once, with its type, meaning and default.

The table of a scenario file and the keywords of a method of `sim.Lan` are the same keys. They are declared
as a `TypedDict` beside the code that reads the table (`sim/scenario/tables/`): the reader takes the names
that it knows from there, `sim.Lan` its keywords, and docs/api.md its tables. What every table must have,
such as a name, is a parameter of the method and not repeated.

A quantity is text with a unit, `"500 m"`, and has its kind in the annotation: `Annotated[str, "time"]`.
"""

import re
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

Time = Annotated[str, "time"]
"""Such as `"1 ms"`; units s, ms, us, ns."""
Length = Annotated[str, "length"]
"""Such as `"2.5 m"`; units km, m, cm, mm."""
Rate = Annotated[str, "rate"]
"""Such as `"10 Mb/s"`; units Gb/s, Mb/s, kb/s, b/s."""
Attenuation = Annotated[str, "attenuation"]
"""Such as `"9.8 dB"`."""
Mac = Annotated[str, "station address"]
"""Such as `"02:00:00:00:00:01"`."""
Address = Annotated[str, "address"]
"""Such as `"192.168.1.1"`."""
Interface = Annotated[str, "address/prefix"]
"""Such as `"192.168.1.10/24"`."""
Network = Annotated[str, "network"]
"""Such as `"10.0.0.0/8"`."""


class Key(NamedTuple):
    """What a key means, in words of its documentation."""

    meaning: str
    default: str = ""
    """As it would be written; empty if there is none to write."""


def names(table: type) -> tuple[str, ...]:
    """The keys that `table`, a TypedDict, declares, those of its bases included."""
    return tuple(table.__annotations__)


def declared(table: type) -> dict[str, tuple[str, Key]]:
    """By name: how the type of each key of `table` is written in the documentation, and the rest of it."""
    found: dict[str, tuple[str, Key]] = {}
    for name, hint in get_type_hints(table, include_extras=True).items():
        *kinds, key = _without_required(hint).__metadata__
        found[name] = (kinds[0] if kinds else _written(_without_required(hint).__origin__), key)
    return found


def _without_required(hint: Any) -> Any:  # noqa: ANN401 (a type expression)
    return hint if get_origin(hint) is Annotated else hint.__args__[0]


def _written(type_: Any) -> str:  # noqa: ANN401 (a type expression)
    """As in Python, without the names of modules."""
    plain = type_.__name__ if isinstance(type_, type) and not get_args(type_) else str(type_)
    return re.sub(r"[\w.]+\.(?=\w)", "", plain)
