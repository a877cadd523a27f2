"""What a link does to frames: it loses, doubles, delays and reorders them, by chance.

Each way between two stations has a stream of chance of its own, from the run's seed and their names. So a
frame's fate depends on what went the same way before, and on nothing else that happens in the network.
"""

from collections.abc import Mapping
from random import Random

from journal.kind import EventKind
from sim.events import LinkFrameDuplicated, LinkFrameHeld, LinkFrameLost
from sim.os.kernel import Kernel
from sim.os.link import LinkDevice
from sim.record.describe import describe
from sim.scenario.model import Link, LinkPath


class Impairments:
    """Of `link`, in a run with `seed`; `stations` are those on it, by adapter."""

    def __init__(self, kernel: Kernel, link: Link, seed: int, stations: Mapping[str, LinkDevice]) -> None:
        self._kernel = kernel
        self._link = link
        self._seed = seed
        self._stations = stations
        self._ways: dict[tuple[LinkDevice, LinkDevice], tuple[LinkPath, Random, str]] = {}

    def copies(self, sender: LinkDevice, receiver: LinkDevice, frame: bytes) -> list[int]:
        """The delays of the copies of `frame` that arrive, in ns."""
        path, random, where = self._way(sender, receiver)
        if path.loss and random.random() < path.loss:
            self._emit(LinkFrameLost, where, frame)
            return []
        delays = [path.delay_ns]
        if path.duplicate and random.random() < path.duplicate:
            self._emit(LinkFrameDuplicated, where, frame)
            delays *= 2
        if path.jitter_ns:
            delays = [delay + random.randint(0, path.jitter_ns) for delay in delays]
        if path.reorder and random.random() < path.reorder:
            self._emit(LinkFrameHeld, where, frame)
            delays[0] += path.reorder_delay_ns
        return delays

    def _way(self, sender: LinkDevice, receiver: LinkDevice) -> tuple[LinkPath, Random, str]:
        """The path from one to the other, its chance, and its name."""
        way = self._ways.get((sender, receiver))
        if way is None:
            names = {device: name for name, device in self._stations.items()}
            ends = names[sender], names[receiver]
            path = self._link.path
            for pair in self._link.pairs:
                if ends == pair.between or (not pair.one_way and ends == pair.between[::-1]):
                    path = pair.path
            text = "/".join(ends)
            way = path, Random(f"{self._seed}/link/{text}"), " to ".join(ends)
            self._ways[sender, receiver] = way
        return way

    def _emit(self, kind: type[EventKind], way: str, frame: bytes) -> None:
        self._kernel.emit("link", kind, {"way": way, "octets": len(frame), "summary": describe(frame)})
