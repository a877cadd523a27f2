"""What the boxes of a running network have counted and learnt: counters, and address tables of switches."""

from hw.switch.netlist import COUNTERS
from hw.switch.table import Entry
from sim.api.levels import Levels
from sim.engine.interface import Engine
from sim.record.recorder import Recorder
from sim.scenario.cabling import Cabling
from sim.scenario.model import Scenario
from sim.scenario.plan import Plan


class Tables:
    """Reads them where they are: on nets, in the memory of a switch's core, and in the recorder."""

    def __init__(
        self,
        scenario: Scenario,
        plan: Plan,
        cabling: Cabling | None,
        engine: Engine,
        levels: Levels,
        recorder: Recorder,
    ) -> None:
        self._scenario = scenario
        self._plan = plan
        self._cabling = cabling
        self._engine = engine
        self._levels = levels
        self._recorder = recorder

    def addresses(self) -> dict[str, list[Entry]]:
        """The address table of each switch."""
        if self._cabling is None:  # a [link] has no switches
            return {}
        return {
            switch.name: self._cabling.table(self._engine, number)
            for number, switch in enumerate(self._scenario.switches)
        }

    def counters(self, name: str) -> dict[str, int]:
        """Those of a port of a switch, or of a cable. ValueError if `name` has none."""
        for switch in self._scenario.switches:
            for number, socket in enumerate(switch.sockets, 1):
                if socket == name:
                    nets = {one: f"{switch.name}.port{number}.{one}" for one in COUNTERS}
                    return {one: int(self._levels.read(net)) for one, net in nets.items()}
        coaxes, cables = self._scenario.coaxes, self._scenario.cables
        if name in [one.name for one in coaxes] + [one.name for one in cables]:
            return {"frames": self._recorder.frames[name], "fragments": self._recorder.fragments[name]}
        raise ValueError(
            f'"{name}" has no counters; adapters, ports of switches and cables have, such as '
            + ", ".join([*self._scenario.adapters][:1] + [*self._plan.names][-1:])
        )
