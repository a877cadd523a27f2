"""Congestion control as a pure object that another can replace: how much may be in the network at once.

It is given acknowledgments and losses and answers with a window in octets; it knows neither time
nor sequence numbers. What is lost, and what is sent again, is `recovery`'s business.
`Parameters.congestion_control` names the class that connections use.
"""

from typing import Protocol

ARBITRARILY_HIGH = 1 << 30
"""A threshold before any loss (RFC 5681 section 3.1)."""


class CongestionControl(Protocol):
    """`window` is cwnd in octets, `threshold` ssthresh."""

    window: int
    threshold: int

    def acknowledged(self, octets: int, flight: int) -> None:
        """New data was acknowledged, of `flight` octets that were under way; nothing is known to be lost."""

    def lost(self, flight: int) -> None:
        """A segment was lost while `flight` octets were under way; others got through."""

    def recovered(self, flight: int) -> None:
        """All that was under way at the time of the loss is acknowledged; `flight` octets are under way."""

    def timed_out(self, flight: int, again: bool) -> None:
        """The retransmission timer expired; `again` if it did so before for the same segment."""

    def syn_lost(self) -> None:
        """The SYN or its answer had to be repeated."""

    def idle(self) -> None:
        """Nothing was sent for longer than an RTO."""

    def segment_size(self, mss: int) -> None:
        """The path takes segments of `mss` octets from now on."""


def initial_window(mss: int, segments: int | None) -> int:
    """IW in octets: of RFC 5681 section 3.1 (and 3390), or of RFC 6928 section 2 with its `segments` (10)."""
    if segments is None:
        return (2 if mss > 2190 else 3 if mss > 1095 else 4) * mss
    return min(segments * mss, max(2 * mss, segments * 1460))


class Reno:
    """Slow start and congestion avoidance of RFC 5681."""

    def __init__(self, mss: int, window: int) -> None:
        self._mss = mss
        self.window = self._initial = window
        self.threshold = ARBITRARILY_HIGH
        self._credit = 0

    def acknowledged(self, octets: int, flight: int) -> None:
        if 2 * flight < self.window:
            return  # RFC 7661 section 4.2: a window that is not used has not been shown to be good
        if self.window < self.threshold:
            self.window += min(octets, self._mss)
            return
        self._credit += octets
        if self._credit >= self.window:  # one SMSS for each window's worth acknowledged (section 3.1)
            self._credit -= self.window
            self.window += self._mss

    def lost(self, flight: int) -> None:
        self._halve(flight)
        self.window = self.threshold

    def recovered(self, flight: int) -> None:
        # RFC 6582 section 3.2 step 3, the first option: no burst when little is under way.
        self.window = min(self.threshold, max(flight, self._mss) + self._mss)

    def timed_out(self, flight: int, again: bool) -> None:
        if not again:
            self._halve(flight)
        self.window = self._mss

    def syn_lost(self) -> None:
        self.window = self._mss  # section 3.1: "MUST set the initial window to one segment"

    def idle(self) -> None:
        self.window = min(self.window, self._initial)  # section 4.1

    def segment_size(self, mss: int) -> None:
        # Section 3.1: as many segments as before, and not a burst of smaller ones.
        self.window = max(self.window * mss // self._mss, mss)
        self._initial = self._initial * mss // self._mss
        self._mss = mss

    def _halve(self, flight: int) -> None:
        self.threshold = max(flight // 2, 2 * self._mss)  # equation (4)
        self._credit = 0
