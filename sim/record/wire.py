"""The cable read as an oscilloscope reads it: two levels at one tap in, frames and fields out.

What comes in are the changes of a tap's voltage and of its running average (10BASE5: no sender 0 mV, one
sender −2050 or 0 mV with the average −1025 mV, several senders their sums). Carrier is the average
beyond the squelch level, a collision the average beyond the collision threshold (802.3 clause 8.3.1.5);
both are levels, because edges can cancel. Bits are Manchester (clause 7.3.1.1: a 1 rises in the middle
of its cell, a 0 falls): in the preamble every edge is the middle of a cell, later an edge near the
expected middle is one and the others are cell boundaries (`sim.record.cells`).

`level` and `mean` take one change and are what decoding means. `changes` takes many: what one sender sends
is decoded in stretches, and whatever else comes, first bits, ends, collisions, noise, change by change. Both
ways come to the same.

A field can be named only afterwards (which four octets were the FCS shows when the frame ends), so the
decoder says up to which instant its rows of text are settled.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from bitarray import bitarray

from sim.engine.interface import Column
from sim.record.cells import HALF_PS, KEPT, WINDOW_PS, Cells

_PREAMBLE_WINDOW_PS = 49_000
"""As `WINDOW_PS`, while only middles can come and the average is young."""
_YOUNG_BITS = 8
_HELD_PS = 175_000
"""A high level held this long ends a frame (clause 7.2.1.1.1 has it last at least 200 ns when sent)."""
SQUELCH_MV = -250
COLLISION_MV = -1530
ONE_SENDER_MV = -1025
_SFD = bitarray("10101011", endian="little")
_HEADER_BITS = 112
_FCS_BITS = 32
_FIELDS = {0: "DA", 48: "SA", 96: "TYPE", 112: "DATA"}
"""Fields of a frame by the number of bits before them."""
_STEP = 10
"""Changes that are taken one by one before a stretch is tried again."""
_SHORTEST, _LONGEST = 64, 8192
"""Changes of a stretch that pays: numpy takes its time to begin, and a processor's cache is small."""
History = tuple[Column, Column]
"""When a net changed (ps), and to which values."""


