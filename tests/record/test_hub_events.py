"""What hubs do, from the lines that are recorded of them."""

from hw.hub.core import State
from hw.hub.recording import HubDecoder, PortCounts
from hw.nets import Net, NetKind
from sim.record.summary import Summary

STATES = tuple(State._names)
FRAME_PS = 100_000_000


class Told:
    """A decoder that is given the changes of a hub of three ports."""

    def __init__(self) -> None:
        self.decoder = HubDecoder("hub")
        nets = [
            Net("hub", "core", "state", NetKind.STATE, states=STATES),
            Net("hub", "core", "selected", NetKind.VECTOR, 3),
            *(Net("hub", f"port{n}", line) for n in (1, 2, 3) for line in ("partitioned", "aui_ci")),
        ]
        self._lines = {net.name.removeprefix("hub."): self.decoder.line(net) for net in nets}
        self.ps = 0

    def set(self, line: str, value: int) -> None:
        take = self._lines[line]
        assert take is not None
        take(self.ps, value)

    def states(self, *names: str) -> None:
        for name in names:
            self.ps += FRAME_PS
            self.set("core.state", STATES.index(name))

    def repeat(self, port: int) -> None:
        self.set("core.selected", 1 << port - 1)
        self.states("START", "PREAMBLE", "SFD", "DATA", "WAIT", "IDLE")

    @property
    def kinds(self) -> list[tuple[str, int]]:
        return [(event.kind, int(event.fields.get("port") or 0)) for event in self.decoder.events]


def test_a_frame_begins_and_ends() -> None:
    told = Told()
    told.repeat(3)
    assert told.kinds == [("repeats", 3), ("frame repeated", 3)]


def test_a_collision_that_a_transceiver_reports() -> None:
    told = Told()
    told.set("core.selected", 4)
    told.set("port3.aui_ci", 1)
    told.states("RECEIVE_COLLISION")
    told.set("port3.aui_ci", 0)
    told.states("WAIT", "IDLE", "RECEIVE_COLLISION")
    assert told.kinds == [("port collision", 3), ("receive collision", 3), ("jam", 3)]


def test_a_collision_is_no_frame() -> None:
    told = Told()
    told.set("core.selected", 1)
    told.states("START", "PREAMBLE", "TRANSMIT_COLLISION")
    told.set("port1.aui_ci", 1)
    told.set("port3.aui_ci", 1)
    told.states("ONE_PORT_LEFT")
    told.set("port1.aui_ci", 0)
    told.states("WAIT", "IDLE")
    assert told.kinds == [
        ("repeats", 1),
        ("collision", 0),
        ("port collision", 1),
        ("port collision", 3),
        ("one port left", 1),
    ]


def test_what_is_cut_is_a_very_long_event() -> None:
    told = Told()
    told.set("core.selected", 2)
    told.states("START", "PREAMBLE", "SFD", "DATA")
    told.ps += 4_000_000_000 - 4 * FRAME_PS
    told.states("WAIT", "IDLE")
    assert told.kinds == [("repeats", 2), ("frame repeated", 2)], "4 ms less one tick of this test"
    told.states("START", "PREAMBLE", "SFD", "DATA")
    told.ps += 4_000_000_000 - 3 * FRAME_PS
    told.states("WAIT")
    assert told.kinds[2:] == [("repeats", 2), ("very long event", 2)]


def test_ports_are_counted_and_their_state_is_told() -> None:
    told = Told()
    for _ in range(3):
        told.repeat(2)
    for port in (3, 1):
        told.set(f"port{port}.aui_ci", 1)
        told.set(f"port{port}.partitioned", 1)
    told.set("port1.partitioned", 0)
    counts, summary = PortCounts(), Summary()
    for event in told.decoder.events:
        counts(event)
        summary(event)
    assert counts.lines() == [
        "hub.1: 1 collision, 1 partition",
        "hub.2: 3 frames",
        "hub.3: 1 collision, 1 partition, is partitioned",
    ]
    assert summary.counts["hub"].record() == {
        "hub.1": {"collisions": 1, "partitions": 1, "partitioned": False},
        "hub.2": {"frames": 3, "partitioned": False},
        "hub.3": {"collisions": 1, "partitions": 1, "partitioned": True},
    }
