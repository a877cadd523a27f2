"""`video HOST`: send a film to somebody who watches (RTP over UDP, never twice)."""

import argparse
import random
import socket
import sys
import time

from sim.apps import film, rtp
from sim.apps.command_line import PORT, CommandLine, between


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("video")
    line.add_argument("--seconds", type=between(0.02, 3600, float), default=10.0, metavar="SECONDS")
    line.add_argument("--rate", type=between(10, 10_000), default=1_000, metavar="KBIT/S")
    line.add_argument("--frames", type=between(1, 100), default=25, metavar="PER-SECOND")
    line.add_argument("--port", type=PORT, default=5006, metavar="PORT")
    line.add_argument("host", metavar="HOST")
    return line.parse_args(words)


def main(words: list[str]) -> int | None:
    """Send each frame at its time; 1 when there is no way to the host."""
    options = arguments(words)
    source, sequence, stamp = random.getrandbits(32), random.getrandbits(16), random.getrandbits(32)
    frames = round(options.seconds * options.frames)
    packets = 0
    begun = time.monotonic()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            address = socket.gethostbyname(options.host)
            for number in range(frames):
                time.sleep(max(0.0, begun + number / options.frames - time.monotonic()))
                timestamp = (stamp + number * film.CLOCK_HZ // options.frames) % 2**32
                for part in film.frame(number, 1000 * options.rate, options.frames):
                    last = part.number == part.total - 1
                    packet = rtp.Packet(
                        film.PAYLOAD_TYPE, (sequence + packets) % 2**16, timestamp, source, part.pack(), last
                    )
                    sock.sendto(packet.pack(), (address, options.port))
                    packets += 1
    except OSError as error:
        print(f"video: {options.host}: {error.strerror or error}", file=sys.stderr)
        return 1
    print(f"{frames} frames in {packets} packets")
    return None
