"""A chat server on lines that fail: the others go on talking."""

import pytest
from chat import Guest, Server

from sim import Lan, Network

NAMES = ("ann", "bob", "eve")


def party(lan: Lan, server: Server, says: int) -> list[Guest]:
    """Three guests on hosts of their own; ann and bob say `says` lines of 1,000 letters, one each 100 ms."""
    guests = [Guest(name) for name in NAMES]
    lan.host("server", address="192.168.1.1/24")
    for number, guest in enumerate(guests, start=2):
        lan.host(guest.name, address=f"192.168.1.{number}/24")
        lan.program(guest.name, guest.stay, "server", 0 if guest.name == "eve" else says, at="1 ms")
    lan.link(delay="5 ms")
    lan.program("server", server.run, service=True)
    return guests


def test_all_read_the_same_lines_in_the_same_order(lan: Lan) -> None:
    guests = party(lan, Server(), 40)
    lan.run()
    first = guests[0].lines
    assert len(first) == 80
    assert all(guest.lines == first for guest in guests)


def test_a_guest_who_loses_packets_reads_all_of_it_too(lan: Lan) -> None:
    guests = party(lan, Server(), 40)
    lan.fault("impair", at="1 s", between=["eve", "server"], loss=0.1, delay="50 ms")
    lan.run()
    assert guests[2].lines == guests[0].lines and len(guests[2].lines) == 80


def read_while_eve_is_cut_off(network: Network, ann: Guest) -> int:
    """Lines that ann reads in 20 s, from ten seconds after the line of eve has failed."""
    network.run_for("1 s")
    network.unplug("eve")
    network.run_for("10 s")
    begin = len(ann.lines)
    network.run_for("10 s")
    return len(ann.lines) - begin


@pytest.mark.parametrize("patient", [False, True])
def test_a_dead_line_holds_nobody_up(lan: Lan, patient: bool) -> None:
    """The fault that this test finds: a server that waits for each guest waits for the dead one."""
    ann, _, _ = party(lan, Server(patient=patient), 300)
    with lan.start() as network:
        read = read_while_eve_is_cut_off(network, ann)
    assert read == 0 if patient else read > 190
