"""Builds a LAN from a scenario, runs it on an engine, records it and draws it.

`Lan` is the way in from Python: a LAN in five lines, one's own programs on it, and what came of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.lan import Job, Lan, Run, RunError
    from sim.scenario.rules import ScenarioError

__all__ = ["Job", "Lan", "Run", "RunError", "ScenarioError"]


def __getattr__(name: str) -> object:
    """The names above, when they are asked for: what needs a part of the package only does not load it all.

    A compiler's child or a look into the cache would otherwise wait for MyHDL (PEP 562).
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    place = "sim.scenario.rules" if name == "ScenarioError" else "sim.lan"
    return getattr(import_module(place), name)
