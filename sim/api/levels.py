"""What each recorded net is now: the last value of all changes, read like a probe's display."""

import difflib
from collections.abc import Sequence

import numpy as np

from hw.nets import Net, NetKind
from sim.engine.interface import Changes

_NEAR = 5
"""How many names a sentence offers."""


class Levels:
    """The present value of each of `nets`."""

    def __init__(self, nets: Sequence[Net]) -> None:
        self._nets = nets
        self._numbers = {net.name: number for number, net in enumerate(nets)}
        self._values = np.array([net.initial for net in nets], np.int64)

    def changes(self, batch: Changes) -> None:
        """Take the next changes; those of one net are in the order of time."""
        last = np.flatnonzero(np.diff(batch.net, append=-1))
        self._values[batch.net[last]] = batch.value[last]

    def read(self, name: str) -> int | str:
        """The value of the net `name`; of a state machine, the name of its state, of a cable, millivolts.

        KeyError, with the names that are near, when no net of that name is recorded.
        """
        number = self._numbers.get(name)
        if number is None:
            raise KeyError(self._unknown(name))
        value = int(self._values[number])
        net = self._nets[number]
        return net.states[value] if net.kind is NetKind.STATE else value

    def _unknown(self, name: str) -> str:
        if not self._nets:
            return f'there is no net "{name}": a network on a link has no hardware'
        near = difflib.get_close_matches(name, self._numbers, n=_NEAR, cutoff=0.5)
        near = near or [net.name for net in self._nets if name.startswith(f"{net.box}.")][:_NEAR]
        boxes = dict.fromkeys(net.box for net in self._nets)
        hint = f"near to it: {', '.join(near)}" if near else f"there are nets of {', '.join(boxes)}"
        return f'no net "{name}" is recorded; {hint} (more of them with waves=True)'
