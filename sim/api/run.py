"""What a run leaves, for Python: its events, its captures, what its programs printed, how it ended."""

from pathlib import Path
from typing import TYPE_CHECKING

from journal.event import Event
from sim.api.match import Match, Wanted
from sim.os.outcome import Ending, Outcome
from sim.record.json_lines import read_event

if TYPE_CHECKING:
    from sim.record.packets import Packet


class RunError(Exception):
    """A run in which a program failed, or that came to no end; `str` has one sentence a line, for each."""


class Run:
    """The recordings of a run: complete when it has ended, and up to now while it goes on.

    Nothing is kept in memory until it is asked for: events are read from `events.jsonl` then.
    """

    outcome: Outcome
    """How it ended, when, and which programs failed; set at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        """Where the recordings are."""
        self._events: list[Event] = []
        self._read = 0
        """Octets of the file that these are."""
        self._kept = False
        self._held: object = None

    @property
    def events(self) -> list[Event]:
        """All events of all layers, in the order of time. Read when first asked for, and kept."""
        path = self.folder / "events.jsonl"
        if not self._kept and path.stat().st_size > self._read:
            with path.open("rb") as file:
                file.seek(self._read)
                for line in file:
                    if not line.endswith(b"\n"):  # the recorder is not done with it
                        break
                    self._events.append(read_event(line))
                    self._read += len(line)
        return self._events

    def keep(self) -> None:
        """Read what is there now, before another run takes the folder."""
        _ = self.events
        self._kept = True

    def hold(self, directory: object) -> None:
        """Keep a temporary directory, which vanishes with its last holder, for as long as this lives."""
        self._held = directory

    def find(
        self,
        kind: str | None = None,
        *,
        where: str | None = None,
        layer: str | None = None,
        **fields: Wanted,
    ) -> list[Event]:
        """The events of this kind, place and layer whose fields have these values, as in `Match`.

        ValueError for a kind that does not exist, or a field that it does not have.
        """
        wanted = Match(kind, where=where, layer=layer, **fields)
        wanted.check()
        return [event for event in self.events if wanted(event)]

    def output(self, host: str, stream: str = "stdout") -> list[str]:
        """The lines that programs of `host` have printed."""
        return [str(event.fields["text"]) for event in self.find("output", where=host, stream=stream)]

    def capture(self, name: str) -> "list[Packet]":
        """The packets of `NAME.pcapng`, of a host or of a cable, without FCS."""
        from sim.record.packets import packets

        return packets(self.folder / f"{name}.pcapng")


def sentences(outcome: Outcome) -> str:
    """What went wrong, one sentence a line."""
    lines = [*map(str, outcome.failures), *outcome.waiting]
    if outcome.ending not in (Ending.DONE, Ending.UNTIL):
        lines.insert(0, f"the run was ended: {outcome.ending.value}")
    return "\n".join(lines)
