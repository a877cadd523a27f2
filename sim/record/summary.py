"""What a run came to, in a few lines: how it ended, what failed, what passed over each cable."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from hw.recording import Recording
from journal.event import Event
from journal.words import counted
from sim.os.outcome import Ending, Outcome, seconds
from sim.record.boxes import OURS

ENDINGS = {
    Ending.DONE: "every program has ended",
    Ending.UNTIL: "the time asked for is over",
    Ending.DEADLOCK: "deadlock: programs wait for what cannot come",
    Ending.INTERRUPTED: "interrupted; what was recorded until then is kept",
    Ending.SPINNING: "a program computed for too long without a system call",
    Ending.STUCK: "a program waited outside simulated time",
}
_TROUBLES = {
    "frame lost": "lost",
    "frame dropped": "dropped",
    "frame refused": "refused",
    "frame missed": "missed",
    "received frame dropped": "received and dropped",
}
"""What drivers report with a reason."""
_ATTEMPTS, _COLLISIONS = "attempts", "collisions"
"""Transmissions that an adapter began, and those of them that had a collision, however it ended."""
_RECEIVED = "frames received"
_SEEN = {"coax": ("frame", "collision"), "pair": ("frame",)}
"""What is reported of each kind of cable. On a pair signals do not meet."""
_PASSED = ("frame", "fragment", "collision")


def ending(outcome: Outcome) -> str:
    """Why the run ended when it did, in words."""
    if outcome.ending is not Ending.DONE:
        return ENDINGS[outcome.ending]
    if outcome.ended_ns is None:
        return "there was no program to wait for"
    words = "every program that is no service has ended" if outcome.running else ENDINGS[Ending.DONE]
    if outcome.closing:
        words += f", at {seconds(outcome.ended_ns)}; until now connections had to close"
    return words


class Summary:
    """A listener that counts, and the lines at the end. `boxes` are how those of the network are recorded."""

    def __init__(self, warnings: Sequence[str] = (), boxes: Iterable[Recording] = OURS) -> None:
        self.warnings = warnings
        """Of what is wrong with the cables (`sim.scenario.topology`)."""
        self.cables: dict[str, Counter[str]] = {}
        """How often what happened on each cable."""
        self._pairs: set[str] = set()
        self.hosts: dict[str, Counter[str]] = {}
        """What went wrong on each host on which something did."""
        self._attempts: Counter[str] = Counter()
        self._unharmed: set[str] = set()
        """Adapters in a transmission that has had no collision yet."""
        self._modes: dict[str, str] = {}
        """The duplex mode of each adapter when its link came up last."""
        self.heard: dict[str, Counter[str]] = {}
        """The frames that each adapter received: for its host, or for others."""
        self.counts = {one.layer: one.counts() for one in boxes if one.counts}
        """What boxes counted, by the layer of their events."""

    def __call__(self, event: Event) -> None:
        """Count one event."""
        if event.layer in _SEEN and event.kind in _PASSED:
            self.cables.setdefault(event.where, Counter())[event.kind] += 1
            if event.layer == "pair":
                self._pairs.add(event.where)
        elif event.layer in self.counts:
            self.counts[event.layer](event)
        elif event.kind == "foreign frame ignored":
            self.heard.setdefault(event.where, Counter())["others"] += 1
        elif event.layer == "mac":
            self._attempt(event.where, event.kind)
        elif event.layer == "driver":
            if event.kind == "link up":
                self._modes[event.where] = "full" if event.fields["full_duplex"] else "half"
            elif event.kind == "frame received":
                self.heard.setdefault(event.where, Counter())["own"] += 1
            if event.kind in _TROUBLES:
                self._trouble(event.where, f"{_TROUBLES[event.kind]} ({event.fields['reason']})")

    def _attempt(self, adapter: str, kind: str) -> None:
        if kind == "transmission begins":
            self._attempts[adapter] += 1
            self._unharmed.add(adapter)
        elif kind == "transmission ends":
            self._unharmed.discard(adapter)
        elif kind == "collision detected" and adapter in self._unharmed:
            self._unharmed.discard(adapter)
            self._trouble(adapter, _COLLISIONS)

    def _trouble(self, host: str, what: str) -> None:
        self.hosts.setdefault(host, Counter())[what] += 1

    def lines(self, outcome: Outcome, folder: Path) -> list[str]:
        """Return the summary of a run recorded in `folder`."""
        lines = [f"{seconds(outcome.ns)} of simulated time: {ending(outcome)}"]
        if outcome.running:
            lines.append(f"still running: {', '.join(outcome.running)}")
        lines += [f"warning: {sentence}" for sentence in self.warnings]
        lines += [f"failed: {failure}" for failure in outcome.failures]
        lines += [f"waiting: {sentence}" for sentence in outcome.waiting]
        for cable, counts in self.cables.items():
            seen = _SEEN["pair" if cable in self._pairs else "coax"]
            lines.append(f"{cable}: " + ", ".join(counted(counts[kind], kind) for kind in seen))
        lines += [line for counts in self.counts.values() for line in counts.lines()]
        lines += self._table()
        for host, troubles in sorted(self.hosts.items()):
            attempts = counted(self._attempts[host], "attempt")
            words = [
                f"{counted(count, 'collision')} in {attempts}" if what == _COLLISIONS else f"{count} {what}"
                for what, count in troubles.items()
            ]
            mode = f" ({self._modes[host]} duplex)" if host in self._modes else ""
            lines.append(f"{host}{mode}: {', '.join(words)}")
        lines.append(f"recorded in {folder}")
        return lines

    def _table(self) -> list[str]:
        """Which adapter received what, if any received what was not for it."""
        if not any(counts["others"] for counts in self.heard.values()):
            return []
        width = max(map(len, (*self.heard, _RECEIVED)))
        rows = [f"{_RECEIVED:<{width}}  for itself  for others"]
        for adapter, counts in sorted(self.heard.items()):
            rows.append(f"{adapter:<{width}}  {counts['own']:>10}  {counts['others']:>10}")
        return rows

    def record(self, outcome: Outcome, folder: Path) -> dict[str, object]:
        """Return the same for a machine."""
        return {
            "ending": outcome.ending.value,
            "ns": outcome.ns,
            "ended_ns": outcome.ended_ns,
            "running": list(outcome.running),
            "warnings": list(self.warnings),
            "failures": [str(failure) for failure in outcome.failures],
            "waiting": list(outcome.waiting),
            "cables": {cable: dict(counts) for cable, counts in self.cables.items()},
            "heard": {
                adapter: {key: counts[key] for key in ("own", "others")}
                for adapter, counts in self.heard.items()
            },
            "ports": {port: row for counts in self.counts.values() for port, row in counts.record().items()},
            "hosts": {
                host: dict(troubles) | ({_ATTEMPTS: self._attempts[host]} if _COLLISIONS in troubles else {})
                for host, troubles in self.hosts.items()
            },
            "folder": str(folder),
        }
