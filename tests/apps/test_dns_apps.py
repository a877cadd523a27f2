"""`dns-server` and `dig`."""

# ruff: noqa: ANN001, ANN002, ANN003, ANN201, ANN202

import socket

import pytest
from link_network import LinkNetwork

from sim.apps.registry import find
from stack.dns.resolver import Settings

SERVER = "192.168.1.20"


def run(serve, *commands, **settings):
    """`serve` on the server, then the command lines on pc, 1 ms apart: what pc printed, the outcome."""
    with LinkNetwork("pc", "server", **settings) as network:
        network.hosts["pc"].resolver.settings = Settings((SERVER,))
        for number, line in enumerate([serve, *commands]):
            program, words = find(line)
            host = network.hosts["pc" if number else "server"]
            host.spawn(words, program.main, at_ns=number * 1_000_000, service=program.service)
        outcome = network.run()
        return network.output("pc"), network.output("pc", "stderr"), outcome


def records(lines):
    return [line for line in lines if " IN " in line and not line.startswith(";")][1:]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("dig pc.lan", ["pc.lan. 3600 IN A 192.168.1.10"]),
        ("dig PC.LAN. A", ["PC.LAN. 3600 IN A 192.168.1.10"]),
        ("dig -x 192.168.1.10", ["10.1.168.192.in-addr.arpa. 3600 IN PTR pc.lan."]),
        ("dig @192.168.1.20 lan NS", ["lan. 3600 IN NS server.lan."]),
        ("dig @server lan SOA +tcp", ["lan. 3600 IN SOA server.lan. hostmaster.lan. 1 7200 900 1209600 900"]),
    ],
)
def test_the_zone_of_the_scenarios_hosts(line, found):
    lines, _, outcome = run("dns-server", line)
    assert outcome.succeeded and records(lines) == found
    assert lines[-1] == f";; SERVER: {SERVER}#53({'TCP' if '+tcp' in line else 'UDP'})"
    assert lines[-2].startswith(";; Query time: ")


def test_options_of_the_zone():
    lines, _, _ = run(
        'dns-server --zone example.org --ttl 5 --negative-ttl 7 --record "www 60 A 10.0.0.1"',
        "dig pc.example.org",
        "dig www.example.org",
        "dig nix.example.org",
    )
    assert records(lines)[0] == "pc.example.org. 5 IN A 192.168.1.10"
    assert "www.example.org. 60 IN A 10.0.0.1" in lines
    assert (
        "example.org. 5 IN SOA server.example.org. hostmaster.example.org. 1 7200 900 1209600 7" in lines
        and "rcode NXDOMAIN" in lines
    )


def test_a_master_file_makes_a_zone_of_its_own(tmp_path):
    file = tmp_path / "zone.db"
    file.write_text("$ORIGIN example.org.\n$TTL 60\n@ SOA ns root 3 1 1 1 1\nwww A 10.0.0.1\n A 10.0.0.2\n")
    lines, _, _ = run(f"dns-server --file {file}", "dig www.example.org", "dig pc.lan")
    assert [line for line in lines if "IN A " in line] == [
        "www.example.org. 60 IN A 10.0.0.1",
        "www.example.org. 60 IN A 10.0.0.2",
        "pc.lan. 3600 IN A 192.168.1.10",
    ]


def test_what_is_given_counts_instead_of_what_is_there_by_itself(tmp_path):
    file = tmp_path / "zone.db"
    file.write_text("@ 60 SOA ns root 3 1 1 1 1\n")
    lines, _, _ = run(f"dns-server --file {file}", "dig lan SOA")
    assert records(lines) == ["lan. 60 IN SOA ns.lan. root.lan. 3 1 1 1 1"]


def test_a_truncated_answer_is_asked_for_again_over_tcp():
    many = " ".join(f'--record "many A 10.0.0.{number}"' for number in range(60))
    lines, _, _ = run(f"dns-server {many}", "dig many.lan")
    assert lines[0] == ";; Truncated, retrying in TCP mode." and lines[-1].endswith("(TCP)")
    assert sum("IN A 10.0.0." in line for line in lines) == 60


