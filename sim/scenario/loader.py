"""A scenario file (DESIGN.md section 6) into a `Scenario`, checked before anything is simulated.

The file is read in the order host, hub, coax, cable, program, so that whatever is named is found. Here is
what can be wrong with a file (keys, types, units); what can be wrong with a network is in
`sim.scenario.rules`. The first thing wrong ends the reading with a `ScenarioError`.
"""

import re
import tomllib
from dataclasses import replace
from decimal import Decimal
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path

from sim.scenario import rules
from sim.scenario.model import Cable, CableFault, Coax, Host, Hub, Program, Scenario, Tap
from sim.scenario.positions import key_lines
from sim.scenario.quantities import length_mm, time_ns
from sim.scenario.rules import (
    MAX_PPM,
    MAX_RECEIVE_LOSS,
    MAX_SEED,
    MAX_TRANSMIT_LOSS,
    Judge,
    ScenarioError,
)
from sim.scenario.table import Source, Table

__all__ = ["MAX_SEED", "Judge", "ScenarioError", "load"]

_MAC = re.compile(r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}")
_MAC_EXAMPLE = 'a station address such as "02:00:00:00:00:01"'


def load(path: Path, check: Judge) -> Scenario:
    """Read and check the scenario file at `path`; `check` judges the command lines of its programs."""
    name = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{name}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ScenarioError(f"{name}:{line}: is not UTF-8 text; save it as UTF-8") from None
    try:
        return _scenario(_table(name, text), check, name)
    except RecursionError:
        raise ScenarioError(f"{name}:1: holds tables or arrays nested too deep for a scenario") from None


def _table(name: str, text: str) -> Table:
    """The file's outermost table."""
    try:
        values = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(name, text, error) from None
    except ValueError:  # from int(), which refuses more than 4300 digits
        raise ScenarioError(f"{name}:{_longest_number(text)}: holds a number of too many digits") from None
    return Table(Source(name, key_lines(text)), values)


def _longest_number(text: str) -> int:
    """The line (from 1) of the longest run of digits."""
    longest = max(re.finditer(r"[0-9_]+", text), key=lambda match: len(match[0]))
    return text.count("\n", 0, longest.start()) + 1


def _syntax_error(name: str, text: str, error: tomllib.TOMLDecodeError) -> ScenarioError:
    """Turn "… (at line 3, column 7)" into the form of all other complaints."""
    message = str(error)
    match = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
    line = text.count("\n") + 1
    if match:
        message = message[: match.start()]
        line = int(match[1]) if match[1] else line
    return ScenarioError(f"{name}:{line}: is not TOML: {message}")


def _scenario(top: Table, check: Judge, source: str) -> Scenario:
    top.only("title", "seed", "until", "host", "coax", "hub", "cable", "fault", "program")
    title = top.text("title", "a title for the list of scenarios")
    seed = top.integer("seed", "the seed of all randomness", 0, MAX_SEED) if "seed" in top else 1
    until = _time(top, "until") if "until" in top else None
    if until is not None:
        with top.judged():
            rules.above_0("until", until)
    hosts: dict[str, Host] = {}
    host_tables = top.tables("host", "written as [[host]]")
    for place, table in enumerate(host_tables, start=1):
        host = _host(table, place, list(hosts.values()))
        hosts[host.name] = host
    if not hosts:
        raise top.error("host", "is missing; describe at least one computer under [[host]]")
    cabled: dict[str, str] = {}
    names = [*hosts]
    hubs: list[Hub] = []
    for table in top.tables("hub", "written as [[hub]]"):
        hubs.append(_hub(table, names))
        names.append(hubs[-1].name)
    coaxes: list[Coax] = []
    for table in top.tables("coax", "written as [[coax]]"):
        coaxes.append(_coax(table, names, hosts, hubs, cabled))
        names.append(coaxes[-1].name)
    cables: list[Cable] = []
    for table in top.tables("cable", "written as [[cable]]"):
        cable = _cable(table)
        with table.judged():
            rules.cable(cable, names, hosts, hubs, cabled)
        cables.append(cable)
        names.append(cable.name)
        cabled |= dict.fromkeys(cable.ends, cable.name)
    for table, name in zip(host_tables, hosts, strict=True):
        with table.judged():
            rules.connected(name, cabled)
    lengths = {coax.name: coax.length_mm for coax in coaxes}
    faults = [_fault(table, hosts, lengths) for table in top.tables("fault", "written as [[fault]]")]
    programs = [_program(table, hosts, check) for table in top.tables("program", "written as [[program]]")]
    return Scenario(
        title,
        tuple(hosts.values()),
        tuple(coaxes),
        tuple(programs),
        seed,
        until,
        cables=tuple(cables),
        hubs=tuple(hubs),
        faults=tuple(faults),
        source=source,
    )


