"""A scenario file (DESIGN.md section 6) into a `Scenario`, checked before anything is simulated.

The file is read in the order host, coax, program, so that whatever names a host finds it. The first
thing wrong ends the reading with a `ScenarioError`.
"""

import re
import tomllib
from collections.abc import Callable
from decimal import Decimal
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

from sim.scenario.model import Coax, Host, Program, Scenario, Tap
from sim.scenario.positions import key_lines
from sim.scenario.quantities import length_mm, time_ns
from sim.scenario.table import ScenarioError, Source, Table

__all__ = ["Check", "ScenarioError", "load"]

Check = Callable[[str], bool]
"""Judge a command line: is the program a service by default? ValueError, a sentence, if it cannot run."""

MAX_LENGTH_MM = 500_000
"""10BASE5 segment (802.3 clause 8.6.1)."""
MAX_TAPS = 100
"""MAUs on one segment (802.3 clause 8.6.2.2)."""
TAP_STEP_MM = 2_500
"""The cable's marks: MAUs only at multiples of 2.5 m, so that their reflections do not add in phase."""
MAX_PPM = 100
"""802.3 clause 7.3.2: ±0.01 %."""
MAX_SEED = 2**63 - 1
"""TOML's largest integer."""

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_MAC = re.compile(r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}")


def load(path: Path, check: Check) -> Scenario:
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


def _scenario(top: Table, check: Check, source: str) -> Scenario:
    top.only("title", "seed", "until", "host", "coax", "program")
    title = top.text("title", "a title for the list of scenarios")
    seed = top.integer("seed", "the seed of all randomness", 0, MAX_SEED) if "seed" in top else 1
    until = _time(top, "until", least=1) if "until" in top else None
    hosts: dict[str, Host] = {}
    host_tables = top.tables("host", "written as [[host]]")
    for place, table in enumerate(host_tables, start=1):
        host = _host(table, place, list(hosts.values()))
        hosts[host.name] = host
    if not hosts:
        raise top.error("host", "is missing; describe at least one computer under [[host]]")
    cabled: dict[str, str] = {}
    coaxes: list[Coax] = []
    for table in top.tables("coax", "written as [[coax]]"):
        coaxes.append(_coax(table, [*hosts, *(coax.name for coax in coaxes)], hosts, cabled))
    for table, name in zip(host_tables, hosts, strict=True):
        if name not in cabled:
            raise table.error("name", f'"{name}" is on no cable; give it a tap of a [[coax]]')
    programs = [_program(table, hosts, check) for table in top.tables("program", "written as [[program]]")]
    return Scenario(title, tuple(hosts.values()), tuple(coaxes), tuple(programs), seed, until, source)


def _host(table: Table, place: int, others: list[Host]) -> Host:
    table.only("name", "address", "mac", "gateway", "crystal_ppm")
    name = _name(table, "a host name", [host.name for host in others])
    address = table.parsed("address", 'an address with its prefix, such as "192.168.1.10/24"', _interface)
    for other in others:
        if other.address.ip == address.ip:
            raise table.error("address", f'{address.ip} is already the address of "{other.name}"')
    # Locally administered, and from the place in the file, so that a run does not depend on chance.
    mac = b"\x02\x00\x00\x00" + place.to_bytes(2, "big")
    if "mac" in table:
        mac = table.parsed("mac", 'a station address such as "02:00:00:00:00:01"', _mac)
    for other in others:
        if other.mac == mac:
            raise table.error("mac", f'{mac.hex(":")} is already the station address of "{other.name}"')
    gateway = None
    if "gateway" in table:
        gateway = table.parsed("gateway", 'an address such as "192.168.1.1"', _address)
        if gateway not in address.network or gateway == address.ip:
            raise table.error("gateway", f"{gateway} must be another address in {address.network}")
        if _is_end(gateway, address.network):
            raise table.error(
                "gateway", f"{gateway} is an end of {address.network}: its network or broadcast address"
            )
    ppm = Decimal(0)
    if "crystal_ppm" in table:
        ppm = table.number("crystal_ppm", "the crystal's error in parts per million", -MAX_PPM, MAX_PPM)
    return Host(name, address, mac, gateway, float(ppm))


