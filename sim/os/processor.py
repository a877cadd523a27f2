"""A host's one processor: how long its software takes until it reacts, and for each received frame.

No computer answers in no time, and none twice in the same. Between an interrupt, a timer or a wake and the
first instruction that answers it lie caches, queues and whatever else the processor was at. This time is
drawn for each of them, uniformly from one half of its mean to one and a half, from a stream that belongs to
the host: what it draws depends on the seed, its name and how often it drew before, and on no other host.

The timers of a stack are looked at by a tick of the system (Linux: 4 ms with CONFIG_HZ=250) and come late by
up to one, each by another part of it: so time-outs of two hosts that once were half a millisecond apart do
not stay so.

A slow processor takes `latency_ns` in addition for each received frame, of whichever adapter, one after the
other.
"""

from collections.abc import Callable
from random import Random

from sim.os.timers import Clock

TICK_NS = 4_000_000
"""What a timer of the stack is late at most, in addition to the reaction."""


class Processor:
    """See the module. `processing_ns` is the mean of the times that `random` is for; 0 switches them off."""

    def __init__(
        self, clock: Clock, latency_ns: int = 0, processing_ns: int = 0, random: Random | None = None
    ) -> None:
        self.latency_ns = latency_ns
        self._clock = clock
        self._processing_ns = processing_ns
        self._bits = (random or Random(0)).getrandbits
        self._free_at = 0

    def reaction(self) -> int:
        """How long it takes this time until software runs that something has set going, ns."""
        mean = self._processing_ns
        return (mean >> 1) + (mean * self._bits(32) >> 32) if mean else 0

    def timer(self) -> int:
        """How much late a timer of the stack comes this time, ns."""
        return self.reaction() + (TICK_NS * self._bits(32) >> 32) if self._processing_ns else 0

    def work(self, done: Callable[[], None], delay: int = 0) -> None:
        """Take the time for a frame in `delay` ns, after those before it, and call `done`."""
        self._free_at = max(self._free_at, self._clock.now + delay) + self.latency_ns
        self._clock.call_at(self._free_at, done)
