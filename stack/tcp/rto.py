"""The retransmission timeout (RFC 6298), as a pure object: measured round trips in, RTO out. Times in ns."""

from stack.parameters import Parameters


class RetransmissionTimeout:
    """`srtt` and `rttvar` are None before the first measurement.

    Karn's algorithm has two halves: the caller never measures a segment that was sent twice, and a
    backed-off RTO stays until a new measurement replaces it (section 5, the note after 5.7).
    """

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self.srtt: int | None = None
        self.rttvar: int | None = None
        self.value = parameters.initial_rto

    def measure(self, rtt: int) -> None:
        """Take the round-trip time of a segment that was sent once."""
        if self.srtt is None or self.rttvar is None:  # (2.2)
            self.srtt = rtt
            self.rttvar = rtt // 2
        else:  # (2.3), alpha = 1/8, beta = 1/4; RTTVAR first
            self.rttvar += (abs(self.srtt - rtt) - self.rttvar) // 4
            self.srtt += (rtt - self.srtt) // 8
        self.value = self._clamp(self.srtt + max(self._parameters.clock_granularity, 4 * self.rttvar))

    def back_off(self) -> None:
        """The timer expired: double (5.5)."""
        self.value = self._clamp(2 * self.value)

    def syn_was_lost(self) -> None:
        """Data transmission begins after a SYN that had to be repeated (5.7)."""
        self.value = max(self.value, self._parameters.rto_after_syn_loss)

    def _clamp(self, value: int) -> int:
        return min(max(value, self._parameters.minimum_rto), self._parameters.maximum_rto)
