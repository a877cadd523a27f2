"""The MAC's receiving half and its bus side's manners: words are taken, frames are put together."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from bench import Clocked

LATE, LENGTH, CONTROL, INVALID, RUNT, FOREIGN, OVERRUN, DRIBBLE, TOO_LONG, BAD_FCS = (
    1 << bit for bit in range(9, -1, -1)
)
PREAMBLE_NIBBLE, SFD_NIBBLE = 5, 13
HEADER = [PREAMBLE_NIBBLE] * 15 + [SFD_NIBBLE]
"""Table 22-4: the entire preamble."""
STATION = b"\x02\x00\x00\x00\x00\x01"
BROADCAST = b"\xff" * 6


class Received(NamedTuple):
    """A frame that the MAC announced: what was stored of it, how long it said it was, and its status."""

    octets: bytes
    length: int
    status: int


class WordTaker:
    """Takes words off `rx_word_0/1` by their toggles. Call `look` whenever pins may have changed."""

    def __init__(self, wires: dict[str, Any]) -> None:
        self._wires = wires
        self._taken = [0, 0]
        self._end = 0
        self._stored = b""
        self.frames: list[Received] = []
        self.asleep = False
        """While set, nothing is taken."""
        self.words = 0

    def look(self) -> None:
        """Take what is new."""
        wires = self._wires
        if not self.asleep:
            for _ in range(2):
                self._take()
        if int(wires["rx_end"]) != self._end:
            self._end ^= 1
            length = int(wires["rx_length"])
            self.frames.append(Received(self._stored[:length], length, int(wires["rx_status"])))
            self._stored = b""

    def _take(self) -> None:
        index = self._stored_words() & 1
        full = int(self._wires[f"rx_full_{index}"])
        if full != self._taken[index]:
            self._taken[index] = full
            self._stored += int(self._wires[f"rx_word_{index}"]).to_bytes(4, "big")
            self._wires[f"rx_taken_{index}"].next = full
            self.words += 1

    def _stored_words(self) -> int:
        return len(self._stored) // 4


class ReceiveMac(Clocked):
    """`mac_receive` on an MII that the test drives."""

    def __init__(self, **inputs: int) -> None:
        pins = {"rx_enable": 1, "station_address": int.from_bytes(STATION, "big"), "min_frame": 64}
        super().__init__("mac_receive", **pins | {"max_frame": 1518, "collision_valid": 63} | inputs)
        self.taker = WordTaker(self.wires)

    def receive(
        self, octets: bytes, *, header: Sequence[int] = HEADER, half_octet: bool = False, idle: int = 6
    ) -> list[Received]:
        """Bring `octets` (and half of another) behind `header`; return what is announced."""
        already = len(self.taker.frames)
        for nibble in header:
            self._nibble(nibble)
        for octet in octets:
            self._nibble(octet & 15)
            self._nibble(octet >> 4)
        if half_octet:
            self._nibble(6)
        for _ in range(idle):
            self.tick(rx_dv=0)
            self.taker.look()
        return self.taker.frames[already:]

    def _nibble(self, value: int) -> None:
        self.tick(rx_dv=1, rxd=value)
        self.taker.look()
