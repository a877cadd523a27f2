"""Look-ups of a program: the hosts file, then DNS over the program's own sockets."""

# ruff: noqa: ANN001, ANN002, ANN003, ANN201, ANN202

import asyncio
import socket
from contextlib import closing

import pytest
from link_network import LinkNetwork

from sim.apps.registry import find
from stack.dns.resolver import Settings

SECOND = 1_000_000_000
SERVER = "192.168.1.20"
MANY = " ".join(f'--record "many A 10.0.0.{number}"' for number in range(60))


def ask(*calls, serve='dns-server --record "www CNAME server"', search=(), servers=(SERVER,), **settings):
    """Make `calls` on pc one after the other: what each returned or raised, and the network after the run."""
    results = []

    def program(arguments):
        for call in calls:
            try:
                results.append(call())
            except OSError as error:
                results.append((type(error), *error.args))

    with LinkNetwork("pc", "server", **settings) as network:
        network.hosts["pc"].resolver.settings = Settings(servers, search)
        if serve:
            server, words = find(serve)
            network.hosts["server"].spawn(words, server.main, service=True)
        network.hosts["pc"].spawn("program", program, at_ns=1_000_000)
        assert network.run().failures == ()
    return results, network


def questions(network):
    return [
        (event.fields["name"], event.fields["over"])
        for event in network.events
        if (event.layer, event.kind) == ("dns", "question")
    ]


def test_a_name_is_found_by_dns_and_then_known():
    results, network = ask(
        lambda: socket.gethostbyname("server.lan"),
        lambda: socket.gethostbyname_ex("www.lan"),
        lambda: socket.getaddrinfo("www.lan", "http", type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME),
        lambda: socket.gethostbyname("www"),
        search=("lan",),
    )
    assert results == [
        SERVER,
        ("server.lan", ["www.lan"], [SERVER]),
        [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "server.lan", (SERVER, 80))],
        SERVER,
    ]
    assert questions(network) == [("server.lan", "UDP"), ("www.lan", "UDP")]


def test_the_hosts_file_comes_first():
    results, network = ask(lambda: socket.gethostbyname("server"), lambda: socket.gethostbyname("LOCALHOST."))
    assert results == [SERVER, "127.0.0.1"] and questions(network) == []


@pytest.mark.parametrize("name", ["192.168.1.7", "a.localhost", "", "<broadcast>"])
def test_what_is_no_name_is_not_asked_for(name):
    _, network = ask(lambda: socket.gethostbyname(name))
    assert questions(network) == []


def test_failures_are_glibcs():
    results, _ = ask(
        lambda: socket.gethostbyname("nix.lan"),
        lambda: socket.getaddrinfo("text.lan", 80),
        lambda: socket.gethostbyname("www.example.org"),
        lambda: socket.getaddrinfo("www.lan", 80, flags=socket.AI_NUMERICHOST),
        lambda: socket.gethostbyaddr("192.168.1.77"),
        lambda: socket.create_connection(("nix.lan", 80)),
        serve='dns-server --record "text TXT x"',
    )
    no_name = (socket.gaierror, socket.EAI_NONAME, "Name or service not known")
    assert results == [
        no_name,
        (socket.gaierror, socket.EAI_NODATA, "No address associated with hostname"),
        (socket.gaierror, socket.EAI_AGAIN, "Temporary failure in name resolution"),
        no_name,
        (socket.herror, 1, "Unknown host"),
        no_name,
    ]


def test_a_server_that_is_not_there_is_a_temporary_failure():
    results, network = ask(lambda: socket.gethostbyname("www.lan"), servers=("192.168.1.99",), serve=None)
    assert results == [(socket.gaierror, socket.EAI_AGAIN, "Temporary failure in name resolution")]
    assert len(questions(network)) == 2


def test_a_closed_port_is_a_temporary_failure_at_once():
    results, network = ask(lambda: socket.gethostbyname("www.lan"), serve=None)
    assert results == [(socket.gaierror, socket.EAI_AGAIN, "Temporary failure in name resolution")]
    assert network.events[-1].ps < SECOND * 1000


def test_without_a_name_server_there_are_no_other_names():
    results, network = ask(lambda: socket.gethostbyname("www.lan"), servers=())
    assert results == [(socket.gaierror, socket.EAI_NONAME, "Name or service not known")]
    assert questions(network) == []


