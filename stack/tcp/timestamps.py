"""Timestamps of one connection (RFC 7323 sections 3 to 5): round trips measured on every acknowledgment,
also of segments sent twice, and protection against wrapped sequence numbers (PAWS).

The clock ticks once a millisecond (section 5.4 asks for 1 ms to 1 s). A connection's clock is ahead
by an offset that a keyed hash of the two addresses gives, so that a stranger learns neither this
host's time nor its other peers'. Numbers are 32 bits wide and compared modulo 2**32.
"""

from stack.wire.tcp_options import Option
from stack.wire.tcp_options import timestamps as timestamps_option

TICK = 1_000_000
"""Of the timestamp clock, ns."""
_OUTDATED = 24 * 24 * 3600 * 1_000_000_000
"""TS.Recent is believed so long (section 5.5): after 24.8 days without news, later looks like earlier."""
_HALF = 1 << 31
_MASK = 0xFFFF_FFFF


def clock(now: int, offset: int) -> int:
    """TSval at `now` (ns)."""
    return now // TICK + offset & _MASK


class Timestamps:
    """`recent` is TS.Recent, the peer's last valid timestamp, received at `now`."""

    def __init__(self, offset: int, recent: int, now: int) -> None:
        self.offset = offset
        self.recent = recent
        self._recent_at = now
        self.offered: int | None = None
        """TSval of the segment that is processed, None if it has none."""
        self.last_acknowledged = 0
        """Last.ACK.sent: RCV.NXT when the last acknowledgment went."""

    def option(self, now: int) -> Option:
        """What every segment bears."""
        return timestamps_option(clock(now, self.offset), self.recent)

    def is_old(self, value: int, now: int) -> bool:
        """R1 of section 5.3: whether a segment with TSval `value` is from the past."""
        return value - self.recent & _MASK >= _HALF and now - self._recent_at < _OUTDATED

    def take(self, value: int, sequence: int, now: int) -> None:
        """R3: a valid segment sets TS.Recent if it begins at the last acknowledgment or before."""
        if sequence <= self.last_acknowledged and not self.is_old(value, now):
            self.recent = value
            self._recent_at = now

    def round_trip(self, echo: int, now: int) -> int | None:
        """Nanoseconds since TSval `echo` was sent, at least one tick; None if it never can have been."""
        ticks = clock(now, self.offset) - echo & _MASK
        return max(ticks, 1) * TICK if ticks < _HALF else None
