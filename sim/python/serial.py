"""Objects that stand in sets, hashed by serial number if a simulated program made them.

By default a set's order is that of memory addresses, which would decide who is awaited, joined or served
first, and no two runs would be equal.
"""

# ruff: noqa: ANN401 (what programs pass and get is as various as the library's own signatures)
from typing import Any

from sim.os.process import Thread
from sim.python.dispatch import dispatch, real


def hash_by_serial_number(kind: type) -> None:
    """Number each object of `kind` that a simulated program makes; others keep their hash, and no trace."""
    key = f"{kind.__name__}.__init__"

    def numbered(thread: Thread, one: Any, *arguments: Any, **keywords: Any) -> None:
        one._serial = thread.kernel.next_serial()
        real[key](one, *arguments, **keywords)

    def hashed(one: Any) -> int:
        serial: int | None = vars(one).get("_serial")
        return object.__hash__(one) if serial is None else serial

    dispatch(kind, "__init__", numbered)
    kind.__hash__ = hashed  # type: ignore[assignment]  # as if all kinds were one
