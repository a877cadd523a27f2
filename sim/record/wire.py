"""The cable read as an oscilloscope reads it: two levels at one tap in, frames and fields out.

What comes in are the changes of a tap's voltage and of its running average (10BASE5: nobody 0 mV, one
sender −2050 or 0 mV with the average −1025 mV, several senders their sums). Carrier is the average
beyond the squelch level, a collision the average beyond the collision threshold (802.3 clause 8.3.1.5);
both are levels, because edges can cancel. Bits are Manchester (clause 7.3.1.1: a 1 rises in the middle
of its cell, a 0 falls): in the preamble every edge is the middle of a cell, later an edge near the
expected middle is one and the others are cell boundaries. The expected middle is an average of the
edges seen, so that it follows a crystal that is off and does not follow jitter.

A field can be named only afterwards (which four octets were the FCS shows when the frame ends), so the
decoder says up to which instant its rows of text are settled.
"""

from dataclasses import dataclass

from bitarray import bitarray

BIT_PS = 100_000
"""Bit time at 10 Mb/s."""
_HALF_PS = BIT_PS // 2
_WINDOW_PS = 25_000
"""An edge this near the expected middle is a middle; a cell boundary is 50 ns away, less jitter."""
_PREAMBLE_WINDOW_PS = 49_000
"""The same while only middles can come and the average is young."""
_YOUNG_BITS = 8
_AVERAGE_EDGES = 16
_HELD_PS = 175_000
"""A high level held this long ends a frame (clause 7.2.1.1.1 has it last at least 200 ns when sent)."""
SQUELCH_MV = -250
COLLISION_MV = -1530
ONE_SENDER_MV = -1025
_SFD = bitarray("10101011")
_DELAYED_BITS = 40
"""Rows may still change this far back: the FCS, and a margin for the SFD."""
_HEADER_BITS = 112
_FCS_BITS = 32
_FIELDS = {0: "DA", 48: "SA", 96: "TYPE", 112: "DATA"}
"""Fields of a frame by the number of bits before them."""


