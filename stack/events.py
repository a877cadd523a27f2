"""How the stack tells what it does: one call per event, into a function that its owner provides.

The owner (the kernel of a simulation, a list in a test) stamps time and host. The stack itself
never prints, logs or keeps events.
"""

from typing import Protocol


class Emit(Protocol):
    """`emit("tcp", "state", socket=3, old="LISTEN", new="SYN-RECEIVED")`: layer, kind, fields."""

    def __call__(self, layer: str, kind: str, /, **fields: int | float | str | bool | None) -> None:
        """Record one event."""


def silent(layer: str, kind: str, /, **fields: int | float | str | bool | None) -> None:
    """Record nothing: for stacks whose owner does not listen."""
