"""`netstat`, `arp`, `route` on simulated hosts."""

# ruff: noqa: ANN001, ANN002, ANN201, ANN202

import socket
import time

import pytest
from link_network import LinkNetwork

from sim.apps import arp, netstat, route
from sim.apps.registry import find
from stack.stack import FIRST_DESCRIPTOR

SECOND = 1_000_000_000


def run(*commands, programs=()):
    """Run `instant in s, host: command line`; what each command printed, and the network after the run."""
    with LinkNetwork("pc", "server") as network:
        for host, at, main, service in programs:
            network.hosts[host].spawn("program", main, at_ns=int(at * SECOND), service=service)
        for at, text in commands:
            host, line = text.split(": ", 1)
            program, words = find(line)
            network.hosts[host].spawn(words, program.main, at_ns=int(at * SECOND), service=program.service)
        outcome = network.run(1000 * SECOND)
    printed = {}
    for event in network.events:
        if (event.layer, event.kind) == ("program", "output"):
            who = event.where, event.fields["program"]
            printed.setdefault(who, []).append(event.fields["text"])
    return printed, outcome, network


def serve(arguments):
    """Accepts one connection and says nothing until the peer has closed."""
    with socket.create_server(("", 80)) as listener:
        connection, _ = listener.accept()
        connection.recv(1)
        time.sleep(10)
        connection.close()


def dial(arguments):
    with socket.create_connection(("server", 80)) as sock:
        time.sleep(2)
        sock.shutdown(socket.SHUT_WR)
        time.sleep(20)


def echo(arguments):
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.bind(("", 7))
        time.sleep(50)


def rows(lines):
    return [line.split() for line in lines[2:]]


PROGRAMS = (("server", 0, serve, True), ("server", 0, echo, True), ("pc", 0.001, dial, False))


def test_mission_1_2_and_4_2_a_connections_life_in_the_socket_table():
    instants = (1, 3, 15, 100)
    printed, outcome, _ = run(
        *[(at, f"{host}: netstat -ano") for at in instants for host in ("pc", "server")], programs=PROGRAMS
    )
    assert outcome.failures == ()
    tables = {host: "\n".join(printed[host, "netstat"]).split("Active")[1:] for host in ("pc", "server")}
    assert all("Proto Recv-Q Send-Q Local Address" in table for table in tables["pc"] + tables["server"])
    states = {
        host: [[row[5] for row in rows(table.splitlines()) if row[0] == "tcp"] for table in tables[host]]
        for host in tables
    }
    assert states["pc"] == [["ESTABLISHED"], ["FIN_WAIT2"], ["TIME_WAIT"], ["TIME_WAIT"]]
    assert states["server"] == [["LISTEN", "ESTABLISHED"], ["LISTEN", "CLOSE_WAIT"], [], []]
    established = rows(tables["pc"][0].splitlines())[0]
    assert established[:3] == ["tcp", "0", "0"] and established[4] == "192.168.1.20:80"
    assert established[6:] == ["off", "(0.00/0/0)"]
    waiting = [rows(tables["pc"][number].splitlines())[0][6:] for number in (2, 3)]
    assert [timer for timer, _ in waiting] == ["timewait"] * 2  # four minutes, from second 12 on
    assert [float(left.strip("(").split("/")[0]) for _, left in waiting] == pytest.approx([237, 152], abs=0.1)


def test_servers_protocols_and_programs():
    printed, _, _ = run(
        (1, "server: netstat -ln"),
        (1.1, "server: netstat -anpu"),
        (1.2, "server: netstat -t"),
        programs=PROGRAMS,
    )
    lines = printed["server", "netstat"]
    assert lines[0] == "Active Internet connections (only servers)"
    assert rows(lines[:4]) == [
        ["tcp", "0", "0", "0.0.0.0:80", "0.0.0.0:*", "LISTEN"],
        ["udp", "0", "0", "0.0.0.0:7", "0.0.0.0:*"],
    ]
    assert rows(lines[4:7]) == [["udp", "0", "0", "0.0.0.0:7", "0.0.0.0:*", "2/program"]]
    ((*_, local, remote, state),) = rows(lines[7:])
    assert (local, state) == ("server:http", "ESTABLISHED") and remote.startswith("pc:")


