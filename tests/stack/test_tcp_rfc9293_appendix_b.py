"""Requirements of RFC 9293's appendix B that no other test shows, by their numbers."""

from __future__ import annotations

import errno
import socket
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import TYPE_CHECKING

import pytest
from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw
from virtual_link import MS, SECOND, Host, Link, Stranger, so_error

from stack.parameters import Parameters

if TYPE_CHECKING:
    from types import SimpleNamespace

    from virtual_link import Lan

    from stack.sockets import Socket


def sizes(tools: SimpleNamespace, segments: list[TCP]) -> list[int]:
    return [len(tools.payload(segment)) for segment in segments]


def test_must_1_a_window_is_an_unsigned_number(lan: Lan, tools: SimpleNamespace) -> None:
    link = lan(1, parameters=Parameters(initial_window=100))
    server = tools.listening(link, link.hosts[0])
    stranger = tools.Stranger(link, link.hosts[0])
    stranger.shake_hands(window=50_000)
    server.accept(link.now)[0].send(bytes(60_000), link.now)
    assert sum(sizes(tools, stranger.hear())) == 50_000 // 1460 * 1460


def test_shld_27_and_must_60_and_61_the_last_of_what_was_written_bears_push(
    link: Link, stranger: Stranger, child: Socket
) -> None:
    child.send(bytes(1460 + 700), link.now)
    child.send(bytes(760), link.now)
    segments = stranger.hear()
    segments += stranger.say("A", ack=segments[-1].seq + len(segments[-1].payload))
    assert [str(segment.flags) for segment in segments] == ["A", "PA"]  # one PSH for both writes


def test_shld_14_the_right_edge_stays_when_the_buffer_becomes_smaller(
    link: Link, stranger: Stranger, child: Socket
) -> None:
    edges = []
    for number in range(6):
        if number == 2:
            child.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096, link.now)
        (ack,) = stranger.say("A", seq=stranger.seq + 2 * number, data=b"xx") or stranger.hear(SECOND)
        edges.append((ack.ack + ack.window) % 2**32)
    assert edges == sorted(edges)


