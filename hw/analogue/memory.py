"""Host memory behind the adapter's DMA port: a plain buffer, a word a bus cycle, big-endian.

A cycle opens with `m_stb`; data and `m_ack` are there before the next tick of the bus clock and go when
`m_stb` goes. Of a word that is written, the octets count whose bits are set in `m_sel`, the first one's on
top. Where there is no memory, nothing is read or written and the cycle ends with `m_err`.
"""

from typing import Any

from hw.analogue.events import on_change

WORD_OCTETS = 4
WHOLE_WORD = 0b1111
PINS = ("m_adr", "m_dat_w", "m_sel", "m_we", "m_stb", "m_dat_r", "m_ack", "m_err")
"""Wires of a DMA port, by name."""


class HostMemory:
    """`size` octets, a multiple of 4, joined to a DMA port's eight signals."""

    def __init__(
        self,
        size: int,
        *,
        m_adr: Any,
        m_dat_w: Any,
        m_sel: Any,
        m_we: Any,
        m_stb: Any,
        m_dat_r: Any,
        m_ack: Any,
        m_err: Any,
    ) -> None:
        self.octets = bytearray(size)
        self._m_adr = m_adr
        self._m_dat_w = m_dat_w
        self._m_sel = m_sel
        self._m_we = m_we
        self._m_stb = m_stb
        self._m_dat_r = m_dat_r
        self._m_ack = m_ack
        self._m_err = m_err
        on_change(m_stb, self._cycle)

    def _cycle(self) -> None:
        if not self._m_stb:
            self._m_ack.next = False
            self._m_err.next = False
            return
        first = int(self._m_adr) & -WORD_OCTETS
        if first + WORD_OCTETS > len(self.octets):
            self._m_err.next = True
            return
        self._m_ack.next = True
        if not self._m_we:
            self._m_dat_r.next = int.from_bytes(self.octets[first : first + WORD_OCTETS], "big")
            return
        word = int(self._m_dat_w).to_bytes(WORD_OCTETS, "big")
        select = int(self._m_sel)
        if select == WHOLE_WORD:
            self.octets[first : first + WORD_OCTETS] = word
        else:
            for place, octet in enumerate(word):
                if select >> (WORD_OCTETS - 1 - place) & 1:
                    self.octets[first + place] = octet
