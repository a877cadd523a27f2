"""The keys that a table declares are the keys that its reader reads: no more, no less."""

from collections.abc import Callable
from typing import Any

import pytest

from sim.scenario.keys import declared, names
from sim.scenario.table import Source, Table
from sim.scenario.tables import adapter, cable, coax, fault, host, hub, link, program, switch

TAP = {"at": "0 m", "host": "pc"}
ADDRESS = {"address": "192.168.1.10/24"}
TABLES: dict[str, tuple[Callable[[Table], object], type, dict[str, Any]]] = {
    # how it is read, what it declares, what every one of it must have
    "host": (lambda table: host.read(table, 1, "host"), host.HostKeys, {"name": "pc", **ADDRESS}),
    "router": (
        lambda table: host.read(table, 1, "router"),
        host.RouterKeys,
        {"name": "gw", "adapters": [ADDRESS]},
    ),
    "coax": (coax.read, coax.CoaxKeys, {"name": "yellow", "length": "5 m", "taps": [TAP]}),
    "hub": (hub.read, hub.HubKeys, {"name": "hub", "ports": 4}),
    "switch": (switch.read, switch.SwitchKeys, {"name": "switch", "ports": 4}),
    "cable": (cable.read, cable.CableKeys, {"name": "c", "length": "5 m", "ends": ["pc", "hub.1"]}),
    "link": (link.read, link.LinkKeys, {}),
    "program": (
        lambda table: program.read(table, lambda command: False),
        program.ProgramKeys,
        {"host": "pc", "run": "ping"},
    ),
}
INNER: dict[str, tuple[str, str, type, dict[str, Any]]] = {
    "tap": ("coax", "taps", coax.TapKeys, TAP),
    "adapter": ("router", "adapters", adapter.AdapterKeys, ADDRESS),
    "route": ("router", "routes", host.RouteKeys, {"to": "10.0.0.0/8", "via": "192.168.1.1"}),
}


class Asked(dict[str, Any]):
    """A table that notes which keys it is asked for."""

    def __init__(self, values: dict[str, Any]) -> None:
        super().__init__(values)
        self.keys_asked: set[str] = set()

    def __contains__(self, key: object) -> bool:
        self.keys_asked.add(str(key))
        return super().__contains__(key)

    def __getitem__(self, key: str) -> Any:
        self.keys_asked.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.keys_asked.add(key)
        return super().get(key, default)


def read(kind: str, values: dict[str, Any]) -> None:
    TABLES[kind][0](Table(Source({(): "lan.toml:1"}), values))


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_is_asked_for_the_keys_that_it_declares(kind: str) -> None:
    _, declaration, needed = TABLES[kind]
    asked = Asked(needed)
    read(kind, asked)
    assert asked.keys_asked == {*needed, *names(declaration)}


@pytest.mark.parametrize("kind", INNER)
def test_so_is_a_table_in_a_table(kind: str) -> None:
    outer, key, declaration, needed = INNER[kind]
    asked = Asked(needed)
    read(outer, {**TABLES[outer][2], key: [asked]})
    assert asked.keys_asked == set(names(declaration))


MORE: dict[str, dict[str, Any]] = {
    "noise on": {"rate": 1, "burst": 2},
    "loose on": {"open": "1 ms", "closed": "1 ms"},
    "impair": {"delay": "1 ms", "loss": 1},
    "clock step": {"by": "1 s"},
}


def test_faults_have_the_keys_of_their_kind() -> None:
    asked: set[str] = set()
    for what in fault.KINDS:
        where = "left" if what.startswith("terminator") else "5 m"
        near: dict[str, Any] = {"host": "pc"} if what in fault.OF_HOSTS else {"cable": "yellow"}
        if what in fault.OF_LINKS:
            near = {"between": ["pc", "server"]}
        more: dict[str, Any] = {"where": where} if "cable" in near and what != "repair" else {}
        more |= MORE.get(what, {})
        values = Asked({"at": "1 s", "what": what, **near, **more})
        fault.read(Table(Source({(): "lan.toml:1"}), values))
        asked |= values.keys_asked
    assert asked == {"at", "what", *names(fault.FaultKeys)}


def value(default: str) -> object:
    """A default as a TOML reader would give it; None if it is described in words."""
    if default in ("true", "false"):
        return default == "true"
    if default.startswith('"') and default.count('"') == 2:
        return default.strip('"')
    return int(default) if default.isdigit() else None


@pytest.mark.parametrize("kind", TABLES)
def test_a_default_is_what_is_read_where_nothing_is_written(kind: str) -> None:
    read_table, declaration, needed = TABLES[kind]
    defaults = {name: value(key.default) for name, (_, key) in declared(declaration).items()}
    written = {name: default for name, default in defaults.items() if default is not None}
    written.pop("medium", None)  # what is not written depends on what is at the ends
    if kind == "switch":
        written.pop("duplex")  # of all ports, where nothing is written of none
    without, full = (
        read_table(Table(Source({(): "lan.toml:1"}), values)) for values in (needed, {**needed, **written})
    )
    assert full == without
