"""Builds a LAN from a scenario, runs it on an engine, records it and draws it.

`Lan` is the way in from Python: a LAN in five lines, one's own programs on it, and what came of it. The names
below are the public face (docs/api.md); all others are the package's own.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from journal.event import Event
    from sim.api.chaos import Fault, chaos
    from sim.api.host import Host
    from sim.api.job import Job
    from sim.api.lan import Lan
    from sim.api.load import load
    from sim.api.match import Match
    from sim.api.network import Network
    from sim.api.options import Options
    from sim.api.run import Run, RunError
    from sim.os.measure import measure
    from sim.os.outcome import Ending, Failure, Outcome
    from sim.os.process import Process
    from sim.record.packets import Packet
    from sim.scenario.model import Scenario
    from sim.scenario.rules import ScenarioError
    from sim.scenario.tables.adapter import AdapterKeys
    from sim.scenario.tables.coax import TapKeys
    from sim.scenario.tables.host import RouteKeys
    from sim.scenario.tables.link import LinkPairKeys

_PLACES = {
    "AdapterKeys": "sim.scenario.tables.adapter",
    "Ending": "sim.os.outcome",
    "Event": "journal.event",
    "Failure": "sim.os.outcome",
    "Fault": "sim.api.chaos",
    "Host": "sim.api.host",
    "Job": "sim.api.job",
    "Lan": "sim.api.lan",
    "LinkPairKeys": "sim.scenario.tables.link",
    "Match": "sim.api.match",
    "Network": "sim.api.network",
    "Options": "sim.api.options",
    "Outcome": "sim.os.outcome",
    "Packet": "sim.record.packets",
    "Process": "sim.os.process",
    "RouteKeys": "sim.scenario.tables.host",
    "Run": "sim.api.run",
    "RunError": "sim.api.run",
    "Scenario": "sim.scenario.model",
    "ScenarioError": "sim.scenario.rules",
    "TapKeys": "sim.scenario.tables.coax",
    "chaos": "sim.api.chaos",
    "load": "sim.api.load",
    "measure": "sim.os.measure",
}
"""Where each name is. They are loaded when they are asked for (PEP 562): who needs a part of the package does
not load it all, and `thicknet scenarios` does not wait for MyHDL."""

__all__ = [
    "AdapterKeys",
    "Ending",
    "Event",
    "Failure",
    "Fault",
    "Host",
    "Job",
    "Lan",
    "LinkPairKeys",
    "Match",
    "Network",
    "Options",
    "Outcome",
    "Packet",
    "Process",
    "RouteKeys",
    "Run",
    "RunError",
    "Scenario",
    "ScenarioError",
    "TapKeys",
    "chaos",
    "load",
    "measure",
]


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
