"""How the driver tells what it does: one call per event, into a function that its owner provides."""

from typing import Protocol


class Emit(Protocol):
    """`emit("driver", "frame dropped", reason="bad FCS")`: layer, kind, fields."""

    def __call__(self, layer: str, kind: str, /, **fields: int | float | str | bool | None) -> None:
        """Record one event."""


def silent(layer: str, kind: str, /, **fields: int | float | str | bool | None) -> None:
    """Record nothing."""
