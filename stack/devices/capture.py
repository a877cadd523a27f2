"""A middleware device that writes every frame that passes into a capture file, in simulated time.

The format is that of libpcap with nanoseconds (magic 0xa1b23c4d), link type Ethernet: two headers
of fixed fields, so no library is needed.
"""

import struct
from typing import BinaryIO

from stack.devices.device import Device

_FILE = struct.Struct("<IHHiIII")
_RECORD = struct.Struct("<IIII")
_MAGIC = 0xA1B2_3C4D
_SNAPLEN = 0x4_0000
_ETHERNET = 1
_SECOND = 1_000_000_000


class Capture:
    """Writes to `file` as frames pass; closing it is its owner's business."""

    def __init__(self, device: Device, file: BinaryIO) -> None:
        self._device = device
        self._file = file
        self.next_deadline = device.next_deadline
        file.write(_FILE.pack(_MAGIC, 2, 4, 0, 0, _SNAPLEN, _ETHERNET))

    def send(self, frame: bytes, now: int) -> None:
        """See `Device.send`."""
        self._write(frame, now)
        self._device.send(frame, now)

    def receive(self, now: int) -> list[bytes]:
        """See `Device.receive`."""
        frames = self._device.receive(now)
        for frame in frames:
            self._write(frame, now)
        return frames

    def _write(self, frame: bytes, now: int) -> None:
        self._file.write(_RECORD.pack(now // _SECOND, now % _SECOND, len(frame), len(frame)) + frame)
