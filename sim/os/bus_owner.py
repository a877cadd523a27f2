"""The bus owner of one adapter: runs its driver's jobs, one at a time, each to completion.

Between jobs it looks at `irq`, a level, first, then at what programs ask of the driver, then at the queue of
frames to transmit: interrupts never nest, a transmission asked for during a job waits, received frames reach
the stack when the job has ended. A full ring stops the queue until an interrupt has made room.

A host may take its time: `interrupt_latency_ns` and its processor's reaction from the rise of the line to the
handler's first bus cycle, and the processor's `latency_ns` for each received frame before the stack has it.
The driver takes one frame at a time then, and the next one when the processor is free: a host that is too
slow fills its receive ring, and its adapter misses frames or, with flow control, its peer is asked to pause.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from driver import events
from driver.bus import Job, Wait
from driver.counters import Counters, adapter_counters
from driver.driver import RX_RING, Driver, FrameError
from driver.settings import Settings
from journal.kind import Emit
from sim.engine.interface import BellKind, Engine
from sim.os.device import LinkSettings, OnFrame, Release
from sim.os.processor import Processor
from sim.os.timers import Clock
from sim.os.transmit_queue import TransmitQueue
from stack.send_memory import Charge

if TYPE_CHECKING:
    from journal.event import FieldValue
    from sim.os.device import Deliver

SPEED_MBPS = 10
LINK_DOWN_POLL_NS = 250_000_000
"""Linux's phylib looks every second."""

T = TypeVar("T")


