"""The way of a host's frames into its adapter: a queue that waits, then the descriptors of the ring.

The queue drops what comes when it is full, as Linux's `pfifo` does. A socket does not fill it: each frame's
charge (`stack.send_memory`) is released only when the adapter is done with the frame, so the socket waits
before. What a router passes on is charged to nobody, and fills the queue.
"""

from collections import deque
from typing import TYPE_CHECKING

from stack.send_memory import Charge

if TYPE_CHECKING:
    from sim.os.device import Release

QUEUE_FRAMES = 1000
"""Frames that wait for the adapter at most, as Linux's default `txqueuelen`; the next is dropped."""


class TransmitQueue:
    """Frames in the order of their coming, each with its charge."""

    def __init__(self) -> None:
        self.release: Release = lambda charge: None
        self._waiting = deque[tuple[bytes, Charge | None]]()
        self._in_ring = deque[Charge | None]()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    @property
    def room(self) -> int:
        """How many more frames may wait; the next is dropped."""
        return QUEUE_FRAMES - len(self._waiting)

    def put(self, frame: bytes, charge: Charge | None) -> None:
        """One more frame that waits."""
        self._waiting.append((frame, charge))

    def take(self) -> bytes:
        """The oldest that waits: it goes into the ring."""
        frame, charge = self._waiting.popleft()
        self._in_ring.append(charge)
        return frame

    def done(self) -> None:
        """The adapter is done with the oldest in the ring."""
        self.drop(self._in_ring.popleft())

    def drop(self, charge: Charge | None) -> None:
        """A frame with `charge` takes up nothing any more."""
        if charge is not None:
            self.release(charge)

    def clear(self) -> None:
        """Forget all, charges included: the stack that made them is gone."""
        self._waiting.clear()
        self._in_ring.clear()