def test_mission_6_1_dig_asks_again_on_a_lossy_link():
    datagrams = []

    def lose_first(frame):
        if frame[23:24] == b"\x11":
            datagrams.append(frame)
        return len(datagrams) == 1 and frame is datagrams[0]

    lines, _, outcome = run("dns-server", "dig pc.lan +time=2", lost=lose_first)
    assert outcome.succeeded
    assert lines[0] == f";; communications error to {SERVER}#53: timed out"
    assert records(lines) == ["pc.lan. 3600 IN A 192.168.1.10"]
    assert len(datagrams) == 3


@pytest.mark.parametrize(
    ("server", "words"), [("192.168.1.10", "connection refused"), ("192.168.1.99", "no route to host")]
)
def test_no_server(server, words):
    lines, _, outcome = run("dns-server", f"dig @{server} pc.lan +tries=2")
    assert lines == [f";; communications error to {server}#53: {words}"] * 2 + [
        ";; no servers could be reached"
    ]
    assert [failure.reason for failure in outcome.failures] == ["exit status 9"]


def test_a_server_without_a_name():
    _, complaints, outcome = run("dns-server", "dig @nix.lan pc.lan")
    assert complaints == ["dig: nix.lan: Name or service not known"] and not outcome.succeeded


def test_rfc7766_6_2_1_1_several_questions_on_one_connection_one_split():
    answers = []

    def client(arguments):
        question = b"\0\7\1\0\0\1\0\0\0\0\0\0\2pc\3lan\0\0\1\0\1"
        framed = len(question).to_bytes(2, "big") + question
        with socket.create_connection((SERVER, 53)) as sock, sock.makefile("rb") as stream:
            sock.sendall(framed + framed[:5])
            answers.append(stream.read(int.from_bytes(stream.read(2), "big")))
            sock.sendall(framed[5:])
            answers.append(stream.read(int.from_bytes(stream.read(2), "big")))
            answers.append(stream.read(2))  # nothing more is asked: the server hangs up

    with LinkNetwork("pc", "server") as network:
        server, words = find("dns-server")
        network.hosts["server"].spawn(words, server.main, service=True)
        network.hosts["pc"].spawn("client", client, at_ns=1_000_000)
        assert network.run().failures == ()
    assert answers[0] == answers[1] and answers[0].endswith(bytes([192, 168, 1, 10])) and answers[2] == b""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("dns-server --zone a..b", "--zone a..b: .* empty"),
        ("dns-server --ttl -1", "not between 0"),
        ("dns-server --record 'www A nonsense'", "--record 'www A nonsense'"),
        ("dns-server --record 'www.example.org. A 10.0.0.1'", "no record of a name in lan"),
        ("dns-server --record ''", "no record of a name in lan"),
        ("dns-server --file /nowhere/zone", "/nowhere/zone: No such file"),
        ("dns-server www", "unrecognized arguments: www"),
        ("dig", "required: NAME"),
        ("dig a..b", "empty"),
        ("dig -x www", "www"),
        ("dig www NONSENSE", "NONSENSE"),
        ("dig www +fast", r"unrecognized arguments: \+fast"),
        ("dig www +tries=0", "not between 1 and 100"),
    ],
)
def test_a_wrong_command_line_is_refused_before_the_run(line, words):
    with pytest.raises(ValueError, match=words):
        find(line)


def test_a_wrong_master_file_is_refused_with_its_line(tmp_path):
    file = tmp_path / "zone.db"
    file.write_text("$TTL 60\nwww A 10.0.0.1\nwww A ten\n")
    with pytest.raises(ValueError, match=r"^dns-server: [^ ]*zone\.db:\d: "):
        find(f"dns-server --file {file}")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=r"zone\.db: .*utf-8"):
        find(f"dns-server --file {file}")
