"""A switch that gets more than it can send, row B8: full queues, ports that cannot send, endless frames.

What is lost is counted and reported, and between other ports nothing is.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from bridging import BROADCAST, Bridged, frame, station, switch
from pattern import BIT_PS, on_wire, with_fcs

from hw.analogue.generator import HIGH, IDLE
from hw.switch.queue import DEPTH
from hw.switch.recording import RECORDING
from journal.event import Event  # noqa: TC001 (beside the decoder)
from sim.engine.interface import Changes
from sim.record.hardware import HardwareDecoder
from sim.record.timeline import line
from sim.scenario.faults import CableFault
from sim.scenario.model import Duplex

Measured = Callable[[str], None]
Pick = Callable[[Any, Any], Any]
FRAME_BT = 672
"""One of 64 octets with its preamble and gap."""
RELAY_BT = 60
"""By then a frame is in its queue."""
MS_PS = 1_000_000_000
SECOND_PS = 1000 * MS_PS
BUFFERS = 32
PAUSE = bytes.fromhex("0180c2000001")


class Watched(Bridged):
    """And what a recorder would report."""

    def __init__(self, *arguments: Any) -> None:
        self.events: list[Event] = []
        super().__init__(*arguments)
        self._decoder = HardwareDecoder(self.engine.nets, {"sw": RECORDING}, rows=False)

    def take(self, changes: Changes) -> None:
        """Decode it."""
        super().take(changes)
        self._decoder.changes(changes)
        self.events += self._decoder.take()[0]

    def reported(self, kind: str) -> Counter[int]:
        """How often of each port."""
        self.look()
        return Counter(int(event.fields["port"] or 0) for event in self.events if event.kind == kind)


def heard_from(lab: Bridged, port: str, source: bytes) -> int:
    """How many frames of a station a port has sent."""
    return sum(heard.octets[6:12] == source for heard in lab.heard(port))


def test_B8_a_full_queue(engine: str, pick: Pick, measured: Measured) -> None:
    """Three ports at line rate for one: its queue of 64 fills up before their buffers do."""
    (count,) = pick((100,), (45,))
    with Watched(engine, switch(6)) as lab:
        stations = lab.introduce(6)
        before = [lab.counters(f"sw.{port}") for port in range(1, 7)]
        for port in (1, 2, 3):
            end = lab.send(f"sw.{port}", *[frame(stations[3], stations[port - 1])] * count)
        for port, other in ((5, 6), (6, 5)):
            lab.send(f"sw.{port}", *[frame(stations[other - 1], stations[port - 1])] * count)
        lab.run_to(end + (DEPTH + 10) * FRAME_BT * BIT_PS)
        counters = [
            Counter(lab.counters(f"sw.{port}")) - Counter(counted)
            for port, counted in enumerate(before, start=1)
        ]
        sent = len(lab.heard("sw.4"))
        full = counters[3]["queue_full"]
        lost = sum(one["no_buffer"] for one in counters[:3])
        assert full > 0
        assert counters[3] == {"sent": sent, "queue_full": full}
        assert sent + full + lost == 3 * count
        assert sum(one["received"] for one in counters[:3]) == sent + full
        assert not any(one["filtered"] for one in counters)
        assert lab.reported("queue full") == {4: full}
        assert [len(lab.heard(port)) for port in ("sw.5", "sw.6")] == [count, count]
    measured("three ports for one: its queue fills up; what is refused is counted there and reported, once")


def test_B8_floods_to_a_full_queue(engine: str, pick: Pick, measured: Measured) -> None:
    """They go to the other ports, and their buffers are free again when those have sent them."""
    (count,) = pick((120,), (45,))
    with Bridged(engine, switch(5)) as lab:
        stations = lab.introduce(5)
        for port in (1, 2, 3):
            lab.send(f"sw.{port}", *[frame(stations[3], stations[port - 1])] * count)
        end = lab.send("sw.5", *[frame(BROADCAST, stations[4])] * count)
        lab.run_to(end + (DEPTH + 10) * FRAME_BT * BIT_PS)
        flooded = lab.counters("sw.5")["received"] - 1
        assert [heard_from(lab, f"sw.{port}", stations[4]) for port in (1, 2, 3)] == [flooded] * 3
        refused = flooded - heard_from(lab, "sw.4", stations[4])
        assert refused > pick(BUFFERS, 0)
        before = lab.counters("sw.5")
        last = [frame(BROADCAST, stations[4])] * 2
        assert lab.exchange("sw.5", *last) == {"sw.1", "sw.2", "sw.3", "sw.4"}
        assert Counter(lab.counters("sw.5")) - Counter(before) == {"received": 2}
    measured("floods that one full queue refuses: sent at the other ports, and their buffers are free again")


def _babble(lab: Bridged) -> Callable[[], None]:
    """A station at port 4 drives its pair forever."""
    lab.drive("sw.4", [(BIT_PS, HIGH)])
    return lambda: None


def _keep_pausing(lab: Bridged) -> Callable[[], None]:
    """A station at port 4 asks for the longest pause again and again."""
    asks = with_fcs(PAUSE + station(4) + bytes.fromhex("88080001ffff") + bytes(42))
    return lambda: lab.run_to(lab.send("sw.4", asks))


@pytest.mark.parametrize(("duplex", "hinder"), [("half", _babble), ("full", _keep_pausing)])
def test_B8_a_port_that_cannot_send(
    engine: str,
    pick: Pick,
    measured: Measured,
    duplex: Duplex,
    hinder: Callable[[Bridged], Callable[[], None]],
) -> None:
    """Broadcasts wait there and hold buffers; 802.1D 7.7.3 lets them wait for a second."""
    (rounds, interval_ps) = pick((60, 100 * MS_PS), (12, 300 * MS_PS))
    with Watched(engine, switch(4, duplex)) as lab:
        stations = lab.introduce(4)
        go_on = hinder(lab)
        begun = lab.now
        for _ in range(rounds):
            go_on()
            lab.send("sw.1", frame(stations[1], stations[0]), frame(BROADCAST, stations[0]))
            lab.send("sw.3", frame(BROADCAST, stations[2]), after_bt=8 * FRAME_BT)
            lab.run_for(interval_ps)
        assert heard_from(lab, "sw.2", stations[0]) == 2 * rounds
        assert heard_from(lab, "sw.2", stations[2]) == heard_from(lab, "sw.3", stations[0]) == rounds
        assert not any("no_buffer" in lab.counters(port) for port in ("sw.1", "sw.3"))
        gone = lab.counters("sw.4")["delay_exceeded"]
        waiting = 2 * rounds - gone - len(lab.heard("sw.4"))
        least = 7 * SECOND_PS // 10 // interval_ps
        assert 2 * least <= waiting <= 1 + 2 * SECOND_PS // interval_ps
        assert lab.reported("frame waited too long") == {4: gone}
        assert any("has waited for a second at port 4" in str(line(event)) for event in lab.events)
        assert lab.now - begun > 3 * SECOND_PS
        lab.drive("sw.4", [(BIT_PS, IDLE)])
        lab.forget()
        lab.run_for(4 * SECOND_PS)
        assert 1 <= len(lab.heard("sw.4")) <= waiting
    why = "a station that babbles, half duplex" if duplex == "half" else "one that pauses it, full duplex"
    measured(f"{why}: what has waited for a second is discarded and counted; other ports lose nothing")


def test_B8_a_collision_at_a_port(engine: str, pick: Pick, measured: Measured) -> None:
    """The frame is sent again from its first bit on."""
    with Bridged(engine, switch(2, "half")) as lab:
        one, two = lab.introduce(2)
        sent = frame(two, one, 100)
        bits = pick((10, 60, 100, 300, 450), (100, 300))
        for bit in bits:
            lab.forget()
            end = lab.send("sw.1", sent)
            after_bt = (end - lab.now) // BIT_PS + RELAY_BT + bit
            lab.say("sw.2", "10" * 60, after_bt=after_bt)
            lab.run_to(end + 4000 * BIT_PS)
            first, *_, last = lab.bursts("sw.2")
            assert len(first.bits) < len(last.bits)
            assert last.bits == on_wire(sent)
        assert lab.counters("sw.2")["sent"] == 1 + len(bits)
        assert "unsent" not in lab.counters("sw.2")
    measured("half duplex, a collision in the preamble or in the data: sent again, bit by bit")


def test_B8_a_link_that_fails_with_frames_waiting(engine: str, pick: Pick, measured: Measured) -> None:
    """They are counted as not sent, and hold no buffer any longer."""
    (count,) = pick((25,), (8,))
    with Bridged(engine, switch(3)) as lab:
        stations = lab.introduce(3)
        for port in (1, 2):
            end = lab.send(f"sw.{port}", *[frame(stations[2], stations[port - 1])] * count)
        lab.run_to(end + RELAY_BT * BIT_PS)
        before = len(lab.heard("sw.3"))
        lab.strike(CableFault(0, "unplug", "sw.3"))
        lab.run_for(5 * FRAME_BT * BIT_PS)
        counters = lab.counters("sw.3")
        assert counters["unsent"] >= 2 * count - before - 3
        assert counters["sent"] - 2 + counters["unsent"] == 2 * count
        lab.strike(CableFault(0, "plug", "sw.3"))
        lab.forget()
        for port in (1, 2):
            end = lab.send(f"sw.{port}", *[frame(stations[2], stations[port - 1])] * count)
        lab.run_to(end + (count + 5) * FRAME_BT * BIT_PS)
        assert len(lab.heard("sw.3")) == 2 * count
        assert not any("no_buffer" in lab.counters(port) for port in ("sw.1", "sw.2"))
    measured("a link that fails: what waits there is counted as not sent, and its buffers are free again")


@pytest.mark.parametrize("octets", [2_000, 9_000, pytest.param(70_000, marks=pytest.mark.slow)])
def test_B5_a_station_that_does_not_end(engine: str, pick: Pick, measured: Measured, octets: int) -> None:
    """However long: counted once, forwarded nowhere, and the next frame is received."""
    (octets,) = pick((octets,), (1_600,))
    with Watched(engine, switch(3)) as lab:
        stations = lab.introduce(3)
        before = Counter(lab.counters("sw.1"))
        long = frame(stations[1], stations[0], octets)
        end = lab.send("sw.1", long, frame(stations[1], stations[0]))
        healthy = octets // 90
        lab.send("sw.3", *[frame(stations[1], stations[2])] * healthy)
        lab.run_to(end + 2 * FRAME_BT * BIT_PS)
        assert Counter(lab.counters("sw.1")) - before == {"bad": 1, "received": 1}
        assert lab.reported("frame with an error") == {1: 1}
        assert heard_from(lab, "sw.2", stations[0]) == 1
        assert heard_from(lab, "sw.2", stations[2]) == healthy
    measured(f"{octets:,} octets: to no port, counted once; the next frame is forwarded")


@pytest.mark.parametrize("cut_through", [False, True])
def test_B5_a_frame_that_breaks_off(engine: str, pick: Pick, measured: Measured, cut_through: bool) -> None:
    """As when a cable is pulled: after each of these bits, in the address, in the data, in the FCS."""
    with Bridged(engine, switch(3, cut_through=cut_through)) as lab:
        stations = lab.introduce(3)
        whole = frame(stations[1], stations[0], 200)
        bits = pick((70, 110, 130, 300, 600, 1633, 1663), (300,))
        for cut in bits:
            lab.forget()
            lab.run_to(lab.say("sw.1", on_wire(whole)[:cut]) + 2 * FRAME_BT * BIT_PS)
            left = [len(burst.bits) for burst in lab.bursts("sw.2")]
            assert left in ([], [cut // 8 * 8]) if cut_through else left == []
            assert lab.exchange("sw.1", whole) == {"sw.2"}
            assert lab.heard("sw.2")[0].octets == whole[:-4]
        assert lab.counters("sw.1")["received"] == 1 + len(bits)
    so_far = "as far as its octets came" if cut_through else "to no port"
    measured(f"{'cut-through' if cut_through else 'stored'}, a frame that breaks off: {so_far}")


def test_B5_a_cable_pulled_in_the_middle_of_a_frame(engine: str, pick: Pick, measured: Measured) -> None:
    """And put back in the middle of another one: both are lost, the first is counted, the third arrives."""
    with Bridged(engine, switch(4)) as lab:
        stations = lab.introduce(4)
        sent = frame(stations[1], stations[0], 300)
        for count, (pulled, back) in enumerate(pick(((700, 2800), (2450, 3300)), ((700, 2800),)), start=1):
            lab.forget()
            begun = lab.now
            end = lab.send("sw.1", sent, sent, sent)
            lab.send("sw.3", *[frame(stations[3], stations[2])] * 10)
            lab.run_to(begun + pulled * BIT_PS)
            lab.strike(CableFault(0, "unplug", "sw.1"))
            lab.run_to(begun + back * BIT_PS)
            lab.strike(CableFault(0, "plug", "sw.1"))
            lab.run_to(end + 5 * FRAME_BT * BIT_PS)
            assert lab.counters("sw.1")["bad"] == count
            assert heard_from(lab, "sw.2", stations[0]) == 1
            assert heard_from(lab, "sw.4", stations[2]) == 10
    measured("a cable pulled in a frame: counted, forwarded nowhere; other ports lose nothing")
