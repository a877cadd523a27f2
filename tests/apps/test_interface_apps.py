"""`ip` and `ethtool` on simulated hosts: over a link without hardware, and over a register model."""

# ruff: noqa: ANN001, ANN002, ANN201

import subprocess
from ipaddress import IPv4Interface
from random import Random

import pytest
from link_network import LinkNetwork
from register_model import RegisterModel

from driver.settings import Settings
from sim.apps import ethtool, ip
from sim.apps.registry import find
from sim.os.bus_owner import BusOwner
from sim.os.kernel import Kernel
from sim.python import install

ROM = bytes.fromhex("020000000001")
GOOD = ROM + bytes.fromhex("0200000000020800") + bytes(46)


def on_a_link(*commands):
    """Run command lines on pc, 1 s apart, after a ping of the server; the network after the run."""
    with LinkNetwork("pc", "server") as network:
        for number, line in enumerate(("ping -c 1 192.168.1.20", *commands)):
            program, words = find(line)
            network.hosts["pc"].spawn(words, program.main, at_ns=number * 1_000_000_000)
        return network, network.run()


class Bench:
    """A host over a register model, on which command lines run 1 ms apart after `begin_ns`."""

    def __init__(self, settings: Settings, *commands: str) -> None:
        self.engine = RegisterModel(ROM)
        self.events = []
        self.kernel = Kernel(self.engine, self.events.append, install)
        self.host = self.kernel.add_host("pc", Random(1))
        self.owner = BusOwner(self.kernel, self.engine, 0, self.host.emit, lambda *_: None, settings)
        self.kernel.connect_adapter(0, self.owner)
        self.host.attach(self.owner, IPv4Interface("10.0.0.1/24"))
        for number, line in enumerate(commands, start=2):
            program, words = find(line)
            self.host.spawn(words, program.main, at_ns=number * 1_000_000)

    def run(self):
        with self.kernel:
            outcome = self.kernel.run()
        return outcome, [
            (event.fields["stream"], event.fields["text"])
            for event in self.events
            if (event.layer, event.kind) == ("program", "output")
        ]


def test_ip_link_counts_what_passed():
    network, outcome = on_a_link("ip -s link")
    assert outcome.succeeded
    lines = network.output("pc")[-12:]
    assert lines == [
        "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 16436 state UNKNOWN",
        "    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00",
        "    RX:  bytes packets errors dropped  missed   mcast",
        "             0       0      0       0       0       0",
        "    TX:  bytes packets errors dropped carrier collsns",
        "             0       0      0       0       0       0",
        "2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP",
        "    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff",
        "    RX:  bytes packets errors dropped  missed   mcast",
        "           140       2      0       0       0       0",
        "    TX:  bytes packets errors dropped carrier collsns",
        "           140       2      0       0       0       0",
    ]
    # ARP's 42 octets and an echo of 98, each way.


@pytest.mark.parametrize("line", ["ip link", "ip link show", "ip link show eth0", "ip link show dev eth0"])
def test_ip_link_without_statistics_is_two_lines(line):
    network, _ = on_a_link(line)
    shown = [text.split(":")[0].strip() for text in network.output("pc")]
    expected = ["2", "link/ether 02"] if "eth0" in line else ["1", "link/loopback 00", "2", "link/ether 02"]
    assert shown[-len(expected) :] == expected
    assert shown[-len(expected) - 1].startswith("rtt")  # the ping's last line


def test_the_loopback_interface_counts_too():
    network, _ = on_a_link("ping -c 1 127.0.0.1", "ip -s link show lo")
    assert network.output("pc")[-1].split() == ["168", "2", "0", "0", "0", "0"]  # two packets of 84 octets


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("ip link show eth7", 'Device "eth7" does not exist.'),
        ("ethtool eth7", "ethtool: eth7: No such device"),
        ("ethtool eth0", "ethtool: eth0: Operation not supported"),
        ("ethtool -S", "ethtool: eth0: Operation not supported"),
        ("ethtool lo", "ethtool: lo: Operation not supported"),
    ],
)
def test_what_there_is_not_ends_with_a_sentence_and_status_1(line, complaint):
    network, outcome = on_a_link(line)
    assert [failure.reason for failure in outcome.failures] == ["exit status 1"]
    assert network.output("pc", "stderr") == [complaint]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ip", "required: link"),
        ("ip route", "invalid choice: 'route'"),
        ("ip link up", "invalid choice: 'up'"),
        ("ip link show dev", "give one interface"),
        ("ip link show eth0 eth1", "give one interface"),
        ("ethtool -X", "unrecognized arguments: -X"),
    ],
)
def test_a_wrong_command_line_is_refused_before_the_run(line, words):
    with pytest.raises(ValueError, match=words):
        find(line)