@dataclass(frozen=True, slots=True)
class WireFrame:
    """One period of activity at a tap: a frame, or what a collision left of one or more.

    `start_ps` and `end_ps` bound the carrier. `bits` are those decoded, in the order of the wire, up to
    the collision if there was one; `data_bit` is the index of the first bit after the SFD, None if no SFD
    was seen. `complete`: SFD, no code violation, no collision, ended by the high level. `senders`: how
    many were heard at once at worst.
    """

    start_ps: int
    end_ps: int
    bits: bitarray
    data_bit: int | None
    complete: bool
    senders: int

    @property
    def collision(self) -> bool:
        """More than one sender was heard."""
        return self.senders > 1

    @property
    def octets(self) -> bytes:
        """Whole octets, preamble and SFD included, aligned to the SFD; without one, to the first bit."""
        first = 0 if self.data_bit is None else self.data_bit % 8
        whole = (len(self.bits) - first) // 8 * 8
        return _octets(self.bits[first : first + whole])

    @property
    def frame(self) -> bytes:
        """Whole octets after the SFD, destination address to FCS; empty without an SFD."""
        return b"" if self.data_bit is None else self.octets[self.data_bit // 8 :]


class WireDecoder:
    """Decodes one tap of one segment. `level` and `mean` take the changes, in the order of time.

    With `rows`, it also names what is on the cable bit by bit, for a waveform.
    """

    def __init__(self, *, rows: bool = True) -> None:
        self._rows = rows
        self.frames: list[WireFrame] = []
        """What has ended since the owner last took it away."""
        self.fields: list[tuple[int, str]] = []
        """(ps, text): which part of a frame is on the cable from then on."""
        self.values: list[tuple[int, str]] = []
        """(ps, text): the octet on the cable from then on, in hexadecimal, `-` when there is none."""
        self.collisions: list[tuple[int, int]] = []
        """(ps, senders): the average has just gone beyond the collision threshold."""
        self._mean = 0
        self._high = True
        self._active = False
        self._start = 0
        self._begin(0)
        self._tracking = False

    def _begin(self, ps: int) -> None:
        self._start = ps
        self._bits = bitarray()
        self._middles: list[int] = []
        """The instants at which the bits were decided."""
        self._expected = 0
        """The middle of the last cell, averaged."""
        self._rise = ps
        self._edge_ps: int | None = None
        """The last edge, while its instant may not be over."""
        self._data_bit: int | None = None
        self._senders = 1
        self._tracking = True

    def level(self, ps: int, mv: int) -> None:
        """The voltage at the tap changes. Equal to the average is neither high nor low: hold."""
        if mv == self._mean:
            return
        high = mv > self._mean
        if high is not self._high:
            if self._data_bit is None or self._rows or self._edge_ps is None:
                self._take_edge()
            else:
                self._take_data_edge(self._edge_ps)
            self._high = high
            if high:
                self._rise = ps
            if self._tracking and ps != self._start:
                self._edge_ps = ps

    def _take_edge(self) -> None:
        """An edge counts when its instant is over: one made by a second sender's start does not."""
        if self._edge_ps is not None:
            ps, self._edge_ps = self._edge_ps, None
            self._edge(ps, self._high)

    def _take_data_edge(self, ps: int) -> None:
        """As `_take_edge`, for an edge behind the SFD when nobody reads the rows: three edges in two bits."""
        middles = self._middles
        error = ps - self._expected - BIT_PS
        if error < -_WINDOW_PS:  # the boundary of two cells
            self._edge_ps = None
        elif error <= _WINDOW_PS and len(middles) >= _AVERAGE_EDGES:
            self._edge_ps = None
            self._expected += BIT_PS + error // _AVERAGE_EDGES
            middles.append(ps)
            self._bits.append(self._high)
        else:
            self._take_edge()

    def _edge(self, ps: int, rising: bool) -> None:
        count = len(self._middles)
        if count:
            error = ps - self._expected - BIT_PS
            young = count < _YOUNG_BITS
            window = _PREAMBLE_WINDOW_PS if young else _WINDOW_PS
            if -window <= error <= window:
                self._expected += BIT_PS + error // min(count + 1, _AVERAGE_EDGES)
            elif young:  # what came before was no preamble: begin again here
                self._bits.clear()
                self._middles.clear()
                self._expected = ps
            elif error < 0:  # the boundary of two cells
                return
            else:
                self._violate(self._expected + BIT_PS + _HALF_PS)
                return
        else:
            self._expected = ps
        self._middles.append(ps)
        self._bits.append(rising)
        if self._data_bit is not None and self._rows:
            self._count(len(self._bits) - self._data_bit)
        elif self._data_bit is None and rising and self._bits[-8:] == _SFD:
            self._data_bit = len(self._bits)
            self.fields.append((self._cell(-8), "SFD"))

    def _count(self, bits: int) -> None:
        """`bits` have come since the SFD."""
        field = _FIELDS.get(bits - 1)
        if field:
            self.fields.append((self._cell(-1), field))
        if bits % 8 == 0:
            self.values.append((self._cell(-8), f"{_octets(self._bits[-8:])[0]:02x}"))

    def _cell(self, index: int) -> int:
        """The instant at which the cell of a bit began."""
        return self._middles[index] - _HALF_PS

    def _violate(self, ps: int) -> None:
        self._tracking = False
        self.fields.append((ps, "VIOLATION"))
        self.values.append((ps, "-"))

    def mean(self, ps: int, mv: int) -> None:
        """The average at the tap changes: a sender has begun or stopped."""
        if mv == self._mean:
            return
        was, self._mean = self._mean, mv
        if self._edge_ps == ps:
            self._edge_ps = None
        self._take_edge()
        if not self._active:
            if mv < SQUELCH_MV:
                self._active = True
                self._begin(ps)
                self.fields.append((ps, "PRE"))
            else:
                return
        elif mv >= SQUELCH_MV:
            self._end(ps)
            return
        if mv < COLLISION_MV:
            self._tracking = False
            self._senders = max(self._senders, round(mv / ONE_SENDER_MV))
            if was >= COLLISION_MV:
                self.fields.append((ps, "COLLISION"))
                self.values.append((ps, "-"))
                self.collisions.append((ps, self._senders))
        elif was < COLLISION_MV:
            self.fields.append((ps, "JAM"))  # one sender is left, and it jams

    def _end(self, ps: int) -> None:
        """The carrier is gone."""
        ended = self._tracking and self._high and ps - self._rise >= _HELD_PS
        complete = ended and self._data_bit is not None
        if ended and self._middles:
            bits = 0 if self._data_bit is None else len(self._bits) - self._data_bit
            if bits >= _HEADER_BITS + _FCS_BITS:
                self.fields.append((self._cell(-_FCS_BITS - bits % 8), "FCS"))
            self.fields.append((self._middles[-1] + _HALF_PS, "ETD"))
            self.values.append((self._middles[-1] + _HALF_PS, "-"))
        self.fields.append((ps, "IDLE"))
        self.values.append((ps, "-"))
        self.frames.append(WireFrame(self._start, ps, self._bits, self._data_bit, complete, self._senders))
        self._active = self._tracking = False
        self._high = True

    def settled(self, now: int) -> int:
        """Return the instant up to which (exclusive) no row of text will change any more."""
        if not self._tracking:
            return now
        if len(self._middles) <= _DELAYED_BITS:
            return self._start
        return min(now, self._cell(-_DELAYED_BITS))


def _octets(bits: bitarray) -> bytes:
    """Bits in the order of the wire, least significant first (clause 3.3)."""
    return bitarray(bits, endian="little").tobytes()
