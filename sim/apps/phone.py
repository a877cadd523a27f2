"""`phone HOST`: speak to somebody who calls at the same time, and report how well that worked (RTP).

Both sides send 50 packets a second while they talk and none in their pauses, and play what comes 20 ms at a
time. What is lost is a click; what is late is, too.
"""

import argparse
import random
import socket
import sys
import time

from sim.apps import g711, rtp
from sim.apps.command_line import PORT, CommandLine, between
from sim.apps.playout import Playout
from sim.os.measure import measure

_LARGEST = 2048
_GRACE_S = 1.0
"""How long one still listens when one has hung up."""


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("phone")
    line.add_argument("--seconds", type=between(0.02, 3600, float), default=10.0, metavar="SECONDS")
    line.add_argument("--buffer", type=between(0, 10_000, float), default=40.0, metavar="MS")
    line.add_argument("--adaptive", action="store_true")
    line.add_argument("--port", type=PORT, default=5004, metavar="PORT")
    line.add_argument("host", metavar="HOST")
    return line.parse_args(words)


def main(words: list[str]) -> int | None:
    """Talk and listen; 1 when nobody was heard."""
    options = arguments(words)
    try:
        address = socket.gethostbyname(options.host)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("", options.port))
            call = _Call(sock, (address, options.port), options)
            call.talk(round(options.seconds / g711.PACKET_S))
    except OSError as error:
        print(f"phone: {options.host}: {error.strerror or error}", file=sys.stderr)
        return 1
    if not call.heard:
        print(f"phone: {options.host}: nobody answers", file=sys.stderr)
        return 1
    call.report()
    return None


class _Call:
    def __init__(self, sock: socket.socket, peer: tuple[str, int], options: argparse.Namespace) -> None:
        self._sock = sock
        self._peer = peer
        self._reception = rtp.Reception(g711.CLOCK_HZ)
        self._playout = Playout(g711.CLOCK_HZ, options.buffer / 1000, adaptive=options.adaptive)
        self._played = set[int]()
        """Timestamps of what came in time."""
        self._late = 0
        # Section 5.1: all three begin at random, so that nobody can guess what is encrypted.
        self._source = random.getrandbits(32)
        self._first = random.getrandbits(16)
        self._begin = random.getrandbits(32)

    @property
    def heard(self) -> bool:
        """Whether anything has come."""
        return self._reception.received > 0

    def talk(self, packets: int) -> None:
        """Speak for this many times 20 ms, and listen meanwhile."""
        begun = time.monotonic()
        sequence = self._first
        for number in range(packets):
            self._listen_until(begun + number * g711.PACKET_S)
            said = g711.speech(number)
            if said is not None:
                timestamp = (self._begin + number * g711.SAMPLES) % 2**32
                packet = rtp.Packet(
                    g711.PAYLOAD_TYPE,
                    sequence % 2**16,
                    timestamp,
                    self._source,
                    said,
                    g711.after_silence(number),
                )
                self._sock.sendto(packet.pack(), self._peer)
                sequence += 1
        self._listen_until(begun + packets * g711.PACKET_S + _GRACE_S)

    def _listen_until(self, end: float) -> None:
        while (remaining := end - time.monotonic()) > 0:
            self._sock.settimeout(remaining)
            try:
                data, source = self._sock.recvfrom(_LARGEST)
            except TimeoutError:
                return
            if source == self._peer:
                self._hear(data, time.monotonic())

    def _hear(self, data: bytes, now: float) -> None:
        try:
            packet = rtp.unpack(data)
        except ValueError:
            return
        timestamp = self._reception.take(packet, now)
        if timestamp is None or timestamp in self._played:
            return
        if self._playout.in_time(timestamp, now, after_silence=packet.marker):
            self._played.add(timestamp)
        else:
            self._late += 1
        for name, value, unit in (
            ("jitter", self._reception.jitter_ms, "ms"),
            ("playout buffer", 1000 * self._playout.delay_s, "ms"),
            ("time left before it is played", 1000 * self._playout.margin_s, "ms"),
            ("lost", self._reception.lost, "packets"),
            ("late", self._late, "packets"),
            ("can be played", len(self._played) * g711.PACKET_S, "s"),
        ):
            measure(name, value, unit)

    def report(self) -> None:
        """Print what a listener would say of the call."""
        got = self._reception
        print(f"{got.received} of {got.expected} packets, {got.lost} lost, {self._late} late")
        print(
            f"jitter {got.mean_jitter_ms:.3f} ms on average, {got.max_jitter_ms:.3f} ms at most; "
            f"playout buffer {1000 * self._playout.delay_s:.1f} ms"
        )
        seconds, spoken = len(self._played) * g711.PACKET_S, got.expected * g711.PACKET_S
        print(f"{seconds:.2f} s of {spoken:.2f} s of speech could be played")
