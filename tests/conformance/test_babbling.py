"""A station that never stops, at a port of a hub: it is cut, then partitioned, and the others go on (D10)."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from closet import Closet
from hosts import computer
from laboratory import Station, address, frame
from pattern import BIT_PS

from hw.analogue.generator import HIGH, IDLE
from hw.hub.recording import RECORDING, PortCounts
from journal.event import Event  # noqa: TC001 (beside the decoder)
from sim.record.hardware import HardwareDecoder
from sim.scenario.model import Cable, Hub

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]
BABBLES_BT = 15 * 6_554
FRAMES = 20
OCTETS = 300


class Watched(Closet):
    """A hub with two stations and a generator at port 3, and what a recorder would report."""

    def __init__(self, engine: str, lockup_bt: int) -> None:
        hosts = [computer(name, f"10.0.0.{n + 1}/24", address(n)) for n, name in enumerate(("left", "right"))]
        cables = [Cable(f"c{n}", 20_000, (host.name, f"a.{n + 1}")) for n, host in enumerate(hosts)]
        super().__init__(engine, Hub("a", 3, jabber_lockup_ns=lockup_bt * 100), hosts=hosts, cables=cables)
        self._decoder = HardwareDecoder(self.engine.nets, {"a": RECORDING}, rows=False)
        self.events: list[Event] = []
        for station in self.stations:
            station.bring_up()

    def look(self) -> None:
        """Decode what has changed."""
        changes = self.engine.changes()
        self._decoder.changes(changes)
        self.events += self._decoder.take()[0]

    def kinds(self, *kinds: str) -> Sequence[tuple[str, int]]:
        """Which of these events there have been, and at which port."""
        self.look()
        return [(event.kind, int(event.fields["port"])) for event in self.events if event.kind in kinds]


def exchange(lab: Watched, sender: Station, receiver: Station) -> int:
    """Have a frame sent; how many come."""
    sender.queue(frame(receiver.address, OCTETS)[:-4])
    sender.sent()
    lab.run_for(100 * BIT_PS)
    return len(receiver.received())


@pytest.mark.slow
def test_D10_a_babbling_station(engine: str, pick: Pick, measured: Measured) -> None:
    """It drives its pair forever. In the pauses in which the hub cuts it off another can begin.

    The second collision of a port that has not been idle since the first is one too long (Tw6).
    """
    lockup, frames = pick((65_536, 20), (3_000, 2))
    with Watched(engine, lockup) as lab:
        left, right = lab.stations
        begun = lab.now + 10 * BIT_PS
        over = begun + 20 * lockup * BIT_PS
        lab.engine.play(0, [(BIT_PS, HIGH), (over - begun, IDLE)], begun)
        lab.run_to(begun + 100 * BIT_PS)
        lost = got = 0
        while not lab.kinds("port partitioned"):
            assert lab.now < over
            lost += 1 - exchange(lab, left, right)
        for _ in range(frames):
            got += exchange(lab, left, right) + exchange(lab, right, left)
        assert lab.now < over, "all this while it babbles"
        assert got == 2 * frames
        lab.run_to(over + 200 * BIT_PS)
        assert not lab.kinds("port joined again")
        exchange(lab, right, left)
        assert lab.kinds("port joined again") == [("port joined again", 3)]
        counts = PortCounts()
        for event in lab.events:
            if event.layer == "hub":
                counts(event)
        counted = counts.record()
    assert (counted["a.3"]["partitions"], counted["a.3"]["partitioned"]) == (1, False)
    cuts = counted["a.3"].get("very long events", 0)
    assert cuts == pick(2, 0)
    assert "frames" not in counted["a.3"]
    measured(
        f"a babbling station is cut {cuts} times, then partitioned; the others lose {lost} frames until then"
    )
