"""The programs that ship, between stacks on a link."""

# ruff: noqa: ANN001, ANN002, ANN003, ANN201, ANN202

import hashlib
import re

import pytest
from link_network import LinkNetwork

from sim import Lan
from sim.apps.registry import PROGRAMS, find
from sim.apps.site import page
from sim.os.outcome import Ending


def run(*commands, **settings):
    """Run `host: command line` strings, in order, 1 ms apart; the network after the run, and the outcome."""
    with LinkNetwork("pc", "server", **settings) as network:
        for number, command in enumerate(commands):
            host, line = command.split(": ", 1)
            program, words = find(line)
            network.hosts[host].spawn(words, program.main, at_ns=number * 1_000_000, service=program.service)
        return network, network.run()


@pytest.mark.parametrize("size", [1, 100, 1460, 20_000, 200_000])
def test_browse_fetches_a_page_of_the_web_server(size):
    network, outcome = run(f"server: web-server --size {size}", "pc: browse http://192.168.1.20/")
    assert outcome.succeeded
    body = page("server", size)
    assert len(body) == size
    first_line = body.split(b"\n")[0].decode()
    digest = hashlib.sha256(body).hexdigest()
    assert network.output("pc") == ["200 OK", first_line, f"{size} octets, sha256 {digest}"]
    assert network.output("server", "stderr") == [
        '192.168.1.10 - - [01/Jan/2026 00:00:00] "GET / HTTP/1.1" 200 -'
    ]


@pytest.mark.parametrize("path", ["", "form"])
def test_browse_posts_a_form(path):
    network, outcome = run("server: web-server", f"pc: browse --post 300 http://192.168.1.20/{path}")
    assert outcome.succeeded
    posted, status, answer, _ = network.output("pc")
    assert status == "200 OK"
    assert posted == f"posting {answer}"


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_program_explains_itself(name):
    network, outcome = run(f"pc: {name} --help")
    assert outcome.succeeded
    usage, text, *_ = network.output("pc")
    assert usage.startswith(f"usage: {name} ")
    assert name in text


def test_ping_without_a_route_ends_at_once():
    """As iputils: a sentence, status 2, and no time-out."""
    network, outcome = run("pc: ping 10.9.9.9")
    (failure,) = outcome.failures
    assert failure.reason == "exit status 2"
    assert network.output("pc", "stderr") == ["ping: connect: Network is unreachable"]
    assert outcome.ns < 1_000_000


def test_browse_by_name_on_another_port():
    network, outcome = run("server: web-server --port 8080", "pc: browse http://server:8080/")
    assert outcome.succeeded
    assert network.output("pc")[1] == "<!doctype html><title>A page from server</title>"


def test_browse_over_loopback_makes_no_frames():
    network, outcome = run("pc: web-server", "pc: browse http://127.0.0.1/")
    assert outcome.succeeded
    assert not [event for event in network.events if event.layer == "arp"]


def test_a_web_page_survives_a_lossy_link():
    count = 0

    def every_seventh(frame):
        nonlocal count
        count += 1
        return count % 7 == 0

    network, outcome = run(
        "server: web-server --size 50000", "pc: browse http://192.168.1.20/", lost=every_seventh
    )
    assert outcome.succeeded, network.output("pc", "stderr")
    assert hashlib.sha256(page("server", 50_000)).hexdigest() in network.output("pc")[-1]


def test_several_browsers_at_once():
    network, outcome = run(
        "server: web-server --size 5000", *["pc: browse http://server/"] * 4, "server: browse http://server/"
    )
    assert outcome.succeeded
    assert len([line for line in network.output("pc") if line.startswith("5000 octets")]) == 4
    assert len(network.output("server")) == 3


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://192.168.1.20/", "Connection refused"),
        ("http://nowhere/", "Name or service not known"),
        ("http://192.168.1.77/", "No route to host"),
    ],
)
def test_browse_says_why_a_page_did_not_come(url, complaint):
    network, outcome = run(f"pc: browse {url}")
    assert [failure.reason for failure in outcome.failures] == ["exit status 1"]
    assert complaint in network.output("pc", "stderr")[0]


def test_an_unknown_page_is_404():
    network, outcome = run("server: web-server", "pc: browse http://server/nothing")
    assert network.output("pc", "stderr") == ["browse: http://server/nothing: 404 Not Found"]
    assert not outcome.succeeded


def test_a_run_with_the_web_server_ends_after_time_wait():
    network, outcome = run("server: web-server", "pc: browse http://server/")
    last_state = [event for event in network.events if (event.layer, event.kind) == ("tcp", "state")][-1]
    assert (last_state.where, last_state.fields["old"]) == ("server", "TIME-WAIT")
    assert (network.events[-1].layer, network.events[-1].kind) == ("socket", "removed")
    assert outcome.ending is Ending.DONE


def test_ping():
    network, outcome = run("pc: ping -c 3 -i 0.5 server")
    assert outcome.succeeded
    lines = network.output("pc")
    assert lines[0] == "PING server (192.168.1.20) 56(84) bytes of data."
    replies = [
        re.fullmatch(r"64 bytes from 192\.168\.1\.20: icmp_seq=(\d) time=(\d+\.\d+) ms", line)
        for line in lines[1:4]
    ]
    assert [reply and reply[1] for reply in replies] == ["1", "2", "3"]
    # 98 octets, 24 of preamble, FCS and gap at 10 Mb/s, 1 µs of link, twice; the first waits for ARP too.
    assert float(replies[2][2]) == pytest.approx(2 * (98 + 24) * 0.0008 + 0.002, abs=0.001)
    assert float(replies[0][2]) > float(replies[2][2])
    assert lines[4:6] == [
        "--- server ping statistics ---",
        "3 packets transmitted, 3 received, 0% packet loss, time 1000ms",
    ]
    assert lines[6].startswith("rtt min/avg/max = ")


