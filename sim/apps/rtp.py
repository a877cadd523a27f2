"""RTP (RFC 3550): the header, and what a receiver counts of a stream.

`Reception` is appendix A: it validates sequence numbers and extends them beyond 16 bits (A.1), counts what is
lost (A.3) and estimates the interarrival jitter (A.8, the formula of section 6.4.1).
"""

import struct
from typing import NamedTuple

_HEADER = struct.Struct("!BBHII")
_VERSION = 2

_SEQUENCES = 1 << 16
_TIMESTAMPS = 1 << 32
_MAX_DROPOUT = 3000
_MAX_MISORDER = 100
"""Sequence numbers that are so far ahead of the greatest one, or behind it, still belong to the stream."""


class Packet(NamedTuple):
    """Section 5.1, without contributing sources."""

    payload_type: int
    """7 bits: the format of the payload (RFC 3551)."""
    sequence: int
    """16 bits."""
    timestamp: int
    """32 bits: the instant at which the first octet was sampled, in units of the format's clock."""
    source: int
    """32 bits: SSRC."""
    payload: bytes
    marker: bool = False
    """Of audio: the first packet after a silence. Of video: the last one of a frame (RFC 3551)."""

    def pack(self) -> bytes:
        """As it is sent."""
        second = self.marker << 7 | self.payload_type
        return _HEADER.pack(_VERSION << 6, second, self.sequence, self.timestamp, self.source) + self.payload


def unpack(data: bytes) -> Packet:
    """Read a packet, skipping contributing sources, extension and padding. ValueError if it is none."""
    if len(data) < _HEADER.size or data[0] >> 6 != _VERSION:
        raise ValueError("not RTP, version 2")
    first, second, sequence, timestamp, source = _HEADER.unpack_from(data)
    begin, end = _HEADER.size + 4 * (first & 0x0F), len(data)
    if first & 0x10:  # section 5.3.1: a profile's word, then the length in words
        begin += 4 + 4 * int.from_bytes(data[begin + 2 : begin + 4], "big")
    if first & 0x20:
        end -= data[-1]
    if begin > end:
        raise ValueError("shorter than its header says")
    return Packet(second & 0x7F, sequence, timestamp, source, data[begin:end], bool(second & 0x80))


class Reception:
    """What has come of one source. `clock_hz` is that of its timestamps.

    Without the probation of A.1: who calls is known, so the first packet counts.
    """

    def __init__(self, clock_hz: int) -> None:
        self.received = 0
        self._unit_ms = 1000 / clock_hz
        self._clock_hz = clock_hz
        self._begun = False
        self._base = 0
        self._greatest = 0
        """The greatest sequence number, extended by what it has wrapped around."""
        self._to_come = -1
        """The number to come if the source has begun again; -1: nothing hints at that."""
        self._timestamp = 0
        """The last one, without wrap-around."""
        self._transit: float | None = None
        """Of the packet before: its time of arrival less its timestamp, in units of the clock."""
        self._jitter = self._jitter_sum = self._jitter_max = 0.0
        self._differences = 0

    def take(self, packet: Packet, arrival_s: float) -> int | None:
        """Count a packet that arrived at this time, of any clock.

        Returns its timestamp without wrap-around, or None when it does not seem to belong to the stream.
        """
        if not self._in_sequence(packet.sequence):
            return None
        if not self.received:
            self._timestamp = packet.timestamp
        self.received += 1
        ahead = (packet.timestamp - self._timestamp + _TIMESTAMPS // 2) % _TIMESTAMPS - _TIMESTAMPS // 2
        self._timestamp += ahead
        self._estimate(arrival_s * self._clock_hz - self._timestamp)
        return self._timestamp

    @property
    def expected(self) -> int:
        """How many packets must have been sent (A.3)."""
        return self._greatest - self._base + 1 if self._begun else 0

    @property
    def lost(self) -> int:
        """How many of them have not come; negative if some came twice."""
        return self.expected - self.received

    @property
    def jitter_ms(self) -> float:
        """The estimate now."""
        return self._jitter * self._unit_ms

    @property
    def mean_jitter_ms(self) -> float:
        """The average of all estimates."""
        return self._jitter_sum * self._unit_ms / max(self._differences, 1)

    @property
    def max_jitter_ms(self) -> float:
        """The greatest estimate."""
        return self._jitter_max * self._unit_ms

    def _in_sequence(self, sequence: int) -> bool:
        """A.1: whether the number continues the stream, is reordered or repeated, or begins it again."""
        ahead = (sequence - self._greatest) % _SEQUENCES
        if self._begun and ahead < _MAX_DROPOUT:
            self._greatest += ahead
        elif self._begun and ahead <= _SEQUENCES - _MAX_MISORDER:
            if sequence != self._to_come:
                self._to_come = (sequence + 1) % _SEQUENCES
                return False
            self._begun = False  # two in sequence, far from the others
        if not self._begun:
            self._begun, self._to_come, self.received, self._transit = True, -1, 0, None
            self._base = self._greatest = sequence
        return True

    def _estimate(self, transit: float) -> None:
        """A.8: the difference of two transit times, smoothed by 1/16."""
        if self._transit is not None:
            self._jitter += (abs(transit - self._transit) - self._jitter) / 16
            self._jitter_sum += self._jitter
            self._jitter_max = max(self._jitter_max, self._jitter)
            self._differences += 1
        self._transit = transit
