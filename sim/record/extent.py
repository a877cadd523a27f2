"""How much of a network goes into its waveform: some of its boxes and cables, and a window of time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Extent:
    """All there is, unless something else is given."""

    boxes: tuple[str, ...] = ()
    """Hosts, boxes and cables by their names."""
    begin_ps: int = 0
    end_ps: int | None = None
    """The first instant that is not recorded."""

    def has(self, box: str) -> bool:
        """Whether a box is recorded; a host's name stands for all its adapters."""
        return not self.boxes or box in self.boxes or box.partition(".")[0] in self.boxes


EVERYTHING = Extent()
