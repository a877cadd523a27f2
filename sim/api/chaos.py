"""Schedules of faults by chance: what happens to a network while its programs are to go on.

    lan.faults(chaos(Random(7), ["a", "b", "c"], end="20 s"))

All that a schedule has comes from the `random` that it is given, and nothing else: the same seed, the same
faults. With the random numbers of hypothesis, `st.randoms(use_true_random=False)`, a test that fails is
made smaller by it: fewer faults, earlier, shorter. Each fault is mended again, the last one at `end` at the
latest, so what a program owes when the network is whole can be demanded after that.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Unpack

from sim.scenario.faults import FaultKind
from sim.scenario.quantities import time_ns
from sim.scenario.tables.fault import FaultKeys

MENDS: Mapping[FaultKind, FaultKind | None] = {
    "unplug": "plug",
    "power off": "power on",
    "partition": "heal",
    "hold": "heal",
    "impair": "heal",
    "clock step": None,
    "receiver off": "receiver on",
    "babble on": "babble off",
    "interrupt off": "interrupt on",
}
"""What may happen, and what ends it; a clock that has been set stays so."""
_PAIRS = ("partition", "hold", "impair")
_LAST_OF_10 = 2
"""How many of ten schedules end where another fault could follow. A 0 ends it, since that is what hypothesis
tries first when it looks for a shorter schedule."""


class Fault:
    """A fault of a schedule: its `repr` is the call that makes it."""

    def __init__(self, what: FaultKind, *, at: str, **keys: Unpack[FaultKeys]) -> None:
        self.what = what
        """Its kind, as in `Lan.fault`."""
        self.at = at
        """When it happens."""
        self.keys = keys
        """Where it happens, and the rest."""

    def __repr__(self) -> str:
        keys = "".join(f", {name}={value!r}" for name, value in self.keys.items())
        return f'Fault("{self.what}", at="{self.at}"{keys})'

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fault) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))


def chaos(
    random: Random,
    hosts: Sequence[str],
    *,
    end: str,
    begin: str = "0 s",
    most: int = 10,
    faults: Sequence[FaultKind] = ("partition", "unplug", "power off", "impair"),
) -> list[Fault]:
    """Up to `most` faults of these kinds, at or between `hosts`, all mended by `end`; in the order of time.

    Times are whole milliseconds. Two faults of one kind at one place are both over when the first is mended.
    ValueError for a kind that nothing ends, for too little time, and where nothing can happen.
    """
    for kind in faults:
        if kind not in MENDS:
            raise ValueError(f'"{kind}" cannot be in a schedule; these can: {", ".join(MENDS)}')
    first, last = -(-time_ns(begin) // 1_000_000), time_ns(end) // 1_000_000
    if last - first < 1:
        raise ValueError(f"between {begin} and {end} is no whole millisecond")
    kinds = [kind for kind in faults if kind not in _PAIRS or len(hosts) > 1]
    if not (hosts and kinds):
        raise ValueError("nothing can happen: give a host, two for what is between hosts, and a fault")
    found: list[tuple[int, Fault]] = []
    for number in range(most + 1):
        ends = random.randrange(10) < _LAST_OF_10  # drawn after the last one, too: any may be left out then
        if ends or number == most:
            break
        what = kinds[random.randrange(len(kinds))]
        at = random.randrange(first, last)
        until = random.randrange(at + 1, last + 1)
        found += _one(random, hosts, what, at, until)
    return [fault for _, fault in sorted(found, key=lambda one: one[0])]


def _one(
    random: Random, hosts: Sequence[str], what: FaultKind, at: int, until: int
) -> list[tuple[int, Fault]]:
    """A fault and its end, each with its time in ms."""
    keys: dict[str, Any] = {}
    one = random.randrange(len(hosts))
    if what in _PAIRS:
        other = (one + 1 + random.randrange(len(hosts) - 1)) % len(hosts)
        keys["between"] = [hosts[one], hosts[other]]
        if random.randrange(2):
            keys["one_way"] = True
    else:
        keys["host"] = hosts[one]
    mend, place = MENDS[what], {**keys}
    if what == "impair":
        keys["loss"] = random.randrange(1, 10) / 10
        keys["delay"] = f"{random.randrange(1, 300)} ms"
    if what == "clock step":
        keys["by"] = f"{random.choice((-1, 1)) * random.randrange(1, 61)} s"
    happened = [(at, Fault(what, at=f"{at} ms", **keys))]
    return happened if mend is None else [*happened, (until, Fault(mend, at=f"{until} ms", **place))]
