"""Which events are meant: a filter for `Run.find`, `Network.listen` and `Network.run_until`."""

from journal.event import Event, FieldValue


class Match:
    """A condition on an event: its kind, place, layer, and values of its fields, as far as they are given.

    `Match("echo reply received", where="pc", sequence=2)` is true of the second reply that pc received.
    """

    def __init__(
        self,
        kind: str | None = None,
        *,
        where: str | None = None,
        layer: str | None = None,
        **fields: FieldValue,
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
            event.fields.get(name) == value for name, value in self._fields.items()
        )

    def __str__(self) -> str:
        wanted = {**self._wanted, **self._fields}
        return f"event with {', '.join(f'{name}={value!r}' for name, value in wanted.items())}"
