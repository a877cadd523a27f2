"""Buffers that grow with what the path holds (dynamic right-sizing), unless the program has sized them.

The receiver looks, once in a round trip, at how much its program reads in one: more than half of the
buffer may mean that the window holds the sender back, so the buffer becomes twice as much. A program
that does not read keeps its buffer, and the sender soon has to wait. The sender has room for two
congestion windows: one under way, one to follow. Linux does both (tcp_moderate_rcvbuf, tcp_wmem).
"""

from stack.options import Options
from stack.parameters import Parameters


class BufferGrowth:
    """Of one connection's two buffers, up to `limits` octets. Times are in ns."""

    def __init__(self, options: Options, parameters: Parameters, limits: tuple[int, int], now: int) -> None:
        self._options = options
        self._most_received, self._most_sent = limits
        # Sizes that stand in the options, unless the program has put others there.
        self._receive, self._send = parameters.receive_buffer, parameters.send_buffer
        self.space = 0
        """The most that was read in a round trip."""
        self._read = 0
        self._since = now

    def largest_receive_buffer(self) -> int:
        """What the receive buffer may become: a window scale is chosen once."""
        size = self._options.receive_buffer
        return max(size, self._most_received) if size == self._receive else size

    def has_read(self, octets: int, round_trip: int | None, now: int) -> None:
        """The program has read `octets`."""
        self._read += octets
        elapsed = now - self._since
        if not round_trip or elapsed < round_trip:
            return
        self.space = max(self.space, self._read * round_trip // elapsed)
        size = min(2 * self._read * round_trip // elapsed, self._most_received)
        if size > self._options.receive_buffer == self._receive:
            self._options.receive_buffer = self._receive = size
        self._read, self._since = 0, now

    def congestion_window(self, octets: int) -> None:
        """So much may be under way."""
        size = min(2 * octets, self._most_sent)
        if size > self._options.send_buffer == self._send:
            self._options.send_buffer = self._send = size