@pytest.mark.parametrize("lost", ["question", "answer"])
def test_mission_6_1_a_lost_datagram_is_sent_again(lost):
    offered = []

    def lose_first(frame):
        if frame[23:24] != b"\x11":  # UDP
            return False
        offered.append(frame)
        return len(offered) == (1 if lost == "question" else 2)

    results, network = ask(lambda: socket.gethostbyname("server.lan"), lost=lose_first)
    assert results == [SERVER]
    asked = [event.ps for event in network.events if (event.layer, event.kind) == ("dns", "question")]
    assert len(asked) == 2 and 5 * SECOND * 1000 <= asked[1] - asked[0] < 5.01 * SECOND * 1000


def test_the_second_server_is_asked_when_the_first_is_silent():
    results, _ = ask(lambda: socket.gethostbyname("server.lan"), servers=("192.168.1.99", SERVER))
    assert results == [SERVER]


def test_rfc7766_many_addresses_come_over_tcp():
    results, network = ask(
        lambda: [row[4][0] for row in socket.getaddrinfo("many.lan", 80, type=socket.SOCK_STREAM)],
        serve=f"dns-server {MANY}",
    )
    assert results == [[f"10.0.0.{number}" for number in range(60)]]
    assert questions(network) == [("many.lan", "UDP"), ("many.lan", "TCP")]


def test_rfc7766_a_server_that_hangs_up_is_no_help():
    def hang_up(arguments):
        with socket.create_server(("", 53)) as listener, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            datagrams.bind(("", 53))
            for _ in range(2):
                query, source = datagrams.recvfrom(512)
                datagrams.sendto(query[:2] + b"\x87" + query[3:], source)  # QR, AA, TC, RD
                with closing(listener.accept()[0]) as connection:
                    connection.recv(512)
                    connection.send(b"\0\x40half")

    with LinkNetwork("pc", "server") as network:
        network.hosts["pc"].resolver.settings = Settings((SERVER,))
        network.hosts["server"].spawn("server", hang_up, service=True)
        caught = []

        def program(arguments):
            with pytest.raises(socket.gaierror) as info:
                socket.gethostbyname("www.lan")
            caught.append(info.value.errno)

        network.hosts["pc"].spawn("program", program)
        assert network.run().failures == ()
    assert caught == [socket.EAI_AGAIN]


def test_rfc5452_what_answers_another_question_is_dropped_and_the_waiting_goes_on():
    def forger(arguments):
        with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            datagrams.bind(("", 53))
            query, source = datagrams.recvfrom(512)
            record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x0a\0\0\1"
            good = query[:2] + b"\x85\0\0\1\0\1\0\0\0\0" + query[12:] + record
            forged = bytes([query[0] ^ 1]) + good[1:-1] + b"\x66"
            datagrams.sendto(forged, source)
            datagrams.sendto(good, source)

    answers = []
    with LinkNetwork("pc", "server") as network:
        network.hosts["pc"].resolver.settings = Settings((SERVER,))
        network.hosts["server"].spawn("server", forger, service=True)
        network.hosts["pc"].spawn("program", lambda _: answers.append(socket.gethostbyname("www.lan")))
        assert network.run().failures == ()
    assert answers == ["10.0.0.1"]
    assert [
        event.fields["reason"] for event in network.events if event.layer == "dns" and event.kind == "drop"
    ]


def test_addresses_have_names():
    results, network = ask(
        lambda: socket.gethostbyaddr(SERVER)[0],
        lambda: socket.gethostbyaddr("10.0.0.7")[0],
        lambda: socket.getnameinfo(("10.0.0.7", 80), 0),
        lambda: socket.getfqdn("10.0.0.7"),
        serve="dns-server --zone 0.0.10.in-addr.arpa --record '7 PTR far.example.org.'",
    )
    assert results == ["server", "far.example.org", ("far.example.org", "http"), "far.example.org"]
    assert questions(network) == [("7.0.0.10.in-addr.arpa", "UDP")]


def test_asyncio_finds_names_too():
    async def look():
        found = await asyncio.get_running_loop().getaddrinfo("server.lan", 80, type=socket.SOCK_STREAM)
        return found[0][4]

    results, _ = ask(lambda: asyncio.run(look()))
    assert results == [(SERVER, 80)]


def test_a_programs_default_timeout_is_not_the_resolvers():
    def impatient():
        socket.setdefaulttimeout(0.000_001)
        return socket.gethostbyname("server.lan")

    assert ask(impatient)[0] == [SERVER]


def test_nothing_is_left_open():
    _, network = ask(lambda: socket.gethostbyname("server.lan"), lambda: socket.gethostbyname("many.lan"))
    assert network.hosts["pc"].stack.table() == []