def _coax(table: Table, names: list[str], hosts: dict[str, Host], cabled: dict[str, str]) -> Coax:
    """Read a segment; `names` are taken, `cabled` tells on which cable each host is so far."""
    table.only("name", "length", "taps")
    name = _name(table, "a name for the segment", names)
    length = table.parsed("length", 'a length such as "500 m"', length_mm)
    if not 0 < length <= MAX_LENGTH_MM:
        raise table.error("length", "must be above 0 and at most 500 m, the longest 10BASE5 segment")
    tables = table.tables("taps", 'written as taps = [{ at = "0 m", host = "…" }, …]')
    if not tables:
        raise table.error("taps", 'is missing or empty; give taps = [{ at = "0 m", host = "…" }, …]')
    if len(tables) > MAX_TAPS:
        raise table.error("taps", f"has {len(tables)} taps; a segment carries at most {MAX_TAPS}")
    taps: list[Tap] = []
    for tap in tables:
        taps.append(_tap(tap, length, taps))
        host = taps[-1].host
        if host not in hosts:
            raise tap.error("host", _no_such_host(host, hosts))
        if host in cabled:
            raise tap.error("host", f'"{host}" is already on "{cabled[host]}"; its adapter has one AUI')
        cabled[host] = name
    return Coax(name, length, tuple(taps))


def _tap(table: Table, length: int, others: list[Tap]) -> Tap:
    table.only("at", "host")
    at = table.parsed("at", 'a distance from the left end, such as "2.5 m"', length_mm)
    if not 0 <= at <= length:
        raise table.error("at", f"is beyond the cable, which is {_metres(length)} long")
    if at % TAP_STEP_MM:
        mark = at - at % TAP_STEP_MM
        raise table.error("at", f"is off the 2.5 m marks; the mark before it is {_metres(mark)}")
    for other in others:
        if other.at_mm == at:
            raise table.error("at", f'the mark at {_metres(at)} already carries the MAU of "{other.host}"')
    host = table.text("host", "the name of the host plugged in here")
    return Tap(at, host)


def _program(table: Table, hosts: dict[str, Host], check: Check) -> Program:
    table.only("host", "run", "at", "service")
    host = table.text("host", "the name of the host it runs on")
    if host not in hosts:
        raise table.error("host", _no_such_host(host, hosts))
    run = table.text("run", "a command line")
    try:
        service = check(run)
    except ValueError as error:
        raise table.error("run", str(error)) from None
    at = _time(table, "at", least=0) if "at" in table else 0
    if "service" in table:
        service = table.boolean("service", "whether the run may end while it goes on")
    return Program(host, run, at, service)


def _name(table: Table, meaning: str, names: list[str]) -> str:
    """Return a name that is good as a host name, a file name and a scope of the waveform."""
    name = table.text("name", meaning)
    if not _NAME.fullmatch(name):
        raise table.error("name", f'"{name}" must be 1 to 63 letters, digits and inner hyphens (RFC 1123)')
    if name.lower() in [other.lower() for other in names]:
        raise table.error("name", f'"{name}" is already taken; hosts and cables need different names')
    return name


def _time(table: Table, key: str, least: int) -> int:
    value = table.parsed(key, 'a time such as "1 ms"', time_ns)
    if value < least:
        raise table.error(key, "must not be negative" if least == 0 else "must be above 0")
    return value


def _interface(text: str) -> IPv4Interface:
    if "/" not in text:
        raise ValueError(f'"{text}" has no prefix; write it as "{text}/24"')
    try:
        interface = IPv4Interface(text)
    except ValueError:
        raise ValueError(f'"{text}" is not an address with a prefix, such as "192.168.1.10/24"') from None
    network, address = interface.network, interface.ip
    if address.is_multicast or address.is_loopback or address.is_unspecified or address.is_reserved:
        raise ValueError(f"{address} cannot be the address of a host on a network")
    if _is_end(address, network):
        raise ValueError(f"{address} is the network or broadcast address of {network}; take one between")
    return interface


def _is_end(address: IPv4Address, network: IPv4Network) -> bool:
    """Whether no host may have `address`. On a link of two addresses both are hosts (RFC 3021)."""
    ends = (network.network_address, network.broadcast_address)
    return network.prefixlen < 31 and address in ends


def _address(text: str) -> IPv4Address:
    try:
        return IPv4Address(text)
    except ValueError:
        raise ValueError(f'"{text}" is not an IPv4 address such as "192.168.1.1"') from None


def _mac(text: str) -> bytes:
    if not _MAC.fullmatch(text):
        raise ValueError(f'"{text}" is not six octets such as "02:00:00:00:00:01"')
    mac = bytes.fromhex(text.replace(":", "").replace("-", ""))
    if mac[0] & 1:
        raise ValueError(f"{text} has the group bit set; a station address needs an even first octet")
    if not any(mac):
        raise ValueError(f"{text} is all zeros; choose an address")
    return mac


def _no_such_host(name: str, hosts: dict[str, Host]) -> str:
    return f'there is no host "{name}"; hosts: {", ".join(hosts)}'


def _metres(mm: int) -> str:
    return f"{Decimal(mm) / 1000:f} m"