def _host(table: Table, place: int, others: list[Host]) -> Host:
    table.only(
        "name",
        "address",
        "mac",
        "gateway",
        "crystal_ppm",
        "station_address",
        "duplex",
        "flow_control",
        "promiscuous",
        "late_collision_retry",
        "late_collision_origin",
        "interrupt_latency",
        "processing_latency",
        "link_poll",
    )
    with table.judged():
        rules.name(name := table.text("name", "a host name"), [host.name for host in others])
    host = Host(
        name,
        table.parsed("address", 'an address with its prefix, such as "192.168.1.10/24"', _interface),
        # Locally administered, and from the place in the file, so that a run does not depend on chance.
        table.parsed("mac", _MAC_EXAMPLE, _mac)
        if "mac" in table
        else b"\x02\0\0\0" + place.to_bytes(2, "big"),
        table.parsed("gateway", 'an address such as "192.168.1.1"', _address) if "gateway" in table else None,
        _ppm(table),
        table.parsed("station_address", _MAC_EXAMPLE, _mac) if "station_address" in table else None,
        table.choice("duplex", rules.DUPLEXES),
        _flag(table, "flow_control", "whether PAUSE is sent and obeyed"),
        _flag(table, "promiscuous", "whether the adapter takes every frame"),
        _flag(table, "late_collision_retry", "whether a frame is tried again after a late collision"),
        table.choice("late_collision_origin", rules.COLLISION_ORIGINS),
        _time(table, "interrupt_latency") if "interrupt_latency" in table else 0,
        _time(table, "processing_latency") if "processing_latency" in table else 0,
        _time(table, "link_poll") if "link_poll" in table else None,
    )
    with table.judged():
        rules.host(host, others)
    return host


def _ppm(table: Table) -> float:
    if "crystal_ppm" not in table:
        return 0.0
    return float(table.number("crystal_ppm", "the crystal's error in parts per million", -MAX_PPM, MAX_PPM))


def _flag(table: Table, key: str, meaning: str) -> bool:
    return table.boolean(key, meaning) if key in table else False


def _coax(
    table: Table, names: list[str], hosts: dict[str, Host], hubs: list[Hub], cabled: dict[str, str]
) -> Coax:
    """Read a segment; `names` are taken, `cabled` tells on which cable each host or port is so far."""
    table.only("name", "length", "taps", "terminators")
    name = table.text("name", "a name for the segment")
    length = table.parsed("length", 'a length such as "500 m"', length_mm)
    tables = table.tables("taps", 'written as taps = [{ at = "0 m", host = "…" }, …]')
    with table.judged():
        rules.coax(name, length, len(tables), names)
    taps: list[Tap] = []
    for tap_table in tables:
        tap = _tap(tap_table)
        with tap_table.judged():
            rules.tap(tap, name, length, taps, hosts, hubs, cabled)
        cabled[tap.host] = name
        taps.append(tap)
    if "terminators" not in table:
        return Coax(name, length, tuple(taps))
    ends = table.words("terminators", 'the ends that have one, ["left", "right"] if it is not told')
    with table.judged():
        rules.terminators(ends)
    return Coax(name, length, tuple(taps), terminators=tuple(end for end in rules.ENDS if end in ends))


