"""Host memory behind the adapter's DMA port: a plain buffer, a word a bus cycle, big-endian.

A cycle opens with `m_stb`; data and `m_ack` are there before the next tick of the bus clock and go when
`m_stb` goes. Beyond its end memory reads zeros and swallows what is written.
"""

from typing import Any

from hw.analogue.events import on_change

WORD_OCTETS = 4


class HostMemory:
    """`size` octets, a multiple of 4, joined to a DMA port's six signals."""

    def __init__(
        self, size: int, *, m_adr: Any, m_dat_w: Any, m_we: Any, m_stb: Any, m_dat_r: Any, m_ack: Any
    ) -> None:
        self.octets = bytearray(size)
        self._m_adr = m_adr
        self._m_dat_w = m_dat_w
        self._m_we = m_we
        self._m_stb = m_stb
        self._m_dat_r = m_dat_r
        self._m_ack = m_ack
        on_change(m_stb, self._cycle)

    def _cycle(self) -> None:
        self._m_ack.next = self._m_stb
        if not self._m_stb:
            return
        first = int(self._m_adr) & -WORD_OCTETS
        inside = first + WORD_OCTETS <= len(self.octets)
        if not self._m_we:
            word = self.octets[first : first + WORD_OCTETS] if inside else b"\0\0\0\0"
            self._m_dat_r.next = int.from_bytes(word, "big")
        elif inside:
            self.octets[first : first + WORD_OCTETS] = int(self._m_dat_w).to_bytes(WORD_OCTETS, "big")