def test_shld_15_to_17_and_must_34_a_window_that_shrinks(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    child.send(bytes(10_000), link.now)
    assert sizes(tools, stranger.hear()) == [1460] * 3
    assert stranger.say("A", ack=stranger.ack + 1460, window=100) == []  # nothing new beyond the edge
    again = stranger.hear(2 * SECOND)
    assert {segment.seq for segment in again} == {stranger.ack + 1460}
    for _ in range(40):  # twice as long as the patience for a dead peer
        stranger.say("A", ack=stranger.ack + 1460, window=0)
        link.run(15 * SECOND)
    assert tools.states(link.hosts[0]) == ["ESTABLISHED"]
    assert stranger.say("A", ack=stranger.ack + 1460, window=65_535)


def full(stranger: Stranger, link: Link) -> int:
    """Fill the host's receive buffer; where the closed window begins."""
    for at in range(0, 65_535, 1285):
        stranger.say("A", seq=stranger.seq + at, data=bytes(1285))
    assert stranger.hear(200 * MS)[-1].window == 0
    return stranger.seq + 65_535


@pytest.mark.parametrize("data", [b"", b"x"])
def test_must_66_urgent_at_a_closed_window(
    link: Link, stranger: Stranger, child: Socket, data: bytes
) -> None:
    stranger.say("AU", seq=full(stranger, link), urgptr=1, data=data)
    assert child.exceptional()


@pytest.mark.parametrize("flags", ["R", "RA"])
@pytest.mark.parametrize("data", [b"", b"why"])
def test_must_66_and_shld_2_a_reset_with_or_without_text_at_a_closed_window(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace, flags: str, data: bytes
) -> None:
    assert stranger.say(flags, seq=full(stranger, link), data=data) == []
    assert tools.states(link.hosts[0]) == ["CLOSED"]


def test_shld_2_a_reset_may_contain_text(stranger: Stranger, child: Socket) -> None:
    assert stranger.say("R", data=b"out of memory") == []
    assert so_error(child) == errno.ECONNRESET and child.recv(100, 0) == b""


def test_must_64_options_need_no_alignment(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace
) -> None:
    stranger = tools.Stranger(link, host)
    options = [("NOP", None), ("WScale", 2), ("MSS", 700), ("NOP", None), ("SAckOK", b""), ("EOL", None)]
    (answer,) = stranger.say("S", options=options)
    assert {"WScale", "SAckOK"} <= {name for name, _ in answer.options}
    stranger.seq, stranger.ack = stranger.seq + 1, answer.seq + 1
    stranger.say("A")
    server.accept(link.now)[0].send(bytes(1000), link.now)
    assert sizes(tools, stranger.hear())[0] == 700


def test_must_5_and_65_an_mss_is_taken_from_a_syn_only_and_sent_in_a_syn_only(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    stranger.say("A", options=[("MSS", 100)])
    child.send(bytes(2920), link.now)
    segments = stranger.hear()
    assert sizes(tools, segments) == [1460, 1460]
    assert not any(name == "MSS" for segment in segments for name, _ in segment.options)


def test_must_11_who_opened_actively_is_refused_from_syn_received(
    active: tuple[Stranger, Socket, TCP], host: Host, tools: SimpleNamespace
) -> None:
    stranger, client, _ = active
    stranger.say("S", seq=300)
    assert tools.states(host) == ["SYN-RECEIVED"]
    stranger.say("R", seq=301)
    assert so_error(client) == errno.ECONNREFUSED and tools.states(host) == ["CLOSED"]


def test_must_41_and_42_two_listen_at_one_port_beside_its_connections(
    link: Link, host: Host, server: Socket, stranger: Stranger, tools: SimpleNamespace
) -> None:
    inside, outside = host.address, "127.0.0.1"
    server.close(link.now)
    assert stranger.hear()[0].flags == "RA"
    first, second = (host.stack.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(2))
    for listener, address in ((first, inside), (second, outside)):
        listener.bind((address, 80), link.now)
        listener.listen(1, link.now)
        if listener is first:
            old = tools.Stranger(link, host, own_port=5001)
            old.shake_hands()
    assert tools.states(host) == ["ESTABLISHED"]
    local = tools.connecting(link, host, (outside, 80))
    assert second.readable() and local.writable()
    assert first.accept(link.now)[0].getpeername() == (old.address, 5001)


def two_links() -> Host:
    """A host with two links: 10.0.0.1 and 10.9.0.1."""
    host = Host("host", 1)
    host.stack.add_interface("eth1", bytes((2, 0, 0, 0, 9, 1)), IPv4Interface("10.9.0.1/24"))
    return host


@pytest.mark.parametrize("bound", ["10.9.0.1", None])
def test_must_43_and_44_the_local_address_is_the_programs_or_the_routes(bound: str | None) -> None:
    host = two_links()
    client = host.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
    if bound:
        client.bind((bound, 0), 0)
    with pytest.raises(BlockingIOError):
        client.connect(("10.0.0.99", 80), 0)
    assert client.getsockname()[0] == (bound or "10.0.0.1")


def test_must_45_a_syn_is_answered_from_the_address_that_it_asked(tools: SimpleNamespace) -> None:
    host = two_links()
    link = Link([host])
    tools.listening(link, host)
    stranger = Stranger(link, host)
    stranger.below[IP].dst = "10.9.0.1"
    segment = stranger.below / TCP(sport=5000, dport=80, flags="S", seq=1)
    (answer,) = [Ether(frame) for frame in link.inject(host, bytes(segment))]
    assert (answer[IP].src, str(answer[TCP].flags)) == ("10.9.0.1", "SA")


def test_must_46_a_connection_has_one_host_at_its_other_end(link: Link, host: Host) -> None:
    for address in ("255.255.255.255", "10.0.0.255", "224.0.0.1"):
        client = host.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
        with pytest.raises(OSError) as info:
            client.connect((address, 80), link.now)
        assert info.value.errno == errno.ENETUNREACH


@pytest.mark.parametrize("source", ["255.255.255.255", "10.0.0.255", "224.0.0.1", "127.0.0.1", "0.0.0.0"])
def test_must_63_a_syn_from_an_invalid_address_is_dropped(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace, source: str
) -> None:
    stranger = tools.Stranger(link, host)
    stranger.below[IP].src = source
    assert stranger.say("S") == [] and tools.states(host) == []


@pytest.mark.parametrize(
    ("destination", "station"), [("10.0.0.255", None), ("224.0.0.1", "01:00:5e:00:00:01")]
)
def test_must_57_a_syn_to_a_group_is_dropped(
    link: Link, host: Host, server: Socket, tools: SimpleNamespace, destination: str, station: str | None
) -> None:
    stranger = tools.Stranger(link, host)
    stranger.below[IP].dst = destination
    stranger.below.dst = station or "ff:ff:ff:ff:ff:ff"
    assert stranger.say("S") == [] and tools.states(host) == []


def test_must_49_and_must_48_and_shld_21_and_22_ttl_and_type_of_service_are_the_programs(
    link: Link, stranger: Stranger, child: Socket
) -> None:
    seen = []
    for ttl, service in ((5, 0xB8), (64, 0x20)):
        child.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl, link.now)
        child.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, service, link.now)
        child.send(bytes(1460), link.now)
        link.collect()
        packet = Ether(link.taken[-1][2])[IP]
        seen.append((packet.ttl, packet.tos))
    assert seen == [(5, 0xB8), (64, 0x20)]


