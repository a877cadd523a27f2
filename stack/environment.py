"""What all parts of one stack share: the instant of the call, the random source, events, settings, timers.

A stack is entered by calls from outside only (a frame, a timer, a socket call); each brings the time
along, and it does not change until the call returns. What a call sends to the host itself is
delivered before it returns, after the work of the call, so nothing recurses.
"""

import random as random_module
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from journal.kind import Emit, silent
from stack.parameters import Parameters
from stack.timers import Timer, Timers


class Shown(Protocol):
    """What has a row in a table that events describe: a socket, a connection."""

    def show(self) -> None:
        """Emit what has changed since it was shown last."""


class Environment:
    """Use as `with environment.at(now):` around everything that a call from outside does."""

    def __init__(self, random: random_module.Random, emit: Emit, parameters: Parameters) -> None:
        self.now = 0
        self.random = random
        self.emit = emit
        self.traced = emit is not silent
        self.parameters = parameters
        self.timers = Timers()
        self.settle: Callable[[], None] = lambda: None
        self._touched: dict[Shown, None] = {}

    def timer(self, expire: Callable[[], None]) -> Timer:
        """A new, stopped timer."""
        return Timer(self.timers, expire)

    def touch(self, one: Shown) -> None:
        """Something of `one` may have changed: it is shown when the call from outside ends."""
        if self.traced:
            self._touched[one] = None

    def at(self, now: int) -> "Environment":
        """Begin a call from outside at instant `now` (ns)."""
        self.now = now
        return self

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.settle()
        if self._touched:
            touched, self._touched = self._touched, {}
            for one in touched:
                one.show()