class BusOwner:
    """A `sim.os.device.Device`: adapter number `adapter` of `engine` under its driver.

    With `link_poll_ns` the driver looks at the link at this interval; it does anyway at the start, when a
    frame's carrier was lost, and as long as the link is down.
    """

    def __init__(
        self,
        clock: Clock,
        engine: Engine,
        adapter: int,
        emit: Emit,
        on_frame: OnFrame,
        settings: Settings = Settings(),  # noqa: B008 (it is frozen)
        *,
        interrupt_latency_ns: int = 0,
        processor: Processor | None = None,
        link_poll_ns: int | None = None,
    ) -> None:
        self.deliver: Deliver = lambda frame: None
        self._settings = settings
        self.driver = Driver(engine.memory(adapter), settings, emit)
        self._clock = clock
        self._engine = engine
        self._adapter = adapter
        self._emit = emit
        self._on_frame = on_frame
        self._interrupt_latency_ns = interrupt_latency_ns
        self._processor = processor or Processor(clock)
        self._link_poll_ns = link_poll_ns
        self._queue = TransmitQueue()
        self._in_work: bytes | None = None
        """The received frame that the processor is at."""
        self._requests = deque[tuple[Job[Any], Callable[[Any], None], bool]]()
        self._job: Job[Any] | None = None
        self._done: Callable[[Any], None] = _nothing
        """What to do with the result of the job."""
        self._with_frames = False
        """The job is one of those that move frames: a run waits for it."""
        self._awaiting_link = self._looking = False
        self._irq = self._irq_level = self._irq_jammed = False
        """What the processor sees of the interrupt line, its level, and whether it is cut."""
        self._irq_due = 0
        """When the interrupt handler may begin."""
        self._up = False
        self._life = 0
        """How often the host was switched off: what was to happen in an earlier life does not."""
        self._cycle_open = False
        """The engine has a bus cycle of ours that has not ended."""

    @property
    def mac(self) -> bytes:
        """The address that the driver has written into the MAC."""
        return self.driver.mac

    @property
    def permanent_mac(self) -> bytes:
        """The address in the adapter's ROM."""
        return self.driver.rom_address

    @property
    def counters(self) -> Counters:
        """The driver's."""
        return self.driver.counters

    @property
    def promiscuous(self) -> bool:
        """Whether the adapter was set up so."""
        return self.driver.settings.promiscuous

    @property
    def link_up(self) -> bool | None:
        """See `sim.os.device.Device`."""
        return self.driver.link.up

    @property
    def release(self) -> Release:
        """See `sim.os.device.Device`."""
        return self._queue.release

    @release.setter
    def release(self, release: Release) -> None:
        """The queue calls it for each frame that has left or was dropped."""
        self._queue.release = release

    def start(self, up: Callable[[], None]) -> None:
        """Probe the adapter, then look for its PHY."""
        self.request(self._probe(), lambda _: self._probed(up), with_frames=True)

    def _probe(self) -> Job[None]:
        self._emit(events.ProbeBegins)
        return (yield from self.driver.probe())

    def switch_off(self) -> None:
        """The driver is gone, and so is what the adapter was at: holding it in reset stands for that."""
        self._up = False
        self._life += 1
        self._queue.clear()
        self._requests.clear()
        self._in_work = None
        self._awaiting_link = self._looking = False
        self._job = None
        self.driver = Driver(self._engine.memory(self._adapter), self._settings, self._emit)
        self.request(self.driver.reset(), _nothing)

    def _probed(self, up: Callable[[], None]) -> None:
        self._up = True
        self._emit(events.ProbeEnds, mac=self.mac.hex(":"))
        self.request(self.driver.open_phy(), self._looked)
        if self._link_poll_ns is not None:
            self._later(self._link_poll_ns, self._poll_link)
        up()

    def _poll_link(self) -> None:
        assert self._link_poll_ns is not None
        self._later(self._link_poll_ns, self._poll_link)
        self._look()

    def _look(self) -> None:
        if not self._looking:
            self._looking = True
            self.request(self.driver.tick(), self._looked)

    def _looked(self, _: object) -> None:
        """A link that is up is looked at when it matters; one that is down now and then, until it is up."""
        self._looking = False
        self._report()
        if self.driver.link.up is False and not self._awaiting_link:
            self._awaiting_link = True
            self._later(LINK_DOWN_POLL_NS, self._look_again)

    def _look_again(self) -> None:
        self._awaiting_link = False
        self._look()

    def _later(self, ns: int, callback: Callable[[], None]) -> None:
        """Call `callback` in `ns`, if the host is not switched off until then."""
        self._clock.call_at(self._clock.now + ns, self._alive(callback))

    def _alive(self, callback: Callable[[], None]) -> Callable[[], None]:
        """`callback`, or nothing if the host is switched off before its time."""
        life = self._life
        return lambda: callback() if life == self._life else None

    def request(self, job: Job[T], done: Callable[[T], None], *, with_frames: bool = False) -> None:
        """Run `job`, one of the driver's, as soon as the bus is free, and call `done` with its result."""
        self._requests.append((job, done, with_frames))
        self._pick()

    def listen(self, groups: Sequence[bytes]) -> None:
        """See `sim.os.device.Device`."""
        self.request(self.driver.listen(groups), _nothing)

    def ask_link(self, done: Callable[[LinkSettings], None]) -> None:
        """See `sim.os.device.Device`."""
        driver = self.driver

        def looked(inverted: bool | None) -> None:
            self._looked(None)
            done(
                LinkSettings(
                    SPEED_MBPS,
                    driver.full_duplex,
                    driver.link.phy,
                    driver.link.up,
                    twisted_pair=driver.can_negotiate,
                    negotiated=driver.negotiates,
                    partner_negotiates=driver.negotiated,
                    inverted=inverted,
                )
            )

        self.request(driver.look(), looked)

    def ask_statistics(self, done: Callable[[dict[str, int]], None]) -> None:
        """See `sim.os.device.Device`."""
        self.request(adapter_counters(), done)

    def transmit(self, frame: bytes, charge: Charge | None = None) -> None:
        """Queue `frame`; what the driver refuses, or what finds the queue full, is dropped and reported."""
        try:
            self.driver.check(frame)
        except FrameError as error:
            self.driver.counters.tx_dropped += 1
            self._emit(events.FrameRefused, reason=str(error))
            self._queue.drop(charge)
            return
        if not self._queue.room:
            self.driver.counters.tx_dropped += 1
            self._emit(events.FrameDropped, reason="the transmit queue is full", octets=len(frame))
            self._queue.drop(charge)
            return
        if self.driver.link.up is False:
            self._look()
        self._queue.put(frame, charge)
        self._pick()

    def room(self) -> int:
        """See `sim.os.device.Device`."""
        return self._queue.room

    def busy(self) -> bool:
        """Whether the adapter, its driver, the queue or the processor still has a frame."""
        driver = self.driver
        waiting = self._irq or self._queue or self._in_work or driver.sending or driver.polling
        return bool(waiting) or (self._job is not None and self._with_frames)

    def bell(self, kind: BellKind, value: int) -> None:
        """See `sim.os.device.Device`."""
        if kind is BellKind.DONE:
            self._cycle_open = False
            if self._job is not None:
                self._step(value)
                return
        else:
            self._irq_level = bool(value)
            self._see_interrupt()
        self._pick()

    def jam_interrupt(self, *, jammed: bool) -> None:
        """Cut the interrupt line off the processor, or join it again: a level that is still there is seen."""
        self._irq_jammed = jammed
        self._see_interrupt()
        self._pick()

    def _see_interrupt(self) -> None:
        self._irq = self._irq_level and not self._irq_jammed
        if self._irq:
            latency = self._interrupt_latency_ns + self._processor.reaction()
            self._irq_due = self._clock.now + latency
            if latency:
                self._later(latency, self._pick)

    def _pick(self) -> None:
        """Begin the next job, if none is running."""
        if self._job is not None or self._cycle_open:
            return
        free = self._in_work is None
        budget = 1 if self._processor.latency_ns else RX_RING
        if self._irq and self._clock.now >= self._irq_due and free and self._up:
            self._emit(events.InterruptBegins)
            self._begin(self.driver.interrupt(budget), self._hand_up)
        elif self._requests:
            job, done, with_frames = self._requests.popleft()
            self._begin(job, done, with_frames=with_frames)
        elif self._queue and not self.driver.ring_full:
            frame = self._queue.take()
            self._on_frame("sent", frame, b"")
            self._emit(events.FrameToAdapter, **_header(frame))
            self._begin(self.driver.transmit(frame), _nothing)
        elif self.driver.polling and free:
            self._begin(self.driver.poll(budget), self._hand_up)
        elif self.driver.may_resume and free:
            self._begin(self.driver.resume(), _nothing)

    def _begin(self, job: Job[T], done: Callable[[T], None], *, with_frames: bool = True) -> None:
        self._job = job
        self._done = done
        self._with_frames = with_frames
        self._step(None)

    def _step(self, value: int | None) -> None:
        assert self._job is not None
        try:
            operation = self._job.send(value)
        except StopIteration as end:
            # Meanwhile the job counts as running: what the stack answers at once waits its turn.
            self._done(end.value)
            self._job = None
            self._pick()
            return
        if isinstance(operation, Wait):
            self._later(operation.ns, lambda: self._step(None))
        else:
            self._cycle_open = True
            self._engine.submit(self._adapter, operation)

    def _report(self) -> None:
        """Say what became of frames, and release what they took up."""
        while self.driver.transmitted:
            done = self.driver.transmitted.popleft()
            self._queue.done()
            fields: dict[str, FieldValue] = {"collisions": done.collisions, "deferred": done.deferred}
            if done.error is None:
                self._emit(events.FrameSent, **fields)
                continue
            self._emit(events.FrameLost, **fields, reason=done.error)
            if done.error == "carrier lost":
                self._look()

    def _hand_up(self, _: None) -> None:
        """The interrupt has been answered: report what it brought, give frames to the stack."""
        self._report()
        while self.driver.received:
            frame, fcs = self.driver.received.popleft()
            self._on_frame("received", frame, fcs)
            self._emit(events.FrameReceived, **_header(frame))
            if self._processor.latency_ns:
                self._in_work = frame
                self._processor.work(self._alive(self._processed))
            else:
                self.deliver(frame)

    def _processed(self) -> None:
        """The processor has done with a frame."""
        frame, self._in_work = self._in_work, None
        assert frame is not None
        self.deliver(frame)
        self._pick()


def _header(frame: bytes) -> "dict[str, FieldValue]":
    """What the events say of a frame."""
    return {
        "octets": len(frame),
        "destination": frame[:6].hex(":"),
        "source": frame[6:12].hex(":"),
        "type": int.from_bytes(frame[12:14], "big"),
    }


def _nothing(_: object) -> None:
    """A job whose result is not needed."""
