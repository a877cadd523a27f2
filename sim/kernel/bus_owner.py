"""The bus owner of one adapter: runs its driver's jobs, one at a time, each to completion.

Between jobs it looks at `irq`, a level, first, and at the queue of frames to transmit second: interrupts
never nest, a transmission asked for during a job waits, received frames reach the stack when the job has
ended. A full ring stops the queue until an interrupt has made room.
"""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol

from driver.bus import Job, Wait
from driver.driver import Driver, FrameError
from sim.engine.interface import BellKind, Engine
from sim.kernel.timers import Timer

if TYPE_CHECKING:
    from sim.events import FieldValue
    from sim.kernel.device import Deliver

QUEUE_FRAMES = 1000
"""Frames that wait for the adapter at most, as Linux's default `txqueuelen`; the next is dropped."""


class Clock(Protocol):
    """What a bus owner needs of the kernel: time."""

    @property
    def now(self) -> int:
        """Simulated time in ns."""

    def call_at(self, deadline: int, callback: Callable[[], None]) -> Timer:
        """Call `callback` at `deadline`."""


Emit = Callable[..., None]
OnFrame = Callable[[Literal["received", "sent"], bytes, bytes], None]
"""Called with direction, frame, and the FCS of a received one: the host's capture point."""


class BusOwner:
    """A `sim.kernel.device.Device`: adapter number `adapter` of `engine` under its driver.

    `mac` is what the stack above will call itself: the address in the adapter's ROM.
    """

    def __init__(
        self, clock: Clock, engine: Engine, adapter: int, mac: bytes, emit: Emit, on_frame: OnFrame
    ) -> None:
        self.mac = mac
        self.deliver: Deliver = lambda frame: None
        self.driver = Driver(engine.memory(adapter))
        self._clock = clock
        self._engine = engine
        self._adapter = adapter
        self._emit = emit
        self._on_frame = on_frame
        self._queue = deque[bytes]()
        self._job: Job[None] | None = None
        self._job_name = ""
        self._irq = False

    def start(self) -> None:
        """Probe the adapter."""
        self._begin("probe", self.driver.probe())

    def transmit(self, frame: bytes) -> None:
        """Queue `frame`; what the driver refuses, or what finds the queue full, is dropped and told."""
        try:
            self.driver.check(frame)
        except FrameError as error:
            self._emit("driver", "frame refused", reason=str(error))
            return
        if len(self._queue) == QUEUE_FRAMES:
            self._emit("driver", "frame dropped", reason="the transmit queue is full", octets=len(frame))
            return
        self._queue.append(frame)
        self._pick()

    def busy(self) -> bool:
        """Whether the adapter, its driver or the queue still has a frame or a job."""
        return self._job is not None or self._irq or bool(self._queue) or bool(self.driver.sending)

    def bell(self, kind: BellKind, value: int) -> None:
        """See `sim.kernel.device.Device`."""
        if kind is BellKind.DONE:
            self._step(value)
        else:
            self._irq = bool(value)
            self._pick()

    def _pick(self) -> None:
        """Begin the next job, if none is running."""
        if self._job is not None:
            return
        if self._irq:
            self._begin("interrupt", self.driver.interrupt())
        elif self._queue and not self.driver.ring_full:
            frame = self._queue.popleft()
            self._on_frame("sent", frame, b"")
            self._emit("driver", "frame to adapter", octets=len(frame))
            self._begin("transmit", self.driver.transmit(frame))

    def _begin(self, name: str, job: Job[None]) -> None:
        self._job = job
        self._job_name = name
        if name != "transmit":
            self._emit("driver", f"{name} begins")
        self._step(None)

    def _step(self, value: int | None) -> None:
        assert self._job is not None
        try:
            operation = self._job.send(value)
        except StopIteration:
            self._end()
            return
        if isinstance(operation, Wait):
            self._clock.call_at(self._clock.now + operation.ns, lambda: self._step(None))
        else:
            self._engine.submit(self._adapter, operation)

    def _end(self) -> None:
        """The job is over: tell what it brought, hand frames up, look for the next one."""
        if self._job_name == "probe":
            self._emit("driver", "probe ends", mac=self.driver.mac.hex(":"))
        while self.driver.transmitted:
            done = self.driver.transmitted.popleft()
            fields: dict[str, FieldValue] = {"collisions": done.collisions, "deferred": done.deferred}
            if done.error is None:
                self._emit("driver", "frame sent", **fields)
            else:
                self._emit("driver", "frame lost", **fields, reason=done.error)
        while self.driver.received:
            frame, fcs = self.driver.received.popleft()
            self._on_frame("received", frame, fcs)
            self._emit("driver", "frame received", octets=len(frame))
            # The job still counts as running: what the stack answers at once waits its turn.
            self.deliver(frame)
        self._job = None
        self._pick()
