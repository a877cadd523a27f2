"""Manchester signals from their definition: cells to moves of a signal generator, and levels back to cells.

A string says what is on the line, a character per bit time: `0` and `1` are bits, `H` and `L` cells without
an edge (all high or low), `-` is idle. After its last cell the line is held high for 250 ns, part of the gap
that follows.
"""

import re
import zlib
from collections.abc import Sequence
from random import Random

import numpy as np

from hw.analogue.generator import HIGH, IDLE, LOW, Move

BIT_PS = 100_000
HOLD_HALVES = 5
PREAMBLE = "10" * 28
SFD = "10101011"
HEAD = PREAMBLE + SFD
_HALVES = {"0": "HL", "1": "LH", "H": "HH", "L": "LL", "-": "--"}
_LEVELS = {"H": HIGH, "L": LOW, "-": IDLE}
_AFTER_ACTIVITY = re.compile(f"(?<=[HL])-{{1,{HOLD_HALVES}}}")


def bits(octets: bytes) -> str:
    """Octets in the order of the wire, least significant bit first."""
    return "".join(f"{octet:08b}"[::-1] for octet in octets)


def octets(cells: str) -> bytes:
    """The whole octets of a string of bits."""
    return bytes(int(cells[place : place + 8][::-1], 2) for place in range(0, len(cells) - 7, 8))


def with_fcs(frame: bytes, wrong: int = 0) -> bytes:
    """`frame` with its FCS, or with one that is off by `wrong`."""
    return frame + (zlib.crc32(frame) ^ wrong).to_bytes(4, "little")


def on_wire(frame: bytes) -> str:
    """The cells of a frame (destination to FCS) with preamble and SFD."""
    return HEAD + bits(frame)


def moves(
    cells: str, *, ppm: float = 0, jitter_ps: int = 0, random: Random | None = None, from_ps: int = 0
) -> list[Move]:
    """What a generator plays to say `cells`, the first at `from_ps`.

    `ppm`: how fast the sender's crystal is. Edges between levels are each off by up to `jitter_ps`, drawn
    uniformly and independently from `random`.
    """
    halves = "".join(map(_HALVES.__getitem__, cells)) + "-" * (HOLD_HALVES + 1)
    halves = _AFTER_ACTIVITY.sub(lambda match: "H" * len(match[0]), halves)
    half_fs = BIT_PS * 500 * (1 - ppm * 1e-6)
    shown = np.frombuffer(halves.encode(), np.uint8)
    changed = np.flatnonzero(np.diff(shown, prepend=0))
    times = from_ps + np.rint(changed * half_fs).astype(np.int64) // 1000
    made = [(ps, _LEVELS[halves[place]]) for ps, place in zip(times.tolist(), changed.tolist(), strict=True)]
    if made and made[0][1] == IDLE:
        del made[0]
    if jitter_ps and random is not None:
        span = 2 * jitter_ps + 1
        draws = memoryview(random.randbytes(4 * len(made))).cast("I")
        made = [
            (ps + (draw * span >> 32) - jitter_ps, level)
            if IDLE not in (level, before) and place
            else (ps, level)
            for place, ((ps, level), (_, before), draw) in enumerate(
                zip(made, [(0, IDLE), *made], draws, strict=False)
            )
        ]
    return made


def cells(levels: Sequence[tuple[int, int]], start_ps: int, end_ps: int) -> str:
    """Bits off a line that is active from `start_ps` to `end_ps`, until a cell has no edge in its middle.

    `levels` are the line's (ps, level) changes; each half cell is looked at in its middle.
    """
    times, values = np.array([(-1, 1), *levels], np.int64).T
    middles = np.arange(start_ps + BIT_PS // 4, end_ps, BIT_PS // 2)
    shown = values[np.searchsorted(times, middles, side="right") - 1]
    cell_count = len(shown) // 2
    first, second = shown[: 2 * cell_count].reshape(-1, 2).T
    (without_edge,) = np.nonzero(first == second)
    return "".join(map(str, second[: without_edge[0] if len(without_edge) else cell_count].tolist()))
