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
    octets_again: int = 0
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

    def sent(self, segment: Segment) -> None:
        """A segment goes."""
        self.segments_out += 1
        if segment.data:
            self.data_segments_out += 1
            self.octets_out += len(segment.data)

    def sent_again(self, octets: int) -> None:
        """A segment with `octets` of text goes that went before."""
        self.segments_again += 1
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
