"""What a network must be to be run: the same rules for one read from a file and for one built in Python."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager

from sim.scenario.faults import DEFECTS, CableFault
from sim.scenario.model import Host, Scenario
from sim.scenario.plan import Plan
from sim.scenario.rules import MAX_EPOCH_NS, MAX_SEED, Fault, Judge, ScenarioError, above_0, from_to, within
from sim.scenario.table import Source, Table, plain
from sim.scenario.tables import box as own_box
from sim.scenario.tables import cable, coax, fault, host, hub, link, program, switch


def check(scenario: Scenario, judge: Judge) -> Plan:
    """Raise ScenarioError for the first rule that `scenario`, built in Python, breaks; else what it has."""
    try:
        return check_tables(scenario, judge)
    except Fault as broken:
        raise ScenarioError(f"{broken.place}: {broken.key}: {broken}") from None


def fault_now(what: str, keys: Mapping[str, object], now_ns: int, plan: Plan) -> CableFault:
    """The fault with these keys, at `now_ns`. Raises ValueError, a sentence, if `plan` cannot have it."""
    table = Table(Source({(): what}), plain({"at": f"{now_ns} ns", "what": what, **keys}))
    try:
        event = fault.read(table)
        fault.check(event, plan)
        if event.what in DEFECTS and event.host not in plan.breakable:
            hint = "give its cable or tap bit_errors = 0, or the scenario a [[fault]] there"
            raise Fault("host", f'"{event.host}" was built without what could break; {hint}')
    except Fault as broken:
        raise ValueError(f"{what}: {broken.key}: {broken}") from None
    except ScenarioError as error:
        raise ValueError(str(error)) from None
    return event


def check_tables(scenario: Scenario, judge: Judge) -> Plan:
    """Raise Fault for the first rule that `scenario` breaks; `judge` judges the command lines."""
    from_to("seed", scenario.seed, 0, MAX_SEED)
    if scenario.until_ns is not None:
        above_0("until", scenario.until_ns)
    if scenario.epoch_ns is not None and not 0 <= scenario.epoch_ns <= MAX_EPOCH_NS:
        raise Fault("epoch", "is not between 1970 and 2200, where a calendar clock and a capture can follow")
    if not scenario.hosts:
        raise Fault("host", "is missing; describe at least one computer under [[host]]")
    plan = Plan(link=scenario.link is not None, breakable=scenario.breakable())
    for one, where in _places(scenario.hosts):
        with where:
            host.check(one, plan)
        plan.hosts.append(one)
    if scenario.link is not None:
        with within("link", place="link"):
            link.check(scenario.link, plan)
        if scenario.hubs or scenario.switches or scenario.boxes or scenario.coaxes or scenario.cables:
            raise Fault("link", "is there in the place of all cabling; leave out it or the cables")
    for number, box in enumerate(scenario.hubs):
        with within("hub", number, place=f'hub "{box.name}"'):
            hub.check(box, plan)
        plan.hubs.append(box)
    for number, bridge in enumerate(scenario.switches):
        with within("switch", number, place=f'switch "{bridge.name}"'):
            switch.check(bridge, plan)
        plan.switches.append(bridge)
    for number, other in enumerate(scenario.boxes):
        with within("box", number, place=f'box "{other.name}"'):
            own_box.check(other, plan)
        plan.boxes.append(other)
    for number, segment in enumerate(scenario.coaxes):
        with within("coax", number, place=f'coax "{segment.name}"'):
            coax.check(segment, plan)
        plan.coaxes.append(segment)
    for number, pair in enumerate(scenario.cables):
        with within("cable", number, place=f'cable "{pair.name}"'):
            cable.check(pair, plan)
        plan.cables.append(pair)
    for one, where in _places(scenario.hosts):
        with where:
            if scenario.link is None:
                host.check_connected(one, plan)
    for number, event in enumerate(scenario.faults):
        with within("fault", number, place=f'fault "{event.what}"'):
            fault.check(event, plan)
    for number, run in enumerate(scenario.programs):
        with within("program", number, place=f'program "{run.run}"'):
            program.check(run, plan, judge)
    return plan


def _places(hosts: Sequence[Host]) -> Iterator[tuple[Host, AbstractContextManager[None]]]:
    """Hosts, and where in a file each is: hosts and routers are counted apart."""
    counted: Counter[str] = Counter()
    for one in hosts:
        kind = host.kind_of(one)
        yield one, within(kind, counted[kind], place=f'{kind} "{one.name}"')
        counted[kind] += 1
