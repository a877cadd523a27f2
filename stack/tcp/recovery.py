"""Loss recovery: what is lost and what to send again, between a loss and its repair without a time-out.

Two kinds, as the peer permits: fast retransmit and fast recovery by counting duplicate acknowledgments
(RFC 5681 section 3.2, RFC 6582), and recovery by the SACK scoreboard (RFC 6675). Both let a new
segment out for each of the first two duplicates (limited transmit, RFC 3042); what went that way
does not count when the window is halved. Unwrapped sequence numbers, no time.
"""

from typing import Protocol

from stack.tcp.congestion import CongestionControl
from stack.tcp.scoreboard import Scoreboard

DUPLICATES = 3
"""Duplicate acknowledgments that mean a loss (RFC 5681 section 3.2)."""
_COUNTED = "three duplicate acknowledgments"


class Recovery(Protocol):
    """What the connection asks."""

    recovering: bool
    """Whether a loss is known and not repaired yet."""
    extra: int
    """Octets that may be under way beyond the congestion window: as many are known to have left."""

    @property
    def scoreboard(self) -> Scoreboard | None:
        """Where the peer's SACK blocks are kept; None if it sends none."""

    def sent_extra(self, octets: int) -> None:
        """New data went that `extra` alone allowed."""

    def acknowledged(self, octets: int, una: int, nxt: int) -> bool:
        """SND.UNA has advanced to `una`; whether the segment there is to be sent again now."""

    def duplicate(self, una: int, nxt: int) -> str:
        """A duplicate acknowledgment; why the segment at `una` is to be sent again now, empty if not."""

    def timed_out(self, una: int, nxt: int, again: bool) -> None:
        """The retransmission timer expired."""

    def segment_size(self, mss: int) -> None:
        """The path takes segments of `mss` octets from now on."""

    def timed_out_octets(self, una: int) -> int:
        """Octets from `una` on that were under way when the timer expired."""

    def lost_octets(self, una: int, nxt: int) -> int:
        """Octets taken for lost and not acknowledged yet, those sent again among them."""

    def repeated_octets(self, una: int, nxt: int, resend: int | None) -> int:
        """Of those the ones sent again; after a time-out that goes on at `resend`."""


class NewReno:
    """RFC 6582. `_recover` is SND.NXT when the last loss was noticed."""

    scoreboard = None

    def __init__(self, congestion: CongestionControl, mss: int, iss: int) -> None:
        self._congestion = congestion
        self._mss = mss
        self.extra = 0
        self._duplicates = 0
        self._limited = 0
        self.recovering = False
        self._recover = iss
        self._given_up = iss

    def sent_extra(self, octets: int) -> None:
        if not self.recovering:
            self._limited += octets

    def acknowledged(self, octets: int, una: int, nxt: int) -> bool:
        if not self.recovering:
            self._duplicates = self.extra = self._limited = 0
            self._congestion.acknowledged(octets, nxt - una + octets)
            return False
        if una < self._recover:  # a partial acknowledgment deflates the window (section 3.2 step 3)
            self.extra += (self._mss if octets >= self._mss else 0) - octets
            return True
        self.recovering = False
        self._duplicates = self.extra = 0
        self._congestion.recovered(nxt - una)
        return False

    def duplicate(self, una: int, nxt: int) -> str:
        self._duplicates += 1
        if self.recovering:  # another segment has left the network (RFC 5681 section 3.2 step 4)
            self.extra = min(self.extra + self._mss, nxt - una)  # forged ones shall not open the window
            return ""
        if self._duplicates < DUPLICATES:
            self.extra = self._duplicates * self._mss  # RFC 3042
        if self._duplicates != DUPLICATES or una <= self._recover:
            return ""
        self._congestion.lost(nxt - una - self._limited)  # RFC 5681 section 3.2 step 2
        self._limited = 0
        self.extra = DUPLICATES * self._mss
        self.recovering = True
        self._recover = nxt
        return _COUNTED

    def timed_out(self, una: int, nxt: int, again: bool) -> None:
        self._congestion.timed_out(nxt - una - self._limited, again)
        self.recovering = False
        self._duplicates = self.extra = self._limited = 0
        self._recover = self._given_up = nxt

    def segment_size(self, mss: int) -> None:
        self._mss = mss

    def timed_out_octets(self, una: int) -> int:
        return max(self._given_up - una, 0)

    def lost_octets(self, una: int, nxt: int) -> int:
        return self.timed_out_octets(una) or (min(self._mss, nxt - una) if self.recovering else 0)

    def repeated_octets(self, una: int, nxt: int, resend: int | None) -> int:
        if not self.timed_out_octets(una):
            return self.lost_octets(una, nxt)
        return (self._given_up if resend is None else resend) - una


