"""`[[hub]]`: a repeater hub."""

from sim.scenario.model import Hub
from sim.scenario.plan import Plan
from sim.scenario.rules import from_to, name, ppm
from sim.scenario.table import Table
from sim.scenario.tables import values

LEAST_PORTS, MOST_PORTS = 2, 64


def read(table: Table) -> Hub:
    """Read a hub."""
    table.only("name", "ports", "crystal_ppm")
    return Hub(
        table.text("name", "a name for the hub"),
        table.integer("ports", "how many it has", LEAST_PORTS, MOST_PORTS),
        values.ppm(table),
    )


def check(hub: Hub, plan: Plan) -> None:
    """Raise Fault for a rule that `hub` breaks."""
    name(hub.name, plan.names)
    from_to("ports", hub.ports, LEAST_PORTS, MOST_PORTS)
    ppm(hub.crystal_ppm)
