"""What a fault of a scenario means for its cables: the same for every engine."""

from collections.abc import Mapping

from hw.analogue.segment import Segment
from sim.scenario.model import CableFault, Coax, Scenario


def segment(coax: Coax) -> Segment:
    """The cable of a coax, with its taps in the engines' order: MAUs, then signal generators."""
    positions = [*(tap.at_mm for tap in coax.taps), *coax.generators_mm]
    return Segment(coax.length_mm, positions, coax.terminators)


def linked(scenario: Scenario, host: str) -> tuple[str, ...]:
    """The hosts and ports of hubs that lose their link when `host` is unplugged; with
    link pulses they find out, and a cable over which nothing is heard has none to lose."""
    for cable in scenario.cables:
        if host in cable.ends:
            return () if cable.pulses or not cable.heard else cable.ends
    return (host,)


def strike(scenario: Scenario, fault: CableFault, segments: Mapping[str, Segment]) -> str:
    """Let `fault` happen to its segment, of `segments` by name, and return the name of its cable.

    Only a coax has a segment. The fault must be good (`sim.scenario.check`).
    """
    if fault.what in ("plug", "unplug"):
        for coax in scenario.coaxes:
            for number, tap in enumerate(coax.taps):
                if tap.host == fault.host:
                    (segments[coax.name].plug if fault.what == "plug" else segments[coax.name].unplug)(number)
                    return coax.name
        return next(cable.name for cable in scenario.cables if fault.host in cable.ends)
    segment = segments[fault.cable]
    if fault.what == "open":
        segment.open(fault.at_mm)
    elif fault.what == "short":
        segment.short(fault.at_mm)
    elif fault.what == "repair":
        segment.repair()
    elif fault.what == "terminator on":
        segment.terminate(fault.end)
    else:
        segment.unterminate(fault.end)
    return fault.cable
