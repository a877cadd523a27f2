"""The order of events of one instant: causes before effects."""

import pytest

from driver.events import InterruptBegins, LinkDown
from hw.adapter.recording import InterruptRaised
from hw.phy.recording import LinkFailed
from journal.event import Event
from journal.kind import EventKind
from sim.events import TerminatorOff, Unplug
from sim.os.events import Output, SwitchedOff
from sim.record.frames import CoaxCollision
from sim.record.recorder import in_order

Happening = tuple[int, type[EventKind]]


def made(happenings: list[Happening]) -> list[Event]:
    return [Event(ps, "pc", kind.layer, kind.kind, {}) for ps, kind in happenings]


@pytest.mark.parametrize(
    ("hardware", "software", "together"),
    [
        pytest.param(
            [(5, InterruptRaised)],
            [(5, InterruptBegins)],
            [InterruptRaised, InterruptBegins],
            id="software reacts to hardware",
        ),
        pytest.param(
            [(5, LinkFailed)],
            [(5, Unplug), (5, LinkDown)],
            [Unplug, LinkFailed, LinkDown],
            id="a link fails because its cable is unplugged",
        ),
        pytest.param(
            [(5, CoaxCollision)], [(5, TerminatorOff)], [TerminatorOff, CoaxCollision], id="a segment too"
        ),
        pytest.param(
            [(5, LinkFailed)],
            [(5, Output), (5, SwitchedOff)],
            [Output, SwitchedOff, LinkFailed],
            id="software keeps its order",
        ),
        pytest.param(
            [(4, LinkFailed), (6, LinkFailed)],
            [(5, Unplug), (6, LinkDown)],
            [LinkFailed, Unplug, LinkFailed, LinkDown],
            id="only within an instant",
        ),
    ],
)
def test_causes_come_before_effects(
    hardware: list[Happening], software: list[Happening], together: list[type[EventKind]]
) -> None:
    found = in_order(made(hardware), made(software))
    assert [(event.layer, event.kind) for event in found] == [(kind.layer, kind.kind) for kind in together]
