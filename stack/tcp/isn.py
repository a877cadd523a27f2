"""Initial sequence numbers (RFC 6528, RFC 9293 section 3.4.1): ISN = M + F(addresses, ports, secret).

M counts up every 4 µs, so that a connection's successor starts beyond it; F is a keyed hash, so that
a stranger who sees his own connections cannot guess another's.
"""

import hashlib
import random as random_module
import struct

from stack.tcp.sequence import wrap

_TICK = 4_000  # ns


class InitialSequenceNumbers:
    """One host's generator; its secret is drawn once from the host's random source."""

    def __init__(self, random: random_module.Random) -> None:
        self._secret = random.randbytes(16)

    def choose(self, local: tuple[int, int], remote: tuple[int, int], now: int) -> int:
        """The ISN of a connection opened at `now` (ns)."""
        connection = struct.pack("!IHIH", *local, *remote)
        digest = hashlib.blake2s(connection, key=self._secret, digest_size=4).digest()
        return wrap(now // _TICK + int.from_bytes(digest, "big"))

    def timestamp_offset(self, local: int, remote: int) -> int:
        """How far the timestamp clock that `remote` sees is ahead (RFC 7323 section 7.1).

        Ports do not count, so that a connection's successor begins with a later timestamp (RFC 6191).
        """
        addresses = struct.pack("!II", local, remote)
        digest = hashlib.blake2s(addresses, key=self._secret, digest_size=4, person=b"stamps").digest()
        return int.from_bytes(digest, "big")