@dataclass(frozen=True, slots=True)
class WireFrame:
    """One period of activity at a tap: a frame, or what a collision left of one or more.

    `start_ps` and `end_ps` bound the carrier. `bits` are those decoded, in the order of the wire, up to
    the collision if there was one; `data_bit` is the index of the first bit after the SFD, None if no SFD
    was seen. `complete`: SFD, no code violation, no collision, ended by the high level. `senders`: how
    many sent at once at worst.
    """

    start_ps: int
    end_ps: int
    bits: bitarray
    data_bit: int | None
    complete: bool
    senders: int

    @property
    def collision(self) -> bool:
        """More than one sender was there."""
        return self.senders > 1

    @property
    def octets(self) -> bytes:
        """Whole octets, preamble and SFD included, aligned to the SFD; without one, to the first bit."""
        first = 0 if self.data_bit is None else self.data_bit % 8
        whole = (len(self.bits) - first) // 8 * 8
        return self.bits[first : first + whole].tobytes()

    @property
    def frame(self) -> bytes:
        """Whole octets after the SFD, destination address to FCS; empty without an SFD."""
        return b"" if self.data_bit is None else self.octets[self.data_bit // 8 :]


class WireDecoder:
    """Decodes one tap of one segment. `level` and `mean`, or `changes`, take what comes in the order of time.

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
        self._middles: list[int] = []
        self._cell_bits: list[bool] = []
        """Middles of cells (ps) with their bits, until `take_cells`."""
        self.collisions: list[tuple[int, int]] = []
        """(ps, senders): the average has just gone beyond the collision threshold."""
        self._mean = 0
        self._high = True
        self._active = False
        self._cells = Cells()
        self._begin(0)
        self._tracking = False

    def _begin(self, ps: int) -> None:
        self._start = ps
        self._bits = bitarray(endian="little")  # octets come least significant bit first (clause 3.3)
        self._cells.clear()
        self._rise = ps
        self._edge_ps: int | None = None
        """The last edge, while its instant may not be over."""
        self._octet: list[int] = []
        """The first middle of the octet that is not whole yet."""
        self._data_bit: int | None = None
        self._senders = 1
        self._tracking = True

    def changes(self, levels: History, means: History) -> None:
        """Take all changes of some time; in one instant the level comes first."""
        ps, mv = levels
        begin = 0
        ends = np.searchsorted(ps, means[0], "right")
        for end, mean_ps, mean_mv in zip(*(column.tolist() for column in (ends, *means)), strict=True):
            self._levels(ps[begin:end], mv[begin:end])
            self.mean(mean_ps, mean_mv)
            begin = end
        self._levels(ps[begin:], mv[begin:])

    def _levels(self, ps: Column, mv: Column) -> None:
        """Take levels between two changes of the average."""
        begin, step = 0, _STEP
        while begin < len(ps) and self._tracking:
            if len(self._bits) >= _YOUNG_BITS and len(ps) - begin >= _SHORTEST:
                end = begin + _LONGEST
                taken = self._stretch(ps[begin:end], mv[begin:end])
                begin += taken
                if taken >= _SHORTEST:
                    continue
                step *= 2
            end = begin + step
            for change in zip(ps[begin:end].tolist(), mv[begin:end].tolist(), strict=True):
                self.level(*change)
            begin = end
        if not self._tracking:  # nothing is decoded until the average changes
            data = mv[begin:][mv[begin:] != self._mean]
            if len(data):
                self._high = bool(data[-1] > self._mean)

    def _stretch(self, ps: Column, mv: Column) -> int:
        """Take as many levels as are clean bits, as if by `level`; return how many."""
        self._take_edge()  # its instant is over: at most one level comes in each
        if not self._tracking or np.any(mv == self._mean):
            return 0
        high = mv > self._mean
        crossing = np.empty(len(high), np.bool_)
        crossing[0] = high[0] != self._high
        np.not_equal(high[1:], high[:-1], out=crossing[1:])
        edges = ps
        if not crossing.all():
            edges, high = ps[crossing], high[crossing]
        earlier = list(self._cells.recent)[1 - len(_SFD) :]
        taken, middles = self._cells.follow(edges[:-1])
        if not taken:
            return 0
        bits = bitarray(endian="little")
        bits.frombytes(np.packbits(high[middles], bitorder="little").tobytes())
        del bits[len(middles) :]
        before = len(self._bits)
        self._bits += bits
        if self._data_bit is None or self._rows:
            at = edges[middles].tolist()
            self._tell(before, earlier, at)
            if self._rows:
                self._middles += at
                self._cell_bits += high[middles].tolist()
        self._edge_ps = int(edges[taken])
        self._high = bool(high[taken])
        if self._high:
            self._rise = self._edge_ps
        return len(ps) if taken == len(edges) - 1 else int(np.searchsorted(ps, self._edge_ps)) + 1

    def _tell(self, before: int, earlier: Sequence[int], middles: Sequence[int]) -> None:
        """Look for the SFD in new bits, whose `middles` follow `earlier` ones, and name those behind it."""
        if self._data_bit is None:
            sfd = self._bits.find(_SFD, max(before - len(earlier), 0))
            if sfd < 0:
                return
            self._data_bit = sfd + len(_SFD)
            self.fields.append(([*earlier, *middles][sfd - before + len(earlier)] - HALF_PS, "SFD"))
        begin = max(before, self._data_bit)
        if self._rows and begin < len(self._bits):
            self._name(begin, middles[begin - before :])

    def level(self, ps: int, mv: int) -> None:
        """The voltage at the tap changes. Equal to the average is neither high nor low: hold."""
        if mv == self._mean:
            return
        high = mv > self._mean
        if high is not self._high:
            self._take_edge()
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

    def _edge(self, ps: int, rising: bool) -> None:
        count = len(self._bits)
        if count:
            error = ps - self._cells.expected
            young = count < _YOUNG_BITS
            window = _PREAMBLE_WINDOW_PS if young else WINDOW_PS
            if not -window <= error <= window:
                if young:  # what came before was no preamble: begin again here
                    self._bits.clear()
                    self._cells.clear()
                elif error < 0:  # the boundary of two cells
                    return
                else:
                    self._violate(self._cells.expected + HALF_PS)
                    return
        self._cells.add(ps)
        self._bits.append(rising)
        if self._rows:
            self._middles.append(ps if count else max(ps, self._start + HALF_PS))
            self._cell_bits.append(rising)
        if self._data_bit is not None:
            if self._rows:
                self._name(count, [ps])
        elif rising and self._bits[-8:] == _SFD:
            self._data_bit = len(self._bits)
            self.fields.append((self._cell(-8), "SFD"))

    def _name(self, before: int, middles: Sequence[int]) -> None:
        """Name the bits behind the SFD that have been appended to the `before` that there were."""
        assert self._data_bit is not None
        first, end = before - self._data_bit, len(self._bits) - self._data_bit
        for place, field in _FIELDS.items():
            if first <= place < end:
                self.fields.append((middles[place - first] - HALF_PS, field))
        begun = [*self._octet, *middles[-first % 8 :: 8]]
        octets = self._bits[before - first % 8 : len(self._bits) - end % 8].tobytes()
        self.values += [(ps - HALF_PS, f"{octet:02x}") for ps, octet in zip(begun, octets, strict=False)]
        self._octet = begun[len(octets) :]

    def _cell(self, index: int) -> int:
        """The instant at which the cell of a bit began."""
        return self._cells.recent[index] - HALF_PS

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
            # Those far away are weaker: at the threshold there are two.
            self._senders = max(self._senders, 2, round(mv / ONE_SENDER_MV))
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
        if ended and self._bits:
            bits = 0 if self._data_bit is None else len(self._bits) - self._data_bit
            if bits >= _HEADER_BITS + _FCS_BITS:
                self.fields.append((self._cell(-_FCS_BITS - bits % 8), "FCS"))
            self.fields.append((self._cells.recent[-1] + HALF_PS, "ETD"))
            self.values.append((self._cells.recent[-1] + HALF_PS, "-"))
        self.fields.append((ps, "IDLE"))
        self.values.append((ps, "-"))
        self.frames.append(WireFrame(self._start, ps, self._bits, self._data_bit, complete, self._senders))
        self._active = self._tracking = False
        self._high = True

    def take_cells(self, settled: int | None) -> tuple[Column, Column]:
        """The middles of cells (ps) that were found since the last call, and their bits, up to `settled`."""
        count = len(self._middles)
        if settled is not None:
            count = bisect_left(self._middles, settled)
        middles, bits = np.array(self._middles[:count], np.int64), np.array(self._cell_bits[:count], np.int64)
        del self._middles[:count], self._cell_bits[:count]
        return middles, bits

    def settled(self, now: int) -> int:
        """Return the instant up to which (exclusive) no row of text will change any more."""
        if not self._tracking:
            return now
        if len(self._bits) <= KEPT:
            return self._start
        return min(now, self._cell(-KEPT))
