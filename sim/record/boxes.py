"""How the boxes of a network are recorded, by their names."""

from collections.abc import Mapping

from hw.adapter import recording as adapter
from hw.hub import recording as hub
from hw.kinds import kinds
from hw.recording import Recording
from hw.switch import recording as switch
from sim.scenario.model import Scenario

RECORDINGS = {"adapter": adapter.RECORDING, "hub": hub.RECORDING, "switch": switch.RECORDING}
"""By the kind of box."""


def recordings(scenario: Scenario) -> Mapping[str, Recording]:
    """Of each box, in the order of the scenario."""
    made = dict.fromkeys(scenario.adapters, RECORDINGS["adapter"])
    made |= {hub.name: RECORDINGS["hub"] for hub in scenario.hubs}
    made |= {switch.name: RECORDINGS["switch"] for switch in scenario.switches}
    others = {box.name: kinds()[box.kind].recording for box in scenario.boxes}
    return made | {name: recording for name, recording in others.items() if recording}