def test_octets_that_wait_and_retransmissions_are_shown():
    def chatter(arguments):
        with socket.create_connection(("server", 80)) as sock:
            sock.send(b"x" * 300)
            time.sleep(5)

    def deaf(arguments):
        with socket.create_server(("", 80)) as listener:
            connection, _ = listener.accept()
            time.sleep(5)
            connection.recv(1000)

    lost = False
    programs = (("server", 0, deaf, True), ("pc", 0.001, chatter, False))
    printed, _, _ = run((1, "server: netstat -n"), programs=programs)
    assert rows(printed["server", "netstat"])[0][1:3] == ["300", "0"]

    with LinkNetwork("pc", "server", lost=lambda frame: lost and frame[12:14] == b"\x08\x00") as network:

        def begin(arguments):
            nonlocal lost
            with socket.create_connection(("server", 80)) as sock:
                lost = True
                sock.send(b"x" * 300)
                time.sleep(5)

        network.hosts["server"].spawn("server", deaf, service=True)
        network.hosts["pc"].spawn("client", begin, at_ns=SECOND)
        network.run(9 * SECOND // 2)
        row = netstat.table(network.hosts["pc"], "-tno")[2].split()
        assert row[:3] == ["tcp", "0", "300"]
        assert row[6] == "on" and row[7].endswith("/2/0)")  # after 1 and 3 s; again at 7


def test_ss_lists_sockets_in_its_own_words():
    printed, outcome, _ = run(
        (1, "server: ss -an"),
        (1.1, "server: ss -tlnp"),
        (1.2, "pc: ss -t"),
        (3.5, "pc: ss -tano"),
        (15, "pc: ss -tano"),
        programs=PROGRAMS,
    )
    assert outcome.failures == ()
    everything, servers = printed["server", "ss"][:4], printed["server", "ss"][4:]
    assert [line.split() for line in everything] == [
        ["Netid", "State", "Recv-Q", "Send-Q", "Local", "Address:Port", "Peer", "Address:Port", "Process"],
        ["tcp", "LISTEN", "0", "128", "0.0.0.0:80", "0.0.0.0:*"],
        ["udp", "UNCONN", "0", "0", "0.0.0.0:7", "0.0.0.0:*"],
        ["tcp", "ESTAB", "0", "0", "192.168.1.20:80", everything[3].split()[-1]],
    ]
    assert [line.split() for line in servers[1:]] == [
        ["LISTEN", "0", "128", "0.0.0.0:80", "0.0.0.0:*", f'users:(("program",pid=1,fd={FIRST_DESCRIPTOR}))']
    ]
    lines = [line.split() for line in printed["pc", "ss"] if not line.startswith("State")]
    assert [line[0] for line in lines] == ["ESTAB", "FIN-WAIT-2", "TIME-WAIT"]
    assert lines[0][4] == "192.168.1.20:http" and lines[2][5] == "timer:(timewait,3min57sec,0)"


def test_ss_i_shows_what_a_connection_knows_of_itself():
    def transfer(arguments):
        with socket.create_connection(("server", 80)) as sock:
            sock.sendall(bytes(100_000))
            time.sleep(1)

    def sink(arguments):
        with socket.create_server(("", 80)) as listener:
            connection, _ = listener.accept()
            while connection.recv(65_536):
                pass

    printed, _, _ = run(
        (1, "pc: ss -tin"),
        (1, "server: ss -tlin"),
        programs=(("server", 0, sink, True), ("pc", 0.5, transfer, False)),
    )
    row, info = printed["pc", "ss"][1:]
    assert row.split()[0] == "ESTAB" and info.startswith("\t sack wscale:0,0 rto:1000 rtt:")
    words = dict(word.split(":", 1) for word in info.split() if ":" in word)
    assert (words["mss"], words["pmtu"], words["bytes_sent"], words["bytes_acked"]) == (
        *("1460", "1500"),
        *("100000", "100000"),
    )
    assert int(words["cwnd"]) > 4 and words["data_segs_out"] == "69" and "retrans" not in words
    assert words["snd_wnd"] == "65535" and "unacked" not in words
    assert printed["server", "ss"][2].strip() == ""  # nothing is known of a listener


def test_the_tables_are_there_for_callers_outside():
    with LinkNetwork("pc", "server") as network:
        program, words = find("ping -c 1 server")
        network.hosts["pc"].spawn(words, program.main)
        network.run()
        assert arp.table(network.hosts["pc"]) == [
            "server (192.168.1.20) at 02:00:00:00:00:02 [ether] on eth0"
        ]
        assert route.table(network.hosts["pc"])[1:] == [
            "Destination Gateway Genmask       Flags Metric Iface",
            "192.168.1.0 0.0.0.0 255.255.255.0 U     0      eth0",
            "127.0.0.0   0.0.0.0 255.0.0.0     U     0      lo",
        ]
        assert netstat.table(network.hosts["pc"]) == [
            "Active Internet connections (servers and established)",
            "Proto Recv-Q Send-Q Local Address Foreign Address State Timer",
        ]
        assert netstat.interfaces(network.hosts["pc"])[2:] == [
            "lo    16436     0      0      0      0     0      0      0 LRU",
            "eth0   1500     2      0      0      0     2      0      0 BMRU",
        ]


def test_mission_5_5_the_arp_cache_and_its_expiry():
    printed, _, _ = run(
        (0, "pc: ping -c 1 server"),
        (1, "pc: arp -a"),
        (2, "pc: arp -a -n"),
        (3, "pc: arp -i lo"),
        (200, "pc: arp"),  # it was used in the first minute, asked for again, and not used in the second
    )
    entry = "(192.168.1.20) at 02:00:00:00:00:02 [ether] on eth0"
    assert printed["pc", "arp"] == [f"server {entry}", f"? {entry}", "arp: no entries", "arp: no entries"]


def test_who_is_asked_for_is_incomplete_and_an_entry_can_be_deleted():
    printed, outcome, _ = run(
        (0, "pc: ping -c 1 -W 1 192.168.1.99"),
        (0.5, "pc: arp -a"),
        (4, "pc: ping -c 1 server"),
        (5, "pc: arp -d server"),
        (6, "pc: arp -a"),
        (7, "pc: arp -d server"),
    )
    assert printed["pc", "arp"] == [
        "? (192.168.1.99) at <incomplete> on eth0",
        "arp: no entries",
        "arp: server: No such device or address",
    ]
    assert [failure.program for failure in outcome.failures][1:] == ["arp -d server"]


def test_routes_are_added_and_taken_away():
    printed, outcome, _ = run(
        (1, "pc: route add default gw 192.168.1.20"),
        (2, "pc: route add 10.0.0.0/8 gw 192.168.1.20 metric 5"),
        (3, "pc: route add 10.1.2.3 dev eth0"),
        (4, "pc: route"),
        (5, "pc: route del 10.0.0.0/8"),
        (6, "pc: route del default gw 192.168.1.20"),
        (7, "pc: netstat -rn"),
    )
    assert outcome.failures == ()
    assert [line.split() for line in printed["pc", "route"][2:]] == [
        ["10.1.2.3", "*", "255.255.255.255", "UH", "0", "eth0"],
        ["192.168.1.0", "*", "255.255.255.0", "U", "0", "eth0"],
        ["127.0.0.0", "*", "255.0.0.0", "U", "0", "lo"],
        ["10.0.0.0", "server", "255.0.0.0", "UG", "5", "eth0"],
        ["default", "server", "0.0.0.0", "UG", "0", "eth0"],
    ]
    assert [line.split()[0] for line in printed["pc", "netstat"][2:]] == [
        "10.1.2.3",
        "192.168.1.0",
        "127.0.0.0",
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("route add default gw 192.168.7.1", "Network is unreachable"),
        ("route add 192.168.1.0/24 dev eth0", "File exists"),
        ("route add 10.0.0.0/8 dev eth9", "No such device"),
        ("route del 10.0.0.0/8", "No such process"),
    ],
)
def test_what_linux_says_of_a_route_that_cannot_be(line, words):
    printed, outcome, _ = run((0, f"pc: {line}"))
    assert printed["pc", "route"] == [f"route: {words}"] and not outcome.succeeded


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("netstat -z", "unrecognized arguments: -z"),
        ("arp server", "unrecognized arguments: server"),
        ("route show", "unrecognized arguments: show"),
        ("route add 10.0.0.1/8 gw 192.168.1.1", "is not a network"),
        ("route add 10.0.0.0/8", "gw ADDRESS or dev INTERFACE"),
        ("route add 10.0.0.0/8 gw there", "is not an address"),
    ],
)
def test_a_wrong_command_line_is_refused_before_the_run(line, words):
    with pytest.raises(ValueError, match=words):
        find(line)
