"""`download URL`: fetch a file, report how far and how fast it is, compare it with the hash promised for it.

Times and rates are simulated ones. With `--limit-rate` the program reads no faster than that, so its receive
buffer fills and TCP's window closes and opens again, as with wget's option of this name. `--local-port`, an
option of curl, has the connection begin at this port, not at one that the stack draws.
"""

import argparse
import hashlib
import sys
import time

from sim.apps.command_line import PORT, CommandLine, between
from sim.apps.fetch import FetchError, fetch, http_url, promised_sha256

_PIECE = 8192
_STEPS = 10
"""How often progress is reported."""


def arguments(words: list[str]) -> argparse.Namespace:
    """Read the command line."""
    line = CommandLine("download")
    line.add_argument("--limit-rate", type=between(1, 10_000_000), metavar="OCTETS-PER-SECOND")
    line.add_argument("--local-port", type=PORT, metavar="PORT")
    line.add_argument("--timeout", type=between(0.001, 86_400, float), metavar="SECONDS")
    line.add_argument("url", type=http_url, metavar="URL")
    return line.parse_args(words)


def main(words: list[str]) -> int | None:
    """Print progress, size, rate and hash; 1 when the file did not come, or another one."""
    options = arguments(words)
    begun = time.monotonic()
    received, reported = 0, 0
    sha256 = hashlib.sha256()
    try:
        with fetch(options.url, timeout=options.timeout, local_port=options.local_port) as response:
            size = response.length or 0
            promised = promised_sha256(response)
            while piece := response.read1(_PIECE):
                sha256.update(piece)
                received += len(piece)
                if options.limit_rate:
                    time.sleep(max(0.0, begun + received / options.limit_rate - time.monotonic()))
                if size and received * _STEPS // size > reported:
                    reported = received * _STEPS // size
                    print(f"{100 * received // size:3d} % {_rate(received, time.monotonic() - begun)}")
            if response.length:
                raise FetchError(f"the connection ended {response.length} octets early")
    except FetchError as error:
        print(f"download: {options.url}: {error}", file=sys.stderr)
        return 1
    print(f"{received} octets in {_rate(received, time.monotonic() - begun)}, sha256 {sha256.hexdigest()}")
    if promised not in (None, sha256.hexdigest()):
        print(f"download: {options.url}: the server promised sha256 {promised}", file=sys.stderr)
        return 1
    return None


def _rate(octets: int, seconds: float) -> str:
    return f"{seconds:.3f} s, {octets / seconds / 1000:.1f} kB/s"
