"""What clause 13 and the media's clauses say of a network's cables: its figures, and warnings.

A wrong network can be built, and runs here as it would in life. So nothing here is an error: before a run one
is shown which path is too long, by how much, and what will come of it.

Repeaters join segments to one *collision domain*; a station or a port of a switch is where it ends. A domain
has to be a tree. Cables that close a loop are named, and the paths are those of what remains.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from hw.analogue.segment import CoaxType
from hw.analogue.twisted_pair import SQUELCH_MV
from journal.words import counted
from sim.scenario.budget import (
    COAX,
    COAXES,
    MAX_COAXES,
    MAX_DELAY_BT,
    MAX_REPEATERS,
    MAX_SEGMENTS,
    MAX_SHRINKAGE_BT,
    PAIR,
    THIN_COAX,
    Medium,
    Stretch,
    delay,
    delays,
    shrinkage,
)
from sim.scenario.model import Coax, Scenario, is_port
from sim.scenario.plan import box
from sim.scenario.rules import metres

MAX_COAX_MM: dict[CoaxType, int] = {"10BASE5": 500_000, "10BASE2": 185_000}
"""Segments (802.3 clauses 8.6.1 and 10.7.2.1)."""
MAX_THIN_TAPS = 30
LEAST_THIN_MM = 500
"""MAUs on a segment of 10BASE2, and the shortest piece of cable between two (clause 10.7.2)."""
MAX_PAIR_MM = 100_000
"""10BASE-T (clause 14.1.1.3)."""
MAX_AUI_MM = 50_000
"""AUI cable (clause 7.4.3)."""


@dataclass(frozen=True, slots=True)
class Path:
    """A way from one station to another, over segments (by name) that repeaters join."""

    ends: tuple[str, str]
    segments: tuple[str, ...]
    stretches: tuple[Stretch, ...]

    @property
    def delay_bt(self) -> float:
        """PDV with its margin."""
        return delay(self.stretches)

    @property
    def shrinkage_bt(self) -> float:
        """PVV."""
        return shrinkage(self.stretches)

    @property
    def counts(self) -> tuple[int, int, int]:
        """Segments, repeaters, and how many of the segments are coaxes."""
        return (
            len(self.segments),
            len(self.segments) - 1,
            sum(stretch.medium in COAXES for stretch in self.stretches),
        )

    def record(self) -> dict[str, object]:
        """The path for a machine."""
        return {
            "ends": list(self.ends),
            "segments": [
                {"name": name, "medium": stretch.medium.name, "metres": stretch.metres}
                for name, stretch in zip(self.segments, self.stretches, strict=True)
            ],
            "delay_bt": round(self.delay_bt, 4),
            "shrinkage_bt": self.shrinkage_bt,
        }

    def lines(self) -> list[str]:
        """The path as a table, and what it comes to."""
        from_one, to_other = self.ends
        segments, repeaters, coaxes = self.counts
        kept = segments <= MAX_SEGMENTS and repeaters <= MAX_REPEATERS and coaxes <= MAX_COAXES
        lines = [f"{from_one} to {to_other}"]
        width = max(map(len, self.segments))
        # The direction of the larger sum.
        order = 1 if sum(delays(self.stretches)) >= sum(delays(self.stretches[::-1])) else -1
        stretches = self.stretches[::order]
        for name, stretch, bt in zip(self.segments[::order], stretches, delays(stretches), strict=True):
            length = f"{stretch.metres:g} m"
            lines.append(f"  {name:<{width}}  {stretch.medium.name:<8}  {length:>8}  {bt:8.2f} BT")
        lines.append(f"  round trip with 5 BT of margin: {self.delay_bt:.2f} BT, at most {MAX_DELAY_BT:g}")
        lines.append(f"  shrinkage of a gap: {self.shrinkage_bt:.1f} BT, at most {MAX_SHRINKAGE_BT:g}")
        lines.append(
            f"  {counted(segments, 'segment')}, {counted(repeaters, 'repeater')}, "
            + f"{counted(coaxes, 'coax segment')}: "
            + ("within" if kept else "beyond")
            + f" the rule of {MAX_SEGMENTS}, {MAX_REPEATERS} and {MAX_COAXES}"
        )
        return lines


@dataclass(frozen=True, slots=True)
class Findings:
    """The worst paths of each domain that has a repeater, one or two, and what is wrong with the network."""

    paths: tuple[Path, ...]
    warnings: tuple[str, ...]

    def record(self) -> dict[str, object]:
        """The same for a machine; lengths in m, delays in bit times."""
        return {
            "paths": [path.record() for path in self.paths],
            "delay_limit_bt": MAX_DELAY_BT,
            "shrinkage_limit_bt": MAX_SHRINKAGE_BT,
            "warnings": list(self.warnings),
        }


def examine(scenario: Scenario) -> Findings:
    """Look at the cables of a good `scenario`."""
    network = _Network(scenario)
    paths = []
    warnings = [*_doubles(scenario), *_lengths(scenario), *network.loops]
    for domain in network.domains():
        longest = max(domain, key=lambda path: path.delay_bt)
        tightest = max(domain, key=lambda path: path.shrinkage_bt)
        paths += [longest, tightest] if tightest.shrinkage_bt > longest.shrinkage_bt else [longest]
        if longest.delay_bt > MAX_DELAY_BT:
            warnings.append(
                f"{_way(longest)}: a round trip of {longest.delay_bt:.1f} bit times, and {MAX_DELAY_BT:g} "
                "are allowed (clause 13): a station may detect a collision too late"
            )
        if tightest.shrinkage_bt > MAX_SHRINKAGE_BT:
            warnings.append(
                f"{_way(tightest)}: a gap may shrink by {tightest.shrinkage_bt:.1f} bit times, and "
                f"{MAX_SHRINKAGE_BT:g} are allowed (clause 13): a frame may come too soon after another"
            )
    return Findings(tuple(paths), tuple(warnings))


def _way(path: Path) -> str:
    one, other = path.ends
    return f"{one} to {other} by {', '.join(path.segments)}"


def _lengths(scenario: Scenario) -> Iterator[str]:
    for coax in scenario.coaxes:
        most_mm = MAX_COAX_MM[coax.type]
        if coax.length_mm > most_mm:
            yield (
                f"{coax.name} is {metres(coax.length_mm)} long; "
                f"a segment of {coax.type} may have {metres(most_mm)}"
            )
        for at_mm in coax.extra_terminators_mm:
            yield (
                f"{coax.name} has a terminator at {metres(at_mm)}, which is one too many: "
                "it takes so much of the signal that collisions are not detected"
            )
        if coax.type == "10BASE2":
            yield from _thin(coax)
    for cable in scenario.cables:
        most, what = (MAX_PAIR_MM, "10BASE-T") if cable.twisted_pair else (MAX_AUI_MM, "an AUI cable")
        if cable.length_mm > most:
            yield f"{cable.name} is {metres(cable.length_mm)} long; {what} may have {metres(most)}"
        if cable.miswired:
            yield (
                f"{cable.name} is {cable.wiring} and joins transmitter to transmitter: there is no link; "
                f"{' and '.join(cable.ends)} need a {cable.right_wiring} cable"
            )
        elif not cable.heard:
            yield (
                f"{cable.name} leaves {cable.arriving_mv:.1f} mV of a signal, and a receiver takes for noise "
                f"what is below {SQUELCH_MV} mV: there is no link"
            )


def _thin(coax: Coax) -> Iterator[str]:
    """What clause 10.7.2 says of the MAUs of 10BASE2."""
    if len(coax.taps) > MAX_THIN_TAPS:
        yield f"{coax.name} has {len(coax.taps)} taps; a segment of 10BASE2 may have {MAX_THIN_TAPS}"
    places = sorted(tap.at_mm for tap in coax.taps)
    for one, other in pairwise(places):
        if other - one < LEAST_THIN_MM:
            yield f"{coax.name} has taps at {metres(one)} and {metres(other)}; the least between two is 0.5 m"


def _doubles(scenario: Scenario) -> Iterator[str]:
    """Stations with one address: such a network runs, and nobody is reached for sure."""
    stations: defaultdict[str, list[str]] = defaultdict(list)
    for end, adapter in scenario.adapters.items():
        stations[f"the address {adapter.address.ip}"].append(end)
        stations[f"the station address {adapter.effective_address.hex(':')}"].append(end)
    for what, ends in stations.items():
        if len(ends) > 1:
            yield f"{' and '.join(ends)} have {what}: what is sent to it arrives at one of them, or at both"


@dataclass(frozen=True, slots=True)
class _Plug:
    """Where something is on a segment: `at_mm` on a coax, an end of a pair (0 or its length)."""

    end: str
    at_mm: int


class _Network:
    """Segments and what is plugged into them; `loops` are sentences."""

    def __init__(self, scenario: Scenario) -> None:
        self._hubs = {hub.name for hub in scenario.hubs}
        self._media: dict[str, Medium] = {}
        self._plugs: dict[str, list[_Plug]] = {}
        """By segment."""
        self._ports: defaultdict[str, list[tuple[str, _Plug]]] = defaultdict(list)
        """By hub or switch, those that are plugged in, each with its segment."""
        self.loops: list[str] = []
        for coax in scenario.coaxes:
            medium = COAX if coax.type == "10BASE5" else THIN_COAX
            self._add(coax.name, medium, [_Plug(tap.host, tap.at_mm) for tap in coax.taps])
        for cable in scenario.cables:
            plugs = [_Plug(end, at) for end, at in zip(cable.ends, (0, cable.length_mm), strict=True)]
            self._add(cable.name, PAIR, plugs)

    def _add(self, segment: str, medium: Medium, plugs: list[_Plug]) -> None:
        """Plug a segment in, but for what would close a loop."""
        kept = self._plugs.setdefault(segment, [])
        self._media[segment] = medium
        for plug in plugs:
            if not is_port(plug.end):
                kept.append(plug)
            elif way := self._boxes(segment, box(plug.end)):
                if all(one in self._hubs for one in way):
                    kind, effect = (
                        "repeaters",
                        "a frame in it collides with itself, until ports are partitioned",
                    )
                else:
                    kind, effect = (
                        "switches",
                        "they know no spanning tree, and a broadcast goes round it for ever",
                    )
                self.loops.append(
                    f"{segment} closes a loop of {kind} ({', '.join(way)}) at {plug.end}: {effect}"
                )
            else:
                kept.append(plug)
                self._ports[box(plug.end)].append((segment, plug))

    def _boxes(self, segment: str, goal: str) -> list[str]:
        """The hubs and switches on the way from `segment` to the box `goal`; none if there is no way yet."""
        reached: dict[str, list[str]] = {segment: []}
        waiting = [segment]
        while waiting:
            here = waiting.pop(0)
            for plug in self._plugs[here]:
                if not is_port(plug.end):
                    continue
                way = [*reached[here], box(plug.end)]
                if way[-1] == goal:
                    return way
                for other, _ in self._ports[way[-1]]:
                    if other not in reached:
                        reached[other] = way
                        waiting.append(other)
        return []

    def domains(self) -> Iterator[list[Path]]:
        """The paths of each collision domain that has a repeater, and two stations at least."""
        seen: set[str] = set()
        for segment, plugs in self._plugs.items():
            for plug in plugs:
                if not self._repeats(plug.end) and segment not in seen:
                    paths = [path for start in self._stations(segment, seen) for path in self._paths(*start)]
                    if paths:
                        yield paths

    def _repeats(self, end: str) -> bool:
        return is_port(end) and box(end) in self._hubs

    def _stations(self, segment: str, seen: set[str]) -> list[tuple[str, _Plug]]:
        """The stations of the domain of `segment`, each with its segment; the domain's are then `seen`."""
        found: list[tuple[str, _Plug]] = []
        waiting = [segment]
        while waiting:
            here = waiting.pop(0)
            if here in seen:
                continue
            seen.add(here)
            for plug in self._plugs[here]:
                if self._repeats(plug.end):
                    waiting += [other for other, _ in self._behind(here, plug)]
                else:
                    found.append((here, plug))
        return found

    def _behind(self, segment: str, port: _Plug) -> list[tuple[str, _Plug]]:
        """The other segments of the hub at `port`, and where it is plugged into them."""
        return [(other, plug) for other, plug in self._ports[box(port.end)] if other != segment]

    def _paths(self, segment: str, start: _Plug) -> Iterator[Path]:
        """All paths from a station through at least one repeater."""
        waiting: list[tuple[str, _Plug, tuple[str, ...], tuple[Stretch, ...]]] = [(segment, start, (), ())]
        while waiting:
            here, entry, segments, stretches = waiting.pop(0)
            for plug in self._plugs[here]:
                if plug is entry:
                    continue
                stretch = Stretch(self._media[here], abs(plug.at_mm - entry.at_mm) / 1000)
                over = (*segments, here), (*stretches, stretch)
                if self._repeats(plug.end):
                    waiting += [(other, port, *over) for other, port in self._behind(here, plug)]
                elif segments:
                    yield Path((start.end, plug.end), *over)
