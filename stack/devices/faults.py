"""A middleware device that harms frames in both directions: loss, corruption, duplication, delay, reordering.

Each frame's fate is drawn from a seeded source, in the order in which frames pass, so that a run can
be repeated. Reordering holds a frame back while others pass it; corruption flips one bit, which the
checksums above must find, since there is no FCS here.
"""

import random as random_module
from dataclasses import dataclass
from heapq import heappop, heappush

from journal.kind import Emit, silent
from stack.devices import events
from stack.devices.device import Device


@dataclass(frozen=True, slots=True)
class Harm:
    """Probabilities of one frame's mishaps, 0 to 1; times in ns."""

    loss: float = 0.0
    corruption: float = 0.0
    duplication: float = 0.0
    reordering: float = 0.0
    """Of being held back for up to `hold`."""
    hold: int = 10_000_000
    delay: int = 0
    """That every frame takes."""


class FaultInjector:
    """Emits ("device", "fault") with the mishap's name for each."""

    def __init__(self, device: Device, random: random_module.Random, harm: Harm, emit: Emit = silent) -> None:
        self._device = device
        self._random = random
        self._harm = harm
        self._emit = emit
        self._serial = 0
        self._going: list[tuple[int, int, bytes]] = []
        self._coming: list[tuple[int, int, bytes]] = []

    def send(self, frame: bytes, now: int) -> None:
        """See `Device.send`."""
        self._suffer(frame, now, self._going, "out")
        self._flush(now)

    def receive(self, now: int) -> list[bytes]:
        """See `Device.receive`."""
        self._flush(now)
        for frame in self._device.receive(now):
            self._suffer(frame, now, self._coming, "in")
        arrived = []
        while self._coming and self._coming[0][0] <= now:
            arrived.append(heappop(self._coming)[2])
        return arrived

    def next_deadline(self) -> int | None:
        """See `Device.next_deadline`."""
        instants = [held[0][0] for held in (self._going, self._coming) if held]
        below = self._device.next_deadline()
        return min([*instants, below] if below is not None else instants, default=None)

    def _flush(self, now: int) -> None:
        while self._going and self._going[0][0] <= now:
            self._device.send(heappop(self._going)[2], now)

    def _suffer(self, frame: bytes, now: int, held: list[tuple[int, int, bytes]], way: str) -> None:
        harm = self._harm
        if self._happens(harm.loss, "loss", way):
            return
        if self._happens(harm.corruption, "corruption", way):
            bit = self._random.randrange(8 * len(frame))
            harmed = bytearray(frame)
            harmed[bit // 8] ^= 1 << bit % 8
            frame = bytes(harmed)
        for _ in range(2 if self._happens(harm.duplication, "duplication", way) else 1):
            due = now + harm.delay
            if self._happens(harm.reordering, "reordering", way):
                due += self._random.randrange(harm.hold)
            self._serial += 1
            heappush(held, (due, self._serial, frame))

    def _happens(self, probability: float, mishap: str, way: str) -> bool:
        if probability == 0.0 or self._random.random() >= probability:
            return False
        self._emit(events.Fault, mishap=mishap, way=way)
        return True
