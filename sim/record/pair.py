"""What each end of a cable of two pairs drives, decoded as what passes a tap of a coax.

A pair has three levels: high, low, and none. To the decoder (`sim.record.wire`) they are those of a coax with
one sender, whose average is there as long as anything is driven. Link pulses are no frames.
"""

import numpy as np

from sim.engine.interface import Column
from sim.record.wire import ONE_SENDER_MV, WireDecoder, WireFrame

_SWING_MV = 900
_LONGEST_PULSE_PS = 200_000


class PairDecoder:
    """Decodes one direction."""

    def __init__(self, *, rows: bool) -> None:
        self.wire = WireDecoder(rows=rows)
        self._active = False

    def changes(self, ps: Column, mv: Column) -> None:
        """Take all changes of some time."""
        if not len(ps):
            return
        active = mv != 0
        begins_or_ends = active != np.concatenate([[self._active], active[:-1]])
        self._active = bool(active[-1])
        means = np.where(active, ONE_SENDER_MV, 0)
        levels = means + np.sign(mv) * _SWING_MV
        self.wire.changes((ps, levels), (ps[begins_or_ends], means[begins_or_ends]))

    def take(self) -> list[WireFrame]:
        """The frames, and what is left of some, since the last call."""
        frames, self.wire.frames = self.wire.frames, []
        long = []
        for frame in frames:
            if frame.end_ps - frame.start_ps > _LONGEST_PULSE_PS:
                long.append(frame)
            else:
                self._name(frame)
        return long

    def _name(self, pulse: WireFrame) -> None:
        """In the row of text a pulse is one, and not the beginning of a frame."""
        self.wire.fields[:] = [
            (ps, "PULSE" if ps == pulse.start_ps else field)
            for ps, field in self.wire.fields
            if not pulse.start_ps < ps < pulse.end_ps
        ]
