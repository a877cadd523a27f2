"""How the boxes of a network are recorded: their decoders and counts, by kind of box."""

from collections.abc import Mapping

from hw.adapter import recording as adapter
from hw.hub import recording as hub
from hw.kinds import kinds
from hw.recording import Recording
from hw.switch import recording as switch
from sim.scenario.model import Scenario

OURS = (adapter.RECORDING, hub.RECORDING, switch.RECORDING)
"""Of the kinds that are part of this package."""


def recordings(scenario: Scenario) -> Mapping[str, Recording]:
    """Of each box by its name, in the order of the scenario; a kind of another package may have none."""
    made = dict.fromkeys(scenario.adapters, adapter.RECORDING)
    made |= {box.name: hub.RECORDING for box in scenario.hubs}
    made |= {box.name: switch.RECORDING for box in scenario.switches}
    others = {box.name: kinds()[box.kind].recording for box in scenario.boxes}
    return made | {name: recording for name, recording in others.items() if recording}