@pytest.mark.needs("ip")
def test_the_columns_are_those_of_iproute2():
    theirs = subprocess.run(["ip", "-s", "link", "show", "lo"], capture_output=True, text=True, check=True)
    network, _ = on_a_link("ip -s link")
    assert headers(network.output("pc")[-6:]) == headers(theirs.stdout.splitlines())


def headers(lines):
    return [line.rstrip() for line in lines if line.lstrip().startswith(("RX:", "TX:"))]


def test_ethtool_shows_speed_duplex_and_link():
    _, said = Bench(Settings(full_duplex=True), "ethtool").run()
    assert [text for _, text in said] == [
        "Settings for eth0:",
        "\tSpeed: 10Mb/s",
        "\tDuplex: Full",
        "\tAuto-negotiation: off",
        "\tPort: AUI",
        "\tLink detected: unknown",  # there is no PHY
    ]


def test_ethtool_s_reads_the_adapter_s_counters_over_the_bus_and_the_driver_s():
    bench = Bench(Settings(), "ethtool -S")
    bench.engine.words[0x84] = 7
    bench.engine.at(1_500_000_000, lambda: bench.engine.receive(GOOD))
    bench.engine.at(1_600_000_000, lambda: bench.engine.receive(GOOD, status=1 << 1))
    _, said = bench.run()
    lines = [text for _, text in said]
    assert lines[0] == "NIC statistics:"
    told = dict(line.strip().split(": ") for line in lines[1:])
    assert (told["rx_packets"], told["rx_bytes"], told["rx_crc_errors"]) == ("1", "60", "1")
    assert told["fcs_errors"] == "7"
    assert len(told) == len(lines) - 1


def test_ip_shows_an_address_that_is_not_the_rom_s_and_promiscuous_mode():
    given = bytes.fromhex("020000c0ffee")
    bench = Bench(Settings(station_address=given, promiscuous=True), "ip link show eth0")
    _, said = bench.run()
    assert [text for _, text in said] == [
        "2: eth0: <BROADCAST,MULTICAST,PROMISC,UP,LOWER_UP> mtu 1500 state UNKNOWN",
        "    link/ether 02:00:00:c0:ff:ee brd ff:ff:ff:ff:ff:ff permaddr 02:00:00:00:00:01",
    ]


def test_tables_are_to_be_had_in_python_after_the_run():
    bench = Bench(Settings())
    bench.host.spawn("sleep", lambda arguments: None, at_ns=1_500_000)
    unknown = GOOD[:12] + b"\x88\xb5" + GOOD[14:]
    bench.engine.at(1_000_000_000, lambda: bench.engine.receive(unknown))
    bench.run()
    lines = ip.table(bench.host, only="eth0")
    assert lines[3].split() == ["60", "1", "0", "1", "0", "0"]  # a type that the stack does not speak


def test_a_program_of_the_user_reads_statistics_as_a_call():
    seen = []
    bench = Bench(Settings())
    bench.host.spawn("mine", lambda arguments: seen.append(ethtool.statistics("eth0")), at_ns=1_000_000)
    bench.run()
    assert seen[0]["rx_packets"] == 0
    assert seen[0]["alignment_errors"] == 0
    with pytest.raises(RuntimeError, match="no simulated program is calling"):
        ethtool.statistics("eth0")


def test_numbers_wider_than_their_column_widen_it():
    bench = Bench(Settings())
    bench.owner.counters.rx_bytes = 123_456_789_012
    lines = ip.table(bench.host, only="eth0")
    assert lines[2].index("bytes") + len("bytes") == lines[3].index("123456789012") + 12
