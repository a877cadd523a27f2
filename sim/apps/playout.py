"""The playout buffer: what came in time is played, what comes later is useless.

A packet is played when its timestamp says, counted from a start that leaves the network some delay. That
delay stays, or follows what is seen of the network: after a silence, where a shift is not audible, it becomes
the average transit time and four times its deviation (Ramjee, Kurose, Towsley and Schulzrinne, Infocom 1994,
algorithm 1).
"""

_MEMORY = 0.998002
"""Weight of the past in the averages, per packet (there, section 3.1)."""
_DEVIATIONS = 4


class Playout:
    """`delay_s` is the delay at first, and for ever unless `adaptive`; `clock_hz` that of the timestamps."""

    def __init__(self, clock_hz: int, delay_s: float, *, adaptive: bool = False) -> None:
        self._clock_hz = clock_hz
        self._delay_s = delay_s
        self._adaptive = adaptive
        self._average = self._deviation = 0.0
        self._start: float | None = None
        """When timestamp 0 is played, s."""
        self.margin_s = 0.0
        """How long before it was to be played the last packet came; below 0 it was late."""

    @property
    def delay_s(self) -> float:
        """How long a packet waits that took the average time to come."""
        return 0.0 if self._start is None else self._start - self._average

    def in_time(self, timestamp: int, arrival_s: float, *, after_silence: bool = False) -> bool:
        """Whether a packet that arrives now can still be played; `timestamp` does not wrap around."""
        transit = arrival_s - timestamp / self._clock_hz
        begins = self._start is None
        if begins:
            self._average = transit
        self._average = _MEMORY * self._average + (1 - _MEMORY) * transit
        self._deviation = _MEMORY * self._deviation + (1 - _MEMORY) * abs(self._average - transit)
        if begins:
            self._start = transit + self._delay_s
        elif self._adaptive and after_silence:
            self._start = self._average + _DEVIATIONS * self._deviation
        assert self._start is not None
        self.margin_s = self._start - transit
        return self.margin_s >= 0
