"""A scenario file (docs/scenarios.md) into a `Scenario`, checked before anything is simulated.

First every table is read (keys, types, units: `read` of each file in `sim/scenario/tables/`), then the whole
is checked (what can be wrong with a network: `check` of the same files). The first thing wrong ends the
reading with a `ScenarioError`.
"""

import re
import tomllib
from decimal import Decimal
from pathlib import Path

from sim.scenario.check import check_tables
from sim.scenario.model import Host, Scenario
from sim.scenario.positions import key_lines
from sim.scenario.rules import MAX_SEED, Judge, ScenarioError
from sim.scenario.table import Source, Table
from sim.scenario.tables import box, cable, coax, fault, host, hub, link, program, switch, values

__all__ = ["Judge", "ScenarioError", "load"]


def load(path: Path, judge: Judge) -> Scenario:
    """Read and check the scenario file at `path`; `judge` judges the command lines of its programs."""
    name = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{name}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ScenarioError(f"{name}:{line}: is not UTF-8 text; save it as UTF-8") from None
    try:
        top = _table(name, text)
        scenario = read_scenario(top, judge, name)
        with top.judged():
            check_tables(scenario, judge)
        return scenario
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
    return Table(Source({path: f"{name}:{line}" for path, line in key_lines(text).items()}), values)


def _longest_number(text: str) -> int:
    """The line (from 1) of the longest run of digits."""
    longest = max(re.finditer(r"[0-9_]+", text), key=lambda match: len(match[0]))
    return text.count("\n", 0, longest.start()) + 1


_HINTS = {
    "Invalid value": "Invalid value (text and quantities stand in quotes)",
    "Cannot overwrite a value": "the same key stands here twice",
}
"""What tomllib says, in words that help."""


def _syntax_error(name: str, text: str, error: tomllib.TOMLDecodeError) -> ScenarioError:
    """Turn "… (at line 3, column 7)" into the form of all other complaints."""
    message = str(error)
    match = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
    line = text.count("\n") + 1
    if match:
        message = message[: match.start()]
        line = int(match[1]) if match[1] else line
    return ScenarioError(f"{name}:{line}: is not TOML: {_HINTS.get(message, message)}")


def read_scenario(top: Table, judge: Judge, source: str) -> Scenario:
    """Read every table."""
    top.only(
        *("title", "look_for", "seed", "until", "epoch", "long"),
        *("host", "router", "coax", "hub", "switch", "box", "cable", "link", "fault", "program"),
    )
    return Scenario(
        top.text("title", "a title for the list of scenarios") if "title" in top else Path(source).stem,
        _hosts(top),
        tuple(map(coax.read, _array(top, "coax"))),
        tuple(program.read(one, judge) for one in _array(top, "program")),
        top.integer("seed", "the seed of all randomness", 0, MAX_SEED) if "seed" in top else 1,
        values.time(top, "until") if "until" in top else None,
        epoch_ns=values.moment(top, "epoch") if "epoch" in top else None,
        cables=tuple(map(cable.read, _array(top, "cable"))),
        hubs=tuple(map(hub.read, _array(top, "hub"))),
        switches=tuple(map(switch.read, _array(top, "switch"))),
        boxes=tuple(map(box.read, _array(top, "box"))),
        faults=tuple(map(fault.read, _array(top, "fault"))),
        link=link.read(top.table("link")) if "link" in top else None,
        look_for=top.text("look_for", "what one sees in its runs").strip() if "look_for" in top else "",
        long=values.flag(top, "long", "whether it is long for MyHDL and for a waveform"),
        source=source,
    )


def _hosts(top: Table) -> tuple[Host, ...]:
    """Hosts, then routers. Adapters are counted over all of them."""
    hosts: list[Host] = []
    kinds: tuple[host.Kind, ...] = ("host", "router")
    for kind in kinds:
        for one in _array(top, kind):
            hosts.append(host.read(one, 1 + sum(len(before.adapters) for before in hosts), kind))
    return tuple(hosts)


def _array(top: Table, key: str) -> list[Table]:
    return top.tables(key, f"written as [[{key}]]")
