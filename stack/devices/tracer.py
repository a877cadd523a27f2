"""A middleware device that reports every frame that passes, by an event."""

from journal.kind import Emit, EventKind
from stack.devices import events
from stack.devices.device import Device
from stack.wire import ethernet
from stack.wire.error import WireError


class Tracer:
    """Emits ("device", "frame sent" or "frame received") with addresses, EtherType and length."""

    def __init__(self, device: Device, emit: Emit) -> None:
        self._device = device
        self._emit = emit
        self.next_deadline = device.next_deadline

    def send(self, frame: bytes, now: int) -> None:
        """See `Device.send`."""
        self._tell(events.FrameSent, frame, now)
        self._device.send(frame, now)

    def receive(self, now: int) -> list[bytes]:
        """See `Device.receive`."""
        frames = self._device.receive(now)
        for frame in frames:
            self._tell(events.FrameReceived, frame, now)
        return frames

    def _tell(self, kind: type[EventKind], frame: bytes, now: int) -> None:
        try:
            parsed = ethernet.parse(frame)
        except WireError as error:
            self._emit(kind, now=now, octets=len(frame), reason=str(error))
            return
        self._emit(
            kind,
            now=now,
            octets=len(frame),
            source=ethernet.mac_text(parsed.source),
            destination=ethernet.mac_text(parsed.destination),
            type=parsed.type,
        )
