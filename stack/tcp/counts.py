"""What has passed a connection, counted as RFC 4898 names it: for TCP_INFO. Nothing here decides anything."""

from dataclasses import dataclass

from stack.wire.tcp import Segment


@dataclass(slots=True)
class Counts:
    """Of one connection. Instants and times in ns."""

    segments_out: int = 0
    segments_in: int = 0
    data_segments_out: int = 0
    data_segments_in: int = 0
    octets_out: int = 0
    segments_again: int = 0
    """Those of `segments_out` that were sent before."""
    data_segments_again: int = 0
    octets_again: int = 0
    lone_fins: int = 0
    """1 when our FIN has gone without text."""
    out_of_order: int = 0
    duplicates: int = 0
    """D-SACK reports of the peer."""
    timeouts: int = 0
    longest_in: int = 0
    """Octets of text in one segment."""
    least_round_trip: int = 0
    data_at: int = 0
    """When text came last."""
    acknowledgment_at: int = 0
    receive_round_trip: int = 0
    """The shortest time in which the peer has filled a window: a round trip at least."""
    window_end: int = 0
    """The number behind the window that is being filled …"""
    window_at: int | None = None
    """… and when it began; None before the first text."""

    @property
    def first_segments(self) -> int:
        """Segments with text or a FIN, however often each was sent."""
        return self.data_segments_out - self.data_segments_again + self.lone_fins

    def sent(self, segment: Segment) -> None:
        """A segment goes."""
        self.segments_out += 1
        if segment.data:
            self.data_segments_out += 1
            self.octets_out += len(segment.data)

    def sent_again(self, octets: int) -> None:
        """A segment with `octets` of text goes that went before."""
        self.segments_again += 1
        self.data_segments_again += octets > 0
        self.octets_again += octets

    def received(self, segment: Segment, now: int) -> None:
        """A segment came."""
        self.segments_in += 1
        self.acknowledgment_at = now  # all segments acknowledge, but for the first
        if segment.data:
            self.data_segments_in += 1
            self.data_at = now
            if len(segment.data) > self.longest_in:
                self.longest_in = len(segment.data)

    def measured(self, round_trip: int) -> None:
        """A round trip took this long."""
        if not 0 < self.least_round_trip <= round_trip:
            self.least_round_trip = round_trip

    def window_filled(self, edge: int, now: int) -> None:
        """Text has come up to `window_end`; the window ends at `edge` now."""
        if self.window_at is not None:
            took = max(now - self.window_at, 1)
            if not 0 < self.receive_round_trip <= took:
                self.receive_round_trip = took
        self.window_at, self.window_end = now, edge
