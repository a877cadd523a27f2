"""Groups over adapters and cables: the driver sets the hash filter, programs join and leave (RFC 1112)."""

import socket
import time

import pytest

from sim import Lan

GROUP = "239.1.2.3"
TAPS = [{"at": "0 m", "host": "pc"}, {"at": "5 m", "host": "server"}, {"at": "10 m", "host": "third"}]


def member(count: int) -> list[bytes]:
    """Join, take `count` datagrams, leave."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("", 5353))
        request = socket.inet_aton(GROUP) + socket.inet_aton("0.0.0.0")
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)
        sock.settimeout(1)
        return [sock.recv(2000) for _ in range(count)]


def sender(count: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for number in range(count):
            sock.sendto(b"%d" % number, (GROUP, 5353))
            time.sleep(0.001)


def three(*, cable: bool) -> Lan:
    lan = Lan()
    for number, name in enumerate(("pc", "server", "third"), start=1):
        lan.host(name, address=f"192.168.1.{10 * number}/24")
    if cable:
        lan.coax("yellow", length="10 m", taps=TAPS)
    else:
        lan.link()
    return lan


@pytest.mark.parametrize("cable", [True, False])
def test_only_members_get_what_is_for_a_group(cable: bool) -> None:
    with three(cable=cable).start() as network:
        taken = network.host("server").run(member, 3)
        network.run_for("3 ms")
        network.host("pc").run(sender, 3).wait()
        assert taken.wait() == [b"0", b"1", b"2"]
        network.run_for("3 ms")
        assert [event.where for event in network.recorded.find("datagram received")] == ["server"] * 3
        assert not network.recorded.find("drop", where="third")  # its adapter has taken none
        assert [event.where for event in network.recorded.find("leave sent")] == ["server"]
        before = len(network.recorded.find("drop", where="server"))
        network.host("pc").run(sender, 1).wait()  # nobody is a member now
        network.run_for("3 ms")
        assert len(network.recorded.find("datagram received")) == 3
        assert len(network.recorded.find("drop", where="server")) == before


@pytest.mark.parametrize("cable", [True, False])
def test_a_host_that_is_switched_off_and_on_is_in_no_group_until_it_joins_again(cable: bool) -> None:
    with three(cable=cable).start() as network:
        network.host("server").run(member, 3)
        network.run_for("3 ms")
        network.power_off("server")
        network.run_for("1 ms")
        network.power_on("server")
        network.host("pc").run(sender, 2).wait()
        network.run_for("2 ms")
        assert not network.recorded.find("datagram received")
        assert not network.recorded.find("drop", where="server")
        taken = network.host("server").run(member, 2)
        network.run_for("2 ms")
        network.host("pc").run(sender, 2).wait()
        assert taken.wait() == [b"0", b"1"]
