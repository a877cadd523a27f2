"""Recorded nets: where a line is, what it is called, and how its values are meant.

A box or cable declares what is recorded of it. Engines record the changes of these nets, decoders turn
them into events, and the waveform draws them.
"""

from dataclasses import dataclass
from enum import Enum

PORT = "port"
"""Numbered ports of a box are `port1`, `port2` …"""


class NetKind(Enum):
    """How a net's integer values are meant."""

    BIT = "bit"
    """0 or 1."""
    VECTOR = "vector"
    """An unsigned number of `Net.width` bits."""
    MILLIVOLT = "millivolt"
    """A signed level in mV; drawn as a real number of volts."""
    STATE = "state"
    """An index into `Net.states`; drawn as text."""


@dataclass(frozen=True, slots=True)
class Net:
    """A recorded net: line `signal` of a part of a box or cable.

    `box` is an adapter by its host and interface (`pc`, `router.lan`), a hub, a switch or a cable. `port` is
    the part of it: `adapter`, `adapter.mac`, `core`, `port3`, `tap0`, or the end that drives a pair.
    """

    box: str
    port: str
    signal: str
    kind: NetKind = NetKind.BIT
    width: int = 1
    initial: int = 0
    states: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """All three, dotted, as a waveform shows them: `pc.adapter.mac.attempts`, `yellow.tap0.level`."""
        return dotted(self.box, self.port, self.signal)

    @property
    def number(self) -> int:
        """The number of the port that the net belongs to; 0 for any other part."""
        return port_number(self.port)


def dotted(*parts: str) -> str:
    """A name of those parts that are not empty."""
    return ".".join(filter(None, parts))


def port_number(port: str) -> int:
    """3 for `port3`; 0 for what is no numbered port."""
    number = port.removeprefix(PORT)
    return int(number) if number != port and number.isdecimal() else 0
