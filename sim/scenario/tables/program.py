"""`[[program]]`: what runs on a host."""

from sim.scenario.model import Program
from sim.scenario.plan import Plan
from sim.scenario.rules import Fault, Judge, exists, not_negative
from sim.scenario.table import Table
from sim.scenario.tables import values


def read(table: Table, judge: Judge) -> Program:
    """Read a program; `judge` says whether it is a service, if the file does not."""
    table.only("host", "run", "at", "service")
    host = table.text("host", "the name of the host it runs on")
    service = table.parsed("run", "a command line", judge)
    if "service" in table:
        service = table.boolean("service", "whether the run may end while it goes on")
    return Program(host, table.text("run", "a command line"), values.time_or_0(table, "at"), service)


def check(program: Program, plan: Plan, judge: Judge) -> None:
    """Raise Fault for a rule that `program` breaks."""
    exists(program.host, plan.host_names)
    try:
        judge(program.run)
    except ValueError as error:
        raise Fault("run", str(error)) from None
    not_negative("at", program.at_ns)
