"""A perfect link between two stacks: every frame arrives, after a fixed delay, in order."""

from collections import deque


class Wire:
    """One end. `a, b = Wire.pair(delay)` makes both."""

    def __init__(self, delay: int) -> None:
        self._delay = delay
        self._coming: deque[tuple[int, bytes]] = deque()
        self._other = self

    @classmethod
    def pair(cls, delay: int) -> tuple["Wire", "Wire"]:
        """Two ends, `delay` ns apart."""
        one, two = cls(delay), cls(delay)
        one._other, two._other = two, one
        return one, two

    def send(self, frame: bytes, now: int) -> None:
        """See `Device.send`."""
        self._other._coming.append((now + self._delay, frame))

    def receive(self, now: int) -> list[bytes]:
        """See `Device.receive`."""
        arrived = []
        while self._coming and self._coming[0][0] <= now:
            arrived.append(self._coming.popleft()[1])
        return arrived

    def next_deadline(self) -> int | None:
        """See `Device.next_deadline`."""
        return self._coming[0][0] if self._coming else None
