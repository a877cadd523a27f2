"""The `thicknet` command. Exit status: 0 done, 1 the run failed, 2 bad input.

Modules that load MyHDL are imported by the commands that need them: listing scenarios is instant.
"""

from sim.cli import commands, explaining, reporting, running, showing, viewing
from sim.cli.group import main

__all__ = ["commands", "explaining", "main", "reporting", "running", "showing", "viewing"]
