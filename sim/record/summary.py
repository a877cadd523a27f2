"""What a run came to, in a few lines: how it ended, what failed, what passed over each cable."""

from collections import Counter
from pathlib import Path

from sim.events import Event
from sim.kernel.outcome import Ending, Outcome, seconds

_ENDINGS = {
    Ending.DONE: "every program has ended",
    Ending.UNTIL: "the time asked for is over",
    Ending.DEADLOCK: "deadlock: programs wait for what cannot come",
    Ending.INTERRUPTED: "interrupted; what was recorded until then is kept",
    Ending.SPINNING: "a program computed for too long without a system call",
}
_COUNTED = {"frame": "frames", "collision": "collisions"}


class Summary:
    """A listener that counts, and the lines at the end."""

    def __init__(self) -> None:
        self.cables: dict[str, Counter[str]] = {}
        """How often what happened on each cable."""

    def __call__(self, event: Event) -> None:
        """Count one event."""
        if event.layer == "coax":
            self.cables.setdefault(event.where, Counter())[event.kind] += 1

    def lines(self, outcome: Outcome, folder: Path) -> list[str]:
        """Return the summary of a run recorded in `folder`."""
        lines = [f"{seconds(outcome.ns)} of simulated time: {_ENDINGS[outcome.ending]}"]
        lines += [f"failed: {failure}" for failure in outcome.failures]
        lines += [f"waiting: {sentence}" for sentence in outcome.waiting]
        for cable, counts in self.cables.items():
            told = ", ".join(f"{counts[kind]} {name}" for kind, name in _COUNTED.items())
            lines.append(f"{cable}: {told}")
        lines.append(f"recorded in {folder}")
        return lines

    def record(self, outcome: Outcome, folder: Path) -> dict[str, object]:
        """Return the same for a machine."""
        return {
            "ending": outcome.ending.value,
            "ns": outcome.ns,
            "failures": [str(failure) for failure in outcome.failures],
            "waiting": list(outcome.waiting),
            "cables": {cable: dict(counts) for cable, counts in self.cables.items()},
            "folder": str(folder),
        }