def _tap(table: Table) -> Tap:
    table.only("at", "host", "sqe_test", "transmit_loss", "receive_loss", "jitter")
    at = table.parsed("at", 'a distance from the left end, such as "2.5 m"', length_mm)
    tap = Tap(at, table.text("host", "the host, or the port of a hub, plugged in here"))
    if "sqe_test" in table:
        tap = replace(tap, sqe_test=table.boolean("sqe_test", "whether the MAU does the SQE test"))
    return replace(
        tap,
        transmit_loss=_lost(table, "transmit_loss", "in front of each transmission", MAX_TRANSMIT_LOSS),
        receive_loss=_lost(table, "receive_loss", "in front of what it hears", MAX_RECEIVE_LOSS),
        jitter_ns=_time(table, "jitter") if "jitter" in table else 0,
    )


def _lost(table: Table, key: str, where: str, most: int) -> int:
    return table.integer(key, f"the bits that the MAU loses {where}", 0, most) if key in table else 0


def _hub(table: Table, names: list[str]) -> Hub:
    """Read a hub; `names` are taken."""
    table.only("name", "ports", "crystal_ppm")
    name = table.text("name", "a name for the hub")
    least, most = rules.LEAST_HUB_PORTS, rules.MOST_HUB_PORTS
    hub = Hub(name, table.integer("ports", "how many it has", least, most), _ppm(table))
    with table.judged():
        rules.hub(hub, names)
    return hub


def _cable(table: Table) -> Cable:
    """Read a cable."""
    table.only("name", "length", "ends")
    name = table.text("name", "a name for the cable")
    length = table.parsed("length", 'a length such as "10 m"', length_mm)
    ends = table.words("ends", 'hosts or ports of hubs, such as ["pc", "hub.1"]')
    if len(ends) != 2:
        raise table.error("ends", f"has {len(ends)} words; a cable has two ends")
    return Cable(name, length, (ends[0], ends[1]))


def _fault(table: Table, hosts: dict[str, Host], coaxes: dict[str, int]) -> CableFault:
    """Read something that happens to the cabling; of `coaxes` the lengths are given."""
    at = _time(table, "at")
    what = table.word("what", rules.FAULTS)
    if what in ("unplug", "plug"):
        table.only("at", "what", "host")
        fault = CableFault(at, what, host=table.text("host", "the name of the host whose AUI it is"))
    else:
        table.only("at", "what", "cable", *([] if what == "repair" else ["where"]))
        fault = CableFault(at, what, cable=table.text("cable", "the name of a coax"))
    if what in ("open", "short"):
        distance = table.parsed("where", 'a distance from the left end, such as "100 m"', length_mm)
        fault = replace(fault, at_mm=distance)
    elif what in ("terminator off", "terminator on"):
        fault = replace(fault, end=table.word("where", rules.ENDS))
    with table.judged():
        rules.cable_fault(fault, hosts, coaxes)
    return fault


def _program(table: Table, hosts: dict[str, Host], judge: Judge) -> Program:
    table.only("host", "run", "at", "service")
    host = table.text("host", "the name of the host it runs on")
    with table.judged():
        rules.exists(host, hosts)
        service = rules.runnable(run := table.text("run", "a command line"), judge)
    if "service" in table:
        service = table.boolean("service", "whether the run may end while it goes on")
    program = Program(host, run, _time(table, "at") if "at" in table else 0, service)
    with table.judged():
        rules.program(program, hosts, judge)
    return program


def _time(table: Table, key: str) -> int:
    return table.parsed(key, 'a time such as "1 ms"', time_ns)


def _interface(text: str) -> IPv4Interface:
    if "/" not in text:
        raise ValueError(f'"{text}" has no prefix; write it as "{text}/24"')
    try:
        return IPv4Interface(text)
    except ValueError:
        raise ValueError(f'"{text}" is not an address with a prefix, such as "192.168.1.10/24"') from None


def _address(text: str) -> IPv4Address:
    try:
        return IPv4Address(text)
    except ValueError:
        raise ValueError(f'"{text}" is not an IPv4 address such as "192.168.1.1"') from None


def _mac(text: str) -> bytes:
    if not _MAC.fullmatch(text):
        raise ValueError(f'"{text}" is not six octets such as "02:00:00:00:00:01"')
    return bytes.fromhex(text.replace(":", "").replace("-", ""))
