"""Congestion control as a pure object that another can replace: slow start, congestion avoidance
(RFC 5681) and fast recovery (RFC 6582, NewReno). Octets and unwrapped sequence numbers; no time."""

from typing import Protocol

DUPLICATES = 3
"""Duplicate acknowledgments that mean a loss (RFC 5681 section 3.2)."""


class CongestionControl(Protocol):
    """What the connection tells it, and the window that it answers with."""

    window: int
    """cwnd in octets."""

    def acknowledged(self, octets: int, una: int, flight: int) -> bool:
        """New data is acknowledged, `flight` octets remain; whether the segment at `una` is lost too."""

    def duplicate(self, una: int, nxt: int) -> bool:
        """A duplicate acknowledgment came; whether the segment at `una` is to be sent again now."""

    def timed_out(self, una: int, nxt: int, again: bool) -> None:
        """The retransmission timer expired; `again` if it did so before for the same segment."""

    def syn_lost(self) -> None:
        """The SYN or its answer had to be repeated."""

    def idle(self) -> None:
        """Nothing was sent for longer than an RTO."""


class NewReno:
    """RFC 5681 with the fast recovery of RFC 6582. `recover` is SND.NXT when the last loss was noticed."""

    def __init__(self, mss: int, iss: int) -> None:
        self._mss = mss
        # RFC 5681 section 3.1: IW by SMSS.
        self.window = self._initial = (2 if mss > 2190 else 3 if mss > 1095 else 4) * mss
        self.threshold = 1 << 30  # "arbitrarily high"
        self._credit = 0
        self._duplicates = 0
        self._recovering = False
        self._recover = iss

    def acknowledged(self, octets: int, una: int, flight: int) -> bool:
        self._duplicates = 0
        if self._recovering and una < self._recover:  # a partial acknowledgment (section 3.2 step 3)
            self.window = max(self.window - octets, 0) + (self._mss if octets >= self._mss else 0)
            return True
        if self._recovering:
            self._recovering = False
            self.window = min(self.threshold, max(flight, self._mss) + self._mss)
        elif self.window < self.threshold:
            self.window += min(octets, self._mss)
        else:  # one SMSS for each window's worth acknowledged (RFC 5681 section 3.1)
            self._credit += octets
            if self._credit >= self.window:
                self._credit -= self.window
                self.window += self._mss
        return False

    def duplicate(self, una: int, nxt: int) -> bool:
        if self._recovering:  # another segment has left the network (RFC 5681 section 3.2 step 4)
            self.window += self._mss
            return False
        self._duplicates += 1
        if self._duplicates != DUPLICATES or una <= self._recover:
            return False
        self._halve(nxt - una)
        self.window = self.threshold + DUPLICATES * self._mss
        self._recovering = True
        self._recover = nxt
        return True

    def timed_out(self, una: int, nxt: int, again: bool) -> None:
        if not again:
            self._halve(nxt - una)
        self.window = self._mss
        self._recovering = False
        self._duplicates = 0
        self._recover = nxt

    def syn_lost(self) -> None:
        self.window = self._mss  # RFC 5681 section 3.1: "MUST set the initial window to one segment"

    def idle(self) -> None:
        self.window = min(self.window, self._initial)  # RFC 5681 section 4.1

    def _halve(self, flight: int) -> None:
        self.threshold = max(flight // 2, 2 * self._mss)  # equation (4)
        self._credit = 0
