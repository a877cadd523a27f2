"""`[[program]]`: what runs on a host."""

from typing import Annotated, TypedDict

from sim.scenario.keys import Key, Time, names
from sim.scenario.model import Program
from sim.scenario.plan import Plan
from sim.scenario.rules import Fault, Judge, exists, not_negative
from sim.scenario.table import Table
from sim.scenario.tables import values


class ProgramKeys(TypedDict, total=False):
    """When a program runs."""

    at: Annotated[Time, Key("when it begins", '"0 s"')]
    service: Annotated[bool, Key("the run may end while it runs", "true for servers that ship")]
    stop: Annotated[Time, Key("when it is sent SIGTERM")]
    kill: Annotated[Time, Key("when it is ended (SIGKILL)")]
    restart: Annotated[Time, Key("when it begins again, after SIGTERM if it still runs")]


def read(table: Table, judge: Judge) -> Program:
    """Read a program; `judge` says whether it is a service, if the file does not."""
    table.only("host", "run", *names(ProgramKeys))
    host = table.text("host", "the name of the host it runs on")
    service = table.parsed("run", "a command line", judge)
    if "service" in table:
        service = table.boolean("service", "whether the run may end while it goes on")
    return Program(
        host,
        table.text("run", "a command line"),
        values.time_or_0(table, "at"),
        service,
        values.time_or_none(table, "stop"),
        values.time_or_none(table, "kill"),
        values.time_or_none(table, "restart"),
    )


def check(program: Program, plan: Plan, judge: Judge) -> None:
    """Raise Fault for a rule that `program` breaks."""
    exists(program.host, plan.host_names)
    if program.main is None:
        try:
            judge(program.run)
        except ValueError as error:
            raise Fault("run", str(error)) from None
    not_negative("at", program.at_ns)
    for key, ns in (("stop", program.stop_ns), ("kill", program.kill_ns), ("restart", program.restart_ns)):
        if ns is not None and ns <= program.at_ns:
            raise Fault(key, 'must be later than "at", when the program begins')
    if program.restart_ns is not None:
        for key, ns in (("stop", program.stop_ns), ("kill", program.kill_ns)):
            if ns is not None and ns > program.restart_ns:
                raise Fault(key, 'must not be later than "restart", when the program begins once more')