def test_must_20_after_r1_retransmissions_the_gateway_is_asked_whether_it_is_there(lan: Lan) -> None:
    link = lan(1)
    (host,) = link.hosts
    for gateway, metric in (("10.0.0.66", 0), ("10.0.0.67", 5)):
        host.stack.routes.add(IPv4Network("0.0.0.0/0"), host.eth0, IPv4Address(gateway), metric)
        mac = f"02:00:00:00:00:{gateway[-2:]}"
        ask = ARP(op="who-has", hwsrc=mac, psrc=gateway, pdst=host.address)
        link.inject(host, bytes(Ether(src=mac, dst=host.mac.hex(":")) / ask))
    client = host.stack.socket(socket.AF_INET, socket.SOCK_STREAM)
    with pytest.raises(BlockingIOError):
        client.connect(("99.0.0.1", 80), link.now)
    link.run(20 * SECOND)
    messages = [(at, Ether(frame)[ARP]) for at, _, frame in link.taken if ARP in Ether(frame)]
    asked = [at for at, message in messages if message.op == 1 and message.pdst == "10.0.0.66"]
    assert asked[0] // SECOND == 7  # at 1, 3 and 7 s the SYN goes again
    assert host.said("ip", "gateway is dead", gateway="10.0.0.66")
    by = [Ether(frame).dst for _, _, frame in link.taken if TCP in Ether(frame)]
    assert by == ["02:00:00:00:00:66"] * 4 + ["02:00:00:00:00:67"]


def test_must_25_and_28_keepalive_is_off_and_waits_for_two_hours_when_on(
    link: Link, stranger: Stranger, child: Socket
) -> None:
    assert stranger.listen_for(24 * 3600 * SECOND) == []
    child.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1, link.now)
    assert [instant for instant, _ in stranger.listen_for(7201 * SECOND)] == [7_200_000]


def test_must_26_and_29_keepalive_waits_while_there_is_traffic_and_bears_a_lost_answer(
    link: Link, stranger: Stranger, child: Socket, tools: SimpleNamespace
) -> None:
    child.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1, link.now)
    child.setsockopt(socket.IPPROTO_TCP, 4, 10, link.now)
    for number in range(5):
        assert stranger.hear(9 * SECOND)[:1] == [] or number
        stranger.say("A", seq=stranger.seq + number, data=b"x")
    heard = stranger.listen_for(800 * SECOND)
    probes = [instant for instant, segment in heard if segment.seq == stranger.ack - 1]
    assert probes == [10_000 + 75_000 * number for number in range(9)]  # eight may be lost
    assert heard[-1][1].flags == "RA"


@pytest.mark.parametrize(("kind", "code"), [(3, 0), (3, 1), (3, 5), (11, 0), (11, 1), (12, 0)])
@pytest.mark.parametrize("established", [False, True])
def test_must_56_soft_errors_abort_nothing(
    link: Link, host: Host, tools: SimpleNamespace, kind: int, code: int, established: bool
) -> None:
    stranger = tools.Stranger(link, host, own_port=80)
    client = tools.connecting(link, host, (stranger.address, 80))
    (syn,) = stranger.hear()
    sequence = syn.seq
    if established:
        stranger.port, stranger.ack = syn.sport, syn.seq + 1
        stranger.say("SA", options=[("MSS", 1460)])
        client.send(b"hello", link.now)
        sequence += 1
    before = tools.states(host)
    quoted = IP(src=host.address, dst=stranger.address) / TCP(sport=syn.sport, dport=80, seq=sequence)
    link.inject(host, bytes(stranger.below / ICMP(type=kind, code=code) / Raw(bytes(quoted)[:28])))
    assert tools.states(host) == before == ["ESTABLISHED" if established else "SYN-SENT"]
    assert so_error(client) == 0
    assert host.said("tcp", "fault")  # SHLD-25: it is the reason if the connection times out


def test_must_55_source_quench_is_silently_dropped(
    link: Link, host: Host, active: tuple[Stranger, Socket, TCP], tools: SimpleNamespace
) -> None:
    stranger, _, syn = active
    quoted = IP(src=host.address, dst=stranger.address) / TCP(sport=syn.sport, dport=80, seq=syn.seq)
    frames = link.inject(host, bytes(stranger.below / ICMP(type=4) / Raw(bytes(quoted)[:28])))
    assert frames == [] and tools.states(host) == ["SYN-SENT"] and not host.said("tcp", "fault")
