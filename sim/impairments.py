"""What a link does to frames: it loses, doubles, delays and reorders them, by chance; and what is done to it.

Each way between two stations has a stream of chance of its own, from the run's seed and their names. So a
frame's fate depends on what went the same way before, and on nothing else that happens in the network.

A way may be cut (a partition): what is sent into it is stopped, and so is what was under way. Or frames are
held back at its end, until it is healed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import permutations
from random import Random

from journal.kind import EventKind, duration
from sim.events import LinkFrameDuplicated, LinkFrameHeld, LinkFrameLost, LinkFrameStopped
from sim.os.kernel import Kernel
from sim.os.link import LinkDevice
from sim.record.describe import describe
from sim.scenario.faults import CableFault
from sim.scenario.model import Link, LinkPath


@dataclass(slots=True)
class _Way:
    """From one station to another."""

    name: str
    receiver: LinkDevice
    original: LinkPath
    """As the scenario has it."""
    path: LinkPath
    """As it is now."""
    random: Random
    cut: bool = False
    cut_ns: int = -1
    """When the last partition began."""
    holds: bool = False


class Impairments:
    """Of `link`, in a run with `seed`; `stations` are those on it, by adapter (`sim.os.link.Ways`)."""

    def __init__(self, kernel: Kernel, link: Link, seed: int, stations: Mapping[str, LinkDevice]) -> None:
        self._kernel = kernel
        self._link = link
        self._seed = seed
        self._stations = stations
        self._ways: dict[tuple[LinkDevice, LinkDevice], _Way] = {}
        self._held: list[tuple[_Way, bytes]] = []
        """What waits at the ends of its ways, in the order in which it came."""

    # -- frames ------------------------------------------------------------------------------------------

    def copies(self, sender: LinkDevice, receiver: LinkDevice, frame: bytes) -> list[int]:
        """The delays of the copies of `frame` that arrive, in ns."""
        way = self._way(sender, receiver)
        path, random = way.path, way.random
        if way.cut:
            self._emit(LinkFrameStopped, way, frame)
            return []
        if path.loss and random.random() < path.loss:
            self._emit(LinkFrameLost, way, frame)
            return []
        delays = [path.delay_ns]
        if path.duplicate and random.random() < path.duplicate:
            self._emit(LinkFrameDuplicated, way, frame)
            delays *= 2
        if path.jitter_ns:
            delays = [delay + random.randint(0, path.jitter_ns) for delay in delays]
        if path.reorder and random.random() < path.reorder:
            self._emit(LinkFrameHeld, way, frame)
            delays[0] += path.reorder_delay_ns
        return delays

    def arrives(self, sender: LinkDevice, receiver: LinkDevice, frame: bytes, sent_ns: int) -> bool:
        """Whether a copy is delivered at the end of its way."""
        way = self._way(sender, receiver)
        if way.cut or sent_ns <= way.cut_ns:
            self._emit(LinkFrameStopped, way, frame)
            return False
        if way.holds:
            self._emit(LinkFrameHeld, way, frame)
            self._held.append((way, frame))
        return not way.holds

    # -- what is done to the ways ------------------------------------------------------------------------

    def change(self, fault: CableFault) -> None:
        """Cut ways, hold frames back, change a path, or heal: what was held back arrives then, in order."""
        now = self._kernel.now
        ways = list(self._meant(fault))
        for way in ways:
            if fault.what == "partition":
                way.cut, way.cut_ns = True, now
            elif fault.what == "hold":
                way.holds = True
            elif fault.what == "impair":
                way.path = replace(way.original, **dict(fault.path))  # type: ignore[arg-type]  # by their names
            else:
                way.path, way.cut, way.holds = way.original, False, False
                if way.cut_ns == now:  # a partition of no time stops nothing
                    way.cut_ns = -1
        held, self._held = self._held, []
        for way, frame in held:
            if way.holds:
                self._held.append((way, frame))
            else:
                way.receiver.receive(frame)

    def _meant(self, fault: CableFault) -> Iterator[_Way]:
        if fault.between is None:
            pairs = list(permutations(self._stations.values(), 2))
        else:
            one, other = (self._stations[name] for name in fault.between)
            pairs = [(one, other)] if fault.one_way else [(one, other), (other, one)]
        return (self._way(*pair) for pair in pairs)

    # -- ways --------------------------------------------------------------------------------------------

    def _way(self, sender: LinkDevice, receiver: LinkDevice) -> _Way:
        """The way from one to the other."""
        way = self._ways.get((sender, receiver))
        if way is None:
            names = {device: name for name, device in self._stations.items()}
            ends = names[sender], names[receiver]
            path = self._link.path
            for pair in self._link.pairs:
                if ends == pair.between or (not pair.one_way and ends == pair.between[::-1]):
                    path = pair.path
            random = Random(f"{self._seed}/link/{'/'.join(ends)}")
            way = self._ways[sender, receiver] = _Way(" to ".join(ends), receiver, path, path, random)
        return way

    def _emit(self, kind: type[EventKind], way: _Way, frame: bytes) -> None:
        self._kernel.emit("link", kind, {"way": way.name, "octets": len(frame), "summary": describe(frame)})


def way_of(fault: CableFault) -> str:
    """The way that a fault of the link is about, for a sentence."""
    if fault.between is None:
        return "between all stations"
    one, other = fault.between
    return f"from {one} to {other}" if fault.one_way else f"between {one} and {other}"


def path_of(fault: CableFault) -> str:
    """What becomes of frames there, for a sentence."""
    return ", ".join(
        f"{name.removesuffix('_ns')} {duration(int(value))}" if name.endswith("_ns") else f"{name} {value}"
        for name, value in fault.path
    )
