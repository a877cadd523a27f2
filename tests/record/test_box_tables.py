"""Tables of adapters, hubs and switches, folded from events, are what the live network says."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sim import Lan, Network
from sim.api.load import load
from sim.api.options import Options
from sim.record.folder import TemporaryFolder
from sim.record.manifest import read_manifest
from sim.record.reading import events
from sim.record.tables.registry import TABLES
from sim.record.tables.table import Row

pytestmark = pytest.mark.usefixtures("on_compiled")

COUNTERS = {
    "received": "rx_packets",
    "received_octets": "rx_bytes",
    "receive_errors": "rx_errors",
    "missed": "rx_missed",
    "sent": "tx_packets",
    "sent_octets": "tx_bytes",
    "transmit_errors": "tx_errors",
    "dropped": "tx_dropped",
    "collisions": "collisions",
    "late_collisions": "tx_late_collisions",
    "deferred": "tx_deferred",
}
"""Columns, and the driver's names."""
OF_A_PORT = {
    "received": "received",
    "receive_errors": "bad",
    "missed": "no_buffer",
    "sent": "sent",
    "transmit_errors": "unsent",
    "filtered": "filtered",
    "collisions": "collisions",
    "late_collisions": "late_collisions",
}
"""Columns, and the names of a switch's counters."""


def folded(network: Network, name: str) -> list[tuple[str, Row]]:
    folder = network.recorded.folder
    table = TABLES[name](read_manifest(folder))
    for event in events(folder):
        table(event)
    return list(table.at(1000 * network.now))


def adapters_agree(network: Network) -> int:
    """How many frames were sent."""
    rows = {row["port"]: row for _, row in folded(network, "counters")}
    sent = 0
    for end in network.scenario.adapters:
        live = network.counters(end)
        assert {name: rows[end][name] for name in COUNTERS} == {
            name: live[theirs] for name, theirs in COUNTERS.items()
        }, end
        sent += live["tx_packets"]
    return sent


def ports_agree(network: Network) -> None:
    counters = {row["port"]: row for _, row in folded(network, "counters")}
    for switch in network.scenario.switches:
        ports = {row["port"]: row for place, row in folded(network, "ports") if place == switch.name}
        for number, end in enumerate(switch.sockets, 1):
            live = network.counters(end)
            if end in counters:
                assert {name: counters[end][name] for name in OF_A_PORT} == {
                    name: live[theirs] for name, theirs in OF_A_PORT.items()
                }
            else:
                assert not any(live.values())
            full = network.probe(f"{switch.name}.port{number}.full_duplex")
            assert ports[number]["duplex"] == ("full" if full else "half")


def addresses_agree(network: Network) -> int:
    """How many stations are known."""
    rows = folded(network, "switch")
    known = 0
    for name, entries in network.tables().items():
        found = {str(row["station"]): row for place, row in rows if place == name}
        assert {station: row["port"] for station, row in found.items()} == {
            entry.address.hex(":"): entry.port for entry in entries
        }
        for entry in entries:  # a switch counts whole seconds of its own
            age = found[entry.address.hex(":")]["age"]
            assert isinstance(age, int) and abs(age / 1e9 - entry.age_s) <= 1
        known += len(entries)
    return known


def links_agree(network: Network) -> None:
    rows = {(place, row["interface"]): row for place, row in folded(network, "interfaces")}
    for host in network.kernel.hosts:
        for interface, device in host.devices.items():
            row = rows[host.name, interface.name]
            assert row["link"] == {True: "up", False: "down", None: None}[device.link_up]
            assert row["mac"] == device.mac.hex(":") == interface.mac.hex(":")


def ask(count: int, size: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(1)
        for _ in range(count):
            one.sendto(bytes(size), ("10.0.0.9", 7))
        for _ in range(count):
            one.recv(2000)


@contextmanager
def switched() -> Iterator[Network]:
    """One port in full duplex, one in half duplex, one to the server, one free."""
    lan = Lan()
    lan.switch("sw", ports=4, ageing="10 s", duplex=["auto", "half", "auto", "auto"])
    for number, name in enumerate(("pc", "other", "server"), 1):
        lan.host(name, address=f"10.0.0.{9 if name == 'server' else number}/24")
        lan.cable(f"{name}-sw", length="20 m", ends=[name, f"sw.{number}"])
    lan.program("server", "udp-echo-server", service=True)
    lan.program("pc", ask, 12, 700, at="1 ms")
    lan.program("other", ask, 12, 900, at="1 ms")
    with lan.start() as network:
        yield network


def test_counters_addresses_and_ports_of_a_switch() -> None:
    with switched() as network:
        for instant in ("0 s", "1 ms", "60 ms", "2 s"):
            network.run_until(instant)
            ports_agree(network)
            addresses_agree(network)
            links_agree(network)
        assert adapters_agree(network) > 48
        assert addresses_agree(network) == 3
        network.fault("unplug", host="pc")
        network.run_for("100 ms")
        links_agree(network)
        network.run_until("9 s")
        assert addresses_agree(network) == 3
        network.run_until("14 s")
        assert addresses_agree(network) == 0


def test_a_host_that_is_switched_off_has_no_counters_and_counts_from_its_probe_on() -> None:
    with switched() as network:
        network.run_until("60 ms")
        network.fault("power off", host="pc")
        assert not [row for place, row in folded(network, "counters") if place == "pc"]
        network.fault("power on", host="pc")
        network.run_until("80 ms")
        adapters_agree(network)


def test_collisions_on_a_hub_and_a_port_that_is_partitioned() -> None:
    folder = TemporaryFolder()
    scenario = load("partition")
    with Network(scenario, Options(folder.path, "compiled", vcd=False)) as network:
        seen = set()
        for instant in ("1 s", "1.388 s", "1.39 s", "2.29 s", "2.31 s"):
            network.run_until(instant)
            for place, row in folded(network, "hub"):
                live = network.probe(f"{place}.port{row['port']}.partitioned")
                assert row["partitioned"] == bool(live)
                seen.add(bool(live))
        assert seen == {True, False}
        rows = [row for _, row in folded(network, "hub")]
        assert sum(int(row["collisions"] or 0) for row in rows) >= 30
        assert sum(int(row["partitions"] or 0) for row in rows) >= 1


def test_counters_of_colliding_stations() -> None:
    folder = TemporaryFolder()
    with Network(load("collision"), Options(folder.path, "compiled", vcd=False)) as network:
        network.run()
        network.run_for("10 ms")
        adapters_agree(network)
        collisions = [row["collisions"] for _, row in folded(network, "counters")]
        assert any(collisions)