@pytest.mark.parametrize(("size", "fragments"), [(0, 1), (1472, 1), (1473, 2), (65_507, 45)])
def test_ping_of_a_size_is_cut_into_fragments_of_the_mtu(size, fragments):
    lan = Lan()
    lan.host("pc", address="192.168.1.10/24")
    lan.host("server", address="192.168.1.20/24")
    lan.link()
    lan.program("pc", f"ping -c 1 -s {size} server")
    run = lan.run()
    first, answer = run.output("pc")[:2]
    assert first.endswith(f" {size}({size + 28}) bytes of data.") and answer.startswith(f"{size + 8} bytes ")
    asked = [one for one in run.capture("pc") if one.octets[12:14] == b"\x08\x00" and one.octets[29] == 10]
    assert len(asked) == fragments


def test_ping_counts_what_is_lost():
    pings = 0

    def second_request(frame):
        nonlocal pings
        pings += frame[12:14] == b"\x08\x00" and frame[34] == 8
        return frame[12:14] == b"\x08\x00" and frame[34] == 8 and pings == 2

    network, outcome = run("pc: ping -c 3 server", lost=second_request)
    assert outcome.succeeded
    assert "3 packets transmitted, 2 received, 33.3333% packet loss, time 2000ms" in network.output("pc")


def test_ping_without_an_answer_fails():
    network, outcome = run("pc: ping -c 1 192.168.1.99")
    assert outcome.failures[0].reason == "exit status 1"
    output = " ".join(network.output("pc"))
    assert "From 192.168.1.10 icmp_seq=1 Destination Host Unreachable" in output
    assert "1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms" in output


def test_ping_an_unknown_name():
    network, outcome = run("pc: ping nowhere")
    assert outcome.failures[0].reason == "exit status 2"
    assert network.output("pc", "stderr") == ["ping: nowhere: Name or service not known"]


def test_udp_echo():
    network, outcome = run("server: udp-echo-server", "pc: udp-echo server good morning")
    assert outcome.succeeded
    assert re.fullmatch(r"good morning \(back after \d\.\d{3} ms\)", network.output("pc")[0])


def test_udp_echo_sends_again_and_waits_twice_as_long():
    """Mission row 6.1: the program sends again when no answer comes."""
    losses = 2

    def first_two_datagrams(frame):
        nonlocal losses
        if frame[12:14] == b"\x08\x00" and losses:
            losses -= 1
            return True
        return False

    network, outcome = run("server: udp-echo-server", "pc: udp-echo server hello", lost=first_two_datagrams)
    assert outcome.succeeded
    assert network.output("pc")[:2] == ["no answer within 1 s", "no answer within 2 s"]
    assert network.output("pc")[2].startswith("hello (back after")


@pytest.mark.parametrize("command", ["udp-echo --timeout 0.1 --tries 2 server hi", "udp-echo nowhere hi"])
def test_udp_echo_fails_without_a_server(command):
    network, outcome = run(f"pc: {command}")
    assert outcome.failures[0].reason == "exit status 1"
    assert network.output("pc", "stderr") or network.output("pc") == [
        "no answer within 0.1 s",
        "no answer within 0.2 s",
    ]


@pytest.mark.parametrize(
    "run_line",
    [
        "browse http://192.168.1.20/",
        "browse http://server:8080/a?b=c",
        "web-server",
        "web-server --size 20000 --port 8080",
        "ping 192.168.1.20",
        "ping -c 65535 -i 0.001 -W 0 server",
        "udp-echo-server --port 65535",
        "udp-echo server 'two words' and more",
        "udp-echo server",
    ],
)
def test_good_command_lines(run_line):
    program, words = find(run_line)
    assert words[0] == run_line.split()[0]
    assert program is PROGRAMS[words[0]]


@pytest.mark.parametrize(
    ("run_line", "complaint"),
    [
        ("", "is empty"),
        (
            "web-browser http://server/",
            "no program 'web-browser'; did you mean \"browse\"?",
        ),
        ("browse", "browse: the following arguments are required: URL"),
        ("browse server", "'server' is not a URL like http://192.168.1.20/"),
        ("browse https://server/", "is not a URL like"),
        ("browse http://server:0/", "is not a URL like"),
        ("browse http://server:99999/", "is not a URL like"),
        ("browse 'http://server/a b'", "is not a URL like"),
        ("browse http://server/\u00e9", "is not a URL like"),
        ("browse http://user:word@server/", "is not a URL like"),
        ("web-server --port 0", "0 is not between 1 and 65535"),
        ("web-server --port 65536", "65536 is not between 1 and 65535"),
        ("web-server --size 0", "0 is not between 1 and 100000000"),
        ("web-server --size big", "'big' is not a number"),
        ("web-server --siz 5", "unrecognized arguments: --siz 5"),
        ("ping -c 0 server", "0 is not between 1 and 65535"),
        ("ping -s 65508 server", "65508 is not between 0 and 65507"),
        ("ping -i -1 server", "-1 is not between 0 and 86400"),
        ("ping server other", "unrecognized arguments: other"),
        ("ping 'server", "cannot be split into words"),
        ("udp-echo", "required: HOST"),
        (f"udp-echo server {'x' * 65_508}", "the message has 65508 octets, a datagram at most 65507"),
    ],
)
def test_bad_command_lines_are_sentences(run_line, complaint):
    with pytest.raises(ValueError) as caught:
        find(run_line)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_servers_are_services():
    assert {name for name, program in PROGRAMS.items() if program.service} == {
        "discard-server",
        "mail-server",
        "dns-server",
        "web-server",
        "udp-echo-server",
    }
