"""Tables folded from events are what the live stacks say at that instant (docs/running.md, "Tables")."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from journal.event import FieldValue
from sim import Lan, Network
from sim.record.manifest import read_manifest
from sim.record.reading import events
from sim.record.tables.registry import TABLES
from sim.record.tables.table import Row, Table, changes, shown
from stack.wire.address import dotted

Rows = list[tuple[str, dict[str, FieldValue]]]


def folded(network: Network, name: str) -> Rows:
    """The table as its fold has it now, from what is recorded until now."""
    table = TABLES[name](read_manifest(network.recorded.folder))
    for event in events(network.recorded.folder):
        table(event)
    return [(place, dict(row)) for place, row in table.at(1000 * network.now)]


def picked(rows: Rows, *names: str) -> list[tuple[FieldValue, ...]]:
    found = [(place, *(row[name] for name in names)) for place, row in rows]
    return sorted(found, key=repr)


def sockets_agree(network: Network) -> None:
    live, timers = [], {}
    for name, host in network.hosts.items():
        for row in host.sockets:
            queues = (row.recv_q, row.send_q)
            if row.state == "LISTEN":
                queues = (row.recv_q, 0)
            live.append((name, row.proto, *queues, row.local, row.remote, row.state, row.fd))
            if row.expires is not None:
                timers[name, row.local, row.remote] = row.timer, row.expires, row.attempts
    rows = folded(network, "sockets")
    names = ("proto", "receive_queue", "send_queue", "local", "remote", "state", "fd")
    assert picked(rows, *names) == sorted(live, key=repr)
    ticking = {(place, row["local"], row["remote"]): row for place, row in rows if row["expires"] is not None}
    assert ticking.keys() == timers.keys()
    for key, (timer, expires, attempts) in timers.items():
        row = ticking[key]
        assert (row["timer"], row["attempts"]) == (timer, attempts)
        assert isinstance(row["expires"], int)
        # Clocks of hosts are off by at most 50 ppm of the time since the run began.
        assert row["expires"] == pytest.approx(expires - network.now, abs=network.now // 10_000 + 100_000)


def programs_agree(network: Network) -> None:
    live = []
    for name, host in network.hosts.items():
        for row in host.sockets:
            holders = [one for one in host.processes if row.fd in one.descriptors]
            live.append((name, row.local, *((one.pid, one.name) for one in holders[:1])))
    rows = folded(network, "sockets")
    found = [
        (place, row["local"], *([(row["pid"], row["program"])] if row["pid"] is not None else []))
        for place, row in rows
    ]
    assert sorted(found, key=repr) == sorted(live, key=repr)


def tcp_agrees(network: Network) -> None:
    live = []
    for name, host in network.hosts.items():
        for row in host.sockets:
            if row.proto == "tcp" and row.remote != "0.0.0.0:0":
                assert row.info is not None
                live.append((name, row.local, row.remote, row.info))
    rows = {(place, row["local"], row["remote"]): row for place, row in folded(network, "tcp")}
    assert rows.keys() == {one[:3] for one in live}
    for *key, info in live:
        row = rows[tuple(key)]
        mss = number(row, "mss")
        assert (mss, row["snd_wnd"], row["rcv_wnd"]) == (info.snd_mss, info.snd_wnd, info.rcv_wnd)
        assert max(number(row, "cwnd") // mss, 1) == info.snd_cwnd
        assert number(row, "rto") // 1000 == info.rto
        assert -(-number(row, "flight") // mss) == info.unacked
        for name, live_value in (("srtt", info.rtt), ("rttvar", info.rttvar)):
            assert (0 if row[name] is None else number(row, name) // 1000) == live_value
        if row["ssthresh"] is not None:
            assert number(row, "ssthresh") // mss == info.snd_ssthresh


def number(row: Row, name: str) -> int:
    value = row[name]
    assert isinstance(value, int)
    return value


def buffers_agree(network: Network, name: str, number: int, sizes: tuple[int, int]) -> None:
    rows = [row for place, row in folded(network, "buffers") if place == name and row["fd"] == number]
    assert [(row["receive_buffer"], row["send_buffer"]) for row in rows] == [sizes]


def arp_agrees(network: Network) -> None:
    live = [
        (name, row.interface, row.address, row.mac, row.state)
        for name, host in network.hosts.items()
        for row in host.neighbours
    ]
    assert picked(folded(network, "arp"), "interface", "address", "mac", "state") == sorted(live, key=repr)


def routes_agree(network: Network) -> None:
    """In their order."""
    live = [
        (
            name,
            str(row.network.network_address),
            str(row.network.netmask),
            None if row.gateway is None else str(row.gateway),
            row.metric,
            row.interface.name,
        )
        for name, host in sorted(network.hosts.items())
        for row in host.routes
    ]
    names = ("destination", "mask", "gateway", "metric", "interface")
    assert [(place, *(row[one] for one in names)) for place, row in folded(network, "route")] == live


def interfaces_agree(network: Network) -> None:
    live = [
        (name, one.name, f"{dotted(one.address)}/{one.network.prefixlen}", one.mac.hex(":"), one.mtu)
        for name, host in sorted(network.hosts.items())
        for one in host.interfaces
    ]
    names = ("interface", "address", "mac", "mtu")
    rows = folded(network, "interfaces")
    assert [(place, *(row[one] for one in names)) for place, row in rows] == live
    links = {host.name: device.link_up for host in network.kernel.hosts for device in host.devices.values()}
    assert {place: row["link"] == "up" for place, row in rows if row["interface"] != "lo"} == links


def all_agree(network: Network) -> None:
    for agree in (sockets_agree, programs_agree, tcp_agrees, arp_agrees, routes_agree, interfaces_agree):
        agree(network)


def serve() -> None:
    """A slow reader, so that buffers fill; one connection after the other."""
    with socket.create_server(("", 7000)) as listening:
        while True:
            connection, _ = listening.accept()
            with connection:
                time.sleep(0.1)  # of simulated time
                while connection.recv(20_000):
                    time.sleep(0.01)  # of simulated time
                connection.send(b"done")


def echo() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("", 7))
        while True:
            data, peer = one.recvfrom(2000)
            time.sleep(0.005)  # of simulated time
            one.sendto(data, peer)


def fetch() -> None:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 30_000)
        one.connect(("server", 7000))
        one.sendall(bytes(150_000))
        one.shutdown(socket.SHUT_WR)
        assert one.recv(10) == b"done"
    with socket.socket() as refused, pytest.raises(ConnectionRefusedError):
        refused.connect(("server", 9))


def ask() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(("server", 7))
        for _ in range(20):
            one.send(bytes(500))
        for _ in range(5):
            one.recv(2000)
        time.sleep(0.3)  # of simulated time


def lost() -> None:
    """Nobody has this address."""
    with socket.socket() as one, pytest.raises(OSError, match="No route to host"):
        one.connect(("10.0.0.77", 80))


def built(folder: Path | None = None) -> Lan:
    lan = Lan(folder=folder)
    lan.host("pc", address="10.0.0.1/24", gateway="10.0.0.2")
    lan.host("server", address="10.0.0.2/24")
    lan.link(delay="2 ms", loss=0.03, rate="10 Mb/s")
    lan.program("server", serve, service=True)
    lan.program("server", echo, service=True)
    lan.program("pc", "route add 10.9.0.0/16 gw 10.0.0.2 metric 3", at="4 ms")
    lan.program("pc", "route del 10.9.0.0/16 gw 10.0.0.2", at="400 ms")
    lan.program("pc", fetch, at="5 ms")
    lan.program("pc", ask, at="60 ms")
    lan.program("pc", lost, at="80 ms")
    return lan


INSTANTS = [
    *("0 ms", "1 ms", "8 ms", "13 ms", "20 ms", "61 ms", "75 ms", "81 ms", "120 ms", "230 ms", "320 ms"),
    *("500 ms", "900 ms", "2 s", "5 s", "20 s", "100 s", "400 s"),
]


def test_folded_tables_are_those_of_the_live_stacks() -> None:
    """Before socket(), in the handshake, full buffers, losses, TIME-WAIT, and when all is over."""
    states = set()
    with built().start() as network:
        for instant in INSTANTS:
            network.run_until(instant)
            all_agree(network)
            states |= {row.state for host in network.hosts.values() for row in host.sockets}
    assert states >= {"LISTEN", "SYN-SENT", "ESTABLISHED", "TIME-WAIT", ""}


def test_buffers_are_what_the_program_has_asked_for() -> None:
    """Mission row 1.2: what the stack has set aside; Linux doubles SO_SNDBUF."""
    with built().start() as network:
        network.run_until("61 ms")
        (row,) = (row for row in network.hosts["pc"].sockets if row.proto == "tcp")
        assert row.fd is not None
        buffers_agree(network, "pc", row.fd, (65_535, 60_000))
        full = {str(row["local"]): row for place, row in folded(network, "buffers") if place == "server"}
        waiting = full["10.0.0.2:7000"]["receive_queue"]
        assert isinstance(waiting, int) and waiting > 40_000


def test_a_host_that_is_switched_off_has_no_rows_and_begins_again() -> None:
    with built().start() as network:
        network.run_until("70 ms")
        network.fault("power off", host="server")
        for name in ("sockets", "arp", "route", "interfaces"):
            rows = [row for place, row in folded(network, name) if place == "server"]
            assert all(row.get("interface") == "lo" for row in rows)
        network.run_until("90 ms")
        network.fault("power on", host="server")
        network.run_until("200 ms")
        all_agree(network)
        network.fault("unplug", host="server")
        interfaces_agree(network)
        network.fault("plug", host="server")
        interfaces_agree(network)


def test_changes_are_all_that_a_table_is_made_of(tmp_path: Path) -> None:
    """The report is given these; folded, they are the table."""
    built(tmp_path / "run").run()
    recorded = list(events(tmp_path / "run"))
    tables: list[Table] = [table() for table in TABLES.values()]
    rows: dict[str, dict[Any, Row]] = {name: {} for name in TABLES}
    for change in changes(tables, recorded):
        assert change.place == change.key[0]
        if change.row is None:
            del rows[change.table][change.key]
        else:
            rows[change.table][change.key] = change.row
    end = recorded[-1].ps
    for table in tables:
        again = [
            (key[0], {one.name: shown(one, row[one.name], end) for one in table.columns})
            for key, row in rows[table.name].items()
        ]
        assert sorted(again, key=repr) == sorted(table.at(end), key=repr)


def declared() -> Iterator[tuple[str, str]]:
    for name, table in TABLES.items():
        for column in table.columns:
            yield name, column.meaning


def test_every_column_says_what_it_is() -> None:
    assert all(meaning for _, meaning in declared())
