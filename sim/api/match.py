"""Which events are meant: a filter for `Run.find`, `Network.listen` and `Network.run_until`."""

import difflib
from collections.abc import Callable, Collection, Mapping
from typing import Any

from journal.event import Event, FieldValue
from journal.kind import KINDS

Wanted = FieldValue | Callable[[Any], object]
"""A value, or a function of it that says whether it is meant."""


class Match:
    """A condition on an event: its kind, place, layer, and values of its fields, as far as they are given.

    `Match("echo reply received", where="pc", sequence=2)` is true of the second reply that pc received. A
    value may be a function: `Match("segment sent", length=lambda octets: octets > 0)`.
    """

    def __init__(
        self,
        kind: str | None = None,
        *,
        where: str | None = None,
        layer: str | None = None,
        **fields: Wanted,
    ) -> None:
        self._wanted = {
            name: value
            for name, value in (("kind", kind), ("where", where), ("layer", layer))
            if value is not None
        }
        self._fields = fields

    def __call__(self, event: Event) -> bool:
        """Whether `event` is meant."""
        return all(getattr(event, name) == value for name, value in self._wanted.items()) and all(
            _fits(event.fields, name, value) for name, value in self._fields.items()
        )

    def check(self) -> None:
        """Raise ValueError, with names near to it, for a kind that does not exist or has no such field.

        Every kind is declared beside the code that emits it, so what is misspelt can be known.
        """
        kind = self._wanted.get("kind")
        if kind is None:
            return
        declared = [one for one in KINDS.values() if one.kind == kind]
        if not declared:
            kinds = [one.kind for one in KINDS.values()]
            raise ValueError(_unknown("kind of event", str(kind), kinds))
        known = [field.name for one in declared for field in one.declared]
        for name in self._fields:
            if name not in known:
                raise ValueError(_unknown(f'field of "{kind}"', name, known))

    def __str__(self) -> str:
        wanted = {**self._wanted, **self._fields}
        shown = {name: getattr(value, "__name__", repr(value)) for name, value in wanted.items()}
        return f"event with {', '.join(f'{name}={value}' for name, value in shown.items())}"


def _fits(fields: Mapping[str, FieldValue], name: str, wanted: Wanted) -> bool:
    if callable(wanted):
        return name in fields and bool(wanted(fields[name]))
    return fields.get(name) == wanted


def _unknown(what: str, name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, dict.fromkeys(known), cutoff=0.5)
    hint = "near to it: " + ", ".join(near) if near else "known: " + ", ".join(sorted({*known}))
    return f'there is no {what} "{name}"; {hint}'
