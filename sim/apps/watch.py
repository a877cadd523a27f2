"""`watch`: receive a film, and report how much of it could be seen.

A frame is seen when all its parts came before it was to be shown; what is lost or late costs a whole frame.
"""

import argparse
import itertools
import socket
import sys
import time

from sim.apps import film, rtp
from sim.apps.command_line import PORT, CommandLine, between, listening
from sim.apps.playout import Playout
from sim.os.measure import measure

_LARGEST = 2048


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("watch")
    line.add_argument("--buffer", type=between(0, 10_000, float), default=100.0, metavar="MS")
    line.add_argument("--patience", type=between(0.1, 3600, float), default=2.0, metavar="SECONDS")
    line.add_argument("--port", type=PORT, default=5006, metavar="PORT")
    return line.parse_args(words)


def main(words: list[str]) -> int | None:
    """Watch until nothing has come for as long as one is patient; 1 when nothing came at all."""
    options = arguments(words)
    watching = _Watching(options.buffer / 1000)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        with listening("watch", options.port):
            sock.bind(("", options.port))
        sock.settimeout(options.patience)
        while True:
            try:
                data = sock.recv(_LARGEST)
            except TimeoutError:
                break
            watching.take(data, time.monotonic())
    if not watching.reception.received:
        print("watch: nothing came", file=sys.stderr)
        return 1
    watching.report()
    return None


class _Watching:
    def __init__(self, delay_s: float) -> None:
        self.reception = rtp.Reception(film.CLOCK_HZ)
        self._playout = Playout(film.CLOCK_HZ, delay_s)
        self._late = 0
        self._parts: dict[int, set[int]] = {}
        """Which parts of a frame came in time, by its timestamp."""
        self._counts: dict[int, int] = {}
        """How many it has."""

    def take(self, data: bytes, now: float) -> None:
        """Take a datagram, whatever it is."""
        try:
            packet = rtp.unpack(data)
            part = film.unpack(packet.payload)
        except ValueError:
            return
        timestamp = self.reception.take(packet, now)
        if timestamp is None:
            return
        self._counts[timestamp] = part.total
        in_time = self._parts.setdefault(timestamp, set())
        if self._playout.in_time(timestamp, now):
            in_time.add(part.number)
        else:
            self._late += 1
        measure("time left before it is shown", 1000 * self._playout.margin_s, "ms")

    def report(self) -> None:
        """Print what one has seen."""
        got = self.reception
        print(f"{got.received} of {got.expected} packets, {got.lost} lost, {self._late} late")
        print(f"jitter {got.mean_jitter_ms:.3f} ms on average, {got.max_jitter_ms:.3f} ms at most")
        shown = [stamp for stamp, parts in self._parts.items() if len(parts) == self._counts[stamp]]
        stamps = sorted(self._parts)
        steps = [later - earlier for earlier, later in itertools.pairwise(stamps)]
        step = min(steps, default=0)
        frames = round((stamps[-1] - stamps[0]) / step) + 1 if step else 1
        print(
            f"{len(shown)} of {frames} frames could be shown, "
            f"{len(shown) * step / film.CLOCK_HZ:.2f} s of {frames * step / film.CLOCK_HZ:.2f} s"
        )
