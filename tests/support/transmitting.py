"""The MAC's transmitting half with a bus side that feeds it and a backoff timer, tick by tick of tx_clk.

A tick is a nibble: 400 ns, 4 bit times.
"""

import zlib
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from bench import Clocked

if TYPE_CHECKING:
    from collections.abc import Callable

NIBBLE_BITS = 4
GAP = 24
"""interFrameGap, 96 bit times, in nibbles."""
STATION = b"\x02\x00\x00\x00\x00\x01"
UNDERRUN, DEFERRED, LATE, RETRY_LIMIT, NO_CARRIER, GIVEN_UP = 1, 2, 4, 8, 1 << 8, 1 << 9
RETRIES_SHIFT = 4
OWN_CARRIER = 2
"""Ticks by which a station's own signal is behind `tx_en` when it comes back to it and when it ends."""


class Burst(NamedTuple):
    """One stretch of tx_en: the tick it began at, and its nibbles."""

    start: int
    nibbles: tuple[int, ...]

    @property
    def bits(self) -> int:
        """How long it was."""
        return NIBBLE_BITS * len(self.nibbles)

    @property
    def end(self) -> int:
        """The first tick after it."""
        return self.start + len(self.nibbles)

    @property
    def octets(self) -> bytes:
        """Its nibbles, joined in pairs."""
        pairs = zip(self.nibbles[::2], self.nibbles[1::2], strict=True)
        return bytes(low | high << 4 for low, high in pairs)


class TransmitMac(Clocked):
    """`mac_transmit`, its registers at the reset values of the register model.

    `wire` returns (crs, col) for a tick; it may look at `burst_bits`, the bits sent of the present burst. To
    that comes the carrier of the station's own signal, unless `deaf`.
    """

    def __init__(self, **inputs: int) -> None:
        reset = {
            "min_frame": 64,
            "max_frame": 1536,
            "ipgt": 0x12,
            "ipgr1": 0x0C,
            "ipgr2": 0x12,
            "collision_valid": 63,
        }
        pins = reset | {"max_retry": 15, "station_seed": 0x020000000001, "tx_pad": 1, "tx_crc": 1} | inputs
        super().__init__("mac_transmit", **pins)
        self.ticks = 0
        self.wire: Callable[[], tuple[int, int]] = lambda: (0, 0)
        self.backoffs: list[int] = []
        """Slots of each backoff that was begun."""
        self.slot_ticks = 0
        """How long a slot lasts here; backoff itself is counted elsewhere."""
        self.bursts: list[Burst] = []
        self.statuses: list[int] = []
        self.starving = False
        self.deaf = False
        self._own = [0] * OWN_CARRIER
        self._nibbles: list[int] = []
        self._frame = b""
        self._next_word = 0
        self._full = [0, 0]
        self._rewound = self._done = self._backoff = 0
        self._backoff_end: int | None = None

    @property
    def burst_bits(self) -> int:
        """Bits of the present burst that are on MII by now."""
        return NIBBLE_BITS * len(self._nibbles)

    def offer(self, frame: bytes) -> None:
        """Announce `frame` (without FCS)."""
        self._frame = frame
        self._next_word = 0
        self._feed()
        self.set(tx_length=len(frame), tx_frame=1 - self["tx_frame"])

    def run(self, ticks: int) -> None:
        """Let `ticks` nibbles pass."""
        for _ in range(ticks):
            self._pass()

    def send(self, frame: bytes) -> int:
        """Offer `frame` and go on until it is done with; return its status."""
        self.offer(frame)
        return self.finish()

    def finish(self) -> int:
        """Go on until the frame that was offered is done with; return its status."""
        already = len(self.statuses)
        for _ in range(200_000):
            self._pass()
            if len(self.statuses) > already:
                self.run(4)
                return self.statuses[already]
        raise AssertionError("the frame is never done with")

    def _pass(self) -> None:
        crs, col = self.wire()
        own = self._own.pop(0) and not self.deaf
        self.tick(crs=int(crs or own), col=col)
        self._own.append(self["tx_en"])
        self.ticks += 1
        if self["tx_en"]:
            self._nibbles.append(self["txd"])
        elif self._nibbles:
            self.bursts.append(Burst(self.ticks - len(self._nibbles), tuple(self._nibbles)))
            self._nibbles = []
        if self["tx_rewind"] != self._rewound:
            self._rewound ^= 1
            self._empty()
            self._next_word = 0
            self.set(tx_rewound=self._rewound)
        if self["tx_done"] != self._done:
            self._done ^= 1
            self.statuses.append(self["tx_status"])
            self._empty()
            self._frame = b""
        self._feed()
        self._wait()

    def _empty(self) -> None:
        self._full = [self["tx_taken_0"], self["tx_taken_1"]]
        self.set(tx_full_0=self._full[0], tx_full_1=self._full[1])

    def _feed(self) -> None:
        """Fill the words that were taken, in turn."""
        while not self.starving and 4 * self._next_word < len(self._frame):
            index = self._next_word & 1
            if self._full[index] != self[f"tx_taken_{index}"]:
                return
            word = self._frame[4 * self._next_word :][:4].ljust(4, b"\xee")
            self._full[index] ^= 1
            self.set(
                **{f"tx_word_{index}": int.from_bytes(word, "big"), f"tx_full_{index}": self._full[index]}
            )
            self._next_word += 1

    def _wait(self) -> None:
        if self["backoff_start"] != self._backoff and self._backoff_end is None:
            self.backoffs.append(self["backoff_slots"])
            self._backoff_end = self.ticks + self["backoff_slots"] * self.slot_ticks
        if self._backoff_end is not None and self.ticks >= self._backoff_end:
            self._backoff_end = None
            self._backoff ^= 1
            self.set(backoff_done=self._backoff)


def frame(payload: int) -> bytes:
    """Addresses, type, and `payload` octets at random."""
    return b"\x02\0\0\0\0\x02" + STATION + b"\x08\0" + Random(payload).randbytes(payload)


def sealed(octets: bytes) -> bytes:
    """With pad and FCS."""
    padded = octets.ljust(60, b"\0")
    return padded + zlib.crc32(padded).to_bytes(4, "little")


def collide(mac: TransmitMac, bit: int, attempts: int = 1) -> None:
    """`col` from bit `bit` of each of the first `attempts` bursts to its end."""

    def wire() -> tuple[int, int]:
        hit = len(mac.bursts) < attempts and mac.burst_bits >= bit > 0
        return int(hit), int(hit)

    mac.wire = wire
