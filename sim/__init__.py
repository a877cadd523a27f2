"""Builds a LAN from a scenario, runs it on an engine, records it and draws it.

`Lan` is the way in from Python: a LAN in five lines, one's own programs on it, and what came of it.
"""

from sim.lan import Job, Lan, Run, RunError
from sim.scenario.rules import ScenarioError

__all__ = ["Job", "Lan", "Run", "RunError", "ScenarioError"]
