"""What 50 hosts cost that have nothing to say: the scenario `campus`, and the same with two more switches."""

import statistics
import tempfile
from dataclasses import replace
from ipaddress import IPv4Interface
from pathlib import Path

from sim.apps.registry import find
from sim.bench.clock import processor_time
from sim.bench.effort import Budget
from sim.bench.results import ABSENT, Report, Table
from sim.options import Options
from sim.run import run
from sim.scenario.loader import load
from sim.scenario.model import Adapter, Cable, Host, Scenario, Switch
from sim.scenario.shipped import scenario_path

SWITCHES, HOSTS = 2, 25
"""More switches, and hosts on each."""
SHIPPED = "the scenario `campus` as it ships"
CROWDED = f"the same with {SWITCHES * HOSTS} more hosts, idle, on {SWITCHES} more switches"


def measure(report: Report, budget: Budget, without: str | None) -> None:
    """Add the table."""
    table = Table("Campus", ("what", "compiled: processor time of the whole run"))
    if without is None:
        campus = load(scenario_path("campus"), lambda command: find(command)[0].service)
        times = {
            what: _time(lan, budget.windows) for what, lan in ((SHIPPED, campus), (CROWDED, crowded(campus)))
        }
        table.rows += [(what, f"{seconds:.2f} s") for what, seconds in times.items()]
        report.figures["idle hosts"] = times[CROWDED] / times[SHIPPED]
    else:
        table.notes.append(without)
        table.rows += [(SHIPPED, ABSENT), (CROWDED, ABSENT)]
    report.add(table)


def crowded(campus: Scenario) -> Scenario:
    """`campus` with more hosts in the first building, who hear all its broadcasts."""
    hosts, switches, cables = [*campus.hosts], [*campus.switches], [*campus.cables]
    for number in range(SWITCHES):
        switches.append(Switch(f"quiet-{number}", HOSTS + 1))
        cables.append(
            Cable(f"quiet-up-{number}", 10_000, (f"switch-1.{3 + number}", f"quiet-{number}.{HOSTS + 1}"))
        )
        for place in range(HOSTS):
            serial = number * HOSTS + place
            address = IPv4Interface(f"192.168.1.{100 + serial}/24")
            hosts.append(Host(f"idle-{serial}", (Adapter(address, bytes([2, 0, 0, 0, 1, serial])),)))
            cables.append(
                Cable(f"quiet-{number}-{place}", 20_000, (f"idle-{serial}", f"quiet-{number}.{place + 1}"))
            )
    return replace(campus, hosts=tuple(hosts), switches=tuple(switches), cables=tuple(cables))


def _time(scenario: Scenario, runs: int) -> float:
    return statistics.median(processor_time(lambda: _run(scenario)) for _ in range(runs))


def _run(scenario: Scenario) -> None:
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(scenario, Options(Path(folder), "compiled", vcd=False))
    assert outcome.succeeded, outcome
