"""What 50 hosts cost that have nothing to say: the scenario `campus`, and the same with two more switches.

Where they stand makes the difference. Behind a port of the router of their own nobody speaks, and what they
cost is to be built, probed and given a capture each. In the first building they hear every broadcast, as in
life: fifteen questions of ARP, for each of which fifty adapters decode a frame and fifty hosts take an
interrupt.
"""

import statistics
import tempfile
from dataclasses import replace
from ipaddress import IPv4Interface
from pathlib import Path

from sim.api.network import run
from sim.api.options import Options
from sim.apps.registry import find
from sim.bench.clock import processor_time
from sim.bench.effort import Budget
from sim.bench.results import ABSENT, Report, Table
from sim.scenario.loader import load
from sim.scenario.model import Adapter, Cable, Host, Scenario, Switch
from sim.scenario.shipped import scenario_path

SWITCHES, HOSTS = 2, 25
"""More switches, and hosts on each."""
SHIPPED = "the scenario `campus` as it ships"
QUIET = f"the same with {SWITCHES * HOSTS} more hosts, idle, on {SWITCHES} more switches behind the router"
CROWDED = "the same with those in the first building, where they receive all broadcasts"
ROWS = (SHIPPED, QUIET, CROWDED)


def measure(report: Report, budget: Budget, without: str | None) -> None:
    """Add the table."""
    table = Table("Campus", ("what", "compiled: processor time of the whole run"))
    if without is None:
        campus = load(scenario_path("campus"), lambda command: find(command)[0].service)
        lans = ((SHIPPED, campus), (QUIET, crowded(campus, apart=True)), (CROWDED, crowded(campus)))
        times = {what: _time(lan, budget.windows) for what, lan in lans}
        table.rows += [(what, f"{seconds:.2f} s") for what, seconds in times.items()]
        report.figures["idle hosts, quiet"] = times[QUIET] / times[SHIPPED]
        report.figures["idle hosts, crowded"] = times[CROWDED] / times[SHIPPED]
    else:
        table.notes.append(without)
        table.rows += [(what, ABSENT) for what in ROWS]
    report.add(table)


def crowded(campus: Scenario, *, apart: bool = False) -> Scenario:
    """`campus` with more hosts: in the first building, who hear all its broadcasts, or `apart` in a third."""
    hosts, switches, cables = [*campus.hosts], [*campus.switches], [*campus.cables]
    network, up = (3, "gw.eth2") if apart else (1, "switch-1.3")
    if apart:
        router = next(host for host in hosts if host.name == "gw")
        port = Adapter(IPv4Interface(f"192.168.{network}.1/24"), bytes([2, 0, 0, 0, 2, 0]), name="eth2")
        hosts[hosts.index(router)] = replace(router, adapters=(*router.adapters, port))
    for number in range(SWITCHES):
        switch = Switch(f"quiet-{number}", HOSTS + 2)
        switches.append(switch)
        cables.append(Cable(f"quiet-up-{number}", 10_000, (up, switch.sockets[-1])))
        up = switch.sockets[-2]
        for place in range(HOSTS):
            serial = number * HOSTS + place
            address = IPv4Interface(f"192.168.{network}.{100 + serial}/24")
            hosts.append(Host(f"idle-{serial}", (Adapter(address, bytes([2, 0, 0, 0, 1, serial])),)))
            cables.append(Cable(f"quiet-{number}-{place}", 20_000, (hosts[-1].name, switch.sockets[place])))
    return replace(campus, hosts=tuple(hosts), switches=tuple(switches), cables=tuple(cables))


def _time(scenario: Scenario, runs: int) -> float:
    return statistics.median(processor_time(lambda: _run(scenario)) for _ in range(runs))


def _run(scenario: Scenario) -> None:
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(scenario, Options(Path(folder), "compiled", vcd=False))
    assert outcome.succeeded, outcome