class SackRecovery:
    """RFC 6675. While `recovering`, `next_lost` and `next_doubtful` name what to send again."""

    def __init__(self, congestion: CongestionControl, mss: int, iss: int) -> None:
        self._congestion = congestion
        self._mss = mss
        self.scoreboard = Scoreboard(mss)
        self.extra = 0
        self.recovering = False
        self._duplicates = 0
        self._limited = 0
        self._recovery_point = iss
        self._retransmitted = iss  # HighRxt + 1
        self._rescued = iss  # RescueRxt + 1
        self._given_up = iss

    def sent_extra(self, octets: int) -> None:
        if not self.recovering:
            self._limited += octets

    def acknowledged(self, octets: int, una: int, nxt: int) -> bool:
        self.scoreboard.forget(una)
        self._duplicates = 0
        self.extra = self.scoreboard.octets
        self._limited = min(self._limited, nxt - una) if self.extra else 0
        if not self.recovering:
            self._congestion.acknowledged(octets, nxt - una + octets)
        elif una >= self._recovery_point:
            self.recovering = False
            self._congestion.recovered(nxt - una)
        else:
            self._retransmitted = max(self._retransmitted, una)
        return False

    def duplicate(self, una: int, nxt: int) -> str:
        """The caller has put the blocks on the scoreboard, and they reported something new."""
        self._duplicates += 1
        self.extra = self.scoreboard.octets
        lost = self._duplicates >= DUPLICATES or self.scoreboard.is_lost(una)
        if self.recovering or not lost or una < self._recovery_point:
            return ""
        self.recovering = True
        self._recovery_point = nxt
        self._congestion.lost(nxt - una - self._limited)  # step (4.2), with RFC 5681 section 3.2 step 2
        self._limited = 0
        # Step (4.3) sends the first segment again whatever the window says, unless the last recovery,
        # which ended with this acknowledgment or shortly before, has just done so.
        if self._retransmitted > una:
            self._rescued = self._retransmitted
            return ""
        self._retransmitted = min(una + self._mss, self.scoreboard.gap_end(una, nxt))
        self._rescued = self._retransmitted  # no rescue before that has arrived
        return _COUNTED if self._duplicates >= DUPLICATES else "SACK shows a gap"

    def timed_out(self, una: int, nxt: int, again: bool) -> None:
        self._congestion.timed_out(nxt - una - self._limited, again)
        self.scoreboard.clear()  # RFC 2018 section 8
        self.recovering = False
        self._duplicates = self.extra = self._limited = 0
        self._recovery_point = self._given_up = nxt  # section 5.1: no new recovery below it
        self._retransmitted = una

    def segment_size(self, mss: int) -> None:
        self._mss = self.scoreboard.mss = mss

    def timed_out_octets(self, una: int) -> int:
        return max(self._given_up - una, 0)

    def lost_octets(self, una: int, nxt: int) -> int:
        board = self.scoreboard
        if self.timed_out_octets(una):
            return board.missing(una, self._given_up)
        return max(board.lost(una), min(self._mss, nxt - una)) if self.recovering else 0

    def repeated_octets(self, una: int, nxt: int, resend: int | None) -> int:
        if self.timed_out_octets(una):
            return self.scoreboard.missing(una, self._given_up if resend is None else resend)
        return self.scoreboard.missing(una, min(self._retransmitted, nxt)) if self.recovering else 0

    def room(self, una: int, nxt: int) -> int:
        """cwnd - pipe: octets that may enter the network now."""
        return self._congestion.window - self.scoreboard.pipe(una, nxt, self._retransmitted)

    def next_lost(self, una: int, nxt: int) -> tuple[int, int] | None:
        """NextSeg() rule (1): start and length of a segment that is lost for certain."""
        return self._piece(self.scoreboard.next_lost(una, nxt, self._retransmitted), nxt)

    def next_doubtful(self, una: int, nxt: int) -> tuple[int, int] | None:
        """Rules (3) and (4), for when there is no new data to send."""
        piece = self._piece(self.scoreboard.next_doubtful(una, nxt, self._retransmitted), nxt)
        if piece is None and una > self._rescued:
            self._rescued = self._recovery_point
            start = max(nxt - self._mss, self.scoreboard.highest, una)
            piece = (start, nxt - start) if start < nxt else None
        return piece

    def _piece(self, start: int | None, nxt: int) -> tuple[int, int] | None:
        if start is None:
            return None
        end = min(start + self._mss, self.scoreboard.gap_end(start, nxt))
        self._retransmitted = end
        return start, end - start
